package render

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
)

// parquetWriter writes a flat file: addresses as text, times as timestamps of
// milliseconds in UTC, every column optional.
type parquetWriter struct {
	w     *parquet.GenericWriter[any]
	o     Options
	place []int // of each column of the answer in the file
	rows  []parquet.Row
}

func newParquet(w io.Writer, header []answer.Column, o Options) *parquetWriter {
	group := parquet.Group{}
	for _, c := range header {
		group[c.Name] = parquet.Optional(leaf(c.Kind))
	}
	schema := parquet.NewSchema("event", group)
	at := map[string]int{}
	for i, path := range schema.Columns() {
		at[path[0]] = i
	}
	p := &parquetWriter{w: parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd)), o: o}
	for _, c := range header {
		p.place = append(p.place, at[c.Name])
	}
	return p
}

func leaf(k event.Kind) parquet.Node {
	switch k {
	case event.Int:
		return parquet.Leaf(parquet.Int64Type)
	case event.Float:
		return parquet.Leaf(parquet.DoubleType)
	case event.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case event.Time:
		return parquet.TimestampAdjusted(parquet.Millisecond, false)
	}
	return parquet.String()
}

func (p *parquetWriter) Write(b *answer.Batch) error {
	if len(p.place) == 0 {
		return nil
	}
	for len(p.rows) < b.N {
		p.rows = append(p.rows, make(parquet.Row, len(p.place)))
	}
	for n := range b.Columns {
		c, at := &b.Columns[n], p.place[n]
		for i := range b.N {
			if c.Null[i] {
				p.rows[i][at] = parquet.NullValue().Level(0, 0, at)
			} else {
				p.rows[i][at] = p.value(c, i).Level(0, 1, at)
			}
		}
	}
	_, err := p.w.WriteRows(p.rows[:b.N])
	return err
}

func (p *parquetWriter) value(c *answer.Column, i int) parquet.Value {
	switch c.Kind {
	case event.Text:
		return parquet.ByteArrayValue([]byte(p.o.text(c, i)))
	case event.IP:
		return parquet.ByteArrayValue([]byte(c.Addrs[i].String()))
	case event.Float:
		return parquet.DoubleValue(c.Floats[i])
	case event.Bool:
		return parquet.BooleanValue(c.Ints[i] != 0)
	}
	return parquet.Int64Value(c.Ints[i])
}

func (p *parquetWriter) Close() error { return p.w.Close() }
