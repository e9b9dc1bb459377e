package mailreport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // legacy character sets in headers
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/mime"
)

// Mail is the format of ARF and X-ARF mail, one mail an input.
type Mail struct {
	clock    clock.Clock
	defaults format.Defaults
}

// NewMail makes the format.
func NewMail(c clock.Clock, d format.Defaults) *Mail { return &Mail{clock: c, defaults: d} }

// Name is the format's name in the configuration.
func (*Mail) Name() string { return "mail" }

// Carries tells whether a mail, opened, holds what the format reads: a report made for machines, or more.
func (*Mail) Carries(m *mime.Message) bool { return m.Feedback != nil }

// Open never refuses: whether the mail holds a report shows when it is read.
func (m *Mail) Open(format.Input) (format.Opened, error) {
	d := &mailDecoder{defaults: m.defaults, window: format.WindowAt(m.clock.Now())}
	return format.Opened{Decoder: d, Split: format.Whole, Report: m.defaults.Report}, nil
}

type mailDecoder struct {
	defaults format.Defaults
	window   format.Window
}

// Limits of a mail's structure.
const (
	maxParts = 200
	maxDepth = 8
	maxBody  = 8 << 20
)

// Decode implements format.Decoder.
func (d *mailDecoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	if len(part.Data) == 0 {
		return 0, nil
	}
	rows := format.NewRows(b, d.defaults, d.window)
	rows.Begin(part.Data)
	rej := event.Reject{Line: part.Line, Offset: part.Offset, Length: len(part.Data)}
	rows.End(readMail(rows, part.Data), rej)
	return len(part.Data), nil
}

func readMail(rows *format.Rows, data []byte) format.Fault {
	e, err := message.Read(bytes.NewReader(data))
	if err != nil && !tolerable(err) {
		return format.Fault{Code: event.RejectSyntax, Reason: "this is no mail: " + err.Error()}
	}
	f := &finder{}
	f.walk(e, 0)
	switch {
	case f.more:
		return format.Fault{Code: event.RejectSyntax, Reason: "the mail holds several reports made for machines, and one mail is one event: save them and take them in one by one"}
	case f.xarf != nil:
		return xarf(rows, f.xarf)
	case f.report != nil:
		return f.arf(rows, e.Header)
	default:
		return format.Fault{Code: event.RejectSyntax, Reason: "the mail holds no report made for machines (ARF or X-ARF v4): a person must read it"}
	}
}

// tolerable tells whether the rest of an entity can be read although its character set or encoding is unknown.
func tolerable(err error) bool {
	return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)
}

// finder walks a mail's parts and keeps what matters.
type finder struct {
	parts    int
	more     bool              // several reports
	xarf     []byte            // the X-ARF document
	report   *textproto.Header // the fields of the feedback report
	original *textproto.Header // the header of the mail complained of
}

func (f *finder) walk(e *message.Entity, depth int) {
	if f.parts++; f.parts > maxParts || depth > maxDepth {
		return
	}
	if mr := e.MultipartReader(); mr != nil {
		for {
			p, err := mr.NextPart()
			if err != nil && !tolerable(err) || p == nil {
				return
			}
			f.walk(p, depth+1)
		}
	}
	f.leaf(e)
}

func (f *finder) leaf(e *message.Entity) {
	kind, params, _ := e.Header.ContentType()
	switch kind {
	case "message/feedback-report":
		f.more = f.more || f.report != nil
		f.report = header(e.Body)
	case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers":
		if f.original == nil {
			f.original = header(e.Body)
		}
	case "application/json", "application/xarf+json", "application/octet-stream", "text/plain":
		if kind == "text/plain" && !strings.HasSuffix(params["name"], ".json") {
			return
		}
		body, err := io.ReadAll(io.LimitReader(e.Body, maxBody))
		if err == nil && bytes.Contains(body, []byte(`"xarf_version"`)) {
			f.more = f.more || f.xarf != nil
			f.xarf = bytes.TrimSpace(body)
		}
	}
}

// header reads header fields; what is malformed is passed over, and nothing readable gives nil.
func header(r io.Reader) *textproto.Header {
	// A report that ends without the blank line is common.
	h, err := textproto.ReadHeader(bufio.NewReader(io.MultiReader(io.LimitReader(r, 1<<20), strings.NewReader("\r\n\r\n"))))
	if err != nil && !errors.Is(err, io.EOF) && h.Len() == 0 {
		return nil
	}
	return &h
}

// arf takes the event from a feedback report.
func (f *finder) arf(rows *format.Rows, outer message.Header) format.Fault {
	kind := strings.ToLower(strings.TrimSpace(f.report.Get("Feedback-Type")))
	if kind == "" {
		return format.Fault{Code: event.RejectMissing, Reason: "the feedback report has no Feedback-Type (RFC 5965 §3.1)"}
	}
	s := setter{rows: rows}
	s.set(event.FieldType, string(mime.FeedbackClass(kind)))
	s.set(event.FieldIdentifier, "arf-"+kind)
	s.set(event.FieldSourceIP, strings.Trim(strings.TrimSpace(f.report.Get("Source-IP")), "[]"))
	s.time(f.arrival(outer))
	uris := values(f.report, "Reported-URI")
	if len(uris) > 0 {
		s.fault(rows.SetURL("source", []byte(uris[0])))
		s.set("extra.reported_uri", strings.Join(uris, " "))
	}
	if domains := values(f.report, "Reported-Domain"); len(domains) > 0 {
		if !rows.Has(event.FieldSourceFQDN) {
			s.set(event.FieldSourceFQDN, strings.ToLower(domains[0]))
		}
		s.set("extra.reported_domain", strings.Join(domains, " "))
	}
	for _, name := range []string{
		"User-Agent", "Version", "Incidents", "Reporting-MTA", "Original-Envelope-Id", "Auth-Failure", "Delivery-Result", "Source-Port",
	} {
		field := event.ExtraPrefix + strings.ToLower(strings.ReplaceAll(name, "-", "_"))
		if name == "Source-Port" {
			field = event.FieldSourcePort // RFC 6692
		}
		s.set(field, strings.TrimSpace(f.report.Get(name)))
	}
	if f.original != nil {
		s.set("extra.original_message_id", strings.TrimSpace(f.original.Get("Message-Id")))
	}
	if s.first.OK() && !rows.Has(event.FieldSourceIP) && !rows.Has(event.FieldSourceFQDN) {
		return format.Fault{Code: event.RejectMissing, Reason: "the report names neither Source-IP nor Reported-URI nor Reported-Domain"}
	}
	return s.first
}

// arrival is when the mail complained of came in, else when the report was written; zero when nobody says.
func (f *finder) arrival(outer message.Header) time.Time {
	for _, v := range []string{f.report.Get("Arrival-Date"), f.report.Get("Received-Date"), outer.Get("Date")} {
		h := mail.Header{}
		h.Set("Date", v)
		if t, err := h.Date(); err == nil && v != "" {
			return t
		}
	}
	return time.Time{}
}

func values(h *textproto.Header, name string) (out []string) {
	for fields := h.FieldsByKey(name); fields.Next(); {
		if v := strings.Trim(strings.TrimSpace(fields.Value()), "<>"); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// setter sets fields and keeps the first fault.
type setter struct {
	rows  *format.Rows
	first format.Fault
}

func (s *setter) set(field, v string) {
	if s.first.OK() {
		s.first = s.rows.Set(field, []byte(v))
	}
}

func (s *setter) time(t time.Time) {
	if s.first.OK() && !t.IsZero() {
		s.first = s.rows.SetTime(event.FieldTime, t)
	}
}

func (s *setter) fault(f format.Fault) {
	if s.first.OK() {
		s.first = f
	}
}
