package render

import (
	"bufio"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
)

// The bounds of a table.
const (
	maxCell  = 60   // runes; longer texts end in …
	measured = 1000 // rows that the widths are taken from
)

// Words in place of a null.
const (
	nobody  = "(nobody)"
	nothing = "-"
)

// tableWriter lines up columns. It holds the first rows until their widths are
// known and lets the others go as they come.
type tableWriter struct {
	w      *bufio.Writer
	o      Options
	header []answer.Column
	widths []int
	held   [][]string
	sized  bool
}

func newTable(w io.Writer, header []answer.Column, o Options) *tableWriter {
	return &tableWriter{w: bufio.NewWriter(w), o: o, header: header, widths: make([]int, len(header))}
}

func (t *tableWriter) Write(b *answer.Batch) error {
	for i := range b.N {
		line := make([]string, len(b.Columns))
		for n := range b.Columns {
			line[n] = t.cell(&b.Columns[n], i)
		}
		if t.sized {
			t.line(line)
			continue
		}
		if t.held = append(t.held, line); len(t.held) >= measured {
			t.release()
		}
	}
	if t.sized {
		return t.w.Flush()
	}
	return nil
}

func (t *tableWriter) cell(c *answer.Column, i int) string {
	switch {
	case c.Null[i] && c.Field == event.FieldOrganisation:
		return nobody
	case c.Null[i]:
		return nothing
	case c.Kind == event.Text:
		return Clean(t.o.text(c, i), maxCell)
	case c.Kind == event.Time: // shorter than the other forms have it: lines are
		return c.Time(i).Format("2006-01-02T15:04:05Z")
	}
	return string(appendPlain(nil, c, i))
}

// release measures and writes what was held, under the names.
func (t *tableWriter) release() {
	names, rules := make([]string, len(t.header)), make([]string, len(t.header))
	for n, c := range t.header {
		names[n] = Clean(c.Name, maxCell)
		t.widths[n] = utf8.RuneCountInString(names[n])
		for _, line := range t.held {
			t.widths[n] = max(t.widths[n], utf8.RuneCountInString(line[n]))
		}
		rules[n] = strings.Repeat("-", t.widths[n])
	}
	t.line(names)
	t.line(rules)
	for _, line := range t.held {
		t.line(line)
	}
	t.held, t.sized = nil, true
}

// line writes one line; numbers stand to the right, and nothing trails.
func (t *tableWriter) line(cells []string) {
	for n, s := range cells {
		pad := strings.Repeat(" ", max(0, t.widths[n]-utf8.RuneCountInString(s)))
		if n > 0 {
			_, _ = t.w.WriteString("  ") // a bufio.Writer keeps its error for Flush
		}
		switch k := t.header[n].Kind; {
		case k == event.Int || k == event.Float:
			s = pad + s
		case n < len(cells)-1:
			s += pad
		}
		_, _ = t.w.WriteString(s)
	}
	_ = t.w.WriteByte('\n')
}

func (t *tableWriter) Close() error {
	if !t.sized {
		t.release()
	}
	return t.w.Flush()
}

// Clean makes a stranger's text fit for a terminal: signs that move the cursor,
// turn the writing round or cannot be seen become U+FFFD, line ends blanks, and
// what is longer than most runes ends in an ellipsis.
func Clean(s string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			cut := []rune(b.String())
			return string(cut[:most-1]) + "…"
		}
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			r = ' '
		case !unicode.IsPrint(r):
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}
