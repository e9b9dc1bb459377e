package render

import (
	"encoding/json"
	"io"
	"math"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
)

// jsonWriter writes one array with an object a line.
type jsonWriter struct {
	w     io.Writer
	o     Options
	keys  [][]byte // `"name":`
	nulls bool
	buf   []byte
	begun bool
}

func newJSON(w io.Writer, header []answer.Column, o Options) *jsonWriter {
	j := &jsonWriter{w: w, o: o, nulls: grouped(header)}
	for _, c := range header {
		j.keys = append(j.keys, append(appendString(nil, c.Name), ':'))
	}
	return j
}

func (j *jsonWriter) Write(b *answer.Batch) error {
	out := j.buf[:0]
	for i := range b.N {
		if j.begun {
			out = append(out, ",\n"...)
		} else {
			out = append(out, '[')
			j.begun = true
		}
		out = j.row(out, b, i)
	}
	j.buf = out
	_, err := j.w.Write(out)
	return err
}

func (j *jsonWriter) row(out []byte, b *answer.Batch, i int) []byte {
	out = append(out, '{')
	first := true
	for n := range b.Columns {
		c := &b.Columns[n]
		if c.Null[i] && !j.nulls {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, j.keys[n]...)
		out = j.value(out, c, i)
	}
	return append(out, '}')
}

func (j *jsonWriter) value(out []byte, c *answer.Column, i int) []byte {
	switch {
	case c.Null[i]:
		return append(out, "null"...)
	case c.Field == event.FieldExtra && json.Valid([]byte(c.Texts[i])):
		return append(out, c.Texts[i]...)
	case c.Kind == event.Text:
		return appendString(out, j.o.text(c, i))
	case c.Kind == event.Float && (math.IsNaN(c.Floats[i]) || math.IsInf(c.Floats[i], 0)):
		return append(out, "null"...)
	case c.Kind == event.Time, c.Kind == event.IP:
		return append(appendPlain(append(out, '"'), c, i), '"')
	}
	return appendPlain(out, c, i)
}

func (j *jsonWriter) Close() error {
	end := "]\n"
	if !j.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}

const hex = "0123456789abcdef"

// appendString writes a JSON string; what is not UTF-8 becomes U+FFFD, and the
// signs that are safe in JSON but not in a page or a script are escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if !escaped(r, n) {
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		switch r {
		case '"', '\\':
			b = append(b, '\\', byte(r))
		case '\n':
			b = append(b, `\n`...)
		default:
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func escaped(r rune, size int) bool {
	return r < ' ' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == utf8.RuneError && size == 1
}
