package mailreport

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/mime"
)

// Table is the format of mails with tables (CSV) attached, such as another team's messages: each mail is an input, each row of its tables an event. What
// the columns mean the format of the tables says.
type Table struct{ rows format.Format }

// NewTable makes the format of mails whose tables are of another format.
func NewTable(rows format.Format) *Table { return &Table{rows} }

// Name is the format's name in the configuration.
func (*Table) Name() string { return "csv-mail" }

// Open never refuses: whether the mail holds tables, and which, shows when it is read.
func (t *Table) Open(in format.Input) (format.Opened, error) {
	return format.Opened{Decoder: tableDecoder{t.rows, in.Feed}, Split: format.Whole}, nil
}

type tableDecoder struct {
	rows format.Format
	feed string
}

// Decode implements format.Decoder. Rows that are set aside point at the whole mail: where they stand in it, encoded, nobody could find again; the reason
// names the table and the line.
func (d tableDecoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	if len(part.Data) == 0 {
		return 0, nil
	}
	whole := event.Reject{Line: part.Line, Offset: part.Offset, Length: len(part.Data), Code: event.RejectSyntax}
	m, err := mime.Read(bytes.NewReader(part.Data), mime.DefaultLimits())
	if err != nil {
		whole.Reason = "this is no mail: " + err.Error()
		b.Reject(whole)
		return len(part.Data), nil //nolint:nilerr // the input is set aside with the reason
	}
	tables := 0
	for _, p := range m.Parts {
		if !isTable(p) {
			continue
		}
		tables++
		if err := d.table(p, whole, b); err != nil {
			return len(part.Data), err
		}
	}
	if tables == 0 {
		whole.Reason = "the mail has no table (.csv) attached: a person must read it"
		b.Reject(whole)
	}
	return len(part.Data), nil
}

// isTable tells that a part is a table by its name or type.
func isTable(p mime.Part) bool {
	return len(p.Body) > 0 && (strings.HasSuffix(strings.ToLower(p.Name), ".csv") || strings.HasPrefix(p.MediaType, "text/csv"))
}

// table reads one.
func (d tableDecoder) table(p mime.Part, whole event.Reject, b *event.Batch) error {
	open, err := d.rows.Open(format.Input{Name: p.Name, Feed: d.feed, Head: p.Body[:min(len(p.Body), format.HeadSize)]})
	if err != nil {
		whole.Reason = fmt.Sprintf("%s: %v", p.Name, err)
		b.Reject(whole)
		return nil //nolint:nilerr // the table is set aside with the reason, the others are read
	}
	before := len(b.Rejects())
	_, err = open.Decoder.Decode(format.Part{Data: p.Body[min(open.Skip, len(p.Body)):], Line: int64(open.HeaderLines) + 1, Last: true, Exact: true}, b)
	for i := range b.Rejects()[before:] {
		r := &b.Rejects()[before+i]
		r.Reason = fmt.Sprintf("%s, line %d: %s", p.Name, r.Line, r.Reason)
		r.Line, r.Offset, r.Length = whole.Line, whole.Offset, whole.Length
	}
	return err
}
