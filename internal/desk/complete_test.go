package desk

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestComplete(t *testing.T) {
	d := deskOver(sqldbtest.Open(t, sqldb.SQLite))
	tests := []struct{ name, text, first string }{ // | is the place; the first suggestion, applied
		{"nothing", "|", "class:"},
		{"a name", "cou|", "country:"},
		{"a name behind a term", "port:80 mal|", "port:80 malware:"},
		{"behind a negation", "-cla|", "-class:"},
		{"in parentheses", "(class:spam or cl|", "(class:spam or class:"},
		{"within", "class:sp| port:80", "class:spam port:80"},
		{"a value", "class:infected|", "class:infected-system"},
		{"behind a comma", "class:spam,scan|", "class:spam,scanner"},
		{"severity", "severity:|", "severity:critical"},
		{"a time", "time:to|", "time:today"},
		{"has", "has:malware.n|", "has:malware.name"},
		{"letters of several bytes", "org:ä class:sp|", "org:ä class:spam"},
		{"no such name", "colour:r|", ""},
		{"a number", "port:4|", ""},
		{"no end", "xyzzy|", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, after, _ := strings.Cut(tt.text, "|")
			list, err := d.CompleteEvents(t.Context(), ada, before+after, utf8.RuneCountInString(before))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(list) > 0 {
				text := []rune(before + after)
				got = string(text[:list[0].From]) + list[0].Insert + string(text[list[0].To:])
			}
			if got != tt.first {
				t.Errorf("got %q, want %q", got, tt.first)
			}
		})
	}
}

func TestCompleteHostile(t *testing.T) {
	d := deskOver(sqldbtest.Open(t, sqldb.SQLite))
	for _, at := range []int{-5, 0, 3, 1 << 30} {
		for _, text := range []string{"", `"""`, `a:"b c`, "((((", "-:-:", "\u202e:", strings.Repeat("x", 4000)} {
			if _, err := d.CompleteEvents(t.Context(), ada, text, at); err != nil {
				t.Errorf("%.20q at %d: %v", text, at, err)
			}
		}
	}
	for _, text := range []string{strings.Repeat("x", 5000), "\xff"} {
		if _, err := d.CompleteEvents(t.Context(), ada, text, 0); !problem.Is(err, problem.Invalid) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
}
