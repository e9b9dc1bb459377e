package overview

import (
	"net/url"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/web/ui"
)

func findings(q string) string { return "/findings?" + url.Values{"q": {q}}.Encode() }

func events(q string) string { return "/events?" + url.Values{"q": {q}}.Encode() }

func messages(state string) string { return "/notifications?" + url.Values{"state": {state}}.Encode() }

// with adds a term to a query; a value that is missing is asked for as such.
func with(q, name, value string) string {
	term := query.Term{Name: name, Match: []query.Match{query.Text{Value: value}}}.String()
	if value == "" {
		term = "-has:" + name
	}
	return q + " " + term
}

func line(series []int64) []float64 {
	out := make([]float64, len(series))
	for i, n := range series {
		out[i] = float64(n)
	}
	return out
}

func toneOf(l desk.Level) ui.Tone {
	if l == desk.Broken {
		return ui.Bad
	}
	return ui.Warn
}

func toneIf(bad bool, t ui.Tone) ui.Tone {
	if bad {
		return t
	}
	return ui.Quiet
}

// stateTone says how a message's state should strike the reader.
func stateTone(state string) ui.Tone {
	switch state {
	case "bounced", "refused":
		return ui.Bad
	case "held", "doubtful":
		return ui.Warn
	case "accepted":
		return ui.Good
	}
	return ui.Quiet
}

// Severity's tones, for a row's edge.
func severityTone(s string) ui.Tone {
	switch s {
	case "critical":
		return ui.Strong
	case "high":
		return ui.Bad
	}
	return ui.Quiet
}
