package warninglist

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestAddr(t *testing.T) {
	cases := map[string]string{
		"10.1.2.3": "private", "172.31.255.255": "private", "172.32.0.1": "", "192.168.1.1": "private", "100.64.0.1": "private", "fd00::1": "private",
		"127.0.0.1": "reserved", "169.254.1.1": "reserved", "255.255.255.255": "reserved", "224.0.0.251": "reserved", "fe80::1": "reserved", "::1": "reserved", "::": "reserved",
		"192.0.2.1": "documentation", "2001:db8::1": "documentation", "198.18.0.1": "benchmark",
		"8.8.8.8": "public-dns", "1.0.0.1": "public-dns", "99.99.99.193": "public-dns", "2606:4700:4700::1111": "public-dns",
		"::ffff:10.0.0.1": "private", "1.0.0.0": "", "93.184.216.34": "", "2a00::1": "",
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			if got := strings.Join(Addr(netip.MustParseAddr(text)), ","); got != want {
				t.Errorf("lists %q, want %q", got, want)
			}
		})
	}
}

func TestAllResolversAreRead(t *testing.T) {
	list := resolvers()
	if len(list) != 62745 || !slices.IsSorted(list) {
		t.Fatalf("%d resolvers, sorted %v", len(list), slices.IsSorted(list))
	}
	if list[0] != 0x01000001 || list[len(list)-1] != 0xdfffb1ca {
		t.Errorf("from %08x to %08x", list[0], list[len(list)-1])
	}
}

func TestPrefix(t *testing.T) {
	for text, want := range map[string]string{"10.0.0.0/8": "private", "10.3.0.0/16": "private", "0.0.0.0/0": "", "8.0.0.0/8": "", "203.0.113.0/25": "documentation"} {
		if got := strings.Join(Prefix(netip.MustParsePrefix(text)), ","); got != want {
			t.Errorf("%s: lists %q, want %q", text, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"example.com": "documentation", "www.example.org": "documentation", "evil.example": "documentation", "gmail.com": "shared-service", "notgmail.com": "", "evil.com": ""} {
		if got := strings.Join(Name(name), ","); got != want {
			t.Errorf("%s: lists %q, want %q", name, got, want)
		}
	}
	for label, want := range map[string]bool{"com": true, "fi": true, "xn--p1ai": true, "exe": false, "pdf": false, "COM": false, "": false} {
		if TLD(label) != want {
			t.Errorf("TLD(%q) = %v", label, !want)
		}
	}
}

func TestHash(t *testing.T) {
	for hex, want := range map[string]string{"d41d8cd98f00b204e9800998ecf8427e": "empty-hash", "68b329da9893e34099c7d8ad5cb9c940": "common-hash", "0123": ""} {
		if got := strings.Join(Hash(hex), ","); got != want {
			t.Errorf("%s: lists %q, want %q", hex, got, want)
		}
	}
}

func TestPurposesDiffer(t *testing.T) {
	resolver := []string{string(PublicDNS)}
	if len(Speak(resolver, Act)) != 1 || len(Speak(resolver, Search)) != 0 {
		t.Error("a public resolver may be searched for and must not be acted on")
	}
	private := []string{string(Private), "unknown"}
	if len(Speak(private, Act)) != 1 || len(Speak(private, Search)) != 1 {
		t.Error("a private address is of no use for either")
	}
	if Speak(nil, Act) != nil {
		t.Error("nothing speaks against what is on no list")
	}
}
