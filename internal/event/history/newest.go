package history

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/segment"
)

// hit is one event that was found.
type hit struct {
	file, group int
	row         int32
	at          int64
}

// mostTies bounds how many events of one time are read to put them in order.
const mostTies = 4096

// Newest gives the newest n events that are meant, and those of the very time of the last of them, in no order; events without a time are
// the oldest. fields are names of fields, each once; the answer's columns are those.
func (a *Archive) Newest(ctx context.Context, files []plan.File, q Question, n int, fields []event.Field) (*answer.Batch, error) {
	s, hits := a.search(q), []hit(nil)
	err := s.each(ctx, files, func(file, g int, rows []int32, times []int64) error {
		for i, r := range rows {
			hits = append(hits, hit{file, g, r, times[i]})
		}
		var err error
		if len(hits) > 2*(n+mostTies) {
			hits, err = newest(hits, n)
		}
		return err
	})
	if err == nil {
		hits, err = newest(hits, n)
	}
	if err != nil {
		return nil, err
	}
	return s.read(ctx, files, hits, fields)
}

// newest keeps the newest n and those of the time of the last of them.
func newest(hits []hit, n int) ([]hit, error) {
	if len(hits) <= n {
		return hits, nil
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(b.at, a.at) })
	end := n
	for end < len(hits) && end > 0 && hits[end].at == hits[n-1].at {
		end++
	}
	if end > n+mostTies {
		return nil, ErrCannot
	}
	return hits[:end], nil
}

// read reads the fields of events.
func (s *search) read(ctx context.Context, files []plan.File, hits []hit, fields []event.Field) (*answer.Batch, error) {
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.group, b.group), cmp.Compare(a.row, b.row))
	})
	out := &answer.Batch{N: len(hits)}
	for _, f := range fields {
		out.Columns = append(out.Columns, answer.Column{Name: f.Name, Field: f.Name, Kind: f.Kind})
	}
	for len(hits) > 0 {
		n := 1
		for n < len(hits) && hits[n].file == hits[0].file {
			n++
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if err := s.readFile(files[hits[0].file].Path, hits[:n], out); err != nil {
			return nil, err
		}
		hits = hits[n:]
	}
	return out, nil
}

func (s *search) readFile(path string, hits []hit, out *answer.Batch) (err error) {
	f, l, err := s.archive.open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for len(hits) > 0 {
		g := hits[0].group
		s.rows = s.rows[:0]
		for len(hits) > 0 && hits[0].group == g {
			s.rows = append(s.rows, hits[0].row)
			hits = hits[1:]
		}
		for i := range out.Columns {
			if err := s.column(f, l, g, &out.Columns[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readerAt is what chunks are read from.
type readerAt interface {
	ReadAt(p []byte, off int64) (int, error)
}

// column adds the values of s.rows to a column.
func (s *search) column(f readerAt, l *segment.Layout, g int, c *answer.Column) error {
	leaf := c.Field
	if c.Kind == event.IP {
		leaf += segment.SuffixHi
	}
	if !l.Has(leaf) {
		if l.Has(event.FieldExtra) && strings.HasPrefix(leaf, event.ExtraPrefix) { // it may be in the overflow
			return ErrCannot
		}
		return absent(c, len(s.rows))
	}
	if err := s.chunk.Read(f, l, g, leaf); err != nil {
		return err
	}
	c.Null = s.chunk.Nulls(c.Null, s.rows)
	switch c.Kind {
	case event.Text:
		c.Texts = s.chunk.Texts(c.Texts, s.rows)
	case event.IP:
		return s.addresses(f, l, g, c)
	case event.Int, event.Time, event.Bool:
		c.Ints = s.chunk.Longs(c.Ints, s.rows)
	case event.Float:
		for _, v := range s.chunk.Longs(s.longs[:0], s.rows) {
			c.Floats = append(c.Floats, math.Float64frombits(uint64(v))) //nolint:gosec // the bits
		}
	default:
		return ErrCannot
	}
	return nil
}

// absent adds rows without a value.
func absent(c *answer.Column, n int) error {
	for range n {
		c.Null = append(c.Null, true)
	}
	switch c.Kind {
	case event.Text:
		c.Texts = append(c.Texts, make([]string, n)...)
	case event.IP:
		c.Addrs = append(c.Addrs, make([]netip.Addr, n)...)
	case event.Float:
		c.Floats = append(c.Floats, make([]float64, n)...)
	default:
		c.Ints = append(c.Ints, make([]int64, n)...)
	}
	return nil
}

// addresses puts the words together; the higher ones were read.
func (s *search) addresses(f readerAt, l *segment.Layout, g int, c *answer.Column) error {
	hi := s.chunk.Longs(nil, s.rows)
	if err := s.chunk.Read(f, l, g, c.Field+segment.SuffixLo); err != nil {
		return err
	}
	lo, from := s.chunk.Longs(s.longs[:0], s.rows), len(c.Addrs)
	for i := range s.rows {
		a := netip.Addr{}
		if !c.Null[from+i] {
			a = event.Address(uint64(hi[i]), uint64(lo[i])) //nolint:gosec // the bits
		}
		c.Addrs = append(c.Addrs, a)
		c.Null[from+i] = !a.IsValid()
	}
	return nil
}

// union puts two lists of rising rows, the first of n, into one without repetition.
func union(rows []int32, n int) []int32 {
	if rows[n-1] >= rows[n] {
		slices.Sort(rows)
		return slices.Compact(rows)
	}
	return rows
}
