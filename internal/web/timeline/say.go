package timeline

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// Names knows what lines only point to.
type Names struct {
	People map[string]string                    // of accounts by id; nil: unknown
	Stage  func(law, stage, lang string) string // of a stage of a law, both as lines name them; nil, or "": unknown
}

// Says is what a line says in the reader's language and the team's zone; a code without a text stands as it is, with what it names.
func (n Names) Says(ctx context.Context, e *incident.Entry) string {
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
		args = append(args, name, n.value(ctx, e, name))
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

// value is what an argument says: some are codes, times, or accounts.
func (n Names) value(ctx context.Context, e *incident.Entry, name string) string {
	v := e.Args[name]
	switch name {
	case "account", "owner":
		return ui.Who(n.People, v)
	case "time":
		return moment(ctx, v)
	case "stage":
		return n.stage(ctx, e.Args["law"], v)
	case "title":
		return title(ctx, e, v)
	case "reason":
		if checks, exits, ok := countermeasure.CleanRun(v); ok {
			return T(ctx, "countermeasures.clean", "checks", checks, "exits", exits)
		}
		if who, ok := countermeasure.HeldByPolice(v); ok {
			return T(ctx, "countermeasures.police.held", "who", who)
		}
	}
	if key := codes[e.Code+"/"+name] + v; key != v && words.Has(key) {
		return words.T(ctx, key)
	}
	if v == "" {
		return "–"
	}
	return v
}

// codes says where the texts of arguments are that are codes.
var codes = map[string]string{"incident.severity/to": "ui.severity.", "incident.class/to": "class.", "clock.anchor/anchor": "clocks.anchor."}

func (n Names) stage(ctx context.Context, law, id string) string {
	if n.Stage != nil {
		if name := n.Stage(law, id, string(words.Of(ctx))); name != "" {
			return name
		}
	}
	return id
}

// title is the title of a playbook or of a step in the reader's language. Older lines about playbooks have both in one, as playbook.Words.Both writes it.
func title(ctx context.Context, e *incident.Entry, v string) string {
	if french := e.Args["fr"]; french != "" && words.Of(ctx) == words.French {
		return french
	}
	english, french, both := strings.Cut(v, " / ")
	switch {
	case !both || e.Args["fr"] != "" || e.Code != "task.started" && e.Code != "task.upgraded":
		return v
	case words.Of(ctx) == words.French:
		return french
	}
	return english
}

// moment writes a time, given as RFC 3339, in the team's zone.
func moment(ctx context.Context, text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return at.In(ui.Of(ctx).Zone).Format("2006-01-02 15:04 MST")
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
		line := ui.Entry{At: e.At, Who: ui.Who(v.names.People, e.By), What: T(ctx, "timeline.wrote."+string(sideOf(e))), Icon: iconOf(e), Tone: toneOf(e), Body: body(v, e)}
		if e.Code != "" {
			line.What = v.names.Says(ctx, e)
		}
		if e.World && e.Code != "" || e.By == "" || ui.Itself(e.By) {
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
