package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/sharing/pattern"
)

func TestLookups(t *testing.T) {
	tests := []struct {
		text, want string
		reach      pattern.Reach
	}{
		{"[ipv4-addr:value = '198.51.100.1']", "ip 198.51.100.1", pattern.Exactly},
		{"[ipv4-addr:value = '198.51.100.1/32']", "ip 198.51.100.1", pattern.Exactly},
		{"[ipv4-addr:value = '198.51.100.9/24']", "cidr 198.51.100.0/24", pattern.Exactly},
		{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "cidr 198.51.100.0/24", pattern.Exactly},
		{"[ipv6-addr:value = '2001:0db8::0001']", "ip 2001:db8::1", pattern.Exactly},
		{"[domain-name:value = 'Evil.Example.']", "domain evil.example", pattern.Exactly},
		{"[url:value = 'http://Evil.example/A']", "url http://Evil.example/A", pattern.Exactly},
		{"[file:hashes.'SHA-256' = 'AB' OR file:hashes.MD5 IN ('CD', 'EF')]", "sha256 ab md5 cd md5 ef", pattern.Exactly},
		{"[domain-name:value = 'a.example'] OR [ipv4-addr:value = '192.0.2.1']", "domain a.example ip 192.0.2.1", pattern.Exactly},
		{"[domain-name:value IN ('a.example', 'A.example')]", "domain a.example", pattern.Exactly},
		{"[autonomous-system:number = 64500]", "asn AS64500", pattern.Exactly},
		{"[email-addr:value = 'A@b.example']", "email a@b.example", pattern.Exactly},
		{"[process:name IN ()]", "", pattern.Anything},
		{"[domain-name:value = 'a.example'] START t'2026-01-01T00:00:00Z' STOP t'2027-01-01T00:00:00Z'", "domain a.example", pattern.Necessary},
		{"[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 80]", "ip 192.0.2.1", pattern.Necessary},
		{"[file:hashes.MD5 = 'ab' AND file:name = 'x']", "md5 ab", pattern.Necessary},
		{"[domain-name:value = 'a.example'] AND [ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", "domain a.example ip 192.0.2.1 ip 192.0.2.2", pattern.Necessary},
		{"[domain-name:value = 'a.example'] OR [file:size = 3]", "", pattern.Anything},
		{"[domain-name:value != 'a.example']", "", pattern.Anything},
		{"[domain-name:value NOT IN ('a.example')]", "", pattern.Anything},
		{"[domain-name:value LIKE '%.example']", "", pattern.Anything},
		{"[ipv4-addr:value = 7]", "", pattern.Anything},
		{"[ipv4-addr:value ISSUPERSET '192.0.2.1']", "", pattern.Anything},
		{"[EXISTS url:value]", "", pattern.Anything},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, err := pattern.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			list, reach := p.Lookups()
			var got []string
			for _, l := range list {
				got = append(got, fmt.Sprint(l.Kind, " ", l.Value))
			}
			if strings.Join(got, " ") != tt.want || reach != tt.reach {
				t.Errorf("got %v, %v", got, reach)
			}
		})
	}
}

// What Of writes is found again as exactly that value.
func TestOfIsReadBack(t *testing.T) {
	values := map[pattern.Kind]string{
		pattern.IP: "192.0.2.1", pattern.CIDR: "2001:db8::/32", pattern.ASN: "AS64500", pattern.Domain: "a.example", pattern.URL: `http://a.example/it's\x`,
		pattern.Email: "a@b.example", pattern.MD5: "ab", pattern.SHA1: "ab", pattern.SHA256: "ab", pattern.SHA512: "ab", pattern.FileName: `C:\x'y`,
		pattern.Registry: `HKEY_LOCAL_MACHINE\x`, pattern.MAC: "00:00:5e:00:53:af", pattern.Mutex: "m",
	}
	for kind, value := range values {
		text, ok := pattern.Of(kind, value)
		if !ok {
			t.Errorf("%s has no pattern", kind)
			continue
		}
		p, err := pattern.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		list, reach := p.Lookups()
		if reach != pattern.Exactly || len(list) != 1 || list[0] != (pattern.Lookup{Kind: kind, Value: value}) {
			t.Errorf("%s gives %v, %v", text, list, reach)
		}
	}
	if text, ok := pattern.Of("iban", "x"); ok {
		t.Errorf("an IBAN has a pattern: %s", text)
	}
}

func TestExplain(t *testing.T) {
	tests := []struct{ text, says string }{
		{"[ipv4-addr:value = '198.51.100.1']", "is exactly these\n  ip 198.51.100.1"},
		{"[a:b = 1] REPEATS 3 TIMES WITHIN 9 SECONDS", "within 9 seconds:\n  3 times:\n    one observation with: a:b = 1"},
		{"[a:b = 1] FOLLOWEDBY [a:b = 2]", "one after the other"},
		{"[a:b = 1 AND c:d = 2]", "It can never hold"},
		{"[a:b = 1 AND (c:d = 2 OR a:c = 3)]", "needs evaluation of everything"},
	}
	for _, tt := range tests {
		p, err := pattern.Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(p.Explain(), "\n")
		if !strings.Contains(got, tt.says) {
			t.Errorf("%s: %s", tt.text, got)
		}
		if possible := !strings.Contains(tt.says, "never"); possible == strings.Contains(got, "never hold") {
			t.Errorf("%s: %s", tt.text, got)
		}
	}
}
