package constituency

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// toldWhom returns who is told and where, in one line.
func toldWhom(a Answer) string {
	parts := []string{a.Told}
	for _, c := range a.Contacts {
		parts = append(parts, c.Address)
	}
	return strings.Join(parts, " ")
}

// Each register is a small world around 203.0.113.7, which is in AS 64501 and
// in FI; the chain's order decides in each.
func TestChain(t *testing.T) {
	const head = "organisation,kind,parent,network,contact,purpose\n"
	tests := []struct{ name, rows, owner, told string }{
		{"only the AS's provider", "P,provider,,AS64501,p@p.example,\n", "P", "P p@p.example"},
		{"only the national team", "N,peer,,country:FI,n@n.example,\n", "N", "N n@n.example"},
		{"AS before country", "P,provider,,AS64501,p@p.example,\nN,peer,,country:FI,n@n.example,\n", "P", "P p@p.example"},
		{"prefix before AS", "A,,,203.0.113.7,a@a.example,\nP,provider,,AS64501,p@p.example,\n", "A", "A a@a.example"},
		{"the longer prefix, though it comes later", "W,,,203.0.113.0/24,w@w.example,\nA,,,203.0.113.6/31,a@a.example,\n", "A", "A a@a.example"},
		{"a constituent around, without kinship, is not told", "W,,,203.0.113.0/24,w@w.example,\nA,,,203.0.113.7,,\n", "A", QueueName},
		{"a vendor and an authority around neither", "V,vendor,,203.0.113.0/24,v@v.example,\nU,authority,,203.0.112.0/23,u@u.example,\nA,,,203.0.113.7,,\n", "A", QueueName},
		{"parent before provider", "A,,B,203.0.113.7,,\nB,,,,b@b.example,\nP,provider,,203.0.113.0/24,p@p.example,\n", "A", "B b@b.example"},
		{"grandparent, when the parent has none", "A,,B,203.0.113.7,,\nB,,C,,,\nC,,,,c@c.example,\n", "A", "C c@c.example"},
		{"the nearer of two providers", "A,,,203.0.113.7,,\nP,provider,,203.0.113.0/24,p@p.example,\nQ,provider,,203.0.112.0/23,q@q.example,\n", "A", "P p@p.example"},
		{"the farther, when the nearer has no contact", "A,,,203.0.113.7,,\nP,provider,,203.0.113.0/24,,\nQ,provider,,203.0.112.0/23,q@q.example,\n", "A", "Q q@q.example"},
		{"provider by prefix before provider by AS", "A,,,203.0.113.7,,\nP,provider,,AS64501,p@p.example,\nQ,provider,,203.0.112.0/23,q@q.example,\n", "A", "Q q@q.example"},
		{"the parent who is the provider as well is tried once", "A,,P,203.0.113.7,,\nP,provider,,203.0.113.0/24,p@p.example,\n", "A", "P p@p.example"},
		{"the national team of an owner without contact", "A,,,203.0.113.7,,\nN,peer,,country:FI,n@n.example,\n", "A", "N n@n.example"},
		{"a telephone when there is nothing else", "A,,,203.0.113.7,tel:+358295390230,24/7\n", "A", "A tel:+358295390230"},
		{"mail for any hour before the telephone for abuse", "A,,,203.0.113.7,tel:+358295390230,abuse\nA,,,,x@a.example,24/7\n", "A", "A x@a.example"},
		{"all of the first purpose", "A,,,203.0.113.7,x@a.example,security\nA,,,,y@a.example,security\nA,,,,z@a.example,technical\n", "A", "A x@a.example y@a.example"},
		{"a legal contact holds the chain", "A,,B,203.0.113.7,l@a.example,legal\nB,,,,b@b.example,\n", "A", QueueName},
		{"a parent's legal contact holds it too", "A,,B,203.0.113.7,,\nB,,,,l@b.example,legal\nN,peer,,country:FI,n@n.example,\n", "A", QueueName},
		{"two claims: the customer", "P,provider,,203.0.113.0/24,p@p.example,\nA,,,203.0.113.0/24,a@a.example,\n", "A", "A a@a.example"},
		{"two claims: the subsidiary", "A,,,203.0.113.0/24,a@a.example,\nB,,A,203.0.113.0/24,b@b.example,\n", "B", "B b@b.example"},
		{"two claims, the customer silent: the provider by the same network", "P,provider,,203.0.113.0/24,p@p.example,\nA,,,203.0.113.0/24,,\n", "A", "P p@p.example"},
		{"two national teams: the first by name", "M,peer,,country:FI,m@m.example,\nN,peer,,country:FI,n@n.example,\n", "M", "M m@m.example"},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{Locate: places})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				empty(t, r)
				load(t, r, CSV, head+tt.rows)
				a, err := r.Who(ctx, actor, Question{Text: "203.0.113.7"})
				if err != nil || a.Organisation != tt.owner || toldWhom(a) != tt.told {
					t.Errorf("%q, told %q, %v; want %q, %q\n%+v", a.Organisation, toldWhom(a), err, tt.owner, tt.told, a.Chain)
				}
				if m := r.Matcher(); a.Rule == ByPrefix && m.Target(m.IPv4(0xcb007107)).OrganisationName != tt.owner {
					t.Errorf("the matcher says %q", m.Target(m.IPv4(0xcb007107)).OrganisationName)
				}
				tried := map[string]bool{}
				for _, s := range a.Chain {
					if name, _, _ := strings.Cut(s.Tried, " by "); s.Step != StepOwner && s.Tried != "" {
						if tried[name] && s.Step != StepQueue {
							t.Errorf("%s was tried twice: %+v", name, a.Chain)
						}
						tried[name] = true
					}
				}
			})
		}
	})
}

// However a question is dressed up, it is about the host that a browser or a
// mail server would go to.
func TestQuestionTricks(t *testing.T) {
	tests := []struct{ name, ask, want string }{
		{"name before an at", "https://hospital.example@evil.test/", "evil.test"},
		{"name before two ats", "https://a@hospital.example@evil.test/", "evil.test"},
		{"name in the path", "https://evil.test/hospital.example", "evil.test"},
		{"name after a question mark", "https://evil.test?@hospital.example", "evil.test"},
		{"name after a hash", "https://evil.test#@hospital.example/", "evil.test"},
		{"name after a backslash", `https://evil.test\@hospital.example/`, "evil.test"},
		{"scheme in capitals", "HTTPS://EVIL.TEST/", "evil.test"},
		{"full width", "https://ｅｖｉｌ．test/", "evil.test"},
		{"ideographic full stop", "evil。test", "evil.test"},
		{"escaped dot", "https://evil%2etest/", "evil.test"},
		{"final dot", "evil.test.", "evil.test"},
		{"Cyrillic letter", "https://hоspital.example/", "xn--hspital-9ig.example"},
		{"mail address", "Mallory+x@evil.test", "evil.test"},
		{"credentials and port", "ftp://a:b@evil.test:2121/x", "evil.test"},
		{"IPv6 in a URL with port", "http://[2001:db8::7]:8080/", "2001:db8::7"},
		{"mapped address in a URL", "http://[::ffff:203.0.113.7]/", "203.0.113.7"},
		{"address with zone", "http://[fe80::1%25eth0]/", "fe80::1"},
		{"address and port, defanged", "hxxp://203[.]0[.]113[.]7[:]8080/", "203.0.113.7"},
		{"number for an address", "http://3405803783/", ""},
		{"hexadecimal address", "http://0xcb.0x0.0x71.0x7/", ""},
		{"octal address", "http://0313.0.0161.07/", ""},
		{"short address", "http://203.113/", ""},
		{"line break", "evil.test\r\nhospital.example", ""},
		{"NUL", "evil.test\x00.hospital.example", ""},
		{"right-to-left override", "\u202etset.live", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseQuestion(tt.ask)
			if (err != nil) != (tt.want == "") || err == nil && text(got) != tt.want {
				t.Errorf("%q is about %+v, %v; want %q", tt.ask, got, err, tt.want)
			}
		})
	}
}

// Nested owners, whatever their order: the matcher and the explanation name the
// same one, and it is the longest that holds the address.
func TestNestedPrefixesProperty(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, r)
		addr := netip.AddrFrom4([4]byte{203, 0, 113, rapid.Byte().Draw(rt, "host")})
		best, text := -1, "organisation,kind,network\n"
		for i, bits := range rapid.SliceOfNDistinct(rapid.IntRange(20, 32), 1, 6, rapid.ID).Draw(rt, "lengths") {
			near := netip.AddrFrom4([4]byte{203, 0, 113, addr.As4()[3] ^ rapid.SampledFrom([]byte{0, 0, 1, 64, 128}).Draw(rt, "flip")})
			p := netip.PrefixFrom(near, bits).Masked()
			text += fmt.Sprintf("O%d,%s,%s\n", bits, Kinds()[i%len(Kinds())], p)
			if p.Contains(addr) {
				best = max(best, bits)
			}
		}
		load(t, r, CSV, text)
		want := ""
		if best >= 0 {
			want = fmt.Sprintf("O%d", best)
		}
		a, err := r.Who(ctx, actor, Question{Text: addr.String()})
		if m := r.Matcher(); err != nil || a.Organisation != want || m.Target(m.Addr(addr)).OrganisationName != want {
			rt.Fatalf("%s: who %q, matcher %q, %v; want %q\n%s", addr, a.Organisation, m.Target(m.Addr(addr)).OrganisationName, err, want, text)
		}
	})
}

// A registry's answer reaches an analyst's terminal and a To: header: nothing in
// it may be more than text.
func TestRegistryAnswerIsHarmless(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	client, _ := registry(t, db, `{"objectClassName":"ip network","name":"Evil\u001b[31m\u202e\u009b\r\nBcc: x@y.example","entities":[
		{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","root@127.0.0.1"]]]},
		{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","a@b.example\r\nBcc: x@y.example"]]]},
		{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","abuse@net.example"]]]}]}`)
	r, _ := register(t, db, Options{RDAP: client, MayAsk: anything})
	a, err := r.Who(ctx, actor, Question{Text: "203.0.113.7", RDAP: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []Told{{Organisation: "Evil[31mBcc: x@y.example", Channel: Mail, Address: "abuse@net.example", Purpose: Abuse}}
	if diff := cmp.Diff(want, a.Contacts); diff != "" {
		t.Error(diff)
	}
	if strings.ContainsAny(fmt.Sprint(a.Chain), "\x1b\r\n\u202e\u009b") {
		t.Errorf("%q", a.Chain)
	}
}

// Answers of a registry expire in the store, and the store does not grow by them.
func TestRDAPCache(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := NewRDAPCache(db)
		get := func(q string, hours int) string {
			data, ok, err := c.Get(ctx, q, day.Add(time.Duration(hours)*time.Hour))
			if err != nil || !ok && data != nil {
				t.Fatalf("%s: %q, %v", q, data, err)
			}
			return string(data)
		}
		put := func(q, answer string, at, until int) {
			if err := c.Put(ctx, q, []byte(answer), day.Add(time.Duration(at)*time.Hour), day.Add(time.Duration(until)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		put("ip/1", "first", 0, 10)
		put("ip/1", "second", 1, 5)
		put("ip/2", "ünï", 1, 20)
		for _, tt := range []struct {
			q    string
			at   int
			want string
		}{{"ip/1", 4, "second"}, {"ip/1", 5, ""}, {"ip/3", 1, ""}} {
			if got := get(tt.q, tt.at); got != tt.want {
				t.Errorf("%s at %d: %q", tt.q, tt.at, got)
			}
		}
		put("ip/4", "x", 30, 40)
		var rows int
		err := db.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow("SELECT count(*) FROM rdap_cache").Scan(&rows) })
		if err != nil || rows != 1 {
			t.Errorf("%d rows remain, %v", rows, err)
		}
	})
}

// Claims that are not in force do not push the owners inside a prefix off the list.
func TestInsideCountsWhatIsInForce(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	text := "organisations:\n  - name: Gone\n    networks:\n"
	for i := range 60 {
		text += fmt.Sprintf("      - {network: 203.0.113.%d/32, until: 2026-01-01}\n", i)
	}
	text += "  - name: Here\n    networks:\n"
	for i := range 30 {
		text += fmt.Sprintf("      - 203.0.113.%d/32\n", 100+i)
	}
	load(t, r, YAML, text)
	a, err := r.Who(ctx, actor, Question{Text: "203.0.113.0/24"})
	if err != nil || len(a.Inside) != 20 || a.Inside[0] != (InsideOwner{"203.0.113.100/32", "Here"}) {
		t.Errorf("%d inside, %v, %v", len(a.Inside), a.Inside, err)
	}
}
