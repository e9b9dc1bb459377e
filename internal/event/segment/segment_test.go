package segment_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
)

// row is the plain form of an event, nil for null, against which the columns are held.
type row map[string]any

func fill(b *event.Batch, rows []row) {
	for i, r := range rows {
		b.Begin([]byte(fmt.Sprint(i)))
		for name, v := range r {
			switch v := v.(type) {
			case string:
				b.Column(name).TextString(v)
			case int64:
				b.Column(name).Int(v)
			case bool:
				b.Column(name).Bool(v)
			case float64:
				b.Column(name).Float(v)
			case netip.Addr:
				b.Column(name).Addr(v)
			}
		}
		b.End()
	}
}

func write(t interface{ Fatal(...any) }, batches ...*event.Batch) ([]byte, segment.Info) {
	var out bytes.Buffer
	w := segment.NewWriter(&out)
	enc, err := segment.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var sorter segment.Sorter
	for _, b := range batches {
		rows := make([]int32, b.Rows())
		for i := range rows {
			rows[i] = int32(i)
		}
		sorter.Sort(b, rows)
		if err := w.Append(enc.Group(b, rows, true)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), info
}

// read gives the rows of a file as an independent reader sees them.
func read(t interface{ Fatal(...any) }, file []byte) []row {
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	names := f.Schema().Columns()
	var out []row
	for _, g := range f.RowGroups() {
		rows := g.Rows()
		buf := make([]parquet.Row, 64)
		for {
			n, err := rows.ReadRows(buf)
			for _, r := range buf[:n] {
				m := row{}
				for _, v := range r {
					if !v.IsNull() {
						m[names[v.Column()][0]] = plain(v)
					}
				}
				out = append(out, m)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		_ = rows.Close()
	}
	return out
}

func plain(v parquet.Value) any {
	switch v.Kind() {
	case parquet.ByteArray:
		return string(v.ByteArray())
	case parquet.Int64:
		return v.Int64()
	case parquet.Boolean:
		return v.Boolean()
	case parquet.Double:
		return v.Double()
	default:
		return fmt.Sprintf("%x", v.ByteArray())
	}
}

// stored gives a row as a segment stores it.
func stored(r row) row {
	out := row{}
	for name, v := range r {
		if a, ok := v.(netip.Addr); ok {
			hi, lo := event.Words(a)
			out[name+segment.SuffixHi], out[name+segment.SuffixLo] = int64(hi), int64(lo)
			continue
		}
		out[name] = v
	}
	return out
}

func drawRow(t *rapid.T) row {
	r := row{}
	maybe := func(name string, v any) {
		if rapid.IntRange(0, 9).Draw(t, "there "+name) > 1 {
			r[name] = v
		}
	}
	maybe("source.ip", rapid.SampledFrom([]netip.Addr{
		netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.77"),
		netip.MustParseAddr("203.0.113.255"), netip.MustParseAddr("2001:db8::1"),
	}).Draw(t, "ip"))
	maybe("source.port", int64(rapid.IntRange(0, 65535).Draw(t, "port")))
	maybe("source.tor_node", rapid.Bool().Draw(t, "tor"))
	maybe("feed.accuracy", rapid.Float64Range(0, 100).Draw(t, "accuracy"))
	maybe("malware.name", rapid.SampledFrom([]string{"mirai", "qakbot", "", "日本"}).Draw(t, "malware"))
	maybe("extra.banner", rapid.StringN(0, 20, 80).Draw(t, "banner"))
	return r
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batches []*event.Batch
		var want []row
		for range rapid.IntRange(1, 3).Draw(t, "groups") {
			rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 60).Draw(t, "rows")
			b := event.NewBatch([32]byte{1})
			fill(b, rows)
			batches = append(batches, b)
			for _, r := range rows {
				want = append(want, stored(r))
			}
		}
		file, info := write(t, batches...)
		if info.Rows != int64(len(want)) || info.Bytes != int64(len(file)) {
			t.Fatalf("info says %d rows, %d bytes; written %d, %d", info.Rows, info.Bytes, len(want), len(file))
		}
		got := read(t, file)
		for _, r := range got {
			if len(r["key"].(string)) != 2*event.KeySize {
				t.Fatalf("key of %v", r)
			}
			delete(r, "key")
		}
		text := func(rows []row) (s []string) {
			for _, r := range rows {
				s = append(s, fmt.Sprint(r))
			}
			slices.Sort(s)
			return s
		}
		if g, w := text(got), text(want); !slices.Equal(g, w) {
			t.Fatalf("read back\n%q\nwritten\n%q", g, w)
		}
	})
}

func TestSortedByAddressStably(t *testing.T) {
	for name, addrs := range map[string][]string{
		"IPv4 only": {"203.0.113.9", "192.0.2.4", "198.51.100.1", "192.0.2.4", "0.0.0.1", "255.255.255.255"},
		"mixed":     {"2001:db8::2", "203.0.113.9", "2001:db8::1", "192.0.2.4", "192.0.2.4"},
	} {
		t.Run(name, func(t *testing.T) {
			b := event.NewBatch([32]byte{})
			var rows []int32
			for i, a := range addrs {
				b.Begin([]byte(a))
				b.Column("source.ip").Addr(netip.MustParseAddr(a))
				b.End()
				rows = append(rows, int32(i))
			}
			new(segment.Sorter).Sort(b, rows)
			c := b.Find("source.ip")
			for i := 1; i < len(rows); i++ {
				p, q := c.AddrAt(int(rows[i-1])), c.AddrAt(int(rows[i]))
				pb, qb := p.As16(), q.As16()
				if d := bytes.Compare(pb[:], qb[:]); d > 0 || d == 0 && rows[i-1] > rows[i] {
					t.Fatalf("%v (row %d) before %v (row %d)", p, rows[i-1], q, rows[i])
				}
			}
		})
	}
}

func TestConstantsCostNothingARow(t *testing.T) {
	b := event.NewBatch([32]byte{})
	for i := range 50_000 {
		b.Begin(binary.LittleEndian.AppendUint32(nil, uint32(i)))
		b.End()
	}
	b.Const("feed.name", "shadowserver")
	b.Const("malware.name", "")
	b.ConstTime("time.arrival", 1_700_000_000_000)
	rows := make([]int32, b.Rows())
	for i := range rows {
		rows[i] = int32(i)
	}
	enc, _ := segment.NewEncoder()
	g := enc.Group(b, rows, false)
	if len(g.Body) > 1000 {
		t.Fatalf("50,000 rows of constants take %d bytes", len(g.Body))
	}
	file, _ := write(t, b)
	got := read(t, file)
	if len(got) != 50_000 || got[49_999]["feed.name"] != "shadowserver" || got[0]["time.arrival"] != int64(1_700_000_000_000) || got[7]["malware.name"] != nil {
		t.Fatalf("read back %d rows, last %v", len(got), got[len(got)-1])
	}
}
