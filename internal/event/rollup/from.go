package rollup

import (
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// dimensions are the fields of a query that counts know.
var dimensions = map[string]Dimension{
	event.FieldFeed: ByFeed, event.FieldReport: ByReport, event.FieldTaxonomy: ByTaxonomy, event.FieldType: ByType,
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
// values, whether events are somebody's, and one of the two times.
func From(n query.Node) (q Question, ok bool) {
	nodes, several := n.(query.All)
	if !several {
		nodes = query.All{n}
	}
	var r reader
	for _, one := range nodes {
		if !r.node(one) {
			return Question{}, false
		}
	}
	return r.q, true
}

type reader struct {
	q     Question
	timed bool
}

func (r *reader) node(n query.Node) bool {
	switch v := n.(type) {
	case query.Not:
		if h, ok := v.Node.(query.Has); ok {
			return r.has(h, true)
		}
		t, ok := v.Node.(query.Term)
		return ok && r.condition(t, true)
	case query.Has:
		return r.has(v, false)
	case query.Term:
		return r.times(v) || r.condition(v, false)
	}
	return false
}

// has takes what asks whether events are somebody's.
func (r *reader) has(h query.Has, not bool) bool {
	s, ok := query.Lookup(h.Name)
	if !ok || len(s.Fields) != 1 || s.Fields[0].Name != event.FieldOrganisation {
		return false
	}
	r.q.Where = append(r.q.Where, Condition{ByAttributed, []string{"1"}, not})
	return true
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
	}
	r.q.Where = append(r.q.Where, c)
	return true
}
