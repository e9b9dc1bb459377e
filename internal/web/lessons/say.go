package lessons

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

func kindText(ctx context.Context, k lesson.Kind) string { return T(ctx, "lessons.kind."+string(k)) }

var tones = map[lesson.State]ui.Tone{lesson.Supposed: ui.Info, lesson.Confirmed: ui.Good, lesson.Refuted: ui.Quiet}

func stateText(ctx context.Context, s lesson.State) string { return T(ctx, "lessons.state."+string(s)) }

// sure tells whether a kind has states.
func sure(k lesson.Kind) bool { return k == lesson.Hypothesis || k == lesson.Cause }

func stateOptions(ctx context.Context, chosen string) (out []ui.Option) {
	for _, s := range []lesson.State{lesson.Supposed, lesson.Confirmed, lesson.Refuted} {
		out = append(out, ui.Option{Value: string(s), Text: stateText(ctx, s), Chosen: string(s) == chosen})
	}
	return out
}

func kindOptions(ctx context.Context, chosen string) (out []ui.Option) {
	for _, k := range lesson.Kinds() {
		out = append(out, ui.Option{Value: string(k), Text: kindText(ctx, k), Chosen: string(k) == chosen})
	}
	return out
}

// owners are the people who can own an action; nobody is the first.
func owners(ctx context.Context, v view, chosen string) []ui.Option {
	return append([]ui.Option{{Value: "", Text: T(ctx, "lessons.nobody"), Chosen: chosen == ""}}, ui.Accounts(v.people, chosen)...)
}

// about are the lessons that an action can follow from.
func about(ctx context.Context, v view, chosen string) []ui.Option {
	out := []ui.Option{{Value: "", Text: T(ctx, "lessons.none"), Chosen: chosen == ""}}
	for _, l := range v.Lessons {
		out = append(out, ui.Option{Value: l.ID, Text: kindText(ctx, l.Kind) + ": " + brief(l.Text), Chosen: l.ID == chosen})
	}
	return out
}

func brief(text string) string {
	if r := []rune(text[:min(len(text), 1000)]); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return text
}

// day writes a day for a field of the kind date.
func day(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(ui.Of(ctx).Zone).Format(time.DateOnly)
}

// typed is what somebody typed and could not keep, or else what is kept.
func typed(v view, which, name, kept string) string {
	if v.which == which && v.form.Values.Has(name) {
		return v.form.Get(name)
	}
	return kept
}

// version is the one that a form changes: after a clash the one that stands now.
func version(v view, which string, kept int64) int64 {
	if v.clash != nil && v.which == which {
		return v.clash.Version
	}
	return kept
}

var progress = map[lesson.Progress]ui.Tone{lesson.Open: ui.Info, lesson.Done: ui.Good, lesson.Dropped: ui.Quiet}

func columns(ctx context.Context) []ui.Column {
	return []ui.Column{{Title: T(ctx, "lessons.column.what"), Main: true}, {Title: T(ctx, "lessons.column.incident")}, {Title: T(ctx, "lessons.owner")}, {Title: T(ctx, "lessons.due")}}
}

// table is the list of open actions.
func table(ctx context.Context, v listView) ui.TableProps {
	t := ui.TableProps{
		ID: "actions", Caption: T(ctx, "lessons.all"), Columns: columns(ctx), Rows: tableRows(ctx, v), Next: v.next, Count: ui.Count{None: true}, Act: "/lessons",
		Empty: ui.Empty(T(ctx, "lessons.all.empty"), T(ctx, "lessons.all.empty.text"), ui.Link{Text: T(ctx, "lessons.go"), Href: "/incidents"}),
	}
	if v.mine {
		t.Filter = mineOnly
	}
	if v.acts {
		nobody := ui.Option{Text: T(ctx, "lessons.nobody")}
		t.Actions = []ui.Action{
			{Name: string(lesson.Done), Text: T(ctx, "lessons.progress.done"), Icon: "circle-check", Key: "e", Fields: outcomeField(lesson.Done)},
			{Name: string(lesson.Dropped), Text: T(ctx, "lessons.progress.dropped"), Icon: "circle-x", Fields: outcomeField(lesson.Dropped)},
			{Name: give, Text: T(ctx, "lessons.give"), Icon: "users", Key: "a", Fields: ui.Select(ui.FieldProps{Name: "owner", ID: "bulk-owner", Label: T(ctx, "lessons.owner"), Options: append([]ui.Option{nobody}, ui.Accounts(v.people, "")...)})},
			{Name: putTo, Text: T(ctx, "lessons.put"), Icon: "clock", Fields: ui.Field(ui.FieldProps{Name: "due", ID: "bulk-due", Label: T(ctx, "lessons.due"), Help: T(ctx, "lessons.put.help"), Kind: "date"})},
		}
	}
	return t
}

func tableRows(ctx context.Context, v listView) (out []ui.Row) {
	for _, a := range v.items {
		href := "/incidents/" + a.Incident + "/lessons"
		row := ui.Row{ID: a.ID, Href: href, Label: a.Text, Cells: cells(ctx, v, a)}
		if !a.Due.IsZero() && !a.Due.After(ui.Of(ctx).Now) {
			row.Tone = ui.Bad
		}
		out = append(out, row)
	}
	return out
}

func cells(ctx context.Context, v listView, a lesson.Action) []templ.Component {
	owner := T(ctx, "lessons.nobody")
	if a.Owner != "" {
		owner = ui.Who(v.people, a.Owner)
	}
	return []templ.Component{ui.Text(brief(a.Text)), ui.Text(a.Ref + " " + a.Title), ui.Text(owner), ui.Due(a.Due)}
}
