package mime

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
)

// Feedback is a report made for machines, as its sender wrote it.
type Feedback struct {
	Format     AutoKind // ARF or XARF
	Type       string   // "abuse" (RFC 5965 §3.1), or "category/type" of X-ARF, in small letters
	Class      rsit.Type
	SourceIP   netip.Addr // the zero address if not told
	SourcePort uint16
	Domain     string   // reported, first of Domains
	Domains    []string // all that are reported
	URL        string   // reported, first of URLs
	URLs       []string
	Date       time.Time         // when it was seen; zero if not told
	Reporter   string            // the reporting organisation or program
	OriginalID string            // Message-ID of the mail complained of
	Fields     map[string]string // every field that was told, names in small letters with underscores; of ARF the first of a name
	XARF       json.RawMessage   // the X-ARF document, nil for ARF; without its evidence and _internal
	// Abhorrent marks a report of child sexual abuse (X-ARF content/csam, content/csem): nothing of it is fetched, previewed, copied or passed
	// on but the place that it names.
	Abhorrent bool
}

// Limits of a report made for machines.
const (
	maxReport      = 8 << 20 // bytes
	maxReportField = 2000    // bytes of a field
	maxReported    = 200     // domains, URLs
)

// feedback takes a feedback report (RFC 5965 §3.1).
func (b *builder) feedback(e *entity) {
	if b.arf != nil {
		b.fault(ReportBroken, e.path, "there are several feedback reports: the first is read")
		return
	}
	b.arf = e
}

// readARF makes the report of its fields, and of the mail that it brings.
func (b *builder) readARF() *Feedback {
	h := b.header(b.decodeBody(b.arf), b.arf.path)
	f := &Feedback{Format: ARF, Type: strings.ToLower(line(h.Get("Feedback-Type"))), Fields: map[string]string{}}
	if f.Type == "" {
		b.fault(ReportBroken, b.arf.path, "the feedback report has no Feedback-Type (RFC 5965 §3.1)")
	}
	f.Class = FeedbackClass(f.Type)
	f.SourceIP = address(h.Get("Source-IP"))
	f.SourcePort = port(h.Get("Source-Port")) // RFC 6692
	f.Domains, f.URLs = reported(h, "Reported-Domain"), reported(h, "Reported-URI")
	f.Reporter = cutText(line(h.Get("User-Agent")), maxReportField)
	f.first()
	for _, v := range []string{h.Get("Arrival-Date"), h.Get("Received-Date"), b.message.Header.Get("Date")} {
		if t, ok := Date(v); ok && f.Date.IsZero() {
			f.Date = t
		}
	}
	for _, x := range h {
		f.set(strings.ReplaceAll(strings.ToLower(x.Name), "-", "_"), x.Value)
	}
	f.OriginalID = b.original()
	return f
}

func (f *Feedback) set(name, value string) {
	name = cutText(line(name), 100)
	if _, told := f.Fields[name]; !told && len(f.Fields) < maxGroupField && strings.TrimSpace(value) != "" {
		f.Fields[name] = cutText(line(value), maxReportField)
	}
}

// first sets what is told singly.
func (f *Feedback) first() {
	if len(f.URLs) > 0 {
		f.URL = f.URLs[0]
	}
	if len(f.Domains) == 0 && f.URL != "" {
		if u, err := url.Parse(f.URL); err == nil && address(u.Hostname()) == (netip.Addr{}) && u.Hostname() != "" {
			f.Domains = []string{strings.ToLower(u.Hostname())}
		}
	}
	if len(f.Domains) > 0 {
		f.Domain = strings.ToLower(f.Domains[0])
	}
}

// original is the Message-ID of the mail that a report brings, or of the header alone.
func (b *builder) original() string {
	for _, part := range b.message.Parts {
		switch part.MediaType {
		case "message/rfc822":
			if part.Nested != nil {
				return part.Nested.MessageID
			}
		case "text/rfc822-headers", "message/rfc822-headers":
			head, _ := splitHeader(part.Body)
			if id := ids(b.header(head, part.Path).Values("Message-Id")); len(id) > 0 {
				return id[0]
			}
		}
	}
	return ""
}

func reported(h Header, name string) (out []string) {
	for _, v := range h.Values(name) {
		if v = cutText(strings.Trim(line(v), "<> "), maxReportField); v != "" && len(out) < maxReported {
			out = append(out, v)
		}
	}
	return out
}

func address(s string) netip.Addr {
	a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(s), "[]"))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}
	}
	return a.Unmap()
}

func port(s string) uint16 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// takeXARF reads an X-ARF document of version 4. One that cannot be read leaves the mail what it was.
func (b *builder) takeXARF() {
	f, why := ReadXARF(b.xarf)
	if why != "" {
		b.fault(ReportBroken, "", why)
		return
	}
	if old := b.message.Feedback; old != nil && f.OriginalID == "" {
		f.OriginalID = old.OriginalID
	}
	b.message.Feedback = f
}

// ReadXARF reads an X-ARF document of version 4. Where it is none, why says so.
func ReadXARF(raw []byte) (f *Feedback, why string) {
	if len(raw) > maxReport {
		return nil, "the X-ARF document is too large"
	}
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, "the X-ARF document is no JSON: " + err.Error()
	}
	if version, _ := doc["xarf_version"].(string); !strings.HasPrefix(version, "4.") {
		return nil, "this is no X-ARF document of version 4"
	}
	for _, name := range []string{"evidence", "_internal"} { // people's data, and what is never passed between systems
		delete(doc, name)
	}
	f = &Feedback{Format: XARF, Fields: map[string]string{}}
	f.flatten("", doc, 0)
	f.XARF, _ = json.Marshal(doc) // it came from JSON
	f.readXARF()
	return f, ""
}

// flatten sets the fields of a document; those of an object within are called object_field.
func (f *Feedback) flatten(prefix string, v any, depth int) {
	switch v := v.(type) {
	case map[string]any:
		if depth > 3 {
			return
		}
		for _, name := range sortedKeys(v) {
			f.flatten(strings.TrimPrefix(prefix+"_"+name, "_"), v[name], depth+1)
		}
	case []any:
		var words []string
		for _, x := range v[:min(len(v), maxReported)] {
			if s, ok := x.(string); ok {
				words = append(words, s)
			}
		}
		f.set(prefix, strings.Join(words, " "))
	case string:
		f.set(prefix, v)
	case json.Number:
		f.set(prefix, v.String())
	case bool:
		f.set(prefix, strconv.FormatBool(v))
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (f *Feedback) readXARF() {
	category, kind := strings.ToLower(f.Fields["category"]), strings.ToLower(f.Fields["type"])
	f.Type, f.Class = category+"/"+kind, XARFClass(category, kind)
	f.Abhorrent = category == "content" && (kind == "csam" || kind == "csem")
	source := f.Fields["source_identifier"]
	if f.SourceIP = address(source); !f.SourceIP.IsValid() && strings.Contains(source, ".") {
		f.Domains = append(f.Domains, source)
	}
	if d := f.Fields["domain"]; d != "" && d != source {
		f.Domains = append(f.Domains, d)
	}
	if u := f.Fields["url"]; u != "" {
		f.URLs = []string{u}
	}
	f.SourcePort = port(f.Fields["source_port"])
	f.Date, _ = Date(f.Fields["timestamp"])
	f.Reporter = f.Fields["reporter_org"]
	f.first()
}
