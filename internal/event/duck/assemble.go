package duck

import (
	"math"
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// assembler makes batches of an answer out of frames; the batch is used again.
type assembler struct {
	plan  []plan.Column
	types string
	cols  []column
	batch answer.Batch
}

func newAssembler(cols []plan.Column, types string) *assembler {
	a := &assembler{plan: cols, types: types, cols: make([]column, len(types))}
	a.batch.Columns = plan.Plan{Columns: cols}.Header()
	return a
}

func (a *assembler) assemble(body []byte) (*answer.Batch, error) {
	rows, err := decode(body, a.types, a.cols)
	if err != nil {
		return nil, err
	}
	a.batch.N = rows
	next := 0
	for i, c := range a.plan {
		out := &a.batch.Columns[i]
		in := &a.cols[next]
		out.Null = out.Null[:0]
		for r := range rows {
			out.Null = append(out.Null, in.isNull(r))
		}
		if c.Kind == event.IP {
			addresses(out, in, &a.cols[next+1], rows)
			next += 2
			continue
		}
		fill(out, in, c, rows)
		next++
	}
	return &a.batch, nil
}

func fill(out *answer.Column, in *column, c plan.Column, rows int) {
	switch {
	case c.Bucket > 0:
		out.Texts = out.Texts[:0]
		for r := range rows {
			out.Texts = append(out.Texts, bucketName(c, int32(in.word(r)))) //nolint:gosec // the child sends no larger ones; one taken over gets nonsense shown
		}
	case c.Kind == event.Text:
		texts(out, in, rows)
	case c.Kind == event.Float:
		out.Floats = out.Floats[:0]
		for r := range rows {
			out.Floats = append(out.Floats, math.Float64frombits(in.word(r)))
		}
	case c.Kind == event.Bool:
		out.Ints = out.Ints[:0]
		for r := range rows {
			out.Ints = append(out.Ints, int64(in.fixed[r]))
		}
	default:
		out.Ints = out.Ints[:0]
		for r := range rows {
			out.Ints = append(out.Ints, int64(in.word(r))) //nolint:gosec // the bits
		}
	}
}

// texts copies the column's text once and cuts it up.
func texts(out *answer.Column, in *column, rows int) {
	out.Texts = out.Texts[:0]
	all, at := string(in.text), 0
	for r := range rows {
		n := int(uint32(in.fixed[4*r]) | uint32(in.fixed[4*r+1])<<8 | uint32(in.fixed[4*r+2])<<16 | uint32(in.fixed[4*r+3])<<24)
		out.Texts = append(out.Texts, all[at:at+n])
		at += n
	}
}

// addresses puts the two words of each address together; 0, 0 is none.
func addresses(out *answer.Column, hi, lo *column, rows int) {
	out.Addrs = out.Addrs[:0]
	for r := range rows {
		a := netip.Addr{}
		if !out.Null[r] && !lo.isNull(r) {
			a = event.Address(hi.word(r), lo.word(r))
		}
		out.Null[r] = !a.IsValid()
		out.Addrs = append(out.Addrs, a)
	}
}

// bucketName writes the beginning of a day or an hour.
func bucketName(c plan.Column, n int32) string {
	if c.Bucket == 24*time.Hour {
		return c.Start(n).Format("2006-01-02")
	}
	return c.Start(n).Format("2006-01-02T15:04")
}
