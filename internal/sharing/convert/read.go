package convert

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Intake is what the team can use of what came in. Each thing names the object that it comes from.
type Intake struct {
	Observables     []Found
	Indicators      []Indicator
	Vulnerabilities []Known
	Parties         []Named
	Incidents       []Told
	Measures        []Known
	Sightings       []Sighted
	Seen            []Observed
	Left            map[string]int // of each type, how many objects said nothing that we keep by itself
}

// Source says where something came from, and what may be done with it.
type Source struct {
	Object   string // id
	By       string // id of the identity that made it
	Modified time.Time
	Handling stix.Handling
}

// Found is an observable. A file with several hashes is several.
type Found struct {
	Source
	Kind, Value string
}

// Indicator is something to look for.
type Indicator struct {
	Source
	Name, Description string
	Types             []string
	Pattern           string
	From, Until       time.Time // zero Until: for ever
	Confidence        *int      // 0 to 100
	Revoked           bool
	Lookups           []pattern.Lookup
	Reach             pattern.Reach
	Unread            string // why the pattern cannot be evaluated here; "" when it can
}

// Known is a vulnerability or a course of action.
type Known struct {
	Source
	Name, Text string
	CVE        string
}

// Named is an identity.
type Named struct {
	Source
	Name, Class string
	Contact     string
}

// Told is an incident.
type Told struct {
	Source
	Title, Summary string
	Classes        []string
	Status         string
}

// Sighted says that somebody saw something again.
type Sighted struct {
	Source
	Of          string // id
	Count       int64  // 0: it was looked for, and not there
	First, Last time.Time
}

// Observed says that somebody saw something, so many times: an event, or several.
type Observed struct {
	Source
	First, Last time.Time
	Count       int64
	Objects     []string // ids of what was seen: observables, of Observables those with these objects
	Type        string   // RSIT type, where one of ours, or of whoever says it as we do, named it
}

// Read takes what it can from objects that package stix accepted.
func Read(objects []stix.Object) Intake {
	in := Intake{Left: map[string]int{}}
	marks := stix.MarkingsOf(objects)
	for i := range objects {
		o := &objects[i]
		h, _ := o.Body.Common()
		src := Source{o.ID, h.CreatedBy, o.Modified, marks.Of(o.Body)}
		if !in.domain(o.Body, src) && !in.observable(o.Body, src) {
			in.Left[o.Type]++
		}
	}
	return in
}

// domain takes a domain object or sighting.
func (in *Intake) domain(b stix.Body, src Source) bool {
	switch o := b.(type) {
	case *stix.Indicator:
		in.Indicators = append(in.Indicators, indicatorOf(o, src))
	case *stix.Vulnerability:
		in.Vulnerabilities = append(in.Vulnerabilities, Known{src, o.Name, o.Description, cve(o.ExternalReferences)})
	case *stix.CourseOfAction:
		in.Measures = append(in.Measures, Known{Source: src, Name: o.Name, Text: o.Description})
	case *stix.Identity:
		in.Parties = append(in.Parties, Named{src, o.Name, o.Class, o.ContactInformation})
	case *stix.Incident:
		in.Incidents = append(in.Incidents, incidentOf(o, src))
	case *stix.Sighting:
		s := Sighted{src, o.Of, 1, o.FirstSeen.Time, o.LastSeen.Time}
		if o.Count != nil {
			s.Count = *o.Count
		}
		in.Sightings = append(in.Sightings, s)
	case *stix.ObservedData:
		in.Seen = append(in.Seen, observedOf(o, src))
	default:
		return false
	}
	return true
}

// observedOf takes an observation.
func observedOf(o *stix.ObservedData, src Source) Observed {
	seen := Observed{Source: src, First: o.FirstObserved.Time, Last: o.LastObserved.Time, Count: o.NumberObserved, Objects: o.ObjectRefs}
	for _, l := range o.Labels {
		if t, ok := strings.CutPrefix(l, typeLabel); ok {
			seen.Type = t
		}
	}
	return seen
}

// observable takes an observable object.
func (in *Intake) observable(b stix.Body, src Source) (any bool) {
	if f, ok := b.(*stix.File); ok {
		for _, h := range hashKinds {
			if v := f.Hashes[h.algorithm]; v != "" {
				l, _ := pattern.Kind(h.kind).Normal(v)
				in.Observables = append(in.Observables, Found{src, h.kind, l})
				any = true
			}
		}
	}
	if kind, value, ok := kindOf(b); ok {
		in.Observables = append(in.Observables, Found{src, kind, value})
		any = true
	}
	return any
}

func indicatorOf(o *stix.Indicator, src Source) Indicator {
	i := Indicator{
		Source: src, Name: o.Name, Description: o.Description, Types: o.Types, Pattern: o.Pattern,
		From: o.ValidFrom.Time, Until: o.ValidUntil.Time, Confidence: o.Confidence, Revoked: o.Revoked, Reach: pattern.Anything,
	}
	if o.PatternType != "stix" && o.PatternType != "" {
		i.Unread = "it is written for " + o.PatternType
		return i
	}
	p, err := pattern.Parse(o.Pattern)
	if err != nil {
		i.Unread = err.Error()
		return i
	}
	i.Lookups, i.Reach = p.Lookups()
	return i
}

func cve(refs []stix.ExternalReference) string {
	for _, r := range refs {
		if r.SourceName == "cve" {
			return r.ExternalID
		}
	}
	return ""
}

func incidentOf(o *stix.Incident, src Source) Told {
	t := Told{Source: src, Title: o.Name, Summary: o.Description}
	var c core
	if raw := o.Extensions[coreExtension]; len(raw) > 0 && json.Unmarshal(raw, &c) == nil {
		t.Classes, t.Status = c.Types, c.Status
	}
	return t
}
