package query

import (
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
)

var inf = math.Inf(1)

// trees draws trees as the constructors make them.
func trees(depth int) *rapid.Generator[Node] {
	return rapid.Custom(func(t *rapid.T) Node {
		if depth == 0 {
			return leaf(t)
		}
		switch rapid.IntRange(0, 5).Draw(t, "shape") {
		case 0:
			return And(rapid.SliceOfN(trees(depth-1), 0, 4).Draw(t, "all")...)
		case 1:
			return Or(rapid.SliceOfN(trees(depth-1), 0, 4).Draw(t, "any")...)
		case 2:
			return Negate(trees(depth-1).Draw(t, "not"))
		default:
			return leaf(t)
		}
	})
}

func leaf(t *rapid.T) Node {
	name := rapid.SampledFrom(append(Names(), "extra.x", "extra.a-b.c_d")).Draw(t, "name")
	s, _ := Lookup(name)
	switch {
	case s.Kind() == event.Key: // not to be asked for
		return Has{s.Name}
	case rapid.IntRange(0, 5).Draw(t, "leaf") == 0:
		return Has{s.Name}
	case rapid.IntRange(0, 5).Draw(t, "leaf") == 0:
		return Word{texts(t)}
	}
	n := rapid.IntRange(1, 3).Draw(t, "values")
	out := Term{Name: s.Name}
	for range n {
		out.Match = append(out.Match, value(t, s))
	}
	return out
}

func texts(t *rapid.T) Text {
	s := rapid.OneOf(
		rapid.StringMatching(`[a-z0-9.:/_*"\\,() '>=<-]{0,12}`), rapid.StringMatching(`[ÄöЖ漢a]{1,5}`),
		rapid.SampledFrom([]string{"or", "and", "not", "AS5", "a.b", "203.0.113.1", "::1", "-x", "x..y", "*"}),
	).Draw(t, "text")
	out := Text{s, rapid.Bool().Draw(t, "before"), rapid.Bool().Draw(t, "after")}
	if s == "" && (out.Before || out.After) {
		out.Before, out.After = true, true
	}
	return out
}

func value(t *rapid.T, s Subject) Match {
	switch s.Kind() {
	case event.Int:
		lo, hi := pair(t, rapid.Int64Range(-1<<40, 1<<40), func(a, b int64) bool { return a < b })
		return rapid.SampledFrom([]Match{Ints{lo, hi}, Ints{lo, lo}, Ints{lo, math.MaxInt64}, Ints{math.MinInt64, lo}}).Draw(t, "ints")
	case event.Float:
		lo, hi := pair(t, rapid.Float64Range(-1e300, 1e300), func(a, b float64) bool { return a < b })
		lo, hi = lo+0, hi+0
		return rapid.SampledFrom([]Match{Floats{lo, hi}, Floats{lo, lo}, Floats{lo, inf}, Floats{-inf, lo}}).Draw(t, "floats")
	case event.Bool:
		return Flag(rapid.Bool().Draw(t, "flag"))
	case event.IP:
		return addresses(t)
	case event.Time:
		ms, until := pair(t, rapid.Int64Range(0, 4e12), func(a, b int64) bool { return a < b })
		a, b := time.UnixMilli(ms).UTC(), time.UnixMilli(until+1).UTC()
		return rapid.SampledFrom([]Match{Times{a, b}, Times{From: a}, Times{To: b}}).Draw(t, "times")
	default:
		return s.form(texts(t))
	}
}

func pair[T any](t *rapid.T, g *rapid.Generator[T], less func(a, b T) bool) (lo, hi T) {
	lo, hi = g.Draw(t, "from"), g.Draw(t, "to")
	if less(hi, lo) {
		lo, hi = hi, lo
	}
	return lo, hi
}

func addresses(t *rapid.T) Match {
	size := rapid.SampledFrom([]int{4, 16}).Draw(t, "family")
	one := rapid.Custom(func(t *rapid.T) netip.Addr {
		b := rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "bytes")
		a, _ := netip.AddrFromSlice(b)
		return a
	})
	lo, hi := pair(t, one, netip.Addr.Less)
	p := netip.PrefixFrom(lo, rapid.IntRange(0, size*8).Draw(t, "bits"))
	return rapid.SampledFrom([]Match{Addrs{lo, hi}.unmap(), Addrs{lo, lo}.unmap(), Addrs{p.Masked().Addr(), last(p)}.unmap()}).Draw(t, "addrs")
}

func TestPrintedParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := trees(3).Draw(t, "tree")
		line := want.String()
		if len(line) > MaxLength {
			t.Skip("longer than a query may be")
		}
		got, err := Parse(line, Options{})
		if err != nil {
			t.Fatalf("%s\n%v", line, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %#v\nwant %#v", line, got, want)
		}
	})
}

func TestCanonicalText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"blanks", "  class:a   class:b ", "class:a class:b"},
		{"prefix", "ip:203.0.113.0..203.0.113.255", "ip:203.0.113.0/24"},
		{"range", "ip:203.0.113.1..203.0.113.3", "ip:203.0.113.1..203.0.113.3"},
		{"needless quotes", `malware:"mirai"`, "malware:mirai"},
		{"needed quotes", `org:City\ Hospital`, `org:"City Hospital"`},
		{"day", "time:2026-11-01", "time:2026-11-01T00:00:00Z..2026-11-02T00:00:00Z"},
		{"or within and", "class:c (class:a or class:b)", "class:c (class:a or class:b)"},
		{"and within or", "(class:c class:a) or class:b", "class:c class:a or class:b"},
		{"comparison", "port:>1024", "port:>=1025"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Parse(tt.in, asked)
			if err != nil {
				t.Fatal(err)
			}
			if got := n.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestConstructors(t *testing.T) {
	a := Has{"ip"}
	for _, tt := range []struct {
		name      string
		got, want Node
	}{
		{"and of nothing", And(), Everything},
		{"or of nothing", Or(), Nothing},
		{"and with nothing", And(a, Nothing), Nothing},
		{"or with everything", Or(a, Everything), Everything},
		{"and of one", And(Everything, a), a},
		{"negated everything", Negate(Everything), Nothing},
		{"negated nothing", Negate(Nothing), Everything},
		{"and within and", And(a, And(a, a)), All{a, a, a}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !reflect.DeepEqual(tt.got, tt.want) {
				t.Errorf("got %#v, want %#v", tt.got, tt.want)
			}
		})
	}
}

func TestWalk(t *testing.T) {
	n, err := Parse("class:a -(port:1 or has:malware)", asked)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	Walk(n, func(Node) { seen++ })
	if seen != 6 { // all, class, not, any, port, has
		t.Errorf("%d nodes seen", seen)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`class:infected-system asn:64496 ip:203.0.113.0/24 org:"City Hospital" -tag:sinkhole time:2026-11-01..2026-11-07`,
		`(a or -b) port:>1024,80 *x* "or" extra.y:\*`, `time:7d ip:::/0 feed.accuracy:1e3..`, `has:ip -() ()`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		n, err := Parse(line, asked)
		if err != nil {
			return
		}
		text := n.String()
		if len(text) > MaxLength {
			return
		}
		again, err := Parse(text, asked)
		if err != nil {
			t.Fatalf("%q printed as %q: %v", line, text, err)
		}
		if !reflect.DeepEqual(n, again) {
			t.Fatalf("%q printed as %q: %#v and %#v", line, text, n, again)
		}
	})
}
