package render

import (
	"io"

	"github.com/firehall/firehall/internal/event/query/answer"
)

// linesWriter writes an object a line and nothing between them (ndjson): a reader can take each line by itself, and a file that was cut off
// is good up to its last whole line.
type linesWriter struct{ jsonWriter }

func newLines(w io.Writer, header []answer.Column, o Options) *linesWriter {
	return &linesWriter{*newJSON(w, header, o)}
}

func (l *linesWriter) Write(b *answer.Batch) error {
	out := l.buf[:0]
	for i := range b.N {
		out = append(l.row(out, b, i), '\n')
	}
	l.buf = out
	_, err := l.w.Write(out)
	return err
}

func (l *linesWriter) Close() error { return nil }
