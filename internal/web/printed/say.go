package printed

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/timeline"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// code is the text of a code, or the code.
func code(ctx context.Context, text string) string {
	if key := "printed.code." + text; words.Has(key) {
		return T(ctx, key)
	}
	return text
}

// fact is a line of the head.
type fact struct{ label, text string }

// facts are the lines of the head that have something to say.
func facts(ctx context.Context, d *dossier.Document) (out []fact) {
	add := func(key, text string) {
		if text != "" {
			out = append(out, fact{T(ctx, "printed.fact."+key), text})
		}
	}
	add("organisation", d.Organisation)
	add("state", tabs.Word(ctx, d.State))
	if d.Class != "" {
		add("class", ui.Class(ctx, string(d.Class)))
	}
	if d.Severity != "" {
		add("severity", T(ctx, "ui.severity."+string(d.Severity)))
	}
	add("opened", moment(ctx, d.Opened))
	add("contained", moment(ctx, d.Contained))
	add("closed", moment(ctx, d.Closed))
	for _, name := range d.Organisations {
		add("concerns", name)
	}
	if d.Others > 0 {
		add("concerns", T(ctx, "printed.others", "n", d.Others))
	}
	return out
}

// moment is a time in the team's zone; nothing for none.
func moment(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(ui.Of(ctx).Zone).Format("2006-01-02 15:04 MST")
}

// columns are the headings of a kind's table, without that of the time.
func columns(ctx context.Context, kind string) (out []string) {
	for _, name := range columnNames[kind] {
		out = append(out, T(ctx, "printed.column."+name))
	}
	return out
}

// columnNames are the columns of each kind, but of the timeline.
var columnNames = map[string][]string{
	dossier.KindObservables:     {"kind", "value", "label"},
	dossier.KindCountermeasures: {"kind", "target", "state"},
	dossier.KindEvidence:        {"file", "bytes", "digest"},
	dossier.KindReports:         {"ref", "subject"},
	dossier.KindClocks:          {"law", "stage", "due", "state"},
	dossier.KindLessons:         {"kind", "text"},
	dossier.KindNotes:           {"text"},
}

// says is what a row of the timeline says, and what somebody wrote to it.
func says(ctx context.Context, r *dossier.Row) (what, text string) {
	if len(r.Cells) > 0 {
		text = r.Cells[0]
	}
	if r.Code == "" {
		return "", text
	}
	return timeline.Says(ctx, &incident.Entry{Code: r.Code, Args: r.Args, Text: text}, nil), text
}
