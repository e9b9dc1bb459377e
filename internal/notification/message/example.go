package message

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
)

// try writes two examples with each voice, so that a template which asks for what a letter has not is found at start and not at night.
func (r *Renderer) try() error {
	for _, v := range r.voices {
		for _, l := range examples(v.name) {
			if _, err := r.Render(context.Background(), l); err != nil {
				return err
			}
		}
	}
	return nil
}

// examples are a letter with everything, and one with next to nothing.
func examples(lang string) []Letter {
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	row := Row{Finding: "192.0.2.10~5f3a9c21d0e47b1288aa0f01", Network: "192.0.2.0/24", Time: at, First: at, Last: at, Count: 1, Addr: "192.0.2.10", Port: 51234, Transport: "tcp", Host: "a.example", URL: "http://a.example/", Malware: "mirai"}
	full := Letter{
		Language: lang, Team: Team{"CERT", "cert@example.org", "cert@example.org", "https://example.org", "+358 9 123"}, Organisation: "Example", Address: "abuse@example.org",
		Purpose: "abuse", Ticket: "FH-1", Label: tlp.Amber, Made: at.AddDate(0, 0, 9), Part: 1, Parts: 2, Reminder: true, Attributions: []string{"Example"},
		Sections: []Section{
			{Type: "infected-system", Malware: "mirai", Report: "event4_sinkhole", Reminder: true, First: at, Rows: []Row{row, row}},
			{Type: "ddos", Identifier: "honeypot-ddos-target", Standing: Victim, Rows: []Row{row}},
		},
	}
	return []Letter{full, {Language: lang, Sections: []Section{{Standing: Victim}, {Standing: Victim}}}, {Language: lang}}
}
