package leak

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func hospital() Names {
	n := NewNames()
	n.Add(Organisation, "City Hospital NV")
	n.Add(Domain, "city-hospital.example")
	n.Add(Address, "192.0.2.17")
	n.Add(Address, "2001:db8:77::/48")
	n.AddAs(Reporter, Person, "Zelda Quickthorn")
	n.AddAs(Reporter, Mail, "zelda@victim.example")
	n.AddAs(Reporter, Phone, "+32 (0)470 55 66 77")
	n.AddAs(Other, Ticket, "R-2026-000123")
	n.Add(Organisation, "Hôpital Étoilé")
	n.Add(Domain, "hôpital.example")
	return n
}

func TestNamesAreFoundHoweverTheyAreWritten(t *testing.T) {
	n := hospital()
	for name, text := range map[string]string{
		"as it is":                 "It hit City Hospital on Monday.",
		"with its legal form":      "City Hospital NV",
		"capitals":                 "CITY HOSPITAL",
		"line break":               "the city\nhospital is off",
		"quoted line break":        "> it was City\n> Hospital, they say",
		"within a word":            "the City Hos-\npital is off",
		"hyphen":                   "city-hospital-backup.zip",
		"underscore":               "dump_city_hospital_2026",
		"one word":                 "@CityHospital",
		"one word before a number": "cityhospital2026.csv",
		"camel":                    "ReportCityHospital.pdf",
		"spaced out":               "C I T Y  H O S P I T A L",
		"dots":                     "C.i.t.y H.o.s.p.i.t.a.l",
		"zero width":               "Ci\u200bty Hos\u200dpit\ufeffal",
		"soft hyphen":              "City Hos\u00adpital",
		"full width":               "Ｃｉｔｙ Ｈｏｓｐｉｔａｌ",
		"mathematical":             "𝐂𝐢𝐭𝐲 𝓗𝓸𝓼𝓹𝓲𝓽𝓪𝓵",
		"circled":                  "Ⓒⓘⓣⓨ Ⓗⓞⓢⓟⓘⓣⓐⓛ",
		"Cyrillic":                 "Сіtу Ноѕріtаl",
		"Greek":                    "Cιτy Hοspιταl",
		"accents":                  "Çîtÿ Hôspìtál",
		"combining":                "Ci\u0301ty Ho\u0308spital",
		"digits":                   "C1ty H0sp1ta1",
		"capital I for l":          "City HospitaI",
		"percent":                  "q=City%20Hospital&x=1",
		"percent twice":            "q=City%2520Hospital",
		"percent of all":           "%43%69%74%79%20%48ospital",
		"entity":                   "City&nbsp;Hospital and City&#32;H&#x6f;spital",
		"escape":                   `{"a":"City\u0020Hospit\u0061l"}`,
		"quoted-printable":         "it was City =\r\nHospit=61l",
		"base64":                   "see Q2l0eSBIb3NwaXRhbA== there",
		"base64 in a path":         "/files/Q2l0eSBIb3NwaXRhbA/x",
		"base64 twice":             "UTJsMGVTQkliM053YVhSaGJBPT0=",
		"hexadecimal":              "4369747920486f73706974616c",
		"word of a header":         "=?utf-8?B?Q2l0eSBIb3Nw?= =?utf-8?Q?ital?=",
		"domain":                   "www.city-hospital.example",
		"below the domain":         "http://mail.CITY-hospital.example/x",
		"defanged":                 "hxxp://city-hospital[.]example/x",
		"defanged otherwise":       "city-hospital(dot)example",
		"defanged in words":        "city-hospital dot example",
		"ideographic dot":          "city-hospital。example",
		"IDN":                      "www.hôpital.example",
		"punycode":                 "www.xn--hpital-ixa.example",
		"without accents":          "the hopital etoile",
		"with other accents":       "HÔPITAL E\u0301TOILE\u0301",
		"person":                   "ask zelda quickthorn",
		"person turned round":      "QUICKTHORN, Zelda",
		"one part":                 "Zelda rang",
		"mail":                     "zelda@victim.example.",
		"mail defanged":            "zelda[at]victim[.]example",
		"phone":                    "+32 470 55 66 77",
		"phone nationally":         "0470/55.66.77",
		"phone in one":             "0032470556677",
		"ticket":                   "[CERT R-2026-000123]",
		"ticket otherwise":         "r2026000123",
		"address":                  "at 192.0.2.17, port 25",
		"address with port":        "192.0.2.17:8080",
		"address defanged":         "192[.]0[.]2[.]17 and 192.0.2[dot]17",
		"address with noughts":     "192.000.002.017",
		"address as a number":      "http://3221226001/",
		"address as hexadecimal":   "0xC0000211",
		"address in a host":        "ec2-192-0-2-17.compute.example",
		"address turned round":     "17.2.0.192.in-addr.arpa",
		"address mapped":           "::ffff:192.0.2.17",
		"address mapped in hex":    "::FFFF:c000:0211",
		"address full width":       "１９２．０．２．１７",
		"network":                  "192.0.2.0/24",
		"IPv6":                     "[2001:DB8:0077::1]:443",
		"IPv6 in full":             "2001:0db8:0077:0000:0000:0000:0000:0001",
		"IPv6 with a zone":         "2001:db8:77::1%eth0",
		"IPv6 turned round":        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		"IPv6 network":             "2001:db8:77::/48",
		"UTF-16 in base64":         "QwBpAHQAeQAgAEgAbwBzAHAAaQB0AGEAbAA=",
		"a record in base64":       base64.StdEncoding.EncodeToString([]byte("\x00\x01\xff\xfe\x07\x00\x13City Hospital\x00\x00\x01\x02\x9c\x80")),
		"a record in hexadecimal":  hex.EncodeToString([]byte("\x00\x01\xff\xfe\x07\x00\x13City Hospital\x00\x00\x01\x02\x9c\x80")),
		"control characters":       base64.StdEncoding.EncodeToString([]byte("about: City Hospital\x19\x19\x19 today")),
	} {
		if len(Check(Content{Text: text}, n)) == 0 {
			t.Errorf("%s: nothing is found in %q", name, text)
		}
	}
}

// A name that was pasted with characters that nobody sees, or that has signs at its ends, is found where it stands without them.
func TestNamesWithMoreThanLetters(t *testing.T) {
	for _, name := range []string{"ING\u200b", "\ufeffING", "I\x00NG", "City\u00ad Hospital", "Yo!", "+Yo", "K.L.M", "A@B", "X Y"} {
		n := NewNames()
		n.Add(Organisation, name)
		if got := Check(Content{Text: "told by ING of City Hospital, +Yo! K.L.M. A@B X Y"}, n); len(got) != 1 {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// An address in hexadecimal is found whatever of it are letters.
func TestAddressInHexadecimalLetters(t *testing.T) {
	n := NewNames()
	n.Add(Address, "192.0.2.10")
	n.Add(Address, "172.172.172.172")
	for _, text := range []string{"see 0xC000020A there", "http://0xacACacAC/"} {
		if got := Check(Content{Text: text}, n); len(got) != 1 {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestWhatIsNoName(t *testing.T) {
	n := hospital()
	n.Add(Organisation, "ING")
	n.AddAs(Reporter, Person, "Rose Will")
	n.Add(Organisation, "X")
	n.Add(Domain, "mills.example")
	n.Allow(Organisation, "City Hospital Trust of Elsewhere")
	for name, text := range map[string]string{
		"within a word":        "the capacity hospital, City Hospitality",
		"letters of two words": "gravity hospital",
		"another domain":       "notmills.example, mills.examples and mills-example",
		"another address":      "192.0.2.170 and 1192.0.2.17 and 192.0.2.1",
		"a larger network":     "192.0.0.0/16",
		"another IPv6":         "2001:db8:7700::1 and 12:30:45",
		"short, small":         "nothing is going on, everything ing",
		"usual words":          "a rose grows, it will",
		"a single letter":      "x marks",
		"what is allowed":      "City Hospital Trust of Elsewhere asked",
		"another ticket":       "R-2026-0001234",
		"a date":               "20261122 at 2026-11-22T09:17:31Z",
		"letters apart":        "the choices I, N, G",
	} {
		if got := Check(Content{Text: text}, n); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, text := range []string{"ING pays", "a Rose", "ROSE"} {
		if len(Check(Content{Text: text}, n)) == 0 {
			t.Errorf("%q: nothing is found", text)
		}
	}
	if got := strings.Join(n.Skipped(), " "); got != "X" {
		t.Errorf("skipped %q", got)
	}
}

// Names that hang together leave nothing of each other to be read.
func TestTangledNames(t *testing.T) {
	n := NewNames()
	n.AddAs(Reporter, Person, "Zelda Quickthorn")
	n.AddAs(Reporter, Mail, "zelda@victim.example")
	for _, text := range []string{
		"Zelda Quickthorn (zelda@victim.example) rang.", "Zelda Quickthorn, zelda@victim.example", "zelda@victim.example Zelda Quickthorn",
		strings.Repeat("Zelda Quickthorn ", 40), strings.Repeat("Quickthorn Zelda", 100),
	} {
		left, from := "", 0
		for _, s := range n.Find(text) {
			if s.Start < from {
				t.Fatalf("%q: %+v stands in another", text, s)
			}
			left, from = left+text[from:s.Start], s.End
		}
		if left += text[from:]; strings.Contains(left, "uickthor") || strings.Contains(left, "victim") {
			t.Errorf("%q: left is %q", text, left)
		}
	}
}

// A list of hashes is no leak, whatever their bytes happen to begin with; a name in hexadecimal digits is one.
func TestHashesAreNoLeaks(t *testing.T) {
	n := hospital()
	for _, text := range []string{
		"1f8b0800000000000000ffffffffffff00000000000000000000000000000000", "504b0304140000000800000000000000", "42534c4d0000000000000000000000000000000000",
		"d41d8cd98f00b204e9800998ecf8427e\nda39a3ee5e6b4b0d3255bfef95601890afd80709\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		if got := Check(Content{Text: text}, n); len(got) > 0 {
			t.Errorf("%s: %v", text, got)
		}
	}
	if got := Check(Content{Text: hex.EncodeToString([]byte("City Hospital NV"))}, n); len(got) != 1 {
		t.Errorf("a name: %v", got)
	}
}
