package message

import (
	"maps"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Lakeside Ltd.", "Lakeside Ltd."},
		{"letters of the world", "Élan Øst 日本 שלום", "Élan Øst 日本 שלום"},
		{"line breaks", "a\r\nBcc: x", `a\r\nBcc: x`},
		{"other line breaks", "a\u2028b\u2029c\u0085d\vx", `a\u2028b\u2029c\x85d\x0bx`},
		{"direction turned", "abc\u202etxt.exe", `abc\u202etxt.exe`},
		{"isolates and marks", "\u2066a\u2069\u200f", `\u2066a\u2069\u200f`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"escape sequence", "\x1b[2Jx", `\x1b[2Jx`},
		{"broken UTF-8", "a\xffb", `a\xffb`},
		{"our own glue", "a\ue000b", `a\ue000b`},
		{"tags", "a\U000e0041", `a\U000e0041`},
		{"odd blanks", "a\u3000b\u2003c", `a\u3000b\u2003c`},
		{"a heap of marks", "a\u0301\u0301\u0301", "a\u0301\u0301" + `\u0301`},
	}
	for _, tt := range tests {
		if got := visible(tt.in); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDefang(t *testing.T) {
	tests := []struct{ in, want string }{
		{"http://a.example/x.html", "hxxp://a[.]example/x.html"},
		{"HTTPS://A.example", "hxxps://A[.]example"},
		{"ftp://a.example/", "fxp://a[.]example/"},
		{"http://192.0.2.1:8080/a?u=http://b.example", "hxxp://192[.]0[.]2[.]1:8080/a?u=http[:]//b.example"},
		{"www.a.example", "www[.]a[.]example"},
		{"http://a.example/\r\nBcc: x", `hxxp://a[.]example/\r\nBcc:` + string(glue) + "x"},
		{"http://a.example@b.example\\c.example", `hxxp://a[.]example@b[.]example\c.example`},
	}
	for _, tt := range tests {
		if got := defangURL(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestClip(t *testing.T) {
	tests := []struct {
		in    string
		runes int
		want  string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"ééé", 3, "ééé"},
		{"éééé", 3, "éé…"},
		{"日本語", 2, "日…"},
		{"\xff\xff\xff\xff", 3, "\xff\xff…"},
	}
	for _, tt := range tests {
		if got := clip(tt.in, tt.runes); got != tt.want {
			t.Errorf("%q cut to %d: %q", tt.in, tt.runes, got)
		}
	}
}

func TestTag(t *testing.T) {
	for in, want := range map[string]string{
		"FH-2026-0001234": "FH-2026-0001234", "a.b_c/d#1": "a.b_c/d#1", "FH 1": "FH1", "FH]1[": "FH1", "FH\r\nBcc:x": "FHBccx", "ÉH-1": "H-1", "": "",
	} {
		if got := tag(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		name, in string
		runes    int
		want     string
	}{
		{"plain", "mirai", 100, "mirai"},
		{"blanks around", "  mirai\n", 100, "mirai"},
		{"blanks within hold together", "a b", 100, "a" + string(glue) + "b"},
		{"no link", "see http://a.example", 100, "see" + string(glue) + "http[:]//a.example"},
		{"cut before it is escaped", strings.Repeat("\n", 3) + "x\ny" + strings.Repeat("z", 10), 5, `x\nyz…`},
		{"very long", strings.Repeat("a", 10_000_000), 5, "aaaa…"},
	}
	for _, tt := range tests {
		if got := text(tt.in, tt.runes); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// spiteful are values that others may put anywhere.
var spiteful = map[string]string{
	"header":      "x\r\nBcc: victim@example.org\r\n\r\nbody",
	"heading":     "x\n\n9. You have won\n" + strings.Repeat("-", 72) + "\nClick",
	"signature":   "x\n-- \nBoss",
	"direction":   "\u202egnp.exe\u202c \u2066",
	"formula":     `=HYPERLINK("http://evil.example","x")`,
	"template":    `{{range .Sections}}{{.}}{{end}}`,
	"blanks":      strings.Repeat("word -- 2. Next ", 40),
	"one word":    strings.Repeat("A", 5000),
	"ten million": strings.Repeat("=evil \n", 1_500_000),
	"broken":      "\xff\xfe\x00",
	"quotes":      `"; DROP TABLE '`,
}

// soaked puts a value everywhere in a letter where one from outside may stand.
func soaked(v string) Letter {
	l := letter(infections(2), telnet())
	l.Organisation, l.Address, l.Purpose, l.Ticket, l.Attributions = v, v, v, v, []string{v}
	for i := range l.Sections {
		s := &l.Sections[i]
		s.Identifier, s.Malware, s.Report = v, v, v
		for j := range s.Rows {
			w := &s.Rows[j]
			w.Event = maps.Clone(w.Event)
			w.Finding, w.Network, w.Transport, w.Host, w.URL, w.Malware = v, v, v, v, "http://"+v, v+"x"
			w.Event["destination.ip"], w.Event["destination.fqdn"], w.Event["extra.banner"] = v, v, v
		}
	}
	l.Sections[1].Rows[0].Addr = v
	return l
}

// wellFormed checks what holds for each letter, whatever is in it: the text has the sections that it should have and no more, and nothing
// in it or the subjects is invisible.
func wellFormed(t *testing.T, l Letter, out Rendered) {
	t.Helper()
	for _, s := range []string{out.Subject, out.Generic} {
		if strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) || utf8.RuneCountInString(s) > maxSubject || !utf8.ValidString(s) {
			t.Errorf("subject %q", s)
		}
	}
	if !utf8.ValidString(out.Text) {
		t.Error("the text is not UTF-8")
	}
	if i := strings.IndexFunc(out.Text, func(r rune) bool { return r != '\n' && !plain(r) }); i >= 0 {
		t.Errorf("the text holds %q", out.Text[i:min(len(out.Text), i+20)])
	}
	rules, signatures := 0, 0
	for line := range strings.Lines(out.Text) {
		switch line {
		case strings.Repeat("-", columns) + "\n":
			rules++
		case signature + "\n":
			signatures++
		}
		if strings.HasPrefix(line, "9. You have won") || strings.HasPrefix(line, "Bcc:") {
			t.Errorf("a value became a heading: %s", line)
		}
	}
	if want := len(l.Sections) + 2 + min(1, len(l.Attributions)); rules != want || signatures != 1 {
		t.Errorf("%d rules, want %d; %d signatures", rules, want, signatures)
	}
	for _, a := range out.Attachments {
		if strings.ContainsFunc(string(a.Data), func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) || strings.ContainsAny(a.Name, "/\\\r\n") {
			t.Errorf("%q turns the direction of writing or has a bad name", a.Name)
		}
	}
	if strings.ContainsFunc(string(out.Payload), func(r rune) bool { return r < ' ' || unicode.Is(unicode.Bidi_Control, r) }) {
		t.Error("the payload holds control characters")
	}
}

func TestSpitefulLetters(t *testing.T) {
	r := renderer(t, Options{})
	for name, v := range spiteful {
		for _, lang := range []string{"en", "fr"} {
			t.Run(name+"/"+lang, func(t *testing.T) {
				l := soaked(v)
				l.Language = lang
				for _, p := range r.Split(l) {
					wellFormed(t, p, rendered(t, r, p))
				}
			})
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, v := range spiteful {
		if len(v) < 10_000 {
			f.Add(v, "infected-system", "en", uint8(3))
		}
	}
	r := renderer(f, Options{})
	f.Fuzz(func(t *testing.T, v, kind, lang string, rows uint8) {
		l := soaked(v)
		l.Language, l.Label = lang, 2
		l.Sections[0].Type, l.Sections[0].Standing = kind, kind
		for range rows % 100 {
			l.Sections[1].Rows = append(l.Sections[1].Rows, l.Sections[1].Rows[0])
		}
		out := rendered(t, r, l)
		wellFormed(t, l, out)
		if len(out.Text) > 1<<20 {
			t.Errorf("the text has %d bytes", len(out.Text))
		}
	})
}
