package message

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	long := strings.Repeat("word ", 20)
	value := strings.ReplaceAll(strings.TrimSpace(long), " ", string(glue))
	url := "hxxp://a[.]example/" + strings.Repeat("x", 100)
	fourteen := strings.TrimSpace(strings.Repeat("word ", 14))
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"short", "one\ntwo\n", "one\ntwo\n"},
		{"no line end", "one", "one\n"},
		{"blanks at the end", "one  \ntwo\t\r\n", "one\ntwo\t\n"},
		{"empty lines become one", "one\n\n\n\ntwo\n", "one\n\ntwo\n"},
		{"none first or last", "\n\none\n\n", "one\n"},
		{"exactly as wide", strings.Repeat("x", columns) + "\n", strings.Repeat("x", columns) + "\n"},
		{"at blanks", long, fourteen + "\n" + strings.TrimSpace(strings.Repeat("word ", 6)) + "\n"},
		{"a list's text below itself", "- " + long, "- " + fourteen + "\n  " + strings.TrimSpace(strings.Repeat("word ", 6)) + "\n"},
		{"an indented list", "  - " + long, "  - " + strings.TrimSpace(strings.Repeat("word ", 13)) + "\n    " + strings.TrimSpace(strings.Repeat("word ", 7)) + "\n"},
		{"what others wrote, two further in", "    " + long, "    " + strings.TrimSpace(strings.Repeat("word ", 13)) + "\n      " + strings.TrimSpace(strings.Repeat("word ", 7)) + "\n"},
		{"a word that is too long", url, url + "\n"},
		{"a word that is too long behind another", "See " + url, "See\n" + url + "\n"},
		{"a value never begins a line at the margin", value, strings.TrimSpace(strings.Repeat("word ", 13)) + "\n    " + strings.TrimSpace(strings.Repeat("word ", 7)) + "\n"},
		{"letters are counted, not bytes", strings.Repeat("é", columns) + "\n", strings.Repeat("é", columns) + "\n"},
		{"a number's blank holds", strings.Repeat("x", 66) + " 300\u00a0000 rows", strings.Repeat("x", 66) + "\n300\u00a0000 rows\n"},
		{"the signature keeps its blank", "a\n-- \nteam", "a\n-- \nteam\n"},
		{"glue is a blank at last", "a" + string(glue) + "b", "a b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fold(tt.in); got != tt.want {
				t.Errorf("got\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

// TestFoldLosesNothing holds for whatever comes: all that is no blank is there, in order, and no line is too wide that could be broken.
func TestFoldLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringOfN(rapid.RuneFrom([]rune("aé- \n\u00a0.x"+string(glue))), 0, 600, -1).Draw(t, "text")
		got := fold(in)
		if squeezed(got) != squeezed(strings.ReplaceAll(in, string(glue), " ")) {
			t.Fatalf("%q became %q", in, got)
		}
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > columns && strings.Contains(strings.TrimLeft(line, " "), " ") && !strings.Contains(in, string(glue)) {
				t.Fatalf("%q could be broken", line)
			}
		}
		if strings.Contains(got, "\n\n\n") || strings.HasPrefix(got, "\n") {
			t.Fatalf("empty lines in %q", got)
		}
	})
}

func squeezed(s string) string {
	return strings.NewReplacer(" ", "", "\n", "").Replace(s)
}
