package duck

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// The oracle says in plain Go which rows a tree means; the engine must agree,
// whatever the columns that a segment lacks.

func (r row) fits(n query.Node) bool {
	switch v := n.(type) {
	case query.All:
		return !slices.ContainsFunc(v, func(n query.Node) bool { return !r.fits(n) })
	case query.Any:
		return slices.ContainsFunc(v, r.fits)
	case query.Not:
		return !r.fits(v.Node)
	case query.Has:
		s, _ := query.Lookup(v.Name)
		return slices.ContainsFunc(s.Fields, func(f event.Field) bool { return r[f.Name] != nil })
	case query.Word:
		return slices.ContainsFunc(query.WordFields(), func(f event.Field) bool {
			s, ok := r[f.Name].(string)
			return ok && strings.Contains(strings.ToLower(s), strings.ToLower(v.Text.Value))
		})
	case query.Term:
		s, _ := query.Lookup(v.Name)
		return slices.ContainsFunc(s.Fields, func(f event.Field) bool {
			return slices.ContainsFunc(v.Match, func(m query.Match) bool { return holds(r[f.Name], s.Sense, m) })
		})
	}
	return false
}

func holds(value any, sense query.Sense, m query.Match) bool {
	switch x := value.(type) {
	case string:
		t := m.(query.Text)
		if sense != query.List {
			return t.Fits(x)
		}
		t.Value = strings.ToLower(t.Value)
		return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(x), func(r rune) bool { return r == ',' || r == ';' }), t.Fits)
	case int:
		r := m.(query.Ints)
		return r.From <= int64(x) && int64(x) <= r.To
	case netip.Addr:
		a := m.(query.Addrs)
		return a.From.BitLen() == x.BitLen() && a.From.Compare(x) <= 0 && x.Compare(a.To) <= 0
	case time.Time:
		t := m.(query.Times)
		return (t.From.IsZero() || !x.Before(t.From)) && (t.To.IsZero() || x.Before(t.To))
	}
	return false
}

var (
	someText = rapid.SampledFrom([]string{"mirai", "Mirai", "mi", "o1", "a,b", "sink;hole", "sink", "hole", "%", "_", "'", `\`, "MIRAI;sink", "x.example.org"})
	someAddr = rapid.SampledFrom([]netip.Addr{
		netip.MustParseAddr("203.0.113.0"), netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.255"), netip.MustParseAddr("0.0.0.1"), netip.MustParseAddr("255.255.255.255"),
		netip.MustParseAddr("::1"), netip.MustParseAddr("2001:db8::"), netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("2001:db8:1::"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
	})
	someTime = rapid.Map(rapid.IntRange(0, 5), func(h int) time.Time { return time.Date(2026, 11, 1, h, 0, 0, 0, time.UTC) })
	// kinds of the columns; the second and third segment lack some.
	allKinds = map[string]event.Kind{
		"source.ip": event.IP, "destination.ip": event.IP, "source.port": event.Int, "time.source": event.Time,
		"classification.type": event.Text, "malware.name": event.Text, "extra.tag": event.Text, "source.fqdn": event.Text,
	}
)

func someRow(kinds map[string]event.Kind) *rapid.Generator[row] {
	names := make([]string, 0, len(kinds))
	for n := range kinds {
		names = append(names, n)
	}
	slices.Sort(names)
	return rapid.Custom(func(t *rapid.T) row {
		r := row{}
		for _, n := range names {
			if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
				continue
			}
			switch kinds[n] {
			case event.IP:
				r[n] = someAddr.Draw(t, n)
			case event.Int:
				r[n] = rapid.IntRange(0, 4).Draw(t, n)
			case event.Time:
				r[n] = someTime.Draw(t, n)
			default:
				r[n] = someText.Draw(t, n)
			}
		}
		return r
	})
}

func someTree(depth int) *rapid.Generator[query.Node] {
	return rapid.Custom(func(t *rapid.T) query.Node {
		shape := rapid.IntRange(0, 6).Draw(t, "shape")
		switch {
		case depth > 0 && shape == 0:
			return query.And(rapid.SliceOfN(someTree(depth-1), 0, 3).Draw(t, "all")...)
		case depth > 0 && shape == 1:
			return query.Or(rapid.SliceOfN(someTree(depth-1), 0, 3).Draw(t, "any")...)
		case depth > 0 && shape == 2:
			return query.Negate(someTree(depth-1).Draw(t, "not"))
		case shape == 3:
			return query.Has{Name: rapid.SampledFrom([]string{"src", "ip", "port", "time", "malware", "tag", "hostname"}).Draw(t, "has")}
		case shape == 4:
			return query.Word{Text: query.Text{Value: someText.Draw(t, "word")}}
		}
		return someTerm(t)
	})
}

func someTerm(t *rapid.T) query.Node {
	name := rapid.SampledFrom([]string{"src", "ip", "port", "sport", "time", "malware", "tag", "domain", "source.fqdn", "classification.type"}).Draw(t, "name")
	s, _ := query.Lookup(name)
	out := query.Term{Name: name}
	for range rapid.IntRange(1, 2).Draw(t, "values") {
		out.Match = append(out.Match, someMatch(t, s))
	}
	return out
}

func someMatch(t *rapid.T, s query.Subject) query.Match {
	switch s.Kind() {
	case event.Int:
		from := rapid.Int64Range(0, 4).Draw(t, "from")
		return query.Ints{From: from, To: from + rapid.Int64Range(0, 4).Draw(t, "more")}
	case event.Time:
		from := someTime.Draw(t, "from")
		return rapid.SampledFrom([]query.Match{query.Times{From: from}, query.Times{To: from}, query.Times{From: from, To: from.Add(2 * time.Hour)}}).Draw(t, "times")
	case event.IP:
		from, to := someAddr.Draw(t, "from"), someAddr.Draw(t, "to")
		if from.BitLen() != to.BitLen() {
			to = from
		}
		if to.Less(from) {
			from, to = to, from
		}
		return query.Addrs{From: from, To: to}
	}
	text := query.Text{Value: someText.Draw(t, "text"), Before: rapid.Bool().Draw(t, "before"), After: rapid.Bool().Draw(t, "after")}
	if s.Sense == query.List && strings.ContainsAny(text.Value, ",;") {
		text.Value = "sink" // a list's word holds no separator
	}
	if s.Sense == query.Lower {
		text.Value = strings.ToLower(text.Value)
	}
	return text
}

func TestOracle(t *testing.T) {
	h := newHouse(t, Options{})
	fewer, fewest := map[string]event.Kind{}, map[string]event.Kind{"malware.name": event.Text}
	for n, k := range allKinds {
		if n != "extra.tag" && n != "destination.ip" {
			fewer[n] = k
		}
	}
	var rows []row
	for i, kinds := range []map[string]event.Kind{allKinds, fewer, fewest} {
		some := rapid.SliceOfN(someRow(kinds), 60, 60).Example(i)
		h.write(t, fmt.Sprintf("%d.parquet", i), kinds, some)
		rows = append(rows, some...)
	}
	rapid.Check(t, func(rt *rapid.T) {
		tree, filter := someTree(3).Draw(rt, "tree"), someTree(1).Draw(rt, "filter")
		want := 0
		for _, r := range rows {
			if r.fits(tree) && r.fits(filter) {
				want++
			}
		}
		lines, _, err := h.ask(t, plan.Request{Where: tree, Filter: filter, Count: true})
		if err != nil {
			rt.Fatal(err)
		}
		if lines[0] != fmt.Sprint(want) {
			p, _ := plan.Make(plan.Request{Where: tree, Filter: filter, Files: h.files, Count: true})
			rt.Fatalf("%s | %s: the engine counts %s, the oracle %d\n%s\n%v", tree, filter, lines[0], want, p.SQL, p.Args)
		}
	})
}
