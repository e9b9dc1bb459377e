// Package formattest holds what the tests of every decoder need: reading an input to its end, and looking at rows as text.
package formattest

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Clock stands at noon of 2026-11-22.
var Clock = clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// Result is what an input gave.
type Result struct {
	Opened  format.Opened
	Batches []*event.Batch // one a part
}

// Rows is the number of rows.
func (r Result) Rows() (n int) {
	for _, b := range r.Batches {
		n += b.Rows()
	}
	return n
}

// Rejects lists what was set aside.
func (r Result) Rejects() (out []event.Reject) {
	for _, b := range r.Batches {
		out = append(out, b.Rejects()...)
	}
	return out
}

// Codes lists the rejects as "line:code".
func (r Result) Codes() (out []string) {
	for _, x := range r.Rejects() {
		out = append(out, strconv.FormatInt(x.Line, 10)+":"+x.Code)
	}
	return out
}

// Row gives the fields of row i (over all batches) that are not null, as text.
func (r Result) Row(i int) map[string]string {
	for _, b := range r.Batches {
		if i >= b.Rows() {
			i -= b.Rows()
			continue
		}
		row := map[string]string{}
		for _, c := range b.Columns() {
			if !c.IsNull(i) {
				row[c.Name] = text(c, i)
			}
		}
		return row
	}
	return nil
}

func text(c *event.Column, i int) string {
	switch c.Kind {
	case event.Text:
		return string(c.Bytes(i))
	case event.IP:
		return c.AddrAt(i).String()
	case event.Time:
		return time.UnixMilli(c.Int64(i)).UTC().Format(time.RFC3339)
	default:
		return fmt.Sprint(c.Int64(i))
	}
}

// Decode opens data and decodes it in parts of about partSize bytes (0: one part).
func Decode(tb testing.TB, f format.Format, name, data string, partSize int) Result {
	tb.Helper()
	o, err := f.Open(format.Input{Name: name, Head: []byte(data[:min(len(data), format.HeadSize)])})
	if err != nil {
		tb.Fatalf("open %s: %v", name, err)
	}
	r := Result{Opened: o}
	s := format.NewSplitter(iotest.HalfReader(strings.NewReader(data)), format.SplitOptions{
		Split: o.Split, PartSize: partSize, Skip: o.Skip, HeaderLines: o.HeaderLines, Comma: o.Comma, Exact: partSize > 0,
	})
	for {
		p, err := s.Next()
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			tb.Fatalf("split %s: %v", name, err)
		}
		b := event.NewBatch([32]byte{1})
		if used, err := o.Decoder.Decode(p, b); err != nil || used != len(p.Data) {
			tb.Fatalf("decode %s: used %d of %d, %v", name, used, len(p.Data), err)
		}
		r.Batches = append(r.Batches, b)
	}
}

// Want checks that a row has these fields; "" wants none.
func Want(tb testing.TB, row, want map[string]string) {
	tb.Helper()
	for field, v := range want {
		if row[field] != v {
			tb.Errorf("%s = %q, want %q", field, row[field], v)
		}
	}
}
