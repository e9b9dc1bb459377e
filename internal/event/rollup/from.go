package rollup

import (
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// dimensions are the fields of a query that counts know.
var dimensions = map[string]Dimension{
	event.FieldFeed: ByFeed, event.FieldReport: ByReport, event.FieldTaxonomy: ByTaxonomy, event.FieldType: ByType, event.FieldOrganisation: ByOrganisation,
}

// DimensionOf finds the dimension that a name in a query stands for.
func DimensionOf(name string) (Dimension, bool) {
	s, ok := query.Lookup(name)
	if !ok || len(s.Fields) != 1 {
		return ByNothing, false
	}
	d, ok := dimensions[s.Fields[0].Name]
	return d, ok
}

// From makes conditions and a span of time of a query, where counts know all that it asks for: terms about dimensions, with exact
// values, and about one of the two times. organisations gives ids for names.
func From(n query.Node, organisations func(query.Text) []string) (q Question, ok bool) {
	nodes, several := n.(query.All)
	if !several {
		nodes = query.All{n}
	}
	r := &reader{organisations: organisations}
	for _, one := range nodes {
		if !r.node(one) {
			return Question{}, false
		}
	}
	return r.q, r.q.Answers()
}

type reader struct {
	q             Question
	timed         bool
	organisations func(query.Text) []string
}

func (r *reader) node(n query.Node) bool {
	switch v := n.(type) {
	case query.Not:
		t, ok := v.Node.(query.Term)
		return ok && r.condition(t, true)
	case query.Has:
		s, ok := query.Lookup(v.Name)
		if ok && s.Fields[0].Name == event.FieldOrganisation {
			r.q.Where = append(r.q.Where, Condition{ByAttributed, []string{"1"}, false})
			return true
		}
	case query.Term:
		return r.times(v) || r.condition(v, false)
	}
	return false
}

// times takes one term about time, with one span.
func (r *reader) times(t query.Term) bool {
	s, ok := query.Lookup(t.Name)
	if !ok || r.timed || len(t.Match) != 1 {
		return false
	}
	span, ok := t.Match[0].(query.Times)
	field := s.Fields[0].Name
	if !ok || field != event.FieldTime && field != event.FieldArrival {
		return false
	}
	r.timed, r.q.From, r.q.To = true, span.From, span.To
	if field == event.FieldArrival {
		r.q.Clock = Arrived
	}
	return true
}

func (r *reader) condition(t query.Term, not bool) bool {
	d, ok := DimensionOf(t.Name)
	if !ok {
		return false
	}
	c := Condition{Of: d, Not: not}
	for _, m := range t.Match {
		x, ok := m.(query.Text)
		if !ok || x.Before || x.After {
			return false
		}
		c.Values = append(c.Values, x.Value)
		if d == ByOrganisation && r.organisations != nil {
			c.Values = append(c.Values, r.organisations(x)...)
		}
	}
	r.q.Where = append(r.q.Where, c)
	return true
}
