package incident

import (
	"slices"
	"strings"
	"testing"
)

func TestWordsOf(t *testing.T) {
	for _, tt := range []struct {
		text  string
		finds []string
	}{
		{"See http://www.example.org/path now", []string{"www.example.org", "example.org", "www", "path", "see"}},
		{"from <Zoë@City.example>", []string{"zoë@city.example", "city.example", "zoë"}},
		{"at 192.0.2.7 and 2001:db8::1.", []string{"192.0.2.7", "2001:db8::1"}},
		{"CVE-2026-1234", []string{"cve-2026-1234", "2026", "1234"}},
		{"x y", nil},
	} {
		got := wordsOf(tt.text)
		for _, w := range tt.finds {
			if !slices.Contains(got, w) {
				t.Errorf("%q: %q does not find it: %q", tt.text, w, got)
			}
		}
	}
	if got := wordsOf(strings.Repeat("a1 b2 "+strings.Repeat("x", 200)+" ", 3)); len(got) != 3 || len(got[2]) != maxWord {
		t.Errorf("%q", got)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("www.example.org zoe@x:y 2001:db8::1 -._@+: \xff")
	f.Fuzz(func(t *testing.T, text string) {
		words := wordsOf(text)
		if len(words) > maxWords {
			t.Fatalf("%d words", len(words))
		}
		for _, w := range words {
			if w == "" || len(w) > maxWord || strings.ContainsAny(w, " \n") {
				t.Fatalf("%q is a word of %q", w, text)
			}
		}
		terms(text)
		if lookup, secret, ok := readCode(text); ok && (lookup == "" || secret == "") {
			t.Fatalf("%q is a code of nothing", text)
		}
	})
}

func TestCodes(t *testing.T) {
	lookup, secret, ok := readCode("oil1-7k2q x9AB-CDEF-GHJK-MNPQ")
	if !ok || lookup != "01117K2Q" || secret != "X9ABCDEFGHJKMNPQ" {
		t.Errorf("%q %q %v", lookup, secret, ok)
	}
	if got := writeCode("01117K2QX9ABCDEFGHJKMNPQ"); got != "0111-7K2Q-X9AB-CDEF-GHJK-MNPQ" {
		t.Error(got)
	}
	for _, bad := range []string{"", "U111-7K2Q-X9AB-CDEF-GHJK-MNPQ", "0111", strings.Repeat("0", 200)} {
		if _, _, ok := readCode(bad); ok {
			t.Errorf("%q is a code", bad)
		}
	}
}
