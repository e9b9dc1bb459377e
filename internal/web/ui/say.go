package ui

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/words"
)

// either is the first that is not empty.
func either(a, b string) string { return cmp.Or(a, b) }

// path makes a text one piece of a path.
func path(s string) string { return url.PathEscape(s) }

// visible writes out the characters that turn the direction of text round: they make a name look like another.
func visible(s string) string {
	turns := func(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }
	if !strings.ContainsFunc(s, turns) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if turns(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func lookup(value string) string { return "/lookup?" + url.Values{"q": {value}}.Encode() }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// moment writes a time out in the team's zone: "2026-11-20 13:00:05 CET".
func moment(ctx context.Context, t time.Time) string {
	return t.In(Of(ctx).Zone).Format("2006-01-02 15:04:05 MST")
}

// since says how far away a time is: "3 min ago", "in 2 h". From thirty days on it is the day. assets/app.js says it again each minute by the
// same rule.
func since(ctx context.Context, t time.Time) string {
	d := Of(ctx).Now.Sub(t)
	key := "ui.time.ago."
	if d < 0 {
		d, key = -d, "ui.time.in."
	}
	switch {
	case d < time.Minute:
		return words.T(ctx, "ui.time.now")
	case d < time.Hour:
		return words.T(ctx, key+"minutes", "n", int(d/time.Minute))
	case d < 48*time.Hour:
		return words.T(ctx, key+"hours", "n", int(d/time.Hour))
	case d < 30*24*time.Hour:
		return words.T(ctx, key+"days", "n", int(d/(24*time.Hour)))
	default:
		return t.In(Of(ctx).Zone).Format(time.DateOnly)
	}
}

func tlpClass(l tlp.Label) string { return strings.ReplaceAll(l.Short(), "+", "-") }

// severities are the words that are shown in the reader's language and with weight.
var severities = map[string]Tone{"critical": Strong, "high": Bad, "medium": Warn, "low": Info, "info": Quiet}

func severityTone(s string) Tone { return cmp.Or(severities[strings.ToLower(s)], Quiet) }

func severityText(ctx context.Context, s string) string {
	if _, known := severities[strings.ToLower(s)]; known {
		return words.T(ctx, "ui.severity."+strings.ToLower(s))
	}
	return s
}

func noteIcon(tone Tone) string {
	switch tone {
	case Good:
		return "circle-check"
	case Warn:
		return "alert-triangle"
	case Bad, Strong:
		return "alert-circle"
	default:
		return "info-circle"
	}
}

// button is the classes of a button: Info is the first choice, Bad and Strong do harm.
func button(tone Tone) string {
	switch tone {
	case Info, Good:
		return "btn btn-primary"
	case Bad, Strong:
		return "btn btn-danger"
	default:
		return "btn"
	}
}

// firm is the tone of a question's button: it is never quiet.
func firm(tone Tone) Tone {
	if tone == Quiet || tone == "" {
		return Info
	}
	return tone
}

// share is how much is done: "1,200 of 5,000".
func share(p ProgressProps) string {
	if p.Total <= 0 {
		return ""
	}
	return fmt.Sprintf("%d %%", min(100, p.Done*100/p.Total))
}

// points are the corners of a small line in a box of w by h.
func points(values []float64, w, h float64) string {
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	spread := high - low
	if spread == 0 {
		spread = 1
	}
	var b strings.Builder
	for i, v := range values {
		x := float64(i) * w / float64(len(values)-1)
		fmt.Fprintf(&b, "%.1f,%.1f ", x, 2+(h-4)*(1-(v-low)/spread))
	}
	return strings.TrimSpace(b.String())
}

// Under is a letter with the lines that stand below it: what may be done with it.
func Under(text string, lines []string) string {
	if len(lines) == 0 {
		return text
	}
	return strings.TrimRight(text, "\n") + "\n\n" + strings.Join(lines, "\n")
}
