package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReminders(t *testing.T) {
	r := renderer(t, Options{})
	tests := []struct {
		name, language string
		since          time.Time
		want           string
		not            string
	}{
		{"days", "en", made.AddDate(0, 0, -16), "it has been seen since 2026-11-06, that is for 16 days.", ""},
		{"one day", "en", made.AddDate(0, 0, -1), "that is for 1 day.", ""},
		{"today", "en", made.Add(-time.Hour), "it has been seen since 2026-11-22.", "that is for"},
		{"unknown", "en", time.Time{}, "We wrote to you about some of this before.", "since"},
		{"French", "fr", made.AddDate(0, 0, -1), "soit depuis 1 jour", "jours"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := infections(1)
			s.Reminder, s.First = true, tt.since
			l := letter(s)
			l.Reminder, l.Language = true, tt.language
			_, got, _ := strings.Cut(strings.Join(strings.Fields(rendered(t, r, l).Text), " "), ", ")
			got, _, _ = strings.Cut(got, "1. ")
			if !strings.Contains(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestNetworksAreNamedOnce(t *testing.T) {
	s := infections(0)
	for i := range 40 {
		s.Rows = append(s.Rows, Row{Network: fmt.Sprintf("192.0.%d.0/24", i%12)}, Row{})
	}
	got := networks(letter(s, s))
	if len(got) != maxNetworks+1 || got[maxNetworks] != "…" || got[0] != "192.0.0.0/24" || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
		t.Errorf("got %v", got)
	}
	if got := networks(letter(telnet())); !slices.Equal(got, []string{"198.51.100.0/22"}) {
		t.Errorf("got %v", got)
	}
}

func TestTotals(t *testing.T) {
	double := infections(2)
	double.Rows[1].Finding = double.Rows[0].Finding
	given := letter(double)
	given.Findings, given.Events = 500, 9000
	given.Sections[0].Findings, given.Sections[0].Events = 20, 30
	tests := []struct {
		name                                 string
		l                                    Letter
		findings, events, sections, observed int64
	}{
		{"counted", letter(double, telnet()), 2, 3, 1, 2},
		{"given", given, 500, 9000, 20, 30},
		{"nothing", letter(Section{}), 0, 0, 0, 0},
	}
	for _, tt := range tests {
		before := tt.l.Sections[0]
		got := totals(tt.l)
		if got.Findings != tt.findings || got.Events != tt.events || got.Sections[0].Findings != tt.sections || got.Sections[0].Events != tt.observed {
			t.Errorf("%s: %d, %d, %d, %d", tt.name, got.Findings, got.Events, got.Sections[0].Findings, got.Sections[0].Events)
		}
		if tt.l.Sections[0].Findings != before.Findings {
			t.Errorf("%s: the caller's letter was changed", tt.name)
		}
	}
}

// TestTheSameAdviceOnce says what helps once, and refers to it.
func TestTheSameAdviceOnce(t *testing.T) {
	a, b := infections(1), infections(1)
	a.Malware, b.Malware = "mirai", "qakbot"
	got := rendered(t, renderer(t, Options{}), letter(a, b, telnet())).Text
	if strings.Count(got, "How to check\n") != 2 || !strings.Contains(got, "as in section 1.") {
		t.Error(got)
	}
}

func TestOneLetterListsSoMuch(t *testing.T) {
	r := renderer(t, Options{})
	for sections, want := range map[int]int{0: 50, 1: 50, 20: 50, 40: 25, 5000: 1} {
		if got := r.listed(sections); got != want {
			t.Errorf("%d sections: %d rows of each", sections, got)
		}
	}
}

// TestAllAdviceReadsWell writes a letter about each kind that there is, in each language: no line too wide, no word of Go's templates left.
func TestAllAdviceReadsWell(t *testing.T) {
	r := renderer(t, Options{})
	for lang, b := range books(t) {
		for kind, entries := range b.tables() {
			for key := range entries {
				s := telnet()
				s.Type, s.Identifier = key, key
				if kind == "victim" {
					s.Standing = Victim
				}
				l := letter(s)
				l.Language = lang
				out := rendered(t, r, l)
				wellFormed(t, l, out)
				for line := range strings.Lines(out.Text) {
					if strings.Contains(line, "<no value>") || strings.Contains(line, "{{") || len([]rune(line)) > columns+1 {
						t.Errorf("%s, %s: %q", lang, key, line)
					}
				}
			}
		}
	}
}
