package format

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
)

// Fault says why a row is set aside. The zero Fault is none.
type Fault struct {
	Code   string // one of event's Reject constants
	Reason string
}

// OK tells whether there is no fault.
func (f Fault) OK() bool { return f.Code == "" }

// Defaults are what a feed's configuration says of every event of it, where the input itself does not.
type Defaults struct {
	Type       rsit.Type // empty: undetermined
	Identifier string
	Role       string            // whose owner can act: source (when empty), destination, none
	Standing   string            // responsible (when empty), victim
	Constants  map[string]string // further fields
	Report     string            // feed.report, empty for none
}

// Rows writes rows whose fields become known one by one, from formats without fixed columns: it checks typed values, classifies, and
// keeps what is no field in extra. One Rows belongs to one Decode call.
type Rows struct {
	batch    *event.Batch
	defaults Defaults
	window   Window
	arrival  int64 // stands for time.source where the format brings none; 0: then the row is set aside
	stamps   Stamps
	now      time.Time // a policy that was over then binds no event
	columns  map[string]*event.Column
	set      map[string]bool // fields of the row begun
	more     []byte          // extras beyond the limit, as JSON
	buf      []byte
}

// NewRows begins to write to b. Times are believed within window.
func NewRows(b *event.Batch, d Defaults, w Window) *Rows {
	r := &Rows{batch: b, defaults: d, window: w, now: w.now(), columns: map[string]*event.Column{}, set: map[string]bool{}}
	role, standing := d.Role, d.Standing
	if role == "" {
		role = "source"
	}
	if standing == "" && role != "none" {
		standing = "responsible"
	}
	b.Const(event.FieldRole, role)
	if standing != "" {
		b.Const(event.FieldStanding, standing)
	}
	if d.Report != "" {
		b.Const(event.FieldReport, d.Report)
	}
	return r
}

// AssumeTime gives rows without a time that one (lists bring none).
func (r *Rows) AssumeTime(t time.Time) { r.arrival = t.UnixMilli() }

// Begin starts a row; raw is the record as it came.
func (r *Rows) Begin(raw []byte) {
	r.batch.Begin(raw)
	clear(r.set)
	r.more = r.more[:0]
}

// ours are fields that the program writes itself: what an input says of them is hearsay and goes to extra.
func ours(field string) bool {
	switch field {
	case event.FieldKey, event.FieldIntake, event.FieldArrival, event.FieldFeed, event.FieldReport, event.FieldSourceReserved,
		event.FieldTaxonomy, event.FieldExtra:
		return true
	}
	return strings.HasPrefix(field, "attribution.")
}

// Set gives a field of the row begun its value; an empty value is none. Names that are no field go to extra under their own name.
// A second value for the same field is refused.
func (r *Rows) Set(field string, v []byte) Fault {
	if len(v) == 0 {
		return Fault{}
	}
	f, typed := event.FieldByName(field)
	if !typed || ours(field) {
		return r.extra(field, v)
	}
	if r.set[field] {
		return Fault{event.RejectSyntax, field + " is given twice"}
	}
	fault := Text(field, v)
	if !fault.OK() {
		return fault
	}
	switch f.Kind {
	case event.Text:
		fault = r.text(field, v)
	case event.IP:
		fault = r.addr(field, v)
	case event.Time:
		fault = r.time(field, v)
	default:
		fault = r.number(field, f.Kind, v)
	}
	if !fault.OK() {
		return Fault{fault.Code, fmt.Sprintf("%s: %.60q %s", field, Escape(v), fault.Reason)}
	}
	r.set[field] = true
	return Fault{}
}

// Has tells whether the row begun has that field.
func (r *Rows) Has(field string) bool { return r.set[field] }

func (r *Rows) column(field string, k event.Kind) *event.Column {
	c := r.columns[field]
	if c == nil {
		c = r.batch.Column(field)
		r.columns[field] = c
	}
	return c
}

// extra keeps what is no field. Names are cut to what a column may be called.
func (r *Rows) extra(name string, v []byte) Fault {
	name = ExtraName(name)
	if f := Text(name, v); !f.OK() {
		return f
	}
	if r.set[name] {
		return Fault{event.RejectSyntax, name + " is given twice"}
	}
	r.set[name] = true
	decides := name == event.FieldPAP || name == event.FieldIEP // what decides is not lost among what is not asked for
	if name == event.FieldIEP {
		if v = policy(v, r.now); len(v) == 0 {
			return Fault{}
		}
	}
	if r.columns[name] == nil && r.batch.Find(name) == nil && r.batch.Overflows() && !decides {
		r.more = AppendMember(r.more, strings.TrimPrefix(name, event.ExtraPrefix), v)
		return Fault{}
	}
	r.column(name, event.Text).Text(v)
	return Fault{}
}

// policy writes what a policy asks for as events keep it: without what tells policies apart that ask for the same. It is empty for one that is over.
func policy(v []byte, now time.Time) []byte { return []byte(iep.Told(string(v)).At(now).Bare().Text()) }

// ExtraName gives the column name for a name from outside: extra. before it, at most 120 bytes, nothing but small letters, digits and
// ._-. Capitals become small, since to the query engine they are the same letters and one of two columns would be read for both.
func ExtraName(name string) string {
	name = strings.TrimPrefix(strings.ToLower(name), event.ExtraPrefix)
	if len(name) > 120 {
		name = name[:120]
	}
	clean := func(c rune) rune {
		if c == '.' || c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' {
			return c
		}
		return '_'
	}
	if name = strings.Map(clean, name); name == "" {
		name = "_"
	}
	return event.ExtraPrefix + name
}

func (r *Rows) text(field string, v []byte) Fault {
	switch field {
	case event.FieldType:
		t, known := TypeOf(string(v))
		if !known {
			return Fault{event.RejectClass, "is no RSIT type and none of IntelMQ's"}
		}
		r.class(t)
		if string(t) != string(v) {
			return r.extra("classification_type", v)
		}
		return Fault{}
	case event.FieldTransport, "protocol.application", event.FieldMalware:
		r.buf = AppendLower(r.buf[:0], v)
		v = r.buf
	}
	r.column(field, event.Text).Text(v)
	return Fault{}
}

func (r *Rows) class(t rsit.Type) {
	r.column(event.FieldType, event.Text).TextString(string(t))
	r.column(event.FieldTaxonomy, event.Text).TextString(string(t.Class()))
}

func (r *Rows) addr(field string, v []byte) Fault {
	a, ok := ParseAddr(v)
	switch {
	case !ok:
		return Fault{event.RejectAddress, "is no IP address"}
	case a.IsUnspecified():
		return Fault{event.RejectAddress, "is the unspecified address, which is nobody's"}
	case Mapped(a, v):
		return Fault{event.RejectAddress, MappedReason}
	}
	r.column(field, event.IP).Addr(a)
	return Fault{}
}

func (r *Rows) time(field string, v []byte) Fault {
	ms, ok := r.stamps.Parse(v)
	if !ok {
		return Fault{event.RejectTime, "is no time like 2006-01-02T15:04:05Z"}
	}
	return r.instant(field, ms)
}

func (r *Rows) instant(field string, ms int64) Fault {
	// Only the event's own time decides where it is filed; when a network was allocated may be long ago.
	if field == event.FieldTime && !r.window.Holds(ms) {
		return Fault{event.RejectTime, "is more than ten years ago or more than two days ahead: a broken clock"}
	}
	r.column(field, event.Time).Time(ms)
	return Fault{}
}

// SetTime gives a field a time that is already read.
func (r *Rows) SetTime(field string, t time.Time) Fault {
	if f := r.instant(field, t.UnixMilli()); !f.OK() {
		return Fault{f.Code, field + ": " + t.UTC().Format(time.RFC3339) + " " + f.Reason}
	}
	r.set[field] = true
	return Fault{}
}

func (r *Rows) number(field string, k event.Kind, v []byte) Fault {
	switch k {
	case event.Bool:
		b, err := strconv.ParseBool(strings.ToLower(string(v)))
		if err != nil {
			return Fault{event.RejectNumber, "is neither true nor false"}
		}
		r.column(field, k).Bool(b)
	case event.Float:
		x, err := strconv.ParseFloat(string(v), 64)
		if err != nil || x != x || x > 1e300 || x < -1e300 {
			return Fault{event.RejectNumber, "is no number"}
		}
		r.column(field, k).Float(x)
	default:
		return r.integer(field, v)
	}
	return Fault{}
}

func (r *Rows) integer(field string, v []byte) Fault {
	asn := strings.HasSuffix(field, ".asn")
	if asn && len(v) > 2 && v[0]|0x20 == 'a' && v[1]|0x20 == 's' {
		v = v[2:]
	}
	n, ok := ParseUint(v)
	switch {
	case !ok:
		return Fault{event.RejectNumber, "is no whole number"}
	case strings.HasSuffix(field, ".port") && n > 65535:
		return Fault{event.RejectNumber, "is no port (0 to 65535)"}
	case asn && n > 1<<32-1:
		return Fault{event.RejectNumber, "is no AS number (0 to 4294967295)"}
	case asn && n == 0:
		return Fault{event.RejectNumber, ZeroASReason}
	}
	r.column(field, event.Int).Int(n)
	return Fault{}
}

// End completes the row: what is missing comes from the defaults. With a fault, its own or the caller's, the row is dropped and
// set aside as the reject says, with the fault's code and reason.
func (r *Rows) End(f Fault, rej event.Reject) {
	if f.OK() {
		f = r.complete()
	}
	if !f.OK() {
		r.batch.Abort()
		rej.Code, rej.Reason = f.Code, f.Reason
		r.batch.Reject(rej)
		return
	}
	if len(r.more) > 0 {
		r.column(event.FieldExtra, event.Text).Text(append(r.more, '}'))
	}
	r.batch.End()
}

func (r *Rows) complete() Fault {
	for name, v := range r.defaults.Constants {
		if !r.set[name] {
			if f := r.Set(name, []byte(v)); !f.OK() {
				return f
			}
		}
	}
	if !r.set[event.FieldTime] {
		if r.arrival == 0 {
			return Fault{event.RejectMissing, "there is no time, and the event means nothing without it"}
		}
		r.column(event.FieldTime, event.Time).Time(r.arrival)
	}
	if !r.set[event.FieldType] {
		t := r.defaults.Type
		if t == "" {
			t = "undetermined"
		}
		r.class(t)
	}
	if r.defaults.Identifier != "" && !r.set[event.FieldIdentifier] {
		r.column(event.FieldIdentifier, event.Text).TextString(r.defaults.Identifier)
	}
	return Fault{}
}

// SetURL gives a side's URL (source or destination), and its host as that side's address or domain name if the row has none yet.
func (r *Rows) SetURL(side string, v []byte) Fault {
	if len(v) == 0 {
		return Fault{}
	}
	u, err := url.Parse(string(v))
	if err != nil || u.Host == "" {
		return Fault{event.RejectSyntax, fmt.Sprintf("%s.url: %.60q is no URL with a host", side, Escape(v))}
	}
	if f := r.Set(side+".url", v); !f.OK() {
		return f
	}
	host := []byte(u.Hostname())
	if name, ok := Domain(nil, host); ok && !r.set[side+".fqdn"] {
		return r.Set(side+".fqdn", name)
	}
	if _, ok := ParseAddr(host); ok && !r.set[side+".ip"] {
		return r.Set(side+".ip", host)
	}
	return Fault{}
}
