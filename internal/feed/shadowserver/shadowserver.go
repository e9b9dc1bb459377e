package shadowserver

import (
	"bytes"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Format opens Shadowserver's reports. Safe for concurrent use.
type Format struct {
	table *Table
	clock clock.Clock
	limit int
}

// New makes the format; times are judged against the clock when an input is opened. limit is the longest record in bytes, 0 for the default.
func New(t *Table, c clock.Clock, limit int) *Format {
	return &Format{table: t, clock: c, limit: limit}
}

// Name is the format's name in the configuration.
func (*Format) Name() string { return "shadowserver" }

// Table gives the reports this format knows.
func (f *Format) Table() *Table { return f.table }

var byteOrderMark = []byte("\xef\xbb\xbf")

// Open reads the header and finds out which report this is. The errors are of kind problem.Invalid: no header, a required column missing,
// or *format.Undecided when the header alone fits reports of different meaning.
func (f *Format) Open(in format.Input) (format.Opened, error) {
	mark := 0
	if bytes.HasPrefix(in.Head, byteOrderMark) {
		mark = len(byteOrderMark)
	}
	scan := format.NewScanner(0, f.limit)
	scan.Reset(format.Part{Data: in.Head[mark:], Line: 1, Last: true})
	if st := scan.Next(); st != format.Record {
		return format.Opened{}, problem.New(problem.Invalid, "%s: no header of a Shadowserver report in the first line", in.Name)
	}
	header := f.table.cleanHeader(scan.Fields())
	used, line := scan.Used()
	report, known, err := f.table.choose(in.Name, header)
	if err != nil {
		return format.Opened{}, err
	}
	prog, notes, err := f.table.compile(report, header)
	if err != nil {
		return format.Opened{}, problem.Wrap(problem.Invalid, err, "%s", in.Name)
	}
	if !known {
		notes = append([]string{"the report " + report.Name + " is not in the table: read by the columns that all reports share, classified as undetermined"}, notes...)
	}
	return format.Opened{
		Decoder: &decoder{program: prog, report: report, window: format.WindowAt(f.clock.Now()), limit: f.limit},
		Split:   format.CSV, Skip: mark + used, HeaderLines: int(min(line-1, int64(bytes.Count(in.Head[:mark+used], []byte{'\n'})))),
		Report: report.Name, Notes: notes,
	}, nil
}

// consts sets what is the same for every row.
func (r Report) consts(b *event.Batch, prog program) {
	b.Const(event.FieldReport, r.Name)
	b.Const(event.FieldRole, r.Role)
	if r.Standing != "" {
		b.Const(event.FieldStanding, r.Standing)
	}
	if r.Transport != "" && !prog.fills(event.FieldTransport) {
		b.Const(event.FieldTransport, r.Transport)
	}
	if r.Identifier != "" && !prog.fills(event.FieldIdentifier) {
		b.Const(event.FieldIdentifier, r.Identifier)
	}
	kind := r.Type
	if r.ByTag && !prog.fills(event.FieldType) {
		kind = exchangeVulnerable.kind
		b.Const(event.FieldIdentifier, exchangeVulnerable.identifier)
	}
	if kind != "" {
		b.Const(event.FieldType, kind)
		b.Const(event.FieldTaxonomy, classOf(kind))
	}
}

// fills tells whether a column fills that field row by row.
func (p program) fills(field string) bool {
	for _, s := range p.steps {
		if s.name == field {
			return true
		}
	}
	return false
}

func classOf(kind string) string {
	t, _ := rsit.Lookup(kind)
	return string(t.Class())
}

// verdict is a type with its identifier, decided by a tag.
type verdict struct{ kind, identifier string }

// A web shell on an Exchange server means that somebody is in already; anything else is a version with known holes.
var (
	exchangeVulnerable = verdict{"vulnerable-system", "vulnerable-exchange-server"}
	exchangeWebshell   = verdict{"system-compromise", "exchange-server-webshell"}
)

func exchange(tag []byte) verdict {
	for part := range bytes.SplitSeq(tag, []byte{';'}) {
		if bytes.EqualFold(bytes.TrimSpace(part), []byte("webshell")) {
			return exchangeWebshell
		}
	}
	return exchangeVulnerable
}
