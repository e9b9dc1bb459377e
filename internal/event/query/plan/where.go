package plan

import (
	"math"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// where writes the condition of one inner statement. Each leaf may be null for a
// row; a negation takes null for false.
type where struct {
	*planner
	holds holds
}

func (w *where) node(n query.Node) string {
	switch v := n.(type) {
	case query.All:
		return w.join(v, " AND ", "TRUE")
	case query.Any:
		return w.join(v, " OR ", "FALSE")
	case query.Not:
		return "((" + w.node(v.Node) + ") IS NOT TRUE)"
	case query.Has:
		s, _ := query.Lookup(v.Name)
		return w.each(s.Fields, w.present)
	case query.Word:
		return w.each(query.WordFields(), func(f event.Field) string {
			return w.text(f, query.Plain, query.Text{Value: v.Text.Value, Before: true, After: true})
		})
	case query.Term:
		return w.term(v)
	}
	return "FALSE"
}

func (w *where) join(nodes []query.Node, with, empty string) string {
	if len(nodes) == 0 {
		return empty
	}
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = w.node(n)
	}
	return either(parts, with)
}

func either(parts []string, with string) string {
	switch len(parts) {
	case 0:
		return "FALSE"
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, with) + ")"
}

// each asks the fields that the segments hold for the same thing.
func (w *where) each(fields []event.Field, ask func(event.Field) string) string {
	var parts []string
	for _, f := range fields {
		if w.holds.field(f) {
			parts = append(parts, ask(f))
		}
	}
	return either(parts, " OR ")
}

func (w *where) present(f event.Field) string {
	if f.Kind == event.IP {
		return quote(f.Name+".lo") + " IS NOT NULL"
	}
	return w.value(f, w.holds) + " IS NOT NULL"
}

func (w *where) term(t query.Term) string {
	s, ok := query.Lookup(t.Name)
	if !ok {
		return "FALSE"
	}
	if s.Sense == query.OrganisationName {
		return w.organisations(s, t)
	}
	return w.each(s.Fields, func(f event.Field) string {
		var parts, exact []string
		for _, m := range t.Match {
			if x, ok := m.(query.Text); ok && s.Sense != query.List && !x.Before && !x.After {
				exact = append(exact, written(s.Sense, x.Value)...)
				continue
			}
			parts = append(parts, w.match(f, s.Sense, m))
		}
		if len(exact) > 0 {
			parts = append([]string{w.oneOf(f, exact)}, parts...)
		}
		return either(parts, " OR ")
	})
}

// written is how fields of a sense may hold a text.
func written(sense query.Sense, text string) []string {
	if capitals := strings.ToUpper(text); sense == query.Either && capitals != text {
		return []string{text, capitals}
	}
	return []string{text}
}

// oneOf asks for exact texts.
func (w *where) oneOf(f event.Field, texts []string) string {
	value := w.value(f, w.holds)
	if len(texts) == 1 {
		return value + " = " + w.bind(texts[0])
	}
	bound := make([]string, len(texts))
	for i, t := range texts {
		bound[i] = w.bind(t)
	}
	return value + " IN (" + strings.Join(bound, ", ") + ")"
}

// organisations asks for the ids behind names; an id itself is taken too.
func (w *where) organisations(s query.Subject, t query.Term) string {
	var ids []string
	for _, m := range t.Match {
		x, ok := m.(query.Text)
		if !ok {
			continue
		}
		if x.Before && x.After && x.Value == "" {
			return w.each(s.Fields, w.present)
		}
		if !x.Before && !x.After {
			ids = append(ids, x.Value)
		}
		if w.Organisations != nil {
			ids = append(ids, w.Organisations(x)...)
		}
	}
	if len(ids) == 0 {
		return "FALSE"
	}
	return w.each(s.Fields, func(f event.Field) string { return w.oneOf(f, ids) })
}

func (w *where) match(f event.Field, sense query.Sense, m query.Match) string {
	switch v := m.(type) {
	case query.Text:
		return w.text(f, sense, v)
	case query.Addrs:
		return w.addresses(f, v)
	case query.Ints:
		return w.between(f, v.From, v.To, v.From == math.MinInt64, v.To == math.MaxInt64, v.From == v.To)
	case query.Floats:
		return w.between(f, v.From, v.To, math.IsInf(v.From, -1), math.IsInf(v.To, 1), v.From == v.To)
	case query.Flag:
		return w.value(f, w.holds) + " = " + w.bind(bool(v))
	case query.Times:
		return w.times(f, v)
	}
	return "FALSE"
}

func (w *where) between(f event.Field, from, to any, openFrom, openTo, same bool) string {
	value := w.value(f, w.holds)
	switch {
	case same:
		return value + " = " + w.bind(from)
	case openFrom && openTo:
		return value + " IS NOT NULL"
	case openFrom:
		return value + " <= " + w.bind(to)
	case openTo:
		return value + " >= " + w.bind(from)
	}
	return "(" + value + " >= " + w.bind(from) + " AND " + value + " <= " + w.bind(to) + ")"
}

func (w *where) times(f event.Field, t query.Times) string {
	value := w.value(f, w.holds)
	var parts []string
	if !t.From.IsZero() {
		parts = append(parts, value+" >= "+w.bind(t.From))
	}
	if !t.To.IsZero() {
		parts = append(parts, value+" < "+w.bind(t.To))
	}
	return either(parts, " AND ")
}

// text asks for a text with stars, or for a word in a list. No pattern language
// is used, so no sign in the text means anything.
func (w *where) text(f event.Field, sense query.Sense, t query.Text) string {
	value := w.value(f, w.holds)
	if t.Before && t.After {
		if t.Value == "" {
			return value + " IS NOT NULL"
		}
		return "contains(lower(" + value + "), " + w.bind(strings.ToLower(t.Value)) + ")"
	}
	want := strings.ToLower(t.Value)
	if sense == query.List {
		return w.listed(value, want, t)
	}
	switch {
	case t.Before:
		return "ends_with(lower(" + value + "), " + w.bind(want) + ")"
	case t.After:
		return "starts_with(lower(" + value + "), " + w.bind(want) + ")"
	}
	return value + " = " + w.bind(t.Value)
}

// listed asks for a word between commas or semicolons, in either case.
func (w *where) listed(value, want string, t query.Text) string {
	if !t.Before {
		want = "," + want
	}
	if !t.After {
		want += ","
	}
	// || and not concat: of nothing it makes nothing, and not an empty list, which would hold an empty word.
	return "contains(',' || replace(lower(" + value + "), ';', ',') || ',', " + w.bind(want) + ")"
}

// addresses compares the two words of an address. IPv4 lies within IPv6 as
// ::ffff:0:0/96, which an IPv6 range around it does not mean.
func (w *where) addresses(f event.Field, a query.Addrs) string {
	hi, lo := quote(f.Name+".hi"), quote(f.Name+".lo")
	fromHi, fromLo := event.Words(a.From)
	toHi, toLo := event.Words(a.To)
	if fromHi == toHi {
		cond := hi + " = " + w.bind(fromHi) + " AND "
		if fromLo == toLo {
			return "(" + cond + lo + " = " + w.bind(fromLo) + ")"
		}
		cond += lo + " >= " + w.bind(fromLo) + " AND " + lo + " <= " + w.bind(toLo)
		return "(" + cond + w.unmapped(a, hi, lo) + ")"
	}
	cond := hi + " >= " + w.bind(fromHi) + " AND " + hi + " <= " + w.bind(toHi)
	if fromLo > 0 {
		cond += " AND (" + hi + " > " + w.bind(fromHi) + " OR " + lo + " >= " + w.bind(fromLo) + ")"
	}
	if toLo < math.MaxUint64 {
		cond += " AND (" + hi + " < " + w.bind(toHi) + " OR " + lo + " <= " + w.bind(toLo) + ")"
	}
	return "(" + cond + w.unmapped(a, hi, lo) + ")"
}

func (w *where) unmapped(a query.Addrs, hi, lo string) string {
	fromHi, _ := event.Words(a.From)
	if a.From.Is4() || fromHi != 0 {
		return ""
	}
	const first, last = uint64(0xffff) << 32, uint64(0xffff)<<32 | math.MaxUint32
	return " AND NOT (" + hi + " = " + w.bind(uint64(0)) + " AND " + lo + " >= " + w.bind(first) + " AND " + lo + " <= " + w.bind(last) + ")"
}
