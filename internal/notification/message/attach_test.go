package message

import (
	"strings"
	"testing"
)

func TestFileNames(t *testing.T) {
	tests := []struct {
		ticket      string
		part, parts int
		want        string
	}{
		{"FH-2026-1", 0, 0, "FH-2026-1"},
		{"FH-2026-1", 1, 1, "FH-2026-1"},
		{"FH-2026-1", 2, 7, "FH-2026-1-2"},
		{"FH-2026-1", 1002, 1003, "FH-2026-1-1002"},
		{"", 0, 0, "observations"},
		{"../../etc/passwd", 0, 0, "------etc-passwd"},
		{"FH#1\r\nBcc: x", 0, 0, "FH-1Bccx"},
		{"\u202egpj.exe", 0, 0, "gpj-exe"},
		{strings.Repeat("9", 100), 0, 0, strings.Repeat("9", 40)},
	}
	for _, tt := range tests {
		if got := fileName(Letter{Ticket: tt.ticket, Part: tt.part, Parts: tt.parts}); got != tt.want {
			t.Errorf("%q, part %d: %q", tt.ticket, tt.part, got)
		}
	}
}

func TestWhatIsAttached(t *testing.T) {
	nobody := letter(infections(2))
	nobody.Team.Email = ""
	many := letter(infections(2))
	many.Findings = maxReports + 1
	tests := []struct {
		name   string
		l      Letter
		files  string
		tooBig bool
	}{
		{"one finding", letter(telnet()), "csv xarf.json", false},
		{"some", letter(infections(2)), "csv xarf.jsonl", false},
		{"victims", letter(flooded()), "csv", false},
		{"a team without an address", nobody, "csv", false},
		{"nothing", letter(), "csv", false},
		{"large", letter(infections(3000)), "csv.zip xarf.jsonl.zip", false},
		{"a part of more findings than are reported", many, "csv", true},
		{"victims of more", func() Letter { l := letter(flooded()); l.Findings = maxReports + 1; return l }(), "csv", false},
		{"a team without an address, and more", func() Letter { l := many; l.Team.Email = ""; return l }(), "csv", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files, err := renderer(t, Options{}).attach(totals(tt.l))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, a := range files.list() {
				names = append(names, strings.TrimPrefix(a.Name, "FH-2026-0001234."))
			}
			if got := strings.Join(names, " "); got != tt.files || files.tooBig != tt.tooBig {
				t.Errorf("got %s, left out: %v", got, files.tooBig)
			}
		})
	}
}

// TestReportsMakeNoLetterTooLarge leaves X-ARF out where it turns out longer than Split believed: the last observation of each finding says
// more than its first.
func TestReportsMakeNoLetterTooLarge(t *testing.T) {
	noise := hostileRows(300, 900)
	s := Section{Type: "spam"}
	for i, w := range noise.Rows {
		late := w
		w.Event, w.Time = map[string]string{"event_description.text": "short"}, made.AddDate(0, 0, -1)
		late.Event = map[string]string{"event_description.text": noise.Rows[i].Event["extra.x"+number(int64(i%40))]}
		s.Rows = append(s.Rows, w, late)
	}
	r := renderer(t, Options{PartSize: 320 << 10})
	seen := 0
	for _, p := range r.Split(letter(s)) {
		out := rendered(t, r, p)
		if n := travels(out); n > 320<<10 {
			t.Errorf("a part has %d bytes", n)
		}
		seen += len(p.Sections[0].Rows)
		if len(out.Attachments) == 1 && !strings.Contains(strings.Join(strings.Fields(out.Text), " "), "X-ARF reports are left out") {
			t.Error("the text does not say that X-ARF is left out")
		}
	}
	if seen != len(s.Rows) {
		t.Errorf("%d rows of %d", seen, len(s.Rows))
	}
}
