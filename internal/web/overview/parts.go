package overview

import (
	"context"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

func criticalRows(ctx context.Context, v view) []ui.Row {
	rows := make([]ui.Row, len(v.Critical.Value.Items))
	for i, f := range v.Critical.Value.Items {
		rows[i] = ui.Row{
			Href: "/findings/" + f.ID, Label: f.What(), Tone: severityTone(f.Severity),
			Cells: []templ.Component{newMark(v, f), ui.Code(f.What()), ownerOf(f), ui.Text(ui.Condition(ctx, f.Class, f.Identifier, f.Malware)), ui.Time(f.First), ui.FindingState(f.State)},
		}
	}
	return rows
}

// usual says what is usual; where nothing is known of earlier weeks, that.
func usual(ctx context.Context, known int, n int64) string {
	if known == 0 {
		return words.T(ctx, "overview.today.unknown")
	}
	return words.T(ctx, "overview.today.usual", "n", n)
}

func classTile(ctx context.Context, t desk.Today, c desk.ClassDay) ui.FigureProps {
	p := ui.FigureProps{N: c.Events, Label: ui.Class(ctx, c.Class), Note: usual(ctx, t.Known, c.Usual), Href: events(with("seen:today", "class", c.Class)), Line: line(c.Series)}
	if c.Class == "" {
		p.Label, p.Href = words.T(ctx, "overview.today.others"), events("seen:today")
	}
	if t.Known == 0 { // the total says it once, and a line of one day is none
		p.Note, p.Line = "", nil
	}
	if t.Known > 0 && c.Odd() {
		p.Tone = ui.Warn
		p.Note = words.T(ctx, "overview.today.odd", "n", c.Usual)
	}
	return p
}

// nameOf writes the value of a share.
func nameOf(ctx context.Context, name, value string) string {
	switch {
	case value != "" && name == "class":
		return ui.Class(ctx, value)
	case value != "":
		return value
	case name == "org":
		return words.T(ctx, "overview.open.nobody")
	}
	return words.T(ctx, "overview.open.without")
}

// identifier is what audit writes beside a person's name.
var identifier = regexp.MustCompile(` \([a-z]+:[^()\s]+\)`)

// sentence makes a line that the command line prints one for people: it begins with a capital, and names people by their names alone.
func sentence(text string) string {
	text = identifier.ReplaceAllString(text, "")
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// waitText says what a message waits for: "class ddos".
func waitText(ctx context.Context, wait string) string {
	if kind, name, ok := strings.Cut(wait, " "); ok && words.Has("overview.wait."+kind) {
		if kind == "class" {
			name = ui.Class(ctx, name)
		}
		return words.T(ctx, "overview.wait."+kind, "name", name)
	}
	return wait
}

func done(is bool) ui.Tone {
	if is {
		return ui.Good
	}
	return ui.Quiet
}
