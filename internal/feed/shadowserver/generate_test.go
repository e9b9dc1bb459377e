package shadowserver

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

var now = clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// sample gives a value for a column of a report, by the kinds of its mappings, in row n.
func sample(t *Table, report, column string, n int) string {
	for _, m := range t.mappings(report, column) {
		switch m.kind {
		case kindTime:
			return fmt.Sprintf("2026-11-20 00:%02d:%02d", n/60%60, n%60)
		case kindIP:
			return fmt.Sprintf("192.0.2.%d", 1+n%200)
		case kindNetwork:
			return "192.0.2.0/24"
		case kindInt, kindInt0:
			return fmt.Sprint(1 + n%60000)
		case kindFloat:
			return fmt.Sprintf("%d.50", n)
		case kindBool:
			return "Y"
		case kindDate:
			return "2026-11-19 10:00:00"
		case kindBase64:
			return "aGVsbG8="
		case kindDomain:
			return "www.example.org"
		case kindURL:
			return fmt.Sprintf("/page/%d", n)
		case kindExchange:
			return "exchange;webshell"
		case kindHash:
			return fmt.Sprintf("AB:CD:%02X", n%256)
		}
	}
	return fmt.Sprintf("%s %d, with \"more\"", column, n)
}

// file makes a file of that report with n rows.
func file(tb testing.TB, t *Table, name string, columns []string, n int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := append([]string(nil), columns...)
	for i := -1; i < n; i++ {
		for c, column := range columns {
			if i >= 0 {
				row[c] = sample(t, name, column, i)
			}
		}
		if err := w.Write(row); err != nil {
			tb.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

// decode opens and decodes a whole input.
func decode(tb testing.TB, t *Table, name string, data []byte) (*event.Batch, format.Opened) {
	tb.Helper()
	o, err := New(t, now, 0).Open(format.Input{Name: name, Head: data})
	if err != nil {
		tb.Fatalf("open %s: %v", name, err)
	}
	b := event.NewBatch([32]byte{1})
	part := format.Part{Data: data[o.Skip:], Offset: int64(o.Skip), Line: int64(1 + o.HeaderLines), Last: true}
	used, err := o.Decoder.Decode(part, b)
	if err != nil || used != len(part.Data) {
		tb.Fatalf("decode %s: used %d of %d, %v", name, used, len(part.Data), err)
	}
	return b, o
}

// value gives a field of a row as text, "" for null.
func value(b *event.Batch, field string, row int) string {
	c := b.Find(field)
	if c == nil || c.IsNull(row) {
		return ""
	}
	switch c.Kind {
	case event.Text:
		return string(c.Bytes(row))
	case event.IP:
		return c.AddrAt(row).String()
	case event.Time:
		return time.UnixMilli(c.Int64(row)).UTC().Format(time.DateTime)
	default:
		return fmt.Sprint(c.Int64(row))
	}
}
