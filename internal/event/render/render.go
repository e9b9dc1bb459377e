// Package render writes answers: JSON (one array, or ndjson: an object a line)
// and CSV under IntelMQ's field names, a table for people, and Parquet.
//
// Events come from strangers, so every form is made safe for its reader: CSV
// cells that a spreadsheet would take for a formula get a leading single quote,
// and tables hold no signs that move a terminal's cursor or turn its writing
// round. JSON and Parquet hold the values as they are.
package render

import (
	"io"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
)

// Options say how to write.
type Options struct {
	// Organisation gives the name of an organisation by its id; false leaves the id. Nil leaves all ids.
	Organisation func(id string) (string, bool)
}

// Writer takes an answer in batches, in order. Close ends the document, which
// is not whole without it; it does not close what lies beneath.
type Writer interface {
	Write(*answer.Batch) error
	Close() error
}

// Formats are the names that New takes.
func Formats() []string { return []string{"table", "csv", "json", "ndjson", "parquet"} }

// New makes the writer of a format over the columns of an answer (see
// plan.Plan.Header). An unknown format is problem.Invalid.
func New(format string, w io.Writer, header []answer.Column, o Options) (Writer, error) {
	switch format {
	case "table":
		return newTable(w, header, o), nil
	case "csv":
		return newCSV(w, header, o)
	case "json":
		return newJSON(w, header, o), nil
	case "ndjson":
		return newLines(w, header, o), nil
	case "parquet":
		return newParquet(w, header, o), nil
	}
	return nil, problem.New(problem.Invalid, "no format is called %q%s", format, nearest.Hint(format, Formats()))
}

// grouped reports whether the answer counts groups: there a null is a group of
// its own and is shown, where rows leave it out.
func grouped(header []answer.Column) bool {
	for _, c := range header {
		if c.Field == "" {
			return true
		}
	}
	return false
}

// intelmqTime is how IntelMQ writes times: UTC as +00:00.
const intelmqTime = "2006-01-02T15:04:05.999-07:00"

func appendTime(b []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(b, intelmqTime)
}

// appendPlain writes a value that is no text.
func appendPlain(b []byte, c *answer.Column, i int) []byte {
	switch c.Kind {
	case event.Int:
		return strconv.AppendInt(b, c.Ints[i], 10)
	case event.Float:
		return strconv.AppendFloat(b, c.Floats[i], 'g', -1, 64)
	case event.Bool:
		return strconv.AppendBool(b, c.Ints[i] != 0)
	case event.IP:
		return c.Addrs[i].AppendTo(b)
	case event.Time:
		return appendTime(b, c.Ints[i])
	}
	return b
}

// Value gives a value as the CSV export writes it, but for what that does to texts: they come as they are. The value must not be null.
func Value(c *answer.Column, i int) string {
	if c.Kind == event.Text {
		return c.Texts[i]
	}
	var room [40]byte
	return string(appendPlain(room[:0], c, i))
}

// text gives a value of a Text column, ids of organisations as names.
func (o Options) text(c *answer.Column, i int) string {
	s := c.Texts[i]
	if c.Field == event.FieldOrganisation && o.Organisation != nil {
		if name, ok := o.Organisation(s); ok {
			return name
		}
	}
	return s
}
