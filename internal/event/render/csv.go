package render

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
)

// csvWriter writes a line of names and a line a row; nulls are empty.
type csvWriter struct {
	w    *csv.Writer
	o    Options
	line []string
	buf  []byte
}

func newCSV(w io.Writer, header []answer.Column, o Options) (*csvWriter, error) {
	c := &csvWriter{w: csv.NewWriter(w), o: o, line: make([]string, len(header))}
	for i, h := range header {
		c.line[i] = defused(h.Name)
	}
	return c, c.w.Write(c.line)
}

func (c *csvWriter) Write(b *answer.Batch) error {
	for i := range b.N {
		for n := range b.Columns {
			c.line[n] = c.cell(&b.Columns[n], i)
		}
		if err := c.w.Write(c.line); err != nil {
			return err
		}
	}
	c.w.Flush()
	return c.w.Error()
}

func (c *csvWriter) cell(col *answer.Column, i int) string {
	switch {
	case col.Null[i]:
		return ""
	case col.Kind == event.Text:
		return defused(c.o.text(col, i))
	}
	c.buf = appendPlain(c.buf[:0], col, i)
	return string(c.buf)
}

func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

// defused puts a single quote before a text that a spreadsheet would run: those
// that begin with = + - @ (or their wide forms), a tab or a line's end. Numbers
// are not texts and keep their minus.
func defused(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) {
		return "'" + s
	}
	return s
}
