package observable

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/indicator"
)

func TestNormal(t *testing.T) {
	tests := []struct {
		name       string
		kind       Kind
		text       string
		found      Kind
		want       string
		impossible bool
	}{
		{name: "address", text: "192[.]0[.]2[.]1", found: "ip", want: "192.0.2.1"},
		{name: "IPv6", text: "2001:DB8:0::1", found: "ip", want: "2001:db8::1"},
		{name: "IPv4 in IPv6", text: "::ffff:192.0.2.1", found: "ip", want: "192.0.2.1"},
		{name: "loopback, said to be an address", kind: "ip", text: "::1", found: "ip", want: "::1"},
		{name: "network", text: "192.0.2.77/24", found: "cidr", want: "192.0.2.0/24"},
		{name: "network of one", kind: "cidr", text: "192.0.2.1/32", found: "ip", want: "192.0.2.1"},
		{name: "everything", kind: "cidr", text: "0.0.0.0/0", impossible: true},
		{name: "domain", text: "EVIL[.]Example.", found: "domain", want: "evil.example"},
		{name: "a file's name that is a domain", kind: "domain", text: "readme.md", found: "domain", want: "readme.md"},
		{name: "IDN", text: "bücher.example", found: "domain", want: "xn--bcher-kva.example"},
		{name: "URL", text: "hxxps://Evil[.]example:443", found: "url", want: "https://evil.example/"},
		{name: "URL without scheme", kind: "url", text: "evil.example/a?b=c", found: "url", want: "http://evil.example/a?b=c"},
		{name: "mail", text: "Bob@Evil[.]Example", found: "email", want: "bob@evil.example"},
		{name: "hash", text: "D41D8CD98F00B204E9800998ECF8427E", found: "md5", want: "d41d8cd98f00b204e9800998ecf8427e"},
		{name: "hash of another length", kind: "sha1", text: "d41d8cd98f00b204e9800998ecf8427e", impossible: true},
		{name: "CVE", text: "cve-2024-12345", found: "cve", want: "CVE-2024-12345"},
		{name: "AS number", kind: "asn", text: "64500", found: "asn", want: "AS64500"},
		{name: "prose", text: "it was evil.example they said", impossible: true},
		{name: "two", text: "192.0.2.1 192.0.2.2", impossible: true},
		{name: "nothing", text: "  ", impossible: true},
		{name: "a line's end", kind: "filename", text: "a\nb", impossible: true},
		{name: "unknown kind", kind: "colour", text: "red", impossible: true},
		{name: "file", kind: "filename", text: " Invoice.EXE ", found: "filename", want: "Invoice.EXE"},
		{name: "registry", kind: "registry", text: `hklm/Software\Evil`, found: "registry", want: `HKEY_LOCAL_MACHINE\Software\Evil`},
		{name: "phone", kind: "phone", text: "0043 (1) 234-56", found: "phone", want: "+43123456"},
		{name: "no phone", kind: "phone", text: "call me", impossible: true},
		{name: "bitcoin", kind: "bitcoin", text: "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", found: "bitcoin", want: "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"},
		{name: "no bitcoin", kind: "bitcoin", text: "0OIl", impossible: true},
		{name: "IBAN", kind: "iban", text: "gb82 west 1234 5698 7654 32", found: "iban", want: "GB82WEST12345698765432"},
		{name: "IBAN with a wrong digit", kind: "iban", text: "GB82WEST12345698765433", impossible: true},
		{name: "MAC", kind: "mac", text: "00-1B-44-11-3A-B7", found: "mac", want: "00:1b:44:11:3a:b7"},
		{name: "user agent", kind: "user-agent", text: "Mozilla/5.0   (evil)", found: "user-agent", want: "Mozilla/5.0 (evil)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kind, got, err := Normal(tt.kind, tt.text)
			if tt.impossible {
				if !problem.Is(err, problem.Invalid) {
					t.Fatalf("%s %q, %v", kind, got, err)
				}
				return
			}
			if kind != tt.found || got != tt.want || err != nil {
				t.Fatalf("%s %q, %v", kind, got, err)
			}
			if kind, again, err := Normal(kind, got); kind != tt.found || again != got || err != nil {
				t.Errorf("read again: %s %q, %v", kind, again, err)
			}
		})
	}
}

func TestKindsAreKnown(t *testing.T) {
	if list := Kinds(); len(list) != 21 || !slices.Contains(list, indicator.CVE) || !slices.Contains(list, Mutex) {
		t.Errorf("%v", list)
	}
}

func TestDefang(t *testing.T) {
	for _, tt := range []struct {
		kind       Kind
		text, want string
	}{
		{indicator.URL, "https://evil.example:8080/a.b?c=d.e", "hxxps://evil[.]example:8080/a.b?c=d.e"},
		{indicator.URL, "ftp://evil.example/", "ftp://evil[.]example/"},
		{indicator.Email, "bob@evil.example", "bob[@]evil[.]example"},
		{indicator.IP, "192.0.2.1", "192[.]0[.]2[.]1"},
		{indicator.IP, "2001:db8::1", "2001[:]db8::1"},
		{indicator.CVE, "CVE-2024-12345", "CVE-2024-12345"},
		{File, "a.exe", "a.exe"},
	} {
		got := Defang(tt.kind, tt.text)
		if got != tt.want {
			t.Errorf("%s: %s", tt.text, got)
		}
		if tt.kind == indicator.CVE || tt.kind == File {
			continue
		}
		if _, back, err := Normal(tt.kind, got); back != tt.text || err != nil {
			t.Errorf("%s comes back as %s, %v", got, back, err)
		}
	}
}
