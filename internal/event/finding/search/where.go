package search

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// maxValues is how many values a statement may bind: SQLite takes 32,766.
const maxValues = 30_000

// where writes the condition of a statement. Its parts may be null for a row; a negation takes null for false.
type where struct {
	organisations func(query.Text) []string
	sources       []finding.Source
	args          []any
	err           error // the first
}

// The conditions that need no column.
const (
	always = "1 = 1"
	never  = "1 = 0"
)

func (w *where) bind(v any) string {
	if s, ok := v.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
		w.fail("a value in the query is no text")
	}
	w.args = append(w.args, v)
	if len(w.args) > maxValues {
		w.fail("the query means more than %d values (organisations by a star, perhaps): narrow it", maxValues)
	}
	return fmt.Sprintf("$%d", len(w.args))
}

// number binds a whole number; the cast keeps an engine from taking it for something smaller.
func (w *where) number(n int64) string { return "CAST(" + w.bind(n) + " AS BIGINT)" }

func (w *where) fail(format string, args ...any) {
	if w.err == nil {
		w.err = problem.New(problem.Invalid, format, args...)
	}
}

func (w *where) node(n query.Node) string {
	switch v := n.(type) {
	case query.All:
		return w.nodes(v, " AND ", always)
	case query.Any:
		return w.nodes(v, " OR ", never)
	case query.Not:
		return "((" + w.node(v.Node) + ") IS NOT TRUE)"
	case query.Has:
		return w.each(w.subject(v.Name).Fields, w.present)
	case query.Word:
		return w.each(names.WordFields(), func(f event.Field) string {
			return w.text(f, query.Text{Value: v.Text.Value, Before: true, After: true})
		})
	case query.Term:
		return w.term(v)
	}
	return never
}

func (w *where) nodes(nodes []query.Node, with, empty string) string {
	if len(nodes) == 0 {
		return empty
	}
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = w.node(n)
	}
	return join(parts, with)
}

// join puts parts together as a tree with short branches: SQLite bounds how deep an expression may be.
func join(parts []string, with string) string {
	switch n := len(parts); n {
	case 0:
		return never
	case 1:
		return parts[0]
	default:
		return "(" + join(parts[:n/2], with) + with + join(parts[n/2:], with) + ")"
	}
}

func (w *where) each(fields []event.Field, ask func(event.Field) string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = ask(f)
	}
	return join(parts, " OR ")
}

// subject finds a name; a tree that Parse did not make may hold others.
func (w *where) subject(name string) query.Subject {
	s, ok := names.Lookup(name)
	if !ok {
		w.fail("findings cannot be asked for %q%s: what can be asked: %s", name, nearest.Hint(name, Names()), strings.Join(Names(), ", "))
	}
	return s
}

// present asks whether a finding has a value: texts and numbers that it lacks are stored empty.
func (w *where) present(f event.Field) string {
	switch {
	case f.Kind == event.Text && f.Name != columnSources:
		return f.Name + " <> ''"
	case f.Kind == event.IP:
		low := lowest.As16()
		return "(" + f.Name + " IS NOT NULL OR key >= " + w.bind(low[:]) + ")"
	}
	return f.Name + " <> 0"
}

func (w *where) term(t query.Term) string {
	s := w.subject(t.Name)
	if s.Sense == query.OrganisationName {
		return w.owners(s, t)
	}
	return w.each(s.Fields, func(f event.Field) string {
		var parts, exact []string
		for _, m := range t.Match {
			if x, ok := m.(query.Text); ok && !x.Before && !x.After && f.Kind == event.Text && f.Name != columnSources {
				exact = append(exact, x.Value)
				continue
			}
			parts = append(parts, w.match(f, m))
		}
		if len(exact) > 0 {
			parts = append(parts, w.oneOf(f, exact))
		}
		return join(parts, " OR ")
	})
}

// oneOf asks for exact texts. The empty text is a value that is missing.
func (w *where) oneOf(f event.Field, texts []string) string {
	var bound []string
	for _, t := range texts {
		if t != "" {
			bound = append(bound, w.bind(t))
		}
	}
	switch len(bound) {
	case 0:
		return never
	case 1:
		return f.Name + " = " + bound[0]
	}
	return f.Name + " IN (" + strings.Join(bound, ", ") + ")"
}

// owners asks for the ids behind names; an id itself is taken too.
func (w *where) owners(s query.Subject, t query.Term) string {
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
		if w.organisations != nil {
			ids = append(ids, w.organisations(x)...)
		}
	}
	return w.each(s.Fields, func(f event.Field) string { return w.oneOf(f, ids) })
}

// match asks whether a column fits a value; a value of another kind fits nothing.
func (w *where) match(f event.Field, m query.Match) string {
	switch v := m.(type) {
	case query.Text:
		switch {
		case f.Name == columnSources:
			return w.feed(v)
		case f.Kind == event.Text:
			return w.text(f, v)
		}
	case query.Addrs:
		if f.Kind == event.IP {
			return w.addresses(v)
		}
	case query.Ints:
		if f.Kind == event.Int {
			return w.between(f, v.From, v.To)
		}
	case query.Times:
		if f.Kind == event.Time {
			return w.times(f, v)
		}
	}
	return never
}

// between asks for a number that is there, both ends within.
func (w *where) between(f event.Field, from, to int64) string {
	var parts []string
	switch {
	case from == to && from != 0:
		return f.Name + " = " + w.number(from)
	case from > math.MinInt64:
		parts = append(parts, f.Name+" >= "+w.number(from))
	}
	if to < math.MaxInt64 {
		parts = append(parts, f.Name+" <= "+w.number(to))
	}
	if from <= 0 && to >= 0 {
		parts = append(parts, w.present(f))
	}
	return join(parts, " AND ")
}

func (w *where) times(f event.Field, t query.Times) string {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if !t.From.IsZero() {
		from = sqldb.Millis(t.From)
	}
	if !t.To.IsZero() {
		to = sqldb.Millis(t.To) - 1
	}
	return w.between(f, from, to)
}

// text asks for a text with stars.
func (w *where) text(f event.Field, t query.Text) string {
	if t.Value == "" {
		if t.Before || t.After {
			return w.present(f)
		}
		return never
	}
	if !t.Before && !t.After {
		return f.Name + " = " + w.bind(t.Value)
	}
	pattern := strings.NewReplacer(`!`, `!!`, `%`, `!%`, `_`, `!_`).Replace(lower(t.Value))
	if t.Before {
		pattern = "%" + pattern
	}
	if t.After {
		pattern += "%"
	}
	return "lower(" + f.Name + ") LIKE " + w.bind(pattern) + " ESCAPE '!'"
}

// lower is what both engines do on these columns: the letters A to Z.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// feed asks for the bits of the sources of a feed. What comes from beyond the bits is known by its latest feed only.
func (w *where) feed(t query.Text) string {
	if t.Before && t.After && t.Value == "" {
		return columnSources + " <> 0"
	}
	mask := int64(0)
	for _, s := range w.sources {
		if s.Bit < finding.Beyond && fits(t, s.Feed) {
			mask |= 1 << s.Bit
		}
	}
	parts := []string{"(" + columnSources + " >= " + w.number(1<<finding.Beyond) + " AND " + w.text(event.Field{Name: "feed"}, t) + ")"}
	if mask != 0 {
		parts = append(parts, "("+columnSources+" & "+w.number(mask)+") <> 0")
	}
	return join(parts, " OR ")
}

// fits is what text asks of a column, for a text that is at hand.
func fits(t query.Text, s string) bool {
	if s == "" || t.Value == "" {
		return s != "" && (t.Before || t.After)
	}
	if t.Before || t.After {
		t.Value, s = lower(t.Value), lower(s)
	}
	switch {
	case t.Before && t.After:
		return strings.Contains(s, t.Value)
	case t.Before:
		return strings.HasSuffix(s, t.Value)
	case t.After:
		return strings.HasPrefix(s, t.Value)
	}
	return s == t.Value
}

// addresses asks for a range of keys, and for what has its address beside the key, which is zero: pages.
func (w *where) addresses(a query.Addrs) string {
	return "(" + w.keys(a) + " OR " + w.beside(a) + ")"
}

// lowest is the least address that a key can hold: the zero address means none.
var lowest = netip.IPv6Unspecified().Next()

func (w *where) keys(a query.Addrs) string {
	if a.From.Is6() && a.From.Less(lowest) {
		a.From = lowest
	}
	low, high := a.From.As16(), a.To.As16()
	from, to := make([]byte, len(finding.Key{})), bytes.Repeat([]byte{0xff}, len(finding.Key{}))
	copy(from, low[:])
	copy(to, high[:])
	return w.span("key", from, to) + w.unless(a, w.keys)
}

func (w *where) beside(a query.Addrs) string {
	low, high := a.From.As16(), a.To.As16()
	return w.span(columnAddr, low[:], high[:]) + w.unless(a, w.beside)
}

func (w *where) span(column string, from, to []byte) string {
	return column + " >= " + w.bind(from) + " AND " + column + " <= " + w.bind(to)
}

// mapped are the IPv4 addresses as they lie among those of IPv6.
var mapped = query.Addrs{From: netip.AddrFrom4([4]byte{}), To: netip.AddrFrom4([4]byte{255, 255, 255, 255})}

// unless leaves IPv4 out of a range of IPv6 around it.
func (w *where) unless(a query.Addrs, ask func(query.Addrs) string) string {
	first, last := netip.AddrFrom16(mapped.From.As16()), netip.AddrFrom16(mapped.To.As16())
	if a.From.Is4() || last.Less(a.From) || a.To.Less(first) {
		return ""
	}
	return " AND NOT (" + ask(mapped) + ")"
}
