// Package match says which rows of a batch a query means, in plain Go: for erasure, which must read every row that it rewrites anyway.
// It answers as the query engine does (its test holds the two to each other): a field that a row lacks makes a term false.
package match

import (
	"encoding/json"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// Matcher holds a query. Safe for concurrent use.
type Matcher struct {
	tree          query.Node
	organisations func(query.Text) []string
	fields        map[string]bool
}

// New makes a matcher; organisations gives the ids of the organisations whose name fits, and may be nil.
func New(tree query.Node, organisations func(query.Text) []string) *Matcher {
	m := &Matcher{tree: tree, organisations: organisations, fields: map[string]bool{}}
	query.Walk(tree, func(n query.Node) {
		var fields []event.Field
		switch v := n.(type) {
		case query.Term:
			s, _ := query.Lookup(v.Name)
			fields = s.Fields
		case query.Has:
			s, _ := query.Lookup(v.Name)
			fields = s.Fields
		case query.Word:
			fields = query.WordFields()
		}
		for _, f := range fields {
			m.fields[f.Name] = true
			if strings.HasPrefix(f.Name, event.ExtraPrefix) {
				m.fields[event.FieldExtra] = true
			}
		}
	})
	return m
}

// Wants tells whether the query reads a field.
func (m *Matcher) Wants(field string) bool { return m.fields[field] }

// Rows tells for each row of b whether the query means it. b must have the columns of its segment and no others: an extra is looked for
// in the overflow column only where it has no column of its own.
func (m *Matcher) Rows(b *event.Batch) []bool { return m.node(b, m.tree) }

func (m *Matcher) node(b *event.Batch, n query.Node) []bool {
	out := make([]bool, b.Rows())
	switch v := n.(type) {
	case query.All:
		for i := range out {
			out[i] = true
		}
		for _, c := range v {
			for i, yes := range m.node(b, c) {
				out[i] = out[i] && yes
			}
		}
	case query.Any:
		for _, c := range v {
			or(out, m.node(b, c))
		}
	case query.Not:
		for i, yes := range m.node(b, v.Node) {
			out[i] = !yes
		}
	case query.Has:
		s, _ := query.Lookup(v.Name)
		for _, f := range s.Fields {
			texts(b, f, func(string) bool { return true }, out)
			others(b, f, func(*event.Column, int) bool { return true }, out)
		}
	case query.Word:
		t := query.Text{Value: v.Text.Value, Before: true, After: true}
		for _, f := range query.WordFields() {
			texts(b, f, t.Fits, out)
		}
	case query.Term:
		m.term(b, v, out)
	}
	return out
}

func or(to, from []bool) {
	for i, yes := range from {
		to[i] = to[i] || yes
	}
}

func (m *Matcher) term(b *event.Batch, t query.Term, out []bool) {
	s, ok := query.Lookup(t.Name)
	if !ok {
		return
	}
	fits := func(text string) bool {
		return slices.ContainsFunc(t.Match, func(x query.Match) bool { return fitsText(s.Sense, x, text) })
	}
	if s.Sense == query.OrganisationName {
		fits = m.organisation(t)
	}
	for _, f := range s.Fields {
		texts(b, f, fits, out)
		others(b, f, func(c *event.Column, i int) bool {
			return slices.ContainsFunc(t.Match, func(x query.Match) bool { return fitsValue(c, i, x) })
		}, out)
	}
}

// organisation takes ids, and the ids behind names.
func (m *Matcher) organisation(t query.Term) func(string) bool {
	ids := map[string]bool{}
	any := false
	for _, x := range t.Match {
		text, ok := x.(query.Text)
		switch {
		case !ok:
			continue
		case text.Before && text.After && text.Value == "":
			any = true
		case !text.Before && !text.After:
			ids[text.Value] = true
		}
		if m.organisations != nil {
			for _, id := range m.organisations(text) {
				ids[id] = true
			}
		}
	}
	return func(id string) bool { return any || ids[id] }
}

// texts marks the rows whose text in a Text field fits; a distinct text is asked for once.
func texts(b *event.Batch, f event.Field, fits func(string) bool, out []bool) {
	if f.Kind != event.Text {
		return
	}
	read := func(text []byte) bool { return fits(string(text)) }
	c := b.Find(f.Name)
	if c == nil && strings.HasPrefix(f.Name, event.ExtraPrefix) {
		c = b.Find(event.FieldExtra)
		read = func(all []byte) bool {
			text, ok := inOverflow(all, strings.TrimPrefix(f.Name, event.ExtraPrefix))
			return ok && fits(text)
		}
	}
	if c == nil {
		return
	}
	if v, ok := c.Constant(); ok {
		yes := v != "" && read([]byte(v))
		for i := range out {
			out[i] = out[i] || yes
		}
		return
	}
	answers := make([]bool, c.Entries()+1) // 0 is null
	for i := range c.Entries() {
		answers[i+1] = read(c.Entry(uint32(i))) //nolint:gosec // at most the rows of a batch
	}
	for i, x := range c.Indices() {
		out[i] = out[i] || answers[x]
	}
}

// inOverflow finds an extra in the JSON that holds those beyond the limit.
func inOverflow(all []byte, name string) (string, bool) {
	var values map[string]json.RawMessage
	if json.Unmarshal(all, &values) != nil {
		return "", false
	}
	raw, ok := values[name]
	if !ok || string(raw) == "null" {
		return "", false
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	return string(raw), true
}

// others marks the rows whose value in a field of another kind fits.
func others(b *event.Batch, f event.Field, fits func(c *event.Column, i int) bool, out []bool) {
	c := b.Find(f.Name)
	if f.Kind == event.Text || c == nil {
		return
	}
	for i := range out {
		out[i] = out[i] || !c.IsNull(i) && fits(c, i)
	}
}

func fitsText(sense query.Sense, m query.Match, text string) bool {
	t, ok := m.(query.Text)
	if !ok {
		return false
	}
	if sense == query.Either {
		text = strings.ToLower(text)
	}
	if sense != query.List || t.Before && t.After {
		return t.Fits(text)
	}
	want := strings.ToLower(t.Value)
	if !t.Before {
		want = "," + want
	}
	if !t.After {
		want += ","
	}
	return strings.Contains(","+strings.ReplaceAll(strings.ToLower(text), ";", ",")+",", want)
}

func fitsValue(c *event.Column, i int, m query.Match) bool {
	switch v := m.(type) {
	case query.Ints:
		return c.Kind == event.Int && v.From <= c.Int64(i) && c.Int64(i) <= v.To
	case query.Floats:
		x := math.Float64frombits(uint64(c.Int64(i))) //nolint:gosec // the bits
		return c.Kind == event.Float && v.From <= x && x <= v.To
	case query.Flag:
		return c.Kind == event.Bool && (c.Int64(i) != 0) == bool(v)
	case query.Times:
		at := c.Int64(i)
		return c.Kind == event.Time && (v.From.IsZero() || at >= v.From.UnixMilli()) && (v.To.IsZero() || at < v.To.UnixMilli())
	case query.Addrs:
		return c.Kind == event.IP && within(c.AddrAt(i), v)
	}
	return false
}

// within tells whether an address lies in a range of its own family.
func within(a netip.Addr, r query.Addrs) bool {
	return a.BitLen() == r.From.BitLen() && r.From.Compare(a) <= 0 && a.Compare(r.To) <= 0
}
