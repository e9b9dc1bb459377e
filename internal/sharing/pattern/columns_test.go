package pattern_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/sharing/pattern"
)

func TestColumns(t *testing.T) {
	tests := []struct {
		text, want string
		any        bool
	}{
		{"[url:value LIKE '%x%']", "[{[source.url destination.url] []}]", false},
		{"[url:value NOT LIKE '%x%']", "[{[source.url destination.url] []}]", false},
		{"[network-traffic:dst_port = 4444]", "[{[destination.port] [4444]}]", false},
		{"[network-traffic:dst_port IN (1, 2)]", "[{[destination.port] [1 2]}]", false},
		{"[network-traffic:dst_port NOT IN (1, 2)]", "[{[destination.port] []}]", false},
		{"[network-traffic:dst_port > 1023 AND network-traffic:src_port = 53]", "[{[source.port] [53]}]", false},
		{"[network-traffic:dst_port = 1.5]", "[{[destination.port] []}]", false},
		{"[url:value MATCHES 'x' OR network-traffic:protocols[*] = 'tcp']", "[{[source.url destination.url] []} {[protocol.transport protocol.application] []}]", false},
		{"[autonomous-system:number = 64500] FOLLOWEDBY [user-account:account_login = 'x']", "[{[source.asn destination.asn] [64500]} {[source.account destination.account] []}]", false},
		{"[NOT EXISTS url:value]", "[]", true},
		{"[NOT EXISTS process:name]", "[]", false},
		{"[process:name = 'x' AND process:pid = 3]", "[]", false},
		{"[file:size = 3]", "[]", false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, err := pattern.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if list, any := p.Columns(); fmt.Sprint(list) != tt.want || any != tt.any {
				t.Errorf("%v, %v", list, any)
			}
		})
	}
}

func TestSingle(t *testing.T) {
	for text, want := range map[string]bool{
		"[a:b = 1]": true, "[a:b = 1] OR [a:c = 2]": true, "[a:b = 1] AND [a:c = 2]": false, "([a:b = 1] FOLLOWEDBY [a:c = 2]) OR [a:d = 3]": false,
		"[a:b = 1] REPEATS 2 TIMES": false, "[a:b = 1] WITHIN 5 SECONDS": true, "[a:b = 1] START t'2026-01-01T00:00:00Z' STOP t'2027-01-01T00:00:00Z'": true,
	} {
		p, err := pattern.Parse(text)
		if err != nil || p.Single() != want {
			t.Errorf("%s: %v, %v", text, p.Single(), err)
		}
	}
}

// Where a pattern holds of a row, the row has one of the columns.
func TestColumnsAreNeeded(t *testing.T) {
	tests := []string{
		"url:value LIKE '%evil%'", "url:value != 'x'", "domain-name:value NOT IN ('a.example')", "network-traffic:dst_port = 23", "network-traffic:dst_port != 23",
		"network-traffic:src_port > 5", "network-traffic:protocols[*] = 'tcp'", "EXISTS ipv4-addr:value", "NOT EXISTS domain-name:value", "autonomous-system:number IN (64500, 1)",
		"ipv4-addr:belongs_to_refs[*].number = 64500", "user-account:account_login LIKE '%'", "file:hashes.MD5 LIKE 'a%'", "EXISTS network-traffic:start", "NOT EXISTS network-traffic:src_port",
		"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*] LIKE '%curl%'", "network-traffic:dst_ref.value = '192.0.2.1'", "domain-name:resolves_to_refs[*].value LIKE '192%'",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(tests).Draw(t, "a")
		if rapid.Bool().Draw(t, "two") {
			text += rapid.SampledFrom([]string{" AND ", " OR "}).Draw(t, "op") + rapid.SampledFrom(tests).Draw(t, "b")
		}
		p, err := pattern.Parse("[" + text + "]")
		if err != nil {
			t.Fatal(err)
		}
		s, has := sightOf(t)
		hits, err := p.Match([]pattern.Observation{s.Observation()})
		if err != nil {
			t.Fatal(err)
		}
		list, any := p.Columns()
		for _, c := range list {
			for _, f := range c.Fields {
				any = any || has[f] != 0 && (c.Ints == nil || contains(c.Ints, has[f]))
			}
		}
		if len(hits) > 0 && !any {
			t.Fatalf("[%s] holds of %+v, which has none of %v", text, s, list)
		}
	})
}

func contains(list []int64, v int64) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// sightOf draws a sight and the columns that it has: numbers by what they are, other values by 1.
func sightOf(t *rapid.T) (s pattern.Sight, has map[string]int64) {
	has = map[string]int64{}
	maybe := func(name string, v int64) bool {
		if !rapid.Bool().Draw(t, name) {
			return false
		}
		has[name] = v
		return true
	}
	s.Time, s.Count = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), 1
	for i, side := range []*pattern.Side{&s.Source, &s.Dest} {
		name := []string{"source", "destination"}[i]
		if maybe(name+".ip", 1) {
			side.Addr = netip.MustParseAddr("192.0.2.1")
		}
		if maybe(name+".port", 23) {
			side.Port = 23
		}
		if maybe(name+".asn", 64500) {
			side.ASN = 64500
		}
		if maybe(name+".fqdn", 1) {
			side.FQDN = "a.example"
		}
		if maybe(name+".url", 1) {
			side.URL = "http://evil.example/"
		}
		if maybe(name+".account", 1) {
			side.Account = "ada"
		}
	}
	if maybe("protocol.transport", 1) {
		s.Transport = "tcp"
	}
	if maybe("malware.hash.md5", 1) {
		s.MD5 = "ab"
	}
	if maybe("user_agent", 1) {
		s.UserAgent = "curl/8"
	}
	return s, has
}
