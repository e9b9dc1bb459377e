package mailreport

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/mime"
)

// Attached is the format of mails with files attached that another format reads, such as another team's messages: each mail is an input, each row of its
// files an event. What the rows mean that other format says.
type Attached struct {
	rows format.Format
	name string
	what string // in words
	is   func(mime.Part) bool
}

// NewTable makes the format of mails with tables (CSV).
func NewTable(rows format.Format) *Attached {
	return &Attached{rows, "csv-mail", "table (.csv)", isTable}
}

// NewBundle makes the format of mails with bundles of STIX.
func NewBundle(rows format.Format) *Attached {
	return &Attached{rows, "stix-mail", "bundle of STIX (.json)", isBundle}
}

// Name is the format's name in the configuration.
func (a *Attached) Name() string { return a.name }

// Carries tells whether a mail, opened, holds what the format reads: a file of that kind.
func (a *Attached) Carries(m *mime.Message) bool { return slices.ContainsFunc(m.Parts, a.is) }

// Open never refuses: whether the mail holds such files, and which, shows when it is read.
func (a *Attached) Open(in format.Input) (format.Opened, error) {
	return format.Opened{Decoder: attachedDecoder{a, in.Feed}, Split: format.Whole}, nil
}

type attachedDecoder struct {
	*Attached
	feed string
}

// Decode implements format.Decoder. Rows that are set aside point at the whole mail: where they stand in it, encoded, nobody could find again; the reason
// names the file and the line.
func (d attachedDecoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
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
	files := 0
	for _, p := range m.Parts {
		if !d.is(p) {
			continue
		}
		files++
		if err := d.file(p, whole, b); err != nil {
			return len(part.Data), err
		}
	}
	if files == 0 {
		whole.Reason = "the mail has no " + d.what + " attached: a person must read it"
		b.Reject(whole)
	}
	return len(part.Data), nil
}

// isTable tells that a part is a table by its name or type.
func isTable(p mime.Part) bool {
	return len(p.Body) > 0 && (strings.HasSuffix(strings.ToLower(p.Name), ".csv") || strings.HasPrefix(p.MediaType, "text/csv"))
}

// isBundle tells that a part is a bundle by its name or type.
func isBundle(p mime.Part) bool {
	kind := strings.ToLower(p.MediaType)
	return len(p.Body) > 0 && (strings.HasSuffix(strings.ToLower(p.Name), ".json") || strings.HasPrefix(kind, "application/stix+json") ||
		strings.HasPrefix(kind, "application/taxii+json") || strings.HasPrefix(kind, "application/json"))
}

// file reads one.
func (d attachedDecoder) file(p mime.Part, whole event.Reject, b *event.Batch) error {
	open, err := d.rows.Open(format.Input{Name: p.Name, Feed: d.feed, Head: p.Body[:min(len(p.Body), format.HeadSize)]})
	if err != nil {
		whole.Reason = fmt.Sprintf("%s: %v", p.Name, err)
		b.Reject(whole)
		return nil //nolint:nilerr // the file is set aside with the reason, the others are read
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
