package constituency

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Slot6 is Addr of a text.
func (m *Matcher) Slot6(t *testing.T, s string) Slot {
	t.Helper()
	return m.Addr(netip.MustParseAddr(s))
}

// matcherOf builds a matcher of prefixes, each owned by the organisation of its number.
func matcherOf(prefixes []netip.Prefix) *Matcher {
	b := newBuilder()
	for i, p := range prefixes {
		b.orgs = append(b.orgs, matchedOrg{id.New(), fmt.Sprint(i)})
		b.add(Network{ID: id.New(), Rule: ByPrefix, Value: p.String()}, uint32(i))
	}
	return b.matcher()
}

// naive finds the longest prefix by looking at all of them.
func naive(prefixes []netip.Prefix, a netip.Addr) string {
	best := -1
	for i, p := range prefixes {
		if p.Contains(a.Unmap()) && (best < 0 || p.Bits() > prefixes[best].Bits()) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return fmt.Sprint(best)
}

// drawAddr draws addresses close together, so that prefixes nest.
func drawAddr(t *rapid.T, name string) netip.Addr {
	b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 127, 128, 254, 255}), 16, 16).Draw(t, name)
	if rapid.Bool().Draw(t, name+" is IPv4") {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	b[0] = 0x20
	return netip.AddrFrom16([16]byte(b))
}

func TestMatcherAgreesWithSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var prefixes []netip.Prefix
		seen := map[netip.Prefix]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "prefixes") {
			a := drawAddr(t, "prefix")
			p := netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")).Masked()
			if !seen[p] {
				seen[p] = true
				prefixes = append(prefixes, p)
			}
		}
		m := matcherOf(prefixes)
		again, err := decodeSnapshot(encodeSnapshot(t, m))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			a := drawAddr(t, "address")
			want := naive(prefixes, a)
			forms := []netip.Addr{a, netip.AddrFrom16(a.As16())} // IPv4 also as ::ffff:a.b.c.d
			for _, form := range forms {
				for _, m := range []*Matcher{m, again} {
					if got := m.Target(m.Addr(form)).OrganisationName; got != want {
						t.Fatalf("%s: got %q, want %q of %v", form, got, want, prefixes)
					}
				}
			}
			if a.Is4() {
				b := a.As4()
				n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
				if got := m.IPv4(n); got != m.Addr(a) {
					t.Fatalf("IPv4(%d) = %d, Addr(%s) = %d", n, got, a, m.Addr(a))
				}
			}
		}
	})
}

func TestMatcherAgreesWithWho(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample+"Town Hall,,,,,203.0.113.0/24,,,\nTown Hall,,,,,203.0.113.128/25,,,\nTown Hall,,,,,ward.hospital.example,,,\n")
		m := r.Matcher()
		for _, text := range []string{"203.0.113.1", "203.0.113.129", "203.0.112.1", "203.0.116.1", "2001:db8:6::1", "2001:db8:7::1"} {
			a, err := r.Who(ctx, actor, Question{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Target(m.Slot6(t, text)); got.Organisation != a.OrganisationID || got.Value != a.Network {
				t.Errorf("%s: matcher %+v, who %s %s", text, got, a.Organisation, a.Network)
			}
		}
		for _, name := range []string{"hospital.example", "x.ward.hospital.example", "xhospital.example", "example"} {
			target := m.Target(m.Domain(name))
			a, err := r.Who(ctx, actor, Question{Text: "http://" + name + "/"})
			if err == nil && target.Organisation != a.OrganisationID {
				t.Errorf("%s: matcher %+v, who %s", name, target, a.Organisation)
			}
		}
	})
}

func TestMatcherDomain(t *testing.T) {
	b := newBuilder()
	b.orgs = []matchedOrg{{id.New(), "org"}}
	for _, d := range []string{"example.org", "deep.a.example.org", "co.uk", "org", "github.io", "xn--bcher-kva.example"} {
		b.add(Network{ID: id.New(), Rule: ByDomain, Value: d}, 0)
	}
	m := b.matcher()
	tests := []struct{ name, want string }{
		{"example.org", "example.org"},
		{"EXAMPLE.Org.", "example.org"},
		{"a.b.example.org", "example.org"},
		{"a.example.org", "example.org"},
		{"x.deep.a.example.org", "deep.a.example.org"},
		{"_dmarc.example.org", "example.org"},
		{"notexample.org", ""},
		{"example.org.evil.test", ""},
		{"amazon.co.uk", ""},
		{"co.uk", ""},
		{"other.org", ""},
		{"someone.github.io", ""},
		{"bücher.example", "xn--bcher-kva.example"},
		{"www.BÜCHER.example.", "xn--bcher-kva.example"},
		{"", ""},
		{".", ""},
		{"..example.org", "example.org"},
		{strings.Repeat("a.", 200) + "example.org", ""},
		{"\xff.example.org", ""},
		{strings.Repeat("a", 5000), ""},
	}
	for _, tt := range tests {
		if got := m.Target(m.Domain(tt.name)).Value; got != tt.want {
			t.Errorf("Domain(%.40q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMatcherDoesNotAllocate(t *testing.T) {
	m := matcherOf([]netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("203.0.113.64/26"), netip.MustParsePrefix("2001:db8::/32")})
	m.domains["example.org"] = 1
	six, mapped := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:203.0.113.1")
	calls := map[string]func(){
		"IPv4":   func() { m.IPv4(0xcb007141) },
		"Addr":   func() { m.Addr(six) },
		"mapped": func() { m.Addr(mapped) },
		"domain": func() { m.Domain("WWW.a.b.example.org") },
		"target": func() { _ = m.Target(1) },
	}
	for name, call := range calls {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestTargetOfForeignSlots(t *testing.T) {
	m := newBuilder().matcher()
	for _, s := range []Slot{0, 1, 1 << 31} {
		if got := m.Target(s); got != (Target{}) {
			t.Errorf("Target(%d) = %+v", s, got)
		}
	}
	if m.ASN(0) != 0 || m.Country("FI") != 0 || m.Addr(netip.Addr{}) != 0 {
		t.Error("an empty matcher finds something")
	}
}

func TestSameNetworkIsWonAlwaysByTheSame(t *testing.T) {
	tests := []struct{ name, rows, want string }{
		{"customer before provider", "P,provider,,192.0.2.0/24\nC,constituent,,192.0.2.0/24\n", "C"},
		{"subsidiary before parent", "A,,,192.0.2.0/24\nB,,A,192.0.2.0/24\n", "B"},
		{"by name at last", "Z,,,192.0.2.0/24\nY,,,192.0.2.0/24\n", "Y"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := strings.SplitAfter(strings.TrimSpace(tt.rows), "\n")
			for _, order := range [][]string{rows, {rows[1] + "\n", rows[0]}} {
				r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
				load(t, r, CSV, "organisation,kind,parent,network\n"+strings.Join(order, ""))
				m := r.Matcher()
				if got := m.Target(m.IPv4(0xc0000201)).OrganisationName; got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				if found, err := r.Check(ctx, actor, CheckOptions{}); err != nil || !hasCode(found, "overlap") {
					t.Errorf("overlap not reported: %v, %v", found, err)
				}
			}
		})
	}
}

func TestFirstApprovedWins(t *testing.T) {
	r, now := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, "organisation,network\nZ,192.0.2.0/24\n")
	now.Advance(time.Hour)
	load(t, r, CSV, "organisation,network\nA,192.0.2.0/24\n")
	m := r.Matcher()
	if got := m.Target(m.IPv4(0xc0000201)).OrganisationName; got != "Z" {
		t.Errorf("got %q", got)
	}
}

func TestValidityBoundaries(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		path := filepath.Join(t.TempDir(), "snapshot")
		r, now := register(t, db, Options{Snapshot: path})
		load(t, r, YAML, `
organisations:
  - name: Old
    networks: [{network: 192.0.2.0/24, until: 2026-11-23}]
  - name: New
    networks: [{network: 192.0.2.0/25, from: 2026-11-24T12:00:00Z}]
`)
		owner := func() string {
			if err := r.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
			fresh := New(db, Options{Snapshot: path, Clock: now})
			if err := fresh.Load(ctx); err != nil {
				t.Fatal(err)
			}
			a, b := r.Matcher(), fresh.Matcher()
			if x, y := a.Target(a.IPv4(0xc0000201)), b.Target(b.IPv4(0xc0000201)); x != y {
				t.Errorf("running %+v, started %+v", x, y)
			}
			return a.Target(a.IPv4(0xc0000201)).OrganisationName
		}
		for _, step := range []struct {
			advance time.Duration
			want    string
		}{{0, "Old"}, {24*time.Hour - 1, "Old"}, {1, ""}, {36 * time.Hour, "New"}} {
			now.Advance(step.advance)
			if got := owner(); got != step.want {
				t.Errorf("at %s: %q, want %q", now.Now(), got, step.want)
			}
		}
	})
}

func TestUnapprovedNetworksMatchNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		o, err := r.AddOrganisation(ctx, actor, Organisation{Name: "A"})
		if err != nil {
			t.Fatal(err)
		}
		n, err := r.AddNetwork(ctx, actor, Network{Organisation: o.ID, Value: "192.0.2.0/24"})
		if err != nil || r.Matcher().IPv4(0xc0000201) == 0 {
			t.Fatalf("not matched after adding: %v", err)
		}
		n.ApprovedBy, n.ApprovedAt = "", time.Time{}
		if _, err := r.ChangeNetwork(ctx, actor, n); err != nil {
			t.Fatal(err)
		}
		if r.Matcher().IPv4(0xc0000201) != 0 {
			t.Error("an unapproved network matches")
		}
		rep := load(t, r, CSV, "organisation,network\nA,192.0.2.0/24\n")
		if len(rep.Changes) != 1 || rep.Changes[0].Detail != "approved" || r.Matcher().IPv4(0xc0000201) == 0 {
			t.Errorf("an import should approve: %+v", rep.Changes)
		}
	})
}

// Readers keep their matcher while another goroutine swaps it.
func TestMatcherIsSwappedUnderReaders(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Microsecond): // leaves the importer a processor
				}
				m := r.Matcher()
				if s := m.IPv4(0xc0000201); s != 0 && m.Target(s).Organisation == "" {
					t.Error("a slot without a target")
				}
			}
		})
	}
	for i := range 20 {
		load(t, r, CSV, fmt.Sprintf("organisation,network\nA%d,192.0.2.0/24\nB,192.0.2.%d\n", i, i))
	}
	close(stop)
	readers.Wait()
}

func TestOtherProcessesChangesAreSeen(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		a, _ := register(t, db, Options{})
		b, _ := register(t, db, Options{})
		load(t, a, CSV, "organisation,network\nA,192.0.2.0/24\n")
		if b.Matcher().Len() != 0 {
			t.Error("seen without a refresh")
		}
		if err := b.Refresh(ctx); err != nil || b.Matcher().Len() != 1 {
			t.Errorf("after a refresh %d networks, %v", b.Matcher().Len(), err)
		}
		before := b.Matcher()
		if err := b.Refresh(ctx); err != nil || b.Matcher() != before {
			t.Error("rebuilt without need")
		}
	})
}

func TestNothingRemainsOfAFailedSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "snapshot")
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{Snapshot: path})
	load(t, r, CSV, sample) // the import must not fail for it
	if _, err := os.Stat(path); err == nil {
		t.Error("written into a folder that is not there")
	}
}
