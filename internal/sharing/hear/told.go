package hear

import (
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// mostRelated bounds what is named beside an incident; all of it is in the bundle.
const mostRelated = 200

// told reads an incident.
func (s *source) told(o *object) (t Told, err error) {
	list := []stix.Object{*o.parsed}
	for _, r := range o.parsed.Refs {
		if other := s.others[r.ID]; other != nil && other.typ == "marking-definition" {
			list = append(list, *other.parsed)
		}
	}
	in := convert.Read(list)
	for _, i := range in.Incidents {
		t = Told{Title: i.Title, Summary: i.Summary, Classes: i.Classes, Status: i.Status, Handling: i.Handling}
	}
	head, tail := o.parsed.Body.Common()
	t.Organisation, t.Object, t.Version, t.Label, t.Revoked = s.organisation, o.id, sharing.Moment(o.version), o.label, tail.Revoked
	if by := s.others[head.CreatedBy]; by != nil {
		if who, ok := by.parsed.Body.(*stix.Identity); ok {
			t.By = who.Name
		}
	}
	t.Related, t.Proof = s.related(o.id), o.proof
	t.Bundle, err = s.bundle([]*object{o})
	return t, err
}

// related says in words what goes with an incident.
func (s *source) related(incident string) (words []string) {
	for _, o := range s.relations[incident] {
		r, ok := o.parsed.Body.(*stix.Relationship)
		if !ok || len(words) >= mostRelated {
			continue
		}
		id := r.Source
		if id == incident {
			id = r.Target
		}
		other := s.others[id]
		if other == nil {
			continue
		}
		in := convert.Read([]stix.Object{*other.parsed})
		for _, f := range in.Observables {
			words = append(words, r.Kind+": "+f.Kind+" "+f.Value)
		}
		for _, i := range in.Indicators {
			words = append(words, r.Kind+": "+i.Pattern)
		}
		for _, k := range append(in.Vulnerabilities, in.Measures...) {
			words = append(words, r.Kind+": "+k.Name)
		}
		for _, p := range in.Parties {
			words = append(words, r.Kind+": "+p.Name)
		}
	}
	return words
}
