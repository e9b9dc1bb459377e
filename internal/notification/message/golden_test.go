package message

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/tlp"
)

// scenes are the letters that the golden files hold in each language.
func scenes() map[string]Letter {
	reminder := letter(infections(2), telnet())
	reminder.Reminder = true
	reminder.Sections[0].Reminder, reminder.Sections[0].First = true, made.AddDate(0, 0, -16)
	part := letter(infections(3))
	part.Part, part.Parts, part.Findings, part.Events = 2, 7, 1200, 31000
	plain := Letter{Made: made, Team: Team{Name: "CERT Demonstra"}, Label: tlp.Clear, Sections: []Section{{Type: "undetermined", Rows: []Row{{Finding: "192.0.2.1~00", Addr: "192.0.2.1"}}}}}
	return map[string]Letter{
		"one": letter(telnet()), "many": letter(infections(60)), "mixed": letter(infections(3), telnet(), phish(), flooded()),
		"victim": letter(flooded()), "reminder": reminder, "part": part, "plain": plain,
	}
}

func TestGolden(t *testing.T) {
	r := renderer(t, Options{})
	for name, l := range scenes() {
		for _, lang := range []string{"en", "fr"} {
			t.Run(lang+"/"+name, func(t *testing.T) {
				l.Language = lang
				out := rendered(t, r, l)
				golden(t, lang+"/"+name+".txt", "Subject: "+out.Subject+"\nGeneric: "+out.Generic+"\n\n"+out.Text)
				if lang == "en" {
					golden(t, name+".json", indented(t, out.Payload))
					for _, a := range out.Attachments {
						golden(t, name+a.Name[strings.Index(a.Name, "."):], string(a.Data))
					}
				}
			})
		}
	}
}

func indented(t *testing.T, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLinesAreNarrow(t *testing.T) {
	r := renderer(t, Options{})
	for name, l := range scenes() {
		for _, lang := range []string{"en", "fr"} {
			l.Language = lang
			for line := range strings.Lines(rendered(t, r, l).Text) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns && strings.ContainsAny(strings.TrimSpace(line), " ") {
					t.Errorf("%s/%s: %d columns: %s", lang, name, n, line)
				}
			}
		}
	}
}

func TestWhatALetterSays(t *testing.T) {
	r := renderer(t, Options{})
	tests := []struct {
		name     string
		letter   Letter
		says     []string
		saysNot  []string
		language string
	}{
		{"infections", letter(infections(1)), []string{"TLP:AMBER\n", "source port", "2026-11-22 05:30:00  198.51.100.1  40000/tcp", "mirai", "-> 203.0.113.80 port 23", "[FH-2026-0001234]", "Shadowserver", "Source: shadowserver, report event4_sinkhole", "have not tested", "call us: +358 295 390 230"}, []string{"done to you"}, "en"},
		{"victim", letter(flooded()), []string{"You are not accused", "done to you", "<- 203.0.113.5 port 6667"}, []string{"you are the one who can mend", "NAT"}, "en"},
		{"defanged", letter(phish()), []string{"hxxps://www[.]shop[.]lakeside[.]example/login/bank.php?next=http[:]//x.example/"}, []string{"http://", "https://www.shop"}, "en"},
		{"French victim", letter(flooded()), []string{"Nous ne vous reprochons rien"}, []string{"Why it matters"}, "fr"},
		{"Swiss French", letter(telnet()), []string{"Comment vérifier"}, nil, "fr-CH"},
		{"unknown language", letter(telnet()), []string{"How to check"}, nil, "xx"},
		{"broken language", letter(telnet()), []string{"How to check"}, nil, "\r\nBcc: x"},
		{"rest in the attachment", letter(infections(60)), []string{"and 10 more"}, nil, "en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.letter.Language = tt.language
			got := strings.Join(strings.Fields(rendered(t, r, tt.letter).Text), " ")
			for _, s := range tt.says {
				if !strings.Contains(got, strings.Join(strings.Fields(s), " ")) {
					t.Errorf("%q is missing in\n%s", s, got)
				}
			}
			for _, s := range tt.saysNot {
				if strings.Contains(got, s) {
					t.Errorf("%q is there", s)
				}
			}
		})
	}
}

func TestSubjects(t *testing.T) {
	r := renderer(t, Options{})
	long := letter(infections(2), telnet(), phish(), flooded())
	long.Parts, long.Part = 7, 2
	long.Sections[0].Type, long.Ticket = "ddos-amplifier", strings.Repeat("9", 60)
	reminder := letter(infections(12))
	reminder.Reminder, reminder.Language = true, "fr"
	bare := letter(infections(1))
	bare.Ticket = ""
	tests := []struct {
		name, subject, generic string
		letter                 Letter
	}{
		{"one kind", "[TLP:AMBER] [FH-2026-0001234] 12 machines with signs of infection in your network", "[TLP:AMBER] [FH-2026-0001234] Message from CERT Demonstra", letter(infections(12))},
		{"one machine, no ticket", "[TLP:AMBER] 1 machine with signs of infection in your network", "[TLP:AMBER] Message from CERT Demonstra", bare},
		{"French reminder", "[TLP:AMBER] [FH-2026-0001234] Rappel : 12 machines présentant des signes d'infection dans votre réseau", "[TLP:AMBER] [FH-2026-0001234] Message de CERT Demonstra", reminder},
		{"victim", "[TLP:AMBER] [FH-2026-0001234] 1 target named in attack orders in your network", "[TLP:AMBER] [FH-2026-0001234] Message from CERT Demonstra", letter(flooded())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			subject, generic, err := r.Subject(tt.letter)
			if err != nil || subject != tt.subject || generic != tt.generic {
				t.Errorf("got %q, %q, %v", subject, generic, err)
			}
			if out := rendered(t, r, tt.letter); out.Subject != subject || out.Generic != generic {
				t.Errorf("the letter itself says %q, %q", out.Subject, out.Generic)
			}
		})
	}
	subject, _, err := r.Subject(long)
	if n := utf8.RuneCountInString(subject); err != nil || n > maxSubject || !strings.HasSuffix(subject, "… (part 2 of 7)") {
		t.Errorf("%d letters: %q, %v", n, subject, err)
	}
}

func TestTheWordsAboveTheList(t *testing.T) {
	long := infections(1)
	long.Rows[0].Addr = "2001:1db8:1111:2222:3333:4444:5555:6666"
	tests := []struct {
		name, language, want string
		s                    Section
	}{
		{"a connection that the machine opened", "en", "UTC                  Address       Source port\n", infections(1)},
		{"a service", "en", "UTC                  Address       Port\n", telnet()},
		{"a victim", "en", "UTC                  Address       Port\n", flooded()},
		{"French", "fr", "UTC                  Adresse       Port source\n", infections(1)},
		{"no room", "en", "UTC                  Address" + strings.Repeat(" ", 34) + "Port\n", long},
	}
	for _, tt := range tests {
		l := letter(tt.s)
		l.Language = tt.language
		if got := rendered(t, renderer(t, Options{}), l).Text; !strings.Contains(got, tt.want) {
			t.Errorf("%s: no %q in\n%s", tt.name, tt.want, got)
		}
	}
}

func TestSourcesAreNamedOnce(t *testing.T) {
	s := infections(0)
	for _, name := range []string{"a", "b", "a", "", "c", "d", "e", "f", "g"} {
		s.Rows = append(s.Rows, Row{Event: map[string]string{"feed.name": name}})
	}
	if got := strings.ReplaceAll(feeds(s.Rows), string(glue), " "); got != `a, b, c, d, e, …` {
		t.Errorf("got %q", got)
	}
}

func TestClipWords(t *testing.T) {
	for s, want := range map[string]string{
		"short": "short", "one thing, two things, three": "one thing, …", "one two three four five six": "one two three four …", strings.Repeat("x", 30): strings.Repeat("x", 19) + "…",
	} {
		if got := clipWords(s, 20); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1\u00a0000", 1234567: "1\u00a0234\u00a0567", -1000: "-1\u00a0000", -100: "-100"} {
		if got := number(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestDates(t *testing.T) {
	r := renderer(t, Options{})
	for zone, want := range map[string]string{"": "2026-11-22 06:30 +00:00", "Europe/Helsinki": "2026-11-22 08:30 +02:00", "No/Where": "2026-11-22 06:30 +00:00"} {
		if got := r.date(made, zone); got != want {
			t.Errorf("%s: %s", zone, got)
		}
	}
	if got := stamp(time.Time{}); got != "" {
		t.Errorf("no time is %q", got)
	}
}
