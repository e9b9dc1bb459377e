package timeline

import (
	"context"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// Says is what a line says in the reader's language; a code without a text stands as it is, with what it names.
func Says(ctx context.Context, e *incident.Entry, people map[string]string) string {
	if e.Code == "" {
		return e.Text
	}
	key := "timeline." + e.Code
	if len(e.Args) == 0 && words.Has(key+".bare") {
		key += ".bare" // from before the timeline: its names are not known any more
	}
	if !words.Has(key) {
		return bare(e)
	}
	args := make([]any, 0, 2*len(e.Args))
	for _, name := range sortedKeys(e.Args) {
		args = append(args, name, value(ctx, e.Code, name, e.Args[name], people))
	}
	return words.T(ctx, key, args...)
}

func bare(e *incident.Entry) string {
	parts := []string{e.Code}
	for _, name := range sortedKeys(e.Args) {
		parts = append(parts, e.Args[name])
	}
	return strings.Join(parts, " ")
}

// value is what an argument says: some are codes, or accounts.
func value(ctx context.Context, code, name, v string, people map[string]string) string {
	var key string
	switch {
	case name == "account" || name == "owner":
		return notes.Name(people, v)
	case code == "incident.severity":
		key = "ui.severity." + v
	case code == "incident.class":
		key = "class." + v
	}
	if key != "" && words.Has(key) {
		return words.T(ctx, key)
	}
	if v == "" {
		return "–"
	}
	return v
}

func sideOf(e *incident.Entry) incident.Side {
	if e.World {
		return incident.World
	}
	return incident.Ours
}

// kinds are those that the filter offers, in its order.
var kinds = []string{
	incident.Written, "incident", "report", "message", "dialogue", "note", "file", "member", "glass", "takedown", "task", "clock", "observable", "evidence",
	"lesson", "action", "handover", "liaison", "media",
}

// icons and tones by the kind of a line.
var icons = map[string]string{
	"incident": "flame", "report": "inbox", "message": "mail", "dialogue": "mail", "note": "notes", "file": "file-text", "member": "users", "glass": "lock",
	"task": "list-check", "clock": "clock", "takedown": "hand-stop", "observable": "search", "lesson": "certificate", "action": "list-check", "handover": "shield-check", "liaison": "building", "media": "message",
}

func iconOf(e *incident.Entry) string {
	kind, _, _ := strings.Cut(e.Code, ".")
	if icon := icons[kind]; icon != "" {
		return icon
	}
	if e.World {
		return "world"
	}
	return "circle-dashed"
}

func toneOf(e *incident.Entry) ui.Tone {
	switch {
	case !e.Removed.IsZero():
		return ui.Quiet
	case e.Code == "glass.broken":
		return ui.Bad
	case e.World:
		return ui.Warn
	}
	return ui.Info
}

// lines are the entries as the timeline shows them.
func (v view) lines(ctx context.Context) (out []ui.Entry) {
	for i := range v.entries {
		e := &v.entries[i]
		line := ui.Entry{At: e.At, Who: notes.Name(v.people, e.By), What: T(ctx, "timeline.wrote."+string(sideOf(e))), Icon: iconOf(e), Tone: toneOf(e), Body: body(v, e)}
		if e.Code != "" {
			line.What = Says(ctx, e, v.people)
		}
		if e.World && e.Code != "" || e.By == "" {
			line.Who = ""
		}
		out = append(out, line)
	}
	return out
}

func query(v view) url.Values {
	q := url.Values{}
	if v.filter.Side != incident.Both {
		q.Set("side", string(v.filter.Side))
	}
	if v.filter.Kind != "" {
		q.Set("kind", v.filter.Kind)
	}
	if v.filter.Removed {
		q.Set("removed", "1")
	}
	return q
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func exportURL(v view, format string) string {
	q := query(v)
	q.Set("format", format)
	return withQuery(tabs.Path(v.of.ID, tab)+"/export", q)
}

func kindOptions(ctx context.Context, v view) []ui.Option {
	out := []ui.Option{{Value: "", Text: T(ctx, "timeline.kind.all"), Chosen: v.filter.Kind == ""}}
	for _, k := range kinds {
		out = append(out, ui.Option{Value: k, Text: T(ctx, "timeline.kind."+k), Chosen: v.filter.Kind == k})
	}
	return out
}

func sideOptions(ctx context.Context, chosen incident.Side) []ui.Option {
	return []ui.Option{
		{Value: string(incident.World), Text: T(ctx, "timeline.side.world"), Chosen: chosen != incident.Ours},
		{Value: string(incident.Ours), Text: T(ctx, "timeline.side.ours"), Chosen: chosen == incident.Ours},
	}
}

// typed is what somebody typed for an entry and could not keep, or else what is kept.
func typed(v view, entry, name, kept string) string {
	if v.entry == entry && v.form.Values.Has(name) {
		return v.form.Get(name)
	}
	return kept
}
