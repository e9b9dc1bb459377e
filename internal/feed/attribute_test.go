package feed

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// registered is the register of the oracle: what is whose.
var registered = []struct{ rule, value string }{
	{"prefix", "11.0.0.0/8"},
	{"prefix", "11.1.0.0/16"},
	{"prefix", "11.1.2.0/24"},
	{"prefix", "10.9.0.0/16"},
	{"prefix", "2a00:1::/32"},
	{"prefix", "2a00:1:2::/48"},
	{"domain", "city.example"},
	{"domain", "web.city.example"},
	{"domain", "bank.example"},
	{"asn", "AS64500"},
	{"asn", "AS64501"},
	{"country", "country:FI"},
}

func registerOf(t *testing.T) *constituency.Matcher {
	var csv strings.Builder
	csv.WriteString("organisation,network\n")
	for i, r := range registered {
		fmt.Fprintf(&csv, "Org %d,%s\n", i, r.value)
	}
	register := constituency.New(sqldbtest.Open(t, sqldb.SQLite), constituency.Options{Clock: clock.At(today), Log: logging.Discard()})
	ctx := context.Background()
	if _, err := register.Import(ctx, identity.System("test"), strings.NewReader(csv.String()), constituency.ImportOptions{Name: "r.csv"}); err != nil {
		t.Fatal(err)
	}
	if err := register.Load(ctx); err != nil {
		t.Fatal(err)
	}
	return register.Matcher()
}

// sight is one row, as plain values.
type sight struct {
	role, kind string
	ip, dip    netip.Addr
	fqdn, url  string
	asn        int64
	cc         string
}

func drawSight(t *rapid.T) sight {
	ips := []string{"", "11.1.2.3", "11.1.9.9", "11.200.0.1", "12.0.0.1", "10.9.1.1", "10.8.1.1", "192.168.1.1", "2a00:1:2::1", "2a00:1:3::1", "2a00:2::", "fe80::1"}
	addr := func(label string) netip.Addr {
		a, _ := netip.ParseAddr(rapid.SampledFrom(ips).Draw(t, label))
		return a
	}
	hosts := []string{"", "", "city.example", "a.web.city.example", "notcity.example", "www.bank.example", "elsewhere.example"}
	s := sight{
		role: rapid.SampledFrom([]string{"source", "source", "destination", "none", ""}).Draw(t, "role"),
		kind: rapid.SampledFrom([]string{"infected-system", "phishing", "vulnerable-system"}).Draw(t, "type"),
		ip:   addr("ip"), dip: addr("destination"),
		fqdn: rapid.SampledFrom(hosts).Draw(t, "fqdn"),
		asn:  rapid.SampledFrom([]int64{event.Null, 64500, 64501, 1, 1 << 40, -1}).Draw(t, "asn"),
		cc:   rapid.SampledFrom([]string{"", "FI", "SE"}).Draw(t, "cc"),
	}
	if h := rapid.SampledFrom(hosts).Draw(t, "url"); h != "" {
		s.url = "https://me@" + h + ":8080/path?x=@bank.example"
	}
	return s
}

// oracle finds the owner by looking at everything that is registered.
func oracle(s sight) (rule, value string) {
	ip, fqdn, url, asn, cc := s.ip, s.fqdn, s.url, s.asn, s.cc
	switch s.role {
	case "none":
		return "", ""
	case "destination":
		ip, fqdn, url, cc = s.dip, "", "", ""
	}
	names := func() string {
		if v := longestSuffix(fqdn); v != "" {
			return v
		}
		if url == "" {
			return ""
		}
		host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://me@"), ":")
		return longestSuffix(host)
	}
	page := s.kind == "phishing"
	if v := names(); page && v != "" {
		return "domain", v
	}
	if v := longestPrefix(ip); v != "" {
		return "prefix", v
	}
	if ip.IsPrivate() || ip.IsLinkLocalUnicast() {
		return "", ""
	}
	if v := names(); v != "" {
		return "domain", v
	}
	for _, r := range registered {
		if r.rule == "asn" && r.value == fmt.Sprint("AS", asn) {
			return r.rule, r.value
		}
	}
	if cc == "FI" {
		return "country", "country:FI"
	}
	return "", ""
}

func longestPrefix(ip netip.Addr) (best string) {
	bits := -1
	for _, r := range registered {
		if p, err := netip.ParsePrefix(r.value); err == nil && p.Contains(ip) && p.Bits() > bits {
			best, bits = r.value, p.Bits()
		}
	}
	return best
}

func longestSuffix(name string) (best string) {
	for _, r := range registered {
		if r.rule == "domain" && (name == r.value || strings.HasSuffix(name, "."+r.value)) && len(r.value) > len(best) {
			best = r.value
		}
	}
	return best
}

func batchOf(rows []sight) *event.Batch {
	b := event.NewBatch([32]byte{})
	text := func(name, v string) {
		if c := b.Column(name); v != "" {
			c.TextString(v)
		}
	}
	addr := func(name string, a netip.Addr) {
		if c := b.Column(name); a.IsValid() {
			c.Addr(a)
		}
	}
	for i, s := range rows {
		b.Begin([]byte{byte(i)})
		text(event.FieldRole, s.role)
		text(event.FieldType, s.kind)
		addr(event.FieldSourceIP, s.ip)
		addr(event.FieldDestIP, s.dip)
		text(event.FieldSourceFQDN, s.fqdn)
		text(event.FieldSourceURL, s.url)
		if c := b.Column(event.FieldSourceASN); s.asn != event.Null {
			c.Int(s.asn)
			b.Column(event.FieldDestASN).Int(s.asn)
		}
		text(event.FieldSourceCC, s.cc)
		b.End()
	}
	return b
}

// Each row's owner is the one that a slow search finds, the rule that is written down is the one that decided, and neither depends on
// the rows before.
func TestAttributionAgainstASlowSearch(t *testing.T) {
	matcher := registerOf(t)
	rapid.Check(t, func(t *rapid.T) {
		a := &attributor{matcher: matcher, blocks: enrich.Blocks{}}
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			rows := rapid.SliceOfN(rapid.Custom(drawSight), 1, 40).Draw(t, "rows")
			b := batchOf(rows)
			slots := a.apply(b)
			for i, s := range rows {
				rule, value := oracle(s)
				target := matcher.Target(slots[i])
				if got := b.Find(event.FieldRule).Bytes(i); string(got) != rule || slots[i] != 0 && "country:"+target.Value != value && target.Value != value {
					t.Fatalf("row %d %+v: %s %s, want %s %s", i, s, got, target.Value, rule, value)
				}
				if got := string(b.Find(event.FieldOrganisation).Bytes(i)); got != target.Organisation {
					t.Fatalf("row %d: organisation %q, want %q", i, got, target.Organisation)
				}
				if got := string(b.Find(event.FieldNetwork).Bytes(i)); got != target.Network {
					t.Fatalf("row %d: network %q, want %q", i, got, target.Network)
				}
			}
		}
	})
}

func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.city.example/x":            "www.city.example",
		"www.city.example":                      "www.city.example",
		"http://a:b@c@city.example:80/@d":       "city.example",
		"http://11.1.2.3/":                      "",
		"http://[2001:db8::1]:8080/":            "",
		"http://[2001:db8::1]":                  "",
		"http://city.example?q=http://other.ex": "city.example",
		"http://city.example#@bank.example":     "city.example",
		"":                                      "",
		"://":                                   "",
	} {
		if got := hostOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestLastOf(t *testing.T) {
	for in, want := range map[string]string{
		"10.0.0.0/8": "10.255.255.255", "10.1.2.3/32": "10.1.2.3", "0.0.0.0/0": "255.255.255.255", "10.1.2.3/31": "10.1.2.3",
		"2001:db8::/33": "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "::/0": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	} {
		if got := lastOf(netip.MustParsePrefix(in)); got.String() != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
