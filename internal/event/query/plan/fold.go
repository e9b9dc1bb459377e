package plan

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// holds tells which fields a segment can answer for.
type holds struct {
	columns  map[string]bool
	overflow bool // further extras lie in one column of JSON
}

func columnsOf(f File) holds {
	h := holds{columns: make(map[string]bool, len(f.Columns))}
	for _, c := range f.Columns {
		base, cut := strings.CutSuffix(c, ".hi")
		if f, ok := event.FieldByName(base); cut && ok && f.Kind == event.IP {
			h.columns[base] = true
		}
		h.columns[c] = true
	}
	h.overflow = h.columns[event.FieldExtra]
	return h
}

func (h holds) field(f event.Field) bool {
	return h.columns[f.Name] || h.inOverflow(f.Name)
}

// addresses are the fields behind a name that hold addresses and are there.
func (h holds) addresses(name string) []event.Field {
	s, ok := query.Lookup(name)
	if !ok || s.Kind() != event.IP {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Fields), func(f event.Field) bool { return !h.field(f) })
}

// inOverflow reports whether the field can only be in the column of JSON.
func (h holds) inOverflow(name string) bool {
	return h.overflow && !h.columns[name] && strings.HasPrefix(name, event.ExtraPrefix)
}

func (h holds) any(fields []event.Field) bool { return slices.ContainsFunc(fields, h.field) }

// fold simplifies the tree by what is known of the segment; what cannot hold
// there becomes query.Nothing.
func fold(n query.Node, f File, h holds) query.Node {
	switch v := n.(type) {
	case query.All:
		return query.And(foldEach(v, f, h)...)
	case query.Any:
		return query.Or(foldEach(v, f, h)...)
	case query.Not:
		return query.Negate(fold(v.Node, f, h))
	case query.Has:
		s, ok := query.Lookup(v.Name)
		if !ok || !h.any(s.Fields) {
			return query.Nothing
		}
	case query.Word:
		if !h.any(query.WordFields()) {
			return query.Nothing
		}
	case query.Term:
		return foldTerm(v, f, h)
	}
	return n
}

func foldEach(nodes []query.Node, f File, h holds) []query.Node {
	out := make([]query.Node, len(nodes))
	for i, n := range nodes {
		out[i] = fold(n, f, h)
	}
	return out
}

// foldTerm drops the values that the segment cannot hold.
func foldTerm(t query.Term, f File, h holds) query.Node {
	s, ok := query.Lookup(t.Name)
	if !ok || !h.any(s.Fields) {
		return query.Nothing
	}
	out := query.Term{Name: t.Name}
	for _, m := range t.Match {
		if slices.ContainsFunc(s.Fields, func(field event.Field) bool { return possible(field.Name, s.Sense, m, f) }) {
			out.Match = append(out.Match, m)
		}
	}
	if len(out.Match) == 0 {
		return query.Nothing
	}
	return out
}

// possible reports whether a value may be in a field of the segment.
func possible(field string, sense query.Sense, m query.Match, f File) bool {
	switch v := m.(type) {
	case query.Times:
		switch field {
		case event.FieldTime:
			return f.Source.meets(v)
		case event.FieldArrival:
			return f.Arrival.meets(v)
		}
	case query.Text:
		facts, ok := f.Facts[field]
		return !ok || sense == query.OrganisationName || sense == query.List || sense == query.Either || slices.ContainsFunc(facts, v.Fits)
	}
	return true
}

func (s Span) meets(t query.Times) bool {
	if !t.From.IsZero() && !s.Last.IsZero() && s.Last.Before(t.From) {
		return false
	}
	return t.To.IsZero() || s.First.IsZero() || s.First.Before(t.To)
}
