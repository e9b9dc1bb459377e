package constituency

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestParseQuestion(t *testing.T) {
	tests := []struct {
		in      string
		subject Subject
		want    string // address, prefix, domain or AS number
	}{
		{"203.0.113.7", AboutAddress, "203.0.113.7"},
		{" <203.0.113.7>, ", AboutAddress, "203.0.113.7"},
		{"203.0.113[.]7", AboutAddress, "203.0.113.7"},
		{"203[.]0[.]113[.]7", AboutAddress, "203.0.113.7"},
		{"203.0.113(.)7", AboutAddress, "203.0.113.7"},
		{`203.0.113\.7`, AboutAddress, "203.0.113.7"},
		{"203.0.113.7:8080", AboutAddress, "203.0.113.7"},
		{"::ffff:203.0.113.7", AboutAddress, "203.0.113.7"},
		{"2001:db8::1", AboutAddress, "2001:db8::1"},
		{"2001:db8[:]:1", AboutAddress, "2001:db8::1"},
		{"[2001:db8::1]:443", AboutAddress, "2001:db8::1"},
		{"[2001:db8::1]", AboutAddress, "2001:db8::1"},
		{"fe80::1%eth0", AboutAddress, "fe80::1"},
		{"203.0.113.7/32", AboutAddress, "203.0.113.7"},
		{"203.0.113.7/24", AboutPrefix, "203.0.113.0/24"},
		{"::ffff:203.0.113.0/120", AboutPrefix, "203.0.113.0/24"},
		{"2001:db8::/32", AboutPrefix, "2001:db8::/32"},
		{"example.org", AboutDomain, "example.org"},
		{"Example[.]ORG.", AboutDomain, "example.org"},
		{"example[dot]org", AboutDomain, "example.org"},
		{"_dmarc.example.org", AboutDomain, "_dmarc.example.org"},
		{"bücher.example", AboutDomain, "xn--bcher-kva.example"},
		{"mallory[at]example.org", AboutDomain, "example.org"},
		{"example.org:8443", AboutDomain, "example.org"},
		{"hxxp://example[.]org/a?b=c#d", AboutURL, "example.org"},
		{"hXXps[://]user:pw@example.org:8443/x", AboutURL, "example.org"},
		{"http://203.0.113.7/x", AboutURL, "203.0.113.7"},
		{"https://[2001:db8::1]:8443/x", AboutURL, "2001:db8::1"},
		{"http://example.org\\@evil.test/", AboutURL, "example.org"},
		{"http://ex%61mple.org/", AboutURL, "example.org"},
		{"example.org/path", AboutURL, "example.org"},
		{"ftp://example.org", AboutURL, "example.org"},
		{"AS64500", AboutASN, "AS64500"},
		{"as1.10", AboutASN, "AS65546"},
		{"ASN64500", AboutASN, "AS64500"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseQuestion(tt.in)
			if err != nil || got.Subject != tt.subject || text(got) != tt.want {
				t.Errorf("got %+v, %v; want %s %s", got, err, tt.subject, tt.want)
			}
		})
	}
}

func text(a Asked) string { return (&inquiry{asked: a}).subject() }

func TestParseQuestionRefuses(t *testing.T) {
	for _, in := range []string{
		"", "  ", "hello world", "localhost", "1.2.3", "1.2.3.4.5", "999.1.1.1", "203.0.113.0/33", "AS0", "AS99999999999", "http://", "http:///x",
		"http://localhost/", "exa mple.org", "a..b", strings.Repeat("a", 64) + ".org", "javascript:alert(1)", strings.Repeat("x", maxQuestion+1), "\x00.org", "\xff.org",
	} {
		if got, err := ParseQuestion(in); !problem.Is(err, problem.Invalid) {
			t.Errorf("%.40q: got %+v, %v", in, got, err)
		} else if len(err.Error()) > 500 {
			t.Errorf("%.40q: the message is %d bytes long", in, len(err.Error()))
		}
	}
}

func FuzzParseQuestion(f *testing.F) {
	for _, s := range []string{"203.0.113.7", "hxxp://a[.]b/", "AS64500", "[2001:db8::1]:1", "a@b.c", "203.0.113.0/24", "http://%zz/", "bücher.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseQuestion(s)
		if err != nil {
			return
		}
		if a.Addr.Is4In6() || a.Addr.Zone() != "" {
			t.Errorf("%q: address %s", s, a.Addr)
		}
		if a.Prefix.IsValid() && a.Prefix != a.Prefix.Masked() {
			t.Errorf("%q: prefix %s", s, a.Prefix)
		}
		a.keys()
		if again, err := ParseQuestion(text(a)); err != nil || text(again) != text(a) {
			t.Errorf("%q is %s, which is %s, %v", s, text(a), text(again), err)
		}
	})
}

func FuzzParseNetwork(f *testing.F) {
	for _, s := range []string{"203.0.113.0/24", "2001:db8::/32", "AS64500", "AS1.10", "country:CA", "example.org", "*.example.org", "::ffff:1.2.3.0/120", "co.uk"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rule, value, err := ParseNetwork(s)
		if err != nil {
			return
		}
		r2, v2, err := ParseNetwork(value)
		if err != nil || r2 != rule || v2 != value {
			t.Errorf("%q is %s %q, read again %s %q, %v", s, rule, value, r2, v2, err)
		}
		if rule == ByPrefix && (netip.MustParsePrefix(value).Bits() == 0 || netip.MustParsePrefix(value).Addr().Is4In6()) {
			t.Errorf("%q gave %s", s, value)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"a@b.example", "tel:+358 29 539", "https://a.example/x?y=z", "mailto:a@b.example", "büro@bücher.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		channel, address, err := ParseAddress(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(address, "\r\n\x00 <>") {
			t.Errorf("%q gave %q", s, address)
		}
		c2, a2, err := ParseAddress(address)
		if err != nil || c2 != channel || a2 != address {
			t.Errorf("%q is %s %q, read again %s %q, %v", s, channel, address, c2, a2, err)
		}
	})
}
