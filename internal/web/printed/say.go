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

// codes says where the texts of a kind's columns are that hold codes, in the order of the columns.
var codes = map[string][]string{
	dossier.KindObservables:     {"observables.kind."},
	dossier.KindCountermeasures: {"countermeasures.kind.", "", "countermeasures.state."},
	dossier.KindClocks:          {"", "", "", "clocks.state."},
	dossier.KindLessons:         {"lessons.kind."},
}

// cell is what stands in a row's column: a code's text, a time in the team's zone, or what is there.
func cell(ctx context.Context, kind string, r *dossier.Row, n int) string {
	if n >= len(r.Cells) {
		return ""
	}
	text := r.Cells[n]
	if kind == dossier.KindReports && text == "" {
		return T(ctx, "printed.no.subject")
	}
	if list := codes[kind]; n < len(list) && list[n] != "" && words.Has(list[n]+text) {
		return T(ctx, list[n]+text)
	}
	if kind == dossier.KindClocks {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return moment(ctx, at)
		}
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

// by is who did what a row of the timeline tells; what Firehall did by itself is told without.
func by(r *dossier.Row) string {
	if ui.Itself(r.By) {
		return ""
	}
	return r.By
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
func says(ctx context.Context, names timeline.Names, r *dossier.Row) (what, text string) {
	if len(r.Cells) > 0 {
		text = r.Cells[0]
	}
	if r.Code == "" {
		return "", text
	}
	return names.Says(ctx, &incident.Entry{Code: r.Code, Args: r.Args, Text: text}), text
}

// held is a file with its chain of custody.
type held struct {
	name, digest, wrong string
	entries             []dossier.Row
}

// chains are the entries of custody, file by file.
func chains(ctx context.Context, list []dossier.Row) (out []held) {
	item := ""
	for _, r := range list {
		if len(r.Cells) <= dossier.CustodyHash {
			continue
		}
		if id := r.Args[dossier.CustodyItem]; item != id || len(out) == 0 {
			item = id
			out = append(out, held{name: r.Cells[dossier.CustodyFile], digest: r.Cells[dossier.CustodyDigest]})
		}
		h := &out[len(out)-1]
		if h.entries = append(h.entries, r); r.Args[dossier.CustodyWrong] != "" {
			h.wrong = T(ctx, "evidence.broken", "step", r.Args[dossier.CustodyBroken]) + ". " + T(ctx, "evidence.wrong."+r.Args[dossier.CustodyWrong])
		}
	}
	return out
}

// custodyColumns are the headings of a chain's table.
func custodyColumns(ctx context.Context) []string {
	return []string{T(ctx, "evidence.step"), T(ctx, "evidence.at"), T(ctx, "evidence.by"), T(ctx, "evidence.act"), T(ctx, "evidence.reason"), T(ctx, "evidence.hash")}
}

// custodyCells are the cells of an entry.
func custodyCells(ctx context.Context, r *dossier.Row) []string {
	act := T(ctx, "evidence.act."+r.Cells[dossier.CustodyAct])
	if to := r.Cells[dossier.CustodyTo]; to != "" {
		act += " " + T(ctx, "evidence.to.whom", "name", to)
	}
	return []string{r.Cells[dossier.CustodyStep], exact(ctx, r.At), by(r), act, r.Cells[dossier.CustodyWhy], r.Cells[dossier.CustodyHash]}
}

// exact is a moment with its seconds, as a chain of custody needs it.
func exact(ctx context.Context, t time.Time) string {
	return t.In(ui.Of(ctx).Zone).Format("2006-01-02 15:04:05 MST")
}
