package query

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
)

var helsinki = func() *time.Location {
	l, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		panic(err)
	}
	return l
}()

var asked = Options{Now: time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func term(name string, m ...Match) Node { return Term{name, m} }

func text(s string) Text { return Text{Value: s} }

func TestParse(t *testing.T) {
	v4 := func(from, to string) Addrs { return Addrs{netip.MustParseAddr(from), netip.MustParseAddr(to)} }
	a, b, c := term("class", text("a")), term("class", text("b")), term("class", text("c"))
	for _, tt := range []struct {
		name, in string
		want     Node
	}{
		{"nothing asked", "  ", All{}},
		{"one term", "class:infected-system", term("class", text("infected-system"))},
		{"class in capitals", "CLASS:Infected-System", term("class", text("infected-system"))},
		{"country in small letters", "cc:fi", term("cc", text("FI"))},
		{"any of", "class:a,b", term("class", text("a"), text("b"))},
		{"beside each other", "class:a class:b", All{a, b}},
		{"and is no word", "class:a and class:b", All{a, b}},
		{"or", "class:a class:b or class:c", Any{All{a, b}, c}},
		{"parentheses", "class:a (class:b or class:c)", All{a, Any{b, c}}},
		{"needless parentheses", "((class:a) (class:b class:c))", All{a, b, c}},
		{"negated", "-class:a", Not{a}},
		{"negated in words", "not class:a", Not{a}},
		{"negated twice", "--class:a", a},
		{"negated group", "-(class:a or class:b)", Not{Any{a, b}}},
		{"nothing at all", "-()", Any{}},
		{"quoted", `org:"City \"Big\" Hospital"`, term("org", text(`City "Big" Hospital`))},
		{"backslashed blank", `org:City\ Hospital`, term("org", text("City Hospital"))},
		{"quoted comma", `org:"a,b",c`, term("org", text("a,b"), text("c"))},
		{"empty text", `extra.x:""`, term("extra.x", text(""))},
		{"star before", "hostname:*.Example.org", term("hostname", Text{".example.org", true, false})},
		{"star after", "malware:mirai*", term("malware", Text{"mirai", false, true})},
		{"star alone", "malware:*", term("malware", Text{"", true, true})},
		{"star meant", `malware:"*"`, term("malware", text("*"))},
		{"injection is text", `org:"x' UNION SELECT * FROM read_text('/etc/passwd')--"`, term("org", text("x' UNION SELECT * FROM read_text('/etc/passwd')--"))},
		{"number", "asn:64496", term("asn", Ints{64496, 64496})},
		{"number with AS", "asn:AS64496,as64497", term("asn", Ints{64496, 64496}, Ints{64497, 64497})},
		{"numbers between", "port:1..1024", term("port", Ints{1, 1024})},
		{"numbers over", "port:>1024", term("port", Ints{1025, 1<<63 - 1})},
		{"numbers up to", "port:..80", term("port", Ints{-1 << 63, 80})},
		{"address", "ip:203.0.113.7", term("ip", v4("203.0.113.7", "203.0.113.7"))},
		{"prefix with host bits", "ip:203.0.113.7/24", term("ip", v4("203.0.113.0", "203.0.113.255"))},
		{"mapped address", "ip:::ffff:203.0.113.7", term("ip", v4("203.0.113.7", "203.0.113.7"))},
		{"IPv6 prefix", "ip:2001:db8::/32", term("ip", v4("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"))},
		{"address range", "src:203.0.113.1..203.0.113.9", term("src", v4("203.0.113.1", "203.0.113.9"))},
		{"bare address", "203.0.113.7", term("ip", v4("203.0.113.7", "203.0.113.7"))},
		{"bare IPv6 address", "fe80::1", term("ip", v4("fe80::1", "fe80::1"))},
		{"bare ASN", "AS64496", term("asn", Ints{64496, 64496})},
		{"bare domain", "Example.org", term("hostname", text("example.org"), Text{".example.org", true, false})},
		{"bare word", "mirai", Word{text("mirai")}},
		{"bare URL", "http://x.example/a", Word{text("http://x.example/a")}},
		{"quoted address is a word", `"203.0.113.7"`, Word{text("203.0.113.7")}},
		{"quoted keyword", `"or"`, Word{text("or")}},
		{"flag", "source.tor_node:yes", term("source.tor_node", Flag(true))},
		{"decimal", "feed.accuracy:>=99.5", term("feed.accuracy", Floats{99.5, inf})},
		{"has", "has:malware", Has{"malware"}},
		{"has any", "has:malware,url", Any{Has{"malware"}, Has{"url"}}},
		{"days, the last included", "time:2026-11-01..2026-11-07", term("time", Times{date(2026, 11, 1), date(2026, 11, 8)})},
		{"one day", "time:2026-11-01", term("time", Times{date(2026, 11, 1), date(2026, 11, 2)})},
		{"a month", "time:2026-11", term("time", Times{date(2026, 11, 1), date(2026, 12, 1)})},
		{"after a day", "time:>2026-11-01", term("time", Times{From: date(2026, 11, 2)})},
		{"until a day", "time:<=2026-11-01", term("time", Times{To: date(2026, 11, 2)})},
		{"today", "time:today", term("time", Times{date(2026, 11, 22), date(2026, 11, 23)})},
		{"yesterday", "seen:yesterday", term("seen", Times{date(2026, 11, 21), date(2026, 11, 22)})},
		{"last seven days", "time:7d", term("time", Times{From: asked.Now.AddDate(0, 0, -7)})},
		{"instants", "time:2026-11-01T00:00:00Z..2026-11-01T02:00:00+01:00", term("time", Times{date(2026, 11, 1), date(2026, 11, 1).Add(time.Hour)})},
		{"one instant", "time:2026-11-01T00:00:00.25Z", term("time", Times{date(2026, 11, 1).Add(250 * time.Millisecond), date(2026, 11, 1).Add(251 * time.Millisecond)})},
		{"open range", "time:2026-11-01..", term("time", Times{From: date(2026, 11, 1)})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.in, asked)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%q)\n got %#v\nwant %#v", tt.in, got, tt.want)
			}
		})
	}
}

func TestZone(t *testing.T) {
	got, err := Parse("time:2026-10-25", Options{Now: asked.Now, Zone: helsinki})
	if err != nil {
		t.Fatal(err)
	}
	// The day on which summer time ends has 25 hours.
	want := term("time", Times{time.Date(2026, 10, 24, 21, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 22, 0, 0, 0, time.UTC)})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, says string }{
		{"unknown field", "class:a klass:b", `character 9: no field is called "klass", did you mean "class"?`},
		{"unknown field after letters of two bytes", "ä klass:b", "character 3:"},
		{"open quote", `org:"City`, "not closed"},
		{"lone backslash", `org:a\`, "backslash"},
		{"open parenthesis", "(class:a", "opened and not closed"},
		{"closing parenthesis", "class:a)", "without an opening"},
		{"no value", "class:", "a value is missing"},
		{"no second value", "class:a,", "a value is missing"},
		{"no left side", "or class:a", `"or" needs`},
		{"no right side", "class:a or", `"or" needs`},
		{"lone minus", "class:a -", "nothing follows"},
		{"star within", "malware:mi*ai", "beginning and the end only"},
		{"star for a number", "port:*", "write has:port"},
		{"no number", "port:http", "no whole number"},
		{"number too large", "port:9223372036854775807", "no whole number"},
		{"number range backwards", "port:9..1", "ends before"},
		{"empty range", "port:..", "at least one end"},
		{"no address", "ip:203.0.113", "no address"},
		{"address with zone", "ip:fe80::1%eth0", "zone"},
		{"two families", "ip:203.0.113.1..::1", "family"},
		{"address range backwards", "ip:203.0.113.9..203.0.113.1", "ends before"},
		{"compared addresses", "ip:>203.0.113.1", "ranges and prefixes"},
		{"compared text", "extra.score:>5", "holds text"},
		{"no time", "time:tomorrow", "no time"},
		{"days backwards", "time:2026-11-02..2026-11-01", "ends before"},
		{"no flag", "source.tor_node:maybe", "neither"},
		{"not a number", "feed.accuracy:NaN", "no number"},
		{"two lines", "class:a\nclass:b", "one line"},
		{"NUL", "class:\x00", "control"},
		{"invalid UTF-8", "class:\xff", "UTF-8"},
		{"too long", "class:" + strings.Repeat("a", MaxLength), "longer than"},
		{"too deep", strings.Repeat("(", 40) + "a" + strings.Repeat(")", 40), "levels"},
		{"too many negations", strings.Repeat("-", 40) + "a", "levels"},
		{"too many values", "class:a" + strings.Repeat(",a", MaxTerms), "more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Parse(tt.in, asked)
			if err == nil {
				t.Fatalf("accepted as %v", n)
			}
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v error %q, want it to say %q", problem.KindOf(err), err, tt.says)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, s := range short {
		for _, f := range s.fields {
			if _, ok := event.FieldByName(f); !ok && !strings.HasPrefix(f, event.ExtraPrefix) {
				t.Errorf("%s stands for %s, which is no field", s.name, f)
			}
		}
		if sub, _ := Lookup(s.name); len(sub.Fields) == 0 {
			t.Errorf("%s is not found", s.name)
		} else {
			for _, f := range sub.Fields {
				if f.Kind != sub.Kind() {
					t.Errorf("%s: %s is of another kind", s.name, f.Name)
				}
			}
		}
	}
	for _, f := range WordFields() {
		if _, ok := event.FieldByName(f.Name); !ok && !strings.HasPrefix(f.Name, event.ExtraPrefix) {
			t.Errorf("words are looked for in %s, which is no field", f.Name)
		}
	}
	if _, ok := Lookup("extra."); ok {
		t.Error("an extra without a name is found")
	}
}

func TestPlace(t *testing.T) {
	tests := []struct {
		name, query string
		at          int
	}{
		{"a name that is none", "colour:red", 1},
		{"later", "class:spam colour:red", 12},
		{"behind letters of several bytes", "org:Ärzte (", 11},
		{"none", "class:spam", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.query, Options{})
			at, what, ok := Place(err)
			if at != tt.at || ok != (tt.at > 0) || ok != (what != "") {
				t.Errorf("got %d, %q, %v for %v", at, what, ok, err)
			}
		})
	}
	if _, _, ok := Place(errors.New("something else")); ok {
		t.Error("any error has a place")
	}
}
