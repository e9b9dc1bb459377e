package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Observation is what an object says of one thing observed, as a row of events.
type Observation struct {
	Object *stix.Object
	Nth    int // of those that the object says, from 0
	Fields []Field
}

// Field is a field of an event by its name, with its value as a feed would write it.
type Field struct{ Name, Value string }

// Unfit is an object that should say something observed and does not.
type Unfit struct {
	Object *stix.Object
	Code   string // one of event's Reject constants
	Reason string
}

// mostRows bounds what one object may say.
const mostRows = 1000

// Observations takes from objects what was observed: observed-data with its observables, and sightings of indicators that stand for one plain value.
// What other objects say is not looked at, and neither is whose anything is said to be: that the register knows.
func Observations(objects []stix.Object) (seen []Observation, unfit []Unfit) {
	r := reading{byID: make(map[string]*stix.Object, len(objects)), marks: stix.MarkingsOf(objects), about: map[string]about{}}
	for i := range objects {
		o := &objects[i]
		if known := r.byID[o.ID]; known == nil || o.Modified.After(known.Modified) {
			r.byID[o.ID] = o
		}
	}
	for i := range objects {
		r.sighted(&objects[i])
	}
	for i := range objects {
		rows, no := r.object(&objects[i])
		if no != nil {
			unfit = append(unfit, *no)
		}
		for n, fields := range rows {
			seen = append(seen, Observation{&objects[i], n, fields})
		}
	}
	return seen, unfit
}

// reading is one bundle.
type reading struct {
	byID  map[string]*stix.Object
	marks stix.Markings
	about map[string]about // what sightings say of observed-data, by its id
}

// about is what is known of an observation beside what was seen.
type about struct{ typ, malware string }

// sighted notes what a sighting says of the observed-data that it rests on.
func (r *reading) sighted(o *stix.Object) {
	s, ok := o.Body.(*stix.Sighting)
	if !ok || s.Revoked || r.byID[s.Of] == nil {
		return
	}
	for _, id := range s.ObservedData {
		a := r.about[id]
		switch of := r.byID[s.Of].Body.(type) {
		case *stix.Malware:
			a.malware = of.Name
		case *stix.Indicator:
			a.typ = indicatorType(of)
		}
		r.about[id] = a
	}
}

// indicatorType is the RSIT type that an indicator names; "" for none.
func indicatorType(i *stix.Indicator) string {
	if t := labelledType(i.Labels); t != "" {
		return t
	}
	if slices.Contains(i.Types, "compromised") {
		return "system-compromise"
	}
	return ""
}

// labelledType is the RSIT type that labels name: as we write it, or by itself.
func labelledType(labels []string) string {
	for _, l := range labels {
		if t, ok := strings.CutPrefix(l, typeLabel); ok {
			return t
		}
	}
	for _, l := range labels {
		if t, ok := rsit.Lookup(strings.ToLower(l)); ok {
			return string(t)
		}
	}
	return ""
}

// object gives the rows of one object; none and no fault for one that says nothing observed.
func (r *reading) object(o *stix.Object) ([][]Field, *Unfit) {
	_, tail := o.Body.Common()
	no := func(code, reason string) ([][]Field, *Unfit) { return nil, &Unfit{o, code, reason} }
	var rows []row
	var common []Field
	switch b := o.Body.(type) {
	case *stix.ObservedData:
		if tail.Revoked {
			return no(event.RejectMissing, "who made it took it back")
		}
		found, code, reason := r.scene(b)
		if reason != "" {
			return no(code, reason)
		}
		rows, common = found, r.observed(o, b)
	case *stix.Sighting:
		if tail.Revoked || b.Count != nil && *b.Count == 0 || r.rests(b) {
			return nil, nil
		}
		of, fields, reason := r.plain(b)
		if reason != "" {
			return no(event.RejectMissing, reason)
		}
		if of == nil {
			return nil, nil
		}
		rows, common = []row{fields}, r.seenAgain(o, b, of)
	default:
		return nil, nil
	}
	if len(rows) > mostRows {
		return no(event.RejectTooLong, fmt.Sprintf("it tells of %d things, and one object may tell of %d", len(rows), mostRows))
	}
	out := make([][]Field, len(rows))
	for n, one := range rows {
		out[n] = slices.Concat(common, one.fields())
	}
	return out, nil
}

// rests tells that a sighting rests on observed-data that is there and tells it better.
func (r *reading) rests(s *stix.Sighting) bool {
	return slices.ContainsFunc(s.ObservedData, func(id string) bool { return r.byID[id] != nil })
}

// observed are the fields that all rows of an observation have.
func (r *reading) observed(o *stix.Object, b *stix.ObservedData) []Field {
	a := r.about[o.ID]
	f := fields{{event.FieldTime, stamp(b.LastObserved.Time)}}
	if typ := labelledType(b.Labels); typ != "" {
		f.add(event.FieldType, typ)
	} else {
		f.add(event.FieldType, a.typ)
	}
	f.add(event.FieldMalware, a.malware)
	if !b.FirstObserved.Equal(b.LastObserved.Time) {
		f.add("extra.first_observed", stamp(b.FirstObserved.Time))
	}
	if b.NumberObserved > 1 {
		f.add("extra.number_observed", strconv.FormatInt(b.NumberObserved, 10))
	}
	return append(f, r.told(o, r.marks.Of(b))...)
}

// seenAgain are the fields of a sighting of an indicator, under the stricter of both labels.
func (r *reading) seenAgain(o *stix.Object, s *stix.Sighting, of *stix.Indicator) []Field {
	at := s.LastSeen.Time
	if at.IsZero() {
		at = s.FirstSeen.Time
	}
	if at.IsZero() {
		at = o.Modified
	}
	f := fields{{event.FieldTime, stamp(at)}}
	f.add(event.FieldType, indicatorType(of))
	if s.Count != nil && *s.Count > 1 {
		f.add("extra.number_observed", strconv.FormatInt(*s.Count, 10))
	}
	h, other := r.marks.Of(s), r.marks.Of(of)
	h.Tighten(other)
	return append(f, r.told(o, h)...)
}

// told says who tells, and under which label.
func (r *reading) told(o *stix.Object, h stix.Handling) (f fields) {
	head, tail := o.Body.Common()
	if h.TLP != nil {
		f.add("tlp", strings.ToLower(strings.TrimPrefix(h.TLP.String(), "TLP:")))
	}
	if h.PAP != nil && *h.PAP > tlp.PAPClear {
		f.add(event.FieldPAP, h.PAP.Short())
	}
	f.add(event.FieldIEP, h.IEP.String())
	if len(h.Statements) > 0 {
		f.add("extra.stix_statement", strings.Join(h.Statements, "; "))
	}
	f.add("extra.stix_id", o.ID)
	if by := r.byID[head.CreatedBy]; by != nil {
		if who, ok := by.Body.(*stix.Identity); ok {
			f.add("extra.observed_by", who.Name)
		}
	}
	if tail.Confidence != nil {
		f.add("feed.accuracy", strconv.Itoa(*tail.Confidence))
	}
	return f
}

// plain gives the indicator that a sighting is of, and its one value; nil and no reason for a sighting of something else.
func (r *reading) plain(s *stix.Sighting) (*stix.Indicator, row, string) {
	o := r.byID[s.Of]
	if o == nil {
		if strings.HasPrefix(s.Of, "indicator--") {
			return nil, row{}, "the indicator that was seen did not come along: send them together"
		}
		return nil, row{}, ""
	}
	i, ok := o.Body.(*stix.Indicator)
	if !ok || slices.Contains(i.Types, "benign") {
		return nil, row{}, ""
	}
	if i.PatternType != "" && i.PatternType != "stix" {
		return nil, row{}, "the indicator that was seen is written for " + i.PatternType
	}
	p, err := pattern.Parse(i.Pattern)
	if err != nil {
		return nil, row{}, "the pattern that was seen cannot be read: " + err.Error()
	}
	list, reach := p.Lookups()
	if reach != pattern.Exactly || len(list) != 1 {
		return nil, row{}, "the pattern that was seen does not stand for one plain value, so nobody can tell which machine it was: send observed-data with the sighting"
	}
	one, ok := rowOf(list[0])
	if !ok {
		return nil, row{}, "a " + string(list[0].Kind) + " was seen, and nobody says on which machine: send observed-data with the sighting"
	}
	return i, one, ""
}

// rowOf is the row of one value; false if it is nobody's.
func rowOf(l pattern.Lookup) (row, bool) {
	switch l.Kind {
	case pattern.IP:
		return row{source: end{ip: l.Value}}, true
	case pattern.Domain:
		return row{source: end{fqdn: l.Value}}, true
	case pattern.URL:
		return row{source: end{url: l.Value}}, true
	}
	return row{}, false
}

// fields are the fields of a row.
type fields []Field

func (f *fields) add(name, value string) {
	if value != "" {
		*f = append(*f, Field{name, value})
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
