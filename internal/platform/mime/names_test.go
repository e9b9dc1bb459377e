package mime

import (
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dmarc"
)

// A file's name is only that, whatever it was.
func TestSafeName(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":                {"report.pdf", "report.pdf"},
		"folders":              {"../../etc/passwd", "passwd"},
		"folders of Windows":   {`C:\Users\ada\plan.doc`, "plan.doc"},
		"nothing but a folder": {"a/..", ""},
		"empty":                {"", ""},
		"dots":                 {"...", ""},
		"hidden":               {".bashrc", "bashrc"},
		"ends in dots":         {"x.exe. . .", "x.exe"},
		"device":               {"NUL.txt", "_NUL.txt"},
		"device with endings":  {"com1.tar.gz", "_com1.tar.gz"},
		"no device":            {"console.txt", "console.txt"},
		"signs":                {`a:b*c?"d<e>f|.txt`, "a_b_c__d_e_f_.txt"},
		"turned round":         {"invoice\u202Efdp.exe", "invoicefdp.exe"},
		"unseen":               {"a\u200Bb\uFEFF.txt", "ab.txt"},
		"two lines":            {"a\r\nb.txt", "a b.txt"},
		"no text":              {"a\xffb.txt", "a_b.txt"},
		"other letters":        {"Übersicht für März.pdf", "Übersicht für März.pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := safeName(tt.in, 100); got != tt.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		most int
		want string
	}{
		"short":          {"a.pdf", 10, "a.pdf"},
		"keeps its end":  {strings.Repeat("a", 20) + ".pdf", 10, "aaaaaa.pdf"},
		"letters":        {strings.Repeat("ä", 20) + ".pdf", 10, "ääääää.pdf"},
		"no end":         {strings.Repeat("a", 20), 10, "aaaaaaaaaa"},
		"end is too big": {"a." + strings.Repeat("b", 20), 10, "a.bbbbbbbb"},
		"no place":       {"aaaa.pdf", 4, "aaaa"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shorten(tt.in, tt.most); got != tt.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestDecodeText(t *testing.T) {
	for name, tt := range map[string]struct {
		in, set, want string
		good          bool
	}{
		"nothing said":          {"plain", "", "plain", true},
		"UTF-8":                 {"für", "UTF-8", "für", true},
		"with a mark":           {"\xef\xbb\xbfx", "utf-8", "x", true},
		"said to be ASCII":      {"f\xfcr", "us-ascii", "für", false},
		"Latin 1":               {"f\xfcr", " ISO-8859-1 ", "für", true},
		"Windows":               {"\x93x\x94", "windows-1252", "“x”", true},
		"Cyrillic":              {"\xf0\xd2\xc9", "koi8-r", "При", true},
		"Japanese":              {"\x1b$B%F%9%H\x1b(B", "iso-2022-jp", "テスト", true},
		"Chinese":               {"\xc4\xe3", "gb2312", "你", true},
		"UTF-16":                {"\x00x", "utf-16be", "x", true},
		"unknown":               {"x", "x-nothing", "x", false},
		"unknown and not UTF-8": {"\xfc", "x-nothing", "ü", false},
		"name that is no name":  {"x", "\x00\r\n", "x", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, good := decodeText([]byte(tt.in), tt.set)
			if got != tt.want || good != tt.good {
				t.Errorf("%q %v", got, good)
			}
		})
	}
}

func TestLine(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":     {"a b", "a b"},
		"lines":     {"a\r\n b\tc\n", "a b c"},
		"control":   {"a\x00b\x1b[31mc", "ab[31mc"},
		"direction": {"a\u202Eb\u2066c\u2069", "abc"},
		"unseen":    {"p\u200Ba\u2060y", "pay"},
		"broken":    {"a\xff", "a\uFFFD"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := line(tt.in); got != tt.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// The subject that was protected counts only if nobody can have changed it.
func TestProtectSubject(t *testing.T) {
	for name, tt := range map[string]struct {
		inner string
		whole bool
		want  string
	}{
		"protected":  {"Subject: the real one\r\n", true, "the real one"},
		"changeable": {"Subject: another\r\n", false, "..."},
		"none":       {"", true, "..."},
		"empty":      {"Subject:\r\n", true, "..."},
		"encoded":    {"Subject: =?utf-8?q?f=C3=BCr?=\r\n", true, "für"},
		"long":       {"Subject: " + strings.Repeat("x", 3000) + "\r\n", true, strings.Repeat("x", 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Message{Subject: "...", Crypto: Crypto{Integrity: tt.whole}}
			m.protectSubject(readText(t, tt.inner+"X: y\r\n\r\nx").root)
			if m.Subject != tt.want {
				t.Errorf("%.50q", m.Subject)
			}
		})
	}
}

// RFC 7489 §3.1, and who is an organisation.
func TestAlign(t *testing.T) {
	pass := func(domain string) Check { return Check{Result: Pass, Domain: domain} }
	for name, tt := range map[string]struct {
		domain  string
		record  dmarc.Record
		verdict Verdict
		result  Result
		aligned bool
	}{
		"SPF of the same":        {"a.example", dmarc.Record{}, Verdict{SPF: pass("a.example")}, Pass, true},
		"SPF of a subdomain":     {"a.example", dmarc.Record{}, Verdict{SPF: pass("x.a.example")}, Pass, true},
		"strict SPF":             {"a.example", dmarc.Record{SPFAlignment: dmarc.AlignmentStrict}, Verdict{SPF: pass("x.a.example")}, Fail, false},
		"strict DKIM":            {"a.example", dmarc.Record{DKIMAlignment: dmarc.AlignmentStrict}, Verdict{DKIM: []Check{pass("x.a.example")}}, Fail, false},
		"strict and the same":    {"a.example", dmarc.Record{DKIMAlignment: dmarc.AlignmentStrict}, Verdict{DKIM: []Check{pass("a.example")}}, Pass, true},
		"another organisation":   {"a.co.uk", dmarc.Record{}, Verdict{SPF: pass("b.co.uk"), DKIM: []Check{pass("co.uk")}}, Fail, false},
		"one of two signatures":  {"a.example", dmarc.Record{}, Verdict{DKIM: []Check{pass("evil.test"), pass("a.example")}}, Pass, true},
		"failed and aligned":     {"a.example", dmarc.Record{}, Verdict{SPF: Check{Result: Fail, Domain: "a.example"}}, Fail, false},
		"nothing":                {"a.example", dmarc.Record{}, Verdict{}, Fail, false},
		"the DNS was silent":     {"a.example", dmarc.Record{}, Verdict{DKIM: []Check{{Result: TempError, Domain: "a.example"}}}, TempError, false},
		"silent, and one passed": {"a.example", dmarc.Record{}, Verdict{SPF: pass("a.example"), DKIM: []Check{{Result: TempError, Domain: "a.example"}}}, Pass, true},
		"silent about another":   {"a.example", dmarc.Record{}, Verdict{DKIM: []Check{{Result: TempError, Domain: "b.test"}}}, Fail, false},
	} {
		t.Run(name, func(t *testing.T) {
			if result, aligned := align(tt.domain, &tt.record, &tt.verdict); result != tt.result || aligned != tt.aligned {
				t.Errorf("%s %v", result, aligned)
			}
		})
	}
}
