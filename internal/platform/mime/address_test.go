package mime

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAddresses(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want []Address
	}{
		"bare":                 {"ada@victim.example", []Address{{"", "ada@victim.example"}}},
		"name":                 {"Ada Lovelace <ada@Victim.Example>", []Address{{"Ada Lovelace", "ada@victim.example"}}},
		"comma in quotes":      {`"Lovelace, Ada" <ada@v.example>, b@c.example`, []Address{{"Lovelace, Ada", "ada@v.example"}, {"", "b@c.example"}}},
		"encoded name":         {"=?utf-8?Q?J=C3=BCrgen?= <j@v.example>", []Address{{"Jürgen", "j@v.example"}}},
		"comment":              {"ada@v.example (Ada)", []Address{{"Ada", "ada@v.example"}}},
		"group":                {"team: a@b.example, c@d.example;", []Address{{"", "a@b.example"}, {"", "c@d.example"}}},
		"undisclosed":          {"undisclosed-recipients:;", nil},
		"unquoted comma":       {"Lovelace, Ada <ada@v.example>", []Address{{"Ada", "ada@v.example"}}},
		"no angle bracket":     {"Ada ada@v.example", []Address{{"Ada", "ada@v.example"}}},
		"address as name":      {`"boss@bank.example" <eve@evil.example>`, []Address{{"boss@bank.example", "eve@evil.example"}}},
		"two in brackets":      {"<boss@bank.example> <eve@evil.example>", []Address{{"boss@bank.example>", "eve@evil.example"}}},
		"hidden turn of text":  {"\"a\u202eb\" <a@b.example>", []Address{{"ab", "a@b.example"}}},
		"dot at the end":       {"a@b.example.", []Address{{"", "a@b.example"}}},
		"nothing":              {"", nil},
		"words":                {"nobody in particular", nil},
		"letters of the world": {"ärger@münchen.example", []Address{{"", "ärger@münchen.example"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := parseAddresses(tt.in, 100)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAuthor(t *testing.T) {
	for in, want := range map[string]string{
		"From: a@b.example\r\n":                             "a@b.example",
		"From: a@b.example, c@d.example\r\n":                "",
		"From: a@b.example\r\nFrom: a@b.example\r\n":        "",
		"From: a@b.example\r\nfrom: c@d.example\r\n":        "",
		"Sender: a@b.example\r\n":                           "",
		"From: nobody\r\n":                                  "",
		"From : a@b.example\r\n":                            "a@b.example",
		"X: y\r\n z\r\nFrom: A\r\n <a@b.example>\r\n":       "a@b.example",
		"From: a@b.example\r\n\r\nFrom: c@d.example\r\n":    "a@b.example",
		"From x@y Sun Nov 22 2026\r\nFrom: a@b.example\r\n": "a@b.example",
	} {
		a, ok := readText(t, in+"\r\nx").Author()
		if a.Address != want || ok != (want != "") {
			t.Errorf("%q: %q %t", in, a.Address, ok)
		}
	}
}

func TestDomain(t *testing.T) {
	for address, want := range map[string]string{"a@b.example": "b.example", `"x@y"@b.example`: "b.example", "a": "", "": ""} {
		if got := (Address{Address: address}).Domain(); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
	if !Same("A@b.example", "a@B.example") || Same("", "") || Same("a@b.example", "a@c.example") {
		t.Error("the same mailbox")
	}
}

func TestDates(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"Sun, 22 Nov 2026 13:00:00 +0100":       noon,
		"Sun, 22 Nov 2026 13:00:00 +0100 (CET)": noon,
		"22 Nov 2026 12:00:00 GMT":              noon,
		"Sun,  22  Nov 2026\t12:00:00 +0000":    noon,
		"2026-11-22T13:00:00+01:00":             noon,
		"2026-11-22 12:00:00":                   noon,
		"Sun Nov 22 12:00:00 2026":              noon,
		"":                                      {},
		"tomorrow":                              {},
		"Sun, 22 Nov 1926 12:00:00 +0000":       {},
		"Sun, 99 Nov 2026 12:00:00 +0000":       {},
	} {
		got, ok := Date(in)
		if ok != !want.IsZero() || ok && !got.Equal(want) {
			t.Errorf("%q: %v %t", in, got, ok)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	long := ""
	for range 300 {
		long += "<" + time.Now().Format("150405.000000000") + "@x> "
	}
	for name, tt := range map[string]struct {
		in   []string
		want int
	}{
		"two fields": {[]string{"<a@b> <c@d>", "<e@f>"}, 3},
		"twice":      {[]string{"<a@b> <a@b>"}, 1},
		"bare":       {[]string{"a@b"}, 0},
		"broken":     {[]string{"<a@b <c@d>"}, 1},
		"blanks":     {[]string{"< a@b >"}, 0},
		"many":       {[]string{long}, maxIDs},
	} {
		if got := ids(tt.in); len(got) != tt.want && !(name == "many" && len(got) <= maxIDs) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
