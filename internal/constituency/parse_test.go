package constituency

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestParseNetwork(t *testing.T) {
	tests := []struct {
		name, in string
		rule     Rule
		value    string
	}{
		{"prefix", "203.0.113.0/24", ByPrefix, "203.0.113.0/24"},
		{"address alone", " 203.0.113.7 ", ByPrefix, "203.0.113.7/32"},
		{"IPv6 in capitals, long form", "2001:0DB8:0000::0/32", ByPrefix, "2001:db8::/32"},
		{"IPv6 address alone", "2001:db8::1", ByPrefix, "2001:db8::1/128"},
		{"IPv6 with IPv4 at the end", "2001:db8::192.0.2.1", ByPrefix, "2001:db8::c000:201/128"},
		{"largest IPv4", "44.0.0.0/8", ByPrefix, "44.0.0.0/8"},
		{"largest IPv6", "2a00::/16", ByPrefix, "2a00::/16"},
		{"AS number", "as64500", ByASN, "AS64500"},
		{"AS number with ASN", "ASN64500", ByASN, "AS64500"},
		{"leading zeros", "AS0064500", ByASN, "AS64500"},
		{"asdot", "AS1.10", ByASN, "AS65546"},
		{"largest AS number", "AS4294967294", ByASN, "AS4294967294"},
		{"country", "Country: fi", ByCountry, "country:FI"},
		{"domain", "Example.ORG.", ByDomain, "example.org"},
		{"below a public suffix", "Hospital.Co.UK", ByDomain, "hospital.co.uk"},
		{"below a private suffix", "someone.github.io", ByDomain, "someone.github.io"},
		{"full width", "ｅｘａｍｐｌｅ．ｏｒｇ", ByDomain, "example.org"},
		{"ideographic full stop", "example。org", ByDomain, "example.org"},
		{"sharp s", "straße.example", ByDomain, "xn--strae-oqa.example"},
		{"a Cyrillic letter stays another name", "exаmple.org", ByDomain, "xn--exmple-4nf.org"},
		{"labels that look like an AS number", "as64500.example", ByDomain, "as64500.example"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule, value, err := ParseNetwork(tt.in)
			if err != nil || rule != tt.rule || value != tt.value {
				t.Errorf("%q: %s %q, %v; want %s %q", tt.in, rule, value, err, tt.rule, tt.value)
			}
		})
	}
}

func TestParseNetworkRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", " ", "empty"},
		{"a quarter of the world", "0.0.0.0/2", "too large"},
		{"half a registry", "44.0.0.0/7", "too large"},
		{"too large in IPv6", "2a00::/15", "too large"},
		{"host bits before size", "2a01::/12", "did you mean 2a00::/12"},
		{"all IPv6 of the world", "2000::/3", "too large"},
		{"around the loopback", "0.0.0.0/8", "nobody's"},
		{"loopback alone", "127.0.0.53", "nobody's"},
		{"cloud metadata", "169.254.169.254", "nobody's"},
		{"multicast", "239.1.2.0/24", "nobody's"},
		{"broadcast", "255.255.255.255", "nobody's"},
		{"IPv6 loopback", "::1", "nobody's"},
		{"link-local", "fe80::/64", "nobody's"},
		{"zone", "fe80::1%eth0", "zone"},
		{"prefix with zone", "fe80::%eth0/64", "no prefix"},
		{"all mapped addresses", "::ffff:0:0/90", "IPv4-mapped"},
		{"mapped address", "::ffff:203.0.113.7", "did you mean 203.0.113.7/32"},
		{"host bits in IPv6", "2001:db8::1/32", "did you mean 2001:db8::/32"},
		{"prefix longer than the address", "203.0.113.0/33", "no prefix"},
		{"negative prefix", "203.0.113.0/-1", "no prefix"},
		{"prefix with leading zero", "203.0.113.0/024", "no prefix"},
		{"octal", "203.0.113.007", "no address"},
		{"netmask", "203.0.113.0/255.255.255.0", "no prefix"},
		{"three parts", "203.0.113", "no address"},
		{"range", "203.0.113.1-203.0.113.9", "neither an address nor a domain"},
		{"IPv6 range", "2001:db8::1-2001:db8::9", "is a range"},
		{"wildcard", "203.0.113.*", "no domain"},
		{"hexadecimal", "0xcb007107", "single label"},
		{"AS of 16 bits' end", "AS65535", "reserved"},
		{"AS_TRANS", "AS23456", "reserved"},
		{"AS beyond 32 bits", "AS4294967296", "no AS number"},
		{"asdot beyond", "AS65536.1", "no AS number"},
		{"AS with two dots", "AS1.2.3", "neither an address nor a domain"},
		{"country of three letters", "country:FIN", "ISO 3166"},
		{"country with a separator in it", "country:A A", "ISO 3166"},
		{"no country", "country:", "ISO 3166"},
		{"unassigned country", "country:ZZ", "ISO 3166"},
		{"top level", "org", "single label"},
		{"private suffix", "github.io", "public suffix"},
		{"wildcard suffix", "anything.ck", "public suffix"},
		{"public suffix in Unicode", "公司.cn", "public suffix"},
		{"star", "*.example.org", `write "example.org"`},
		{"empty label", "a..example.org", "no domain"},
		{"leading dot", ".example.org", "no domain"},
		{"label of 64", strings.Repeat("a", 64) + ".example", "no domain"},
		{"name of 254", strings.Repeat("abcdefg.", 31) + "example", "no domain"},
		{"underscore", "_dmarc.example.org", "no domain"},
		{"hyphen first", "-a.example.org", "no domain"},
		{"broken punycode", "xn--zzzzzzzz99999.example", "no domain"},
		{"digits at the top", "host.123", "neither an address nor a domain"},
		{"port", "example.org:443", "no address"},
		{"path", "example.org/24", "no prefix"},
		{"URL that is none", "http://[/", "write the domain alone"},
		{"space within", "example. org", "no domain"},
		{"NUL", "example.org\x00", "U+0000"},
		{"right-to-left override", "\u202eelpmaxe.org", "U+202E"},
		{"soft hyphen", "exam\u00adple.org", "U+00AD"},
		{"CRLF", "example.org\r\nX", "line break"},
		{"invalid UTF-8", "example\xff.org", "UTF-8"},
		{"ten megabytes", strings.Repeat("a.", 5<<20), "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule, value, err := ParseNetwork(tt.in)
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%.60q: %s %q, %v; want an error with %q", tt.in, rule, value, err, tt.want)
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("the message is %d bytes long", len(err.Error()))
			}
		})
	}
}

func TestParseAddress(t *testing.T) {
	tests := []struct {
		name, in string
		channel  Channel
		address  string
	}{
		{"mail", "SOC@Hospital.Example", Mail, "SOC@hospital.example"},
		{"mailto", "MAILTO:soc@hospital.example", Mail, "soc@hospital.example"},
		{"plus and dots", "a.b+firehall@hospital.example", Mail, "a.b+firehall@hospital.example"},
		{"international local part", "büro@bücher.example", Mail, "büro@xn--bcher-kva.example"},
		{"telephone", "tel:+358 (29) 539-02.30", Phone, "tel:+358295390230"},
		{"telephone in capitals", "TEL:+358295390230", Phone, "tel:+358295390230"},
		{"webhook", "HTTPS://Hooks.Example.ORG/A/b?C=d", Webhook, "https://hooks.example.org/A/b?C=d"},
		{"webhook with port", "https://hooks.example.org:8443/", Webhook, "https://hooks.example.org:8443/"},
		{"webhook by address", "https://[2001:db8::1]/x", Webhook, "https://[2001:db8::1]/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			channel, address, err := ParseAddress(tt.in)
			if err != nil || channel != tt.channel || address != tt.address {
				t.Errorf("%q: %s %q, %v", tt.in, channel, address, err)
			}
		})
	}
}

// What goes into To: later must be one plain address, whatever mail allows.
func TestParseAddressRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"empty", ""},
		{"no at", "soc.hospital.example"},
		{"no local part", "@hospital.example"},
		{"no host", "soc@"},
		{"single label", "root@localhost"},
		{"address literal", "soc@[192.0.2.1]"},
		{"display name", "Evil <soc@hospital.example>"},
		{"angle brackets", "<soc@hospital.example>"},
		{"two addresses", "soc@hospital.example, c@d.example"},
		{"two addresses by semicolon", "soc@hospital.example;c@d.example"},
		{"group", "g:soc@hospital.example;"},
		{"comment before", "(x)soc@hospital.example"},
		{"comment behind", "soc@hospital.example(x)"},
		{"quoted local part", `"soc c"@hospital.example`},
		{"quoted with a header", "\"a\r\nBcc: c@d.example\r\n\"@hospital.example"},
		{"Bcc after line feed", "soc@hospital.example\nBcc: c@d.example"},
		{"Bcc after carriage return", "soc@hospital.example\rBcc: c@d.example"},
		{"Bcc after next line", "soc@hospital.example\u0085Bcc: c@d.example"},
		{"Bcc after line separator", "soc@hospital.example\u2028Bcc: c@d.example"},
		{"Bcc by mailto", "mailto:soc@hospital.example?bcc=c@d.example"},
		{"source route", "@a.example:soc@hospital.example"},
		{"percent hack with two ats", "c@d.example@hospital.example"},
		{"bang path", "d!c"},
		{"dots in a row", "a..b@hospital.example"},
		{"dot at the end", "a.@hospital.example"},
		{"underscore host", "soc@_hospital.example"},
		{"host of 64", "soc@" + strings.Repeat("a", 64) + ".example"},
		{"too long", strings.Repeat("a", 250) + "@hospital.example"},
		{"ten megabytes", strings.Repeat("a", 10<<20) + "@hospital.example"},
		{"NUL", "soc\x00@hospital.example"},
		{"right-to-left override", "\u202esoc@hospital.example"},
		{"telephone without country", "tel:0295390230"},
		{"short telephone", "tel:+112"},
		{"long telephone", "tel:+1234567890123456"},
		{"telephone with parameters", "tel:+358295390230;ext=1"},
		{"telephone in Arabic digits", "tel:+٣٥٨٢٩٥٣٩٠٢٣٠"},
		{"plain http", "http://hooks.example.org/"},
		{"other scheme", "file:///etc/passwd"},
		{"webhook without host", "https:///x"},
		{"webhook with a newline", "https://hooks.example.org/\nX"},
		{"webhook with space in the host", "https://hooks example.org/"},
		{"webhook with a backslash", `https://hooks.example.org\@evil.example/`},
		{"webhook with a fragment", "https://hooks.example.org/#x"},
		{"webhook with a bad port", "https://hooks.example.org:https/"},
		{"webhook with a bad escape", "https://hooks.example.org/%zz"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			channel, address, err := ParseAddress(tt.in)
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%.60q: %s %q, %v", tt.in, channel, address, err)
			}
		})
	}
}

// A password that somebody put into a contact shows nowhere.
func TestAddressErrorsHoldNoPassword(t *testing.T) {
	for _, in := range []string{
		"https://user:S3cret@a.example/x", "http://user:S3cret@a.example/", "https://user:S3cret@a.example/#x",
		"https://user:S3cret@/", "https://user:S3cret@a.example:port/", "ftp://u:S3cret@a.example/",
	} {
		f := &fields{line: 2}
		f.contact(func(column string) string {
			if column == "contact" {
				return in
			}
			return ""
		})
		if f.bad == nil || strings.Contains(f.bad.String()+f.bad.Value, "S3cret") {
			t.Errorf("%s: %+v", in, f.bad)
		}
	}
}

func TestCleanName(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "City Hospital", "City Hospital"},
		{"spaces of all kinds", "\u00a0 City\u3000 \t Hospital\u2003", "City Hospital"},
		{"composed", "Cafe\u0301", "Café"},
		{"Persian with a non-joiner", "خانه\u200cها", "خانه\u200cها"},
		{"emoji of several parts", "Lab 👩\u200d💻", "Lab 👩\u200d💻"},
		{"spreadsheet formula", "=HYPERLINK(1)", "=HYPERLINK(1)"},
		{"200 characters", strings.Repeat("å", 200), strings.Repeat("å", 200)},
		{"only joiners", "\u200d\u200c", ""},
		{"only a combining mark", "\u0301", ""},
		{"only a variation selector", "\ufe0f", ""},
		{"Hangul filler", "\u3164", ""},
		{"Braille blank", "\u2800", ""},
		{"Hangul filler inside", "City\u3164Hospital", ""},
		{"grapheme joiner", "City\u034fHospital", ""},
		{"tag characters", "City\U000e0041", ""},
		{"byte order mark inside", "City\ufeffHospital", ""},
		{"private use", "City\ue000", ""},
		{"isolate", "\u2066City\u2069", ""},
		{"delete", "City\x7f", ""},
		{"escape sequence", "\x1b[31mCity", ""},
		{"C1 control sequence", "\u009b31mCity", ""},
		{"next line", "City\u0085Hospital", ""},
		{"line separator", "City\u2028Hospital", ""},
		{"vertical tab", "City\vHospital", ""},
		{"half a surrogate", "City\xed\xa0\x80", ""},
		{"overlong", "City\xc0\xaf", ""},
		{"many bytes", strings.Repeat("a", 10<<20), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CleanName(tt.in)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("%.40q: %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestNameKey(t *testing.T) {
	tests := []struct {
		name, a, b string
		same       bool
	}{
		{"case", "City HOSPITAL", "city hospital", true},
		{"case beyond ASCII", "ÅBO Ärzte", "åbo ärzte", true},
		{"sharp s", "Straße", "STRASSE", true},
		{"Greek final sigma", "ΟΔΟΣ", "οδος", true},
		{"a joiner nobody sees", "City\u200d Hospital", "City Hospital", true},
		{"a non-joiner nobody sees", "Hos\u200cpital", "hospital", true},
		{"variation selector", "Star \u2605\ufe0f", "Star \u2605", true},
		{"Cherokee", "ᎠᎩ", "ꭰꭹ", true},
		{"accent", "Cafe", "Café", false},
		{"Cyrillic letter", "City", "Сity", false},
		{"Turkish dotless i", "IRAK", "ırak", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := nameKey(tt.a) == nameKey(tt.b); got != tt.same {
				t.Errorf("%q and %q the same: %v", tt.a, tt.b, got)
			}
		})
	}
}

// Whatever a name is, its canonical form is stable and its key does not depend on case.
func TestNameProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, err := CleanName(rapid.String().Draw(t, "name"))
		if err != nil {
			return
		}
		if again, err := CleanName(name); err != nil || again != name {
			t.Fatalf("%q became %q, %v", name, again, err)
		}
		if isASCII(name) && nameKey(strings.ToUpper(name)) != nameKey(name) {
			t.Fatalf("the key of %q depends on case", name)
		}
		if nameKey(nameKey(name)) != nameKey(name) {
			t.Fatalf("the key of %q is not stable", name)
		}
	})
}

func TestParseWords(t *testing.T) {
	tests := []struct {
		name string
		read func(string) (string, error)
		in   string
		want string // or part of the error
		ok   bool
	}{
		{"kind", asText(ParseKind), " Provider ", "provider", true},
		{"kind that is near", asText(ParseKind), "vendro", `did you mean "vendor"`, false},
		{"kind that is far", asText(ParseKind), strings.Repeat("z", 10<<20), "use one of constituent", false},
		{"purpose 24x7", asText(ParsePurpose), "24x7", "24/7", true},
		{"purpose a date", asText(ParsePurpose), "24-7", "24/7", true},
		{"purpose that spreadsheets make", asText(ParsePurpose), "24.7.", "unknown purpose", false},
		{"health", asText(ParseHealth), "BAD", "bad", true},
		{"criticality", asText(ParseCriticality), "Essential", "essential", true},
		{"criticality unknown", asText(ParseCriticality), "high", "use one of essential", false},
		{"sector by title", asText(ParseSector), "Energy: district heating and cooling", "energy-district-heating-cooling", true},
		{"sector by underscores", asText(ParseSector), "PUBLIC_ADMINISTRATION", "public-administration", true},
		{"sector by habit", asText(ParseSector), "Healthcare", "health", true},
		{"sector huge", asText(ParseSector), strings.Repeat("health ", 1<<20), "unknown sector", false},
		{"country small", asText(ParseCountry), "fi", "FI", true},
		{"country of Greece in the EU", asText(ParseCountry), "EL", `did you mean "GR"`, false},
		{"country across two codes", asText(ParseCountry), "D ", "ISO 3166", false},
		{"country of one letter and NUL", asText(ParseCountry), "F\x00", "ISO 3166", false},
		{"language", ParseLanguage, "PT-br", "pt-BR", true},
		{"language with script", ParseLanguage, "zh-hans-CN", "zh-Hans-CN", true},
		{"language empty", ParseLanguage, " ", "", true},
		{"language name", ParseLanguage, "Finnish", "BCP 47", false},
		{"language with header", ParseLanguage, "fi\r\nBcc: a@b.example", "BCP 47", false},
		{"language huge", ParseLanguage, strings.Repeat("en-", 1<<18) + "US", "BCP 47", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.read(tt.in)
			switch {
			case tt.ok && (err != nil || got != tt.want):
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			case !tt.ok && (err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 1500):
				t.Errorf("%q, %.300v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

// A cell that is written for a spreadsheet and read again is the same, and no
// spreadsheet takes it for a formula.
func TestNeutralCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`['=+@\t\r-]{0,4}[a-z=']{0,3}`).Draw(t, "cell")
		written := neutral(cell)
		if plain(written) != cell {
			t.Fatalf("%q was written as %q and read as %q", cell, written, plain(written))
		}
		if written != "" && strings.ContainsRune("=+-@\t\r", rune(written[0])) {
			t.Fatalf("%q is a formula still", written)
		}
	})
}
