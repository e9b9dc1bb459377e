package pattern_test

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/sharing/pattern"
)

// node is a pattern that a test makes, with what it means spelled out: which sets of observations make it hold.
type node struct {
	text string
	sets func(o []obs) []uint16 // sets as bits: exactly the observations that are used
}

// obs is an observation of the oracle: when, what, and how often.
type obs struct {
	at   int
	has  string // letters
	many int
}

func leaf(letter string) node {
	return node{fmt.Sprintf("[x-a:%s = 1]", letter), func(o []obs) (out []uint16) {
		for i := range o {
			if strings.Contains(o[i].has, letter) {
				out = append(out, 1<<i)
			}
		}
		return out
	}}
}

func union(a, b node) node {
	return node{"(" + a.text + " OR " + b.text + ")", func(o []obs) []uint16 { return append(a.sets(o), b.sets(o)...) }}
}

// both joins every set of one with every set of the other that shares nothing with it, if ok says so.
func both(op string, a, b node, ok func(o []obs, x, y uint16) bool) node {
	return node{"(" + a.text + " " + op + " " + b.text + ")", func(o []obs) (out []uint16) {
		for _, x := range a.sets(o) {
			for _, y := range b.sets(o) {
				if x&y == 0 && ok(o, x, y) {
					out = append(out, x|y)
				}
			}
		}
		return out
	}}
}

func extent(o []obs, set uint16) (first, last int) {
	first, last = 1<<30, -1
	for i := range o {
		if set&(1<<i) != 0 {
			first, last = min(first, o[i].at), max(last, o[i].at)
		}
	}
	return first, last
}

func within(a node, seconds int) node {
	return filtered(a, fmt.Sprintf("%s WITHIN %d SECONDS", a.text, seconds), func(first, last int) bool { return last-first <= seconds })
}

func started(a node, from, until int) node {
	stamp := func(s int) string { return noon.Add(time.Duration(s) * time.Second).Format("t'2006-01-02T15:04:05Z'") }
	return filtered(a, fmt.Sprintf("%s START %s STOP %s", a.text, stamp(from), stamp(until)), func(first, last int) bool { return first >= from && last < until })
}

func filtered(a node, text string, keep func(first, last int) bool) node {
	return node{"(" + text + ")", func(o []obs) (out []uint16) {
		for _, s := range a.sets(o) {
			if keep(extent(o, s)) {
				out = append(out, s)
			}
		}
		return out
	}}
}

// repeated unites sets that share nothing until there are enough, those of a box in every order: its observations count as often as each
// was seen, so that the order decides with which one there are enough.
func repeated(a node, times int, simple bool) node {
	return node{fmt.Sprintf("(%s REPEATS %d TIMES)", a.text, times), func(o []obs) (out []uint16) {
		sets := a.sets(o)
		var more func(from int, so uint16, n int)
		more = func(from int, so uint16, n int) {
			if n >= times {
				if !slices.Contains(out, so) {
					out = append(out, so)
				}
				return
			}
			for i := from; i < len(sets); i++ {
				if sets[i]&so == 0 {
					if simple {
						more(0, so|sets[i], n+o[bits.TrailingZeros16(sets[i])].many)
					} else {
						more(i+1, so|sets[i], n+1)
					}
				}
			}
		}
		more(0, 0, 0)
		return out
	}}
}

// drawn makes a pattern of some depth.
func drawn(t *rapid.T, depth int) node {
	if depth == 0 {
		return leaf(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "letter"))
	}
	a := drawn(t, depth-1)
	switch rapid.IntRange(0, 5).Draw(t, "operator") {
	case 0:
		return union(a, drawn(t, depth-1))
	case 1:
		return both("AND", a, drawn(t, depth-1), func([]obs, uint16, uint16) bool { return true })
	case 2:
		return both("FOLLOWEDBY", a, drawn(t, depth-1), func(o []obs, x, y uint16) bool {
			_, last := extent(o, x)
			first, _ := extent(o, y)
			return first >= last
		})
	case 3:
		return within(a, rapid.IntRange(1, 12).Draw(t, "seconds"))
	case 4:
		from := rapid.IntRange(0, 10).Draw(t, "from")
		return started(a, from, from+rapid.IntRange(1, 10).Draw(t, "for"))
	}
	return repeated(a, rapid.IntRange(1, 3).Draw(t, "times"), depth == 1)
}

// The matcher agrees with the plain enumeration of all sets of observations, and what it gives as its reason is such a set.
func TestMatchAgreesWithEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) obs {
			return obs{rapid.IntRange(0, 20).Draw(t, "at"), rapid.SampledFrom([]string{"a", "b", "c", "ab", "bc"}).Draw(t, "has"), rapid.IntRange(1, 2).Draw(t, "many")}
		}), 0, 6).Draw(t, "observations")
		n := drawn(t, rapid.IntRange(0, 2).Draw(t, "depth"))
		p, err := pattern.Parse(n.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Match(real(seen))
		if err != nil {
			t.Fatal(err)
		}
		want := n.sets(seen)
		var used uint16
		for _, i := range got {
			used |= 1 << i
		}
		if (len(want) > 0) != (len(got) > 0) {
			t.Fatalf("%s of %v: got %v, want one of %b", n.text, seen, got, want)
		}
		for _, s := range want {
			if s == used {
				return
			}
		}
		if len(want) > 0 {
			t.Fatalf("%s of %v: %v (%b) is none of %b", n.text, seen, got, used, want)
		}
	})
}

// real makes observations of the oracle's.
func real(list []obs) (out []pattern.Observation) {
	for _, o := range list {
		t := pattern.Thing{Type: "x-a", ID: "x"}
		for _, l := range o.has {
			t.Properties = append(t.Properties, pattern.Property{Name: string(l), Value: int64(1)})
		}
		one := at(o.at, t)
		one.Count = o.many
		out = append(out, one)
	}
	return out
}

// LIKE is what a regular expression with .* and . says.
func TestLikeAgreesWithARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOfN(rapid.SampledFrom([]rune("ab%_é.")), 0, 8, -1).Draw(t, "pattern")
		value := rapid.StringOfN(rapid.SampledFrom([]rune("abé.")), 0, 10, -1).Draw(t, "value")
		re := regexp.MustCompile("(?s)^" + strings.NewReplacer("%", ".*", "_", ".", ".", `\.`).Replace(want) + "$")
		p, err := pattern.Parse("[x-a:b LIKE '" + want + "']")
		if err != nil {
			t.Fatal(err)
		}
		hit, err := p.Match([]pattern.Observation{at(0, thing("x-a", "b", value))})
		if err != nil || (len(hit) > 0) != re.MatchString(value) {
			t.Fatalf("%q LIKE %q: %v, %v", value, want, hit, err)
		}
	})
}

// Whatever is exactly its values holds of each of them alone, and of nothing else.
func TestExactLookupsAreExact(t *testing.T) {
	kinds := []struct{ path, typ, name string }{
		{"domain-name:value", "domain-name", "value"}, {"ipv4-addr:value", "ipv4-addr", "value"}, {"url:value", "url", "value"}, {"mutex:name", "mutex", "name"},
	}
	values := map[string][]string{
		"domain-name": {"a.example", "B.example", "c.d.example"}, "ipv4-addr": {"192.0.2.1", "192.0.2.0/24", "198.51.100.7"},
		"url": {"http://a.example/", "http://A.example/"}, "mutex": {"m", "M"},
	}
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			k := rapid.SampledFrom(kinds).Draw(t, "kind")
			op := rapid.SampledFrom([]string{"[%s = '%s']", "[%s IN ('%s')]", "[%[1]s = '%[2]s' OR %[1]s = '%[2]s']"}).Draw(t, "form")
			parts = append(parts, fmt.Sprintf(op, k.path, rapid.SampledFrom(values[k.typ]).Draw(t, "value")))
		}
		p, err := pattern.Parse(strings.Join(parts, " OR "))
		if err != nil {
			t.Fatal(err)
		}
		list, reach := p.Lookups()
		if reach != pattern.Exactly {
			t.Fatalf("%s %s", p, reach)
		}
		k := rapid.SampledFrom(kinds).Draw(t, "seen kind")
		v := rapid.SampledFrom(values[k.typ]).Draw(t, "seen")
		hit, err := p.Match([]pattern.Observation{at(0, thing(k.typ, k.name, v))})
		if err != nil || (len(hit) > 0) != listed(list, k.typ, v) {
			t.Fatalf("%s of %s %s: %v, %v; it looks up %v", p, k.typ, v, hit, err, list)
		}
	})
}

// listed says whether a look-up would find a value.
func listed(list []pattern.Lookup, typ, value string) bool {
	kind := map[string]pattern.Kind{"domain-name": pattern.Domain, "ipv4-addr": pattern.IP, "url": pattern.URL, "mutex": pattern.Mutex}[typ]
	value, _ = kind.Normal(value)
	for _, l := range list {
		inside := l.Kind == pattern.CIDR && strings.HasPrefix(value, "192.0.2.") && l.Value == "192.0.2.0/24"
		if l.Kind == kind && l.Value == value || typ == "ipv4-addr" && (inside || l.Value == value) {
			return true
		}
	}
	return false
}
