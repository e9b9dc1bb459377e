package countermeasure

import (
	"encoding/json"
	"strings"
)

// Answer is what an abuse API answered.
type Answer struct {
	Status int    `json:"status"`
	Ticket string `json:"ticket,omitempty"` // their number, if they named one
	Text   string `json:"text,omitempty"`   // the beginning of what else they said
}

// maxAnswer bounds what is kept of an answer, in bytes.
const maxAnswer = 2000

// ticketNames are how APIs call their number of a request, the likeliest first.
var ticketNames = []string{"ticket", "ticket_id", "case", "case_id", "reference", "report_id", "id"}

// readAnswer reads what an abuse API answered, whatever it is.
func readAnswer(status int, body []byte) Answer {
	a := Answer{Status: status}
	var doc map[string]json.RawMessage
	if json.Unmarshal(body, &doc) == nil {
		a.Ticket = ticket(doc)
	}
	a.Text = clip(line(string(body[:min(len(body), 4*maxAnswer)])), maxAnswer)
	return a
}

func ticket(doc map[string]json.RawMessage) string {
	for _, name := range ticketNames {
		var text string
		var number json.Number
		switch raw := doc[name]; {
		case json.Unmarshal(raw, &text) == nil && text != "":
			return clip(line(text), 200)
		case json.Unmarshal(raw, &number) == nil && number != "":
			return clip(string(number), 200)
		}
	}
	return ""
}

// clip cuts a text to so many bytes.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
