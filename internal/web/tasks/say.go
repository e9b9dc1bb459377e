package tasks

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

var tones = map[playbook.State]ui.Tone{playbook.Open: ui.Info, playbook.Doing: ui.Warn, playbook.Done: ui.Good, playbook.NotNeeded: ui.Quiet}

// say is a text whose key ends in a code; a code without a text stands as it is.
func say(ctx context.Context, key, code string) string {
	if words.Has(key + code) {
		return words.T(ctx, key+code)
	}
	return code
}

func stateWord(ctx context.Context, s playbook.State) string {
	return say(ctx, "tasks.state.", string(s))
}

func did(ctx context.Context, m playbook.MoveName) string { return say(ctx, "tasks.did.", string(m)) }

func moveWord(ctx context.Context, m playbook.MoveName) string {
	return say(ctx, "tasks.move.", string(m))
}

func class(ctx context.Context, c rsit.Class) string { return say(ctx, "reports.class.", string(c)) }

// why says why a task is not needed.
func why(ctx context.Context, t playbook.Task) string {
	if t.Why == playbook.WhySaid {
		return t.Reason
	}
	return say(ctx, "tasks.why.", t.Why)
}

// suggested says why a playbook may fit.
func suggested(ctx context.Context, g playbook.Suggestion) string {
	if g.Why == "class" {
		return T(ctx, "tasks.suggest.class", "class", class(ctx, rsit.Class(g.Word)))
	}
	return T(ctx, "tasks.suggest.word", "word", g.Word)
}

// span writes a duration in whole days, hours or minutes.
func span(ctx context.Context, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return T(ctx, "tasks.days", "n", int64(d/day))
	case d%time.Hour == 0:
		return T(ctx, "tasks.hours", "n", int64(d/time.Hour))
	}
	return T(ctx, "tasks.minutes", "n", int64(d/time.Minute))
}

// dueText says by when a step is due.
func dueText(ctx context.Context, b playbook.Book, d playbook.Due) string {
	if d.After == "" {
		return T(ctx, "tasks.due.start", "span", span(ctx, d.In))
	}
	step, _ := b.Step(d.After)
	return T(ctx, "tasks.due.after", "span", span(ctx, d.In), "step", text(ctx, step.Title))
}

func waitsText(ctx context.Context, t playbook.Task) string {
	var titles []string
	for _, w := range t.Waits {
		titles = append(titles, text(ctx, w))
	}
	return T(ctx, "tasks.waits", "steps", strings.Join(titles, ", "))
}

// stepTitles names steps.
func stepTitles(ctx context.Context, b playbook.Book, ids []string) string {
	var titles []string
	for _, id := range ids {
		step, _ := b.Step(id)
		titles = append(titles, text(ctx, step.Title))
	}
	return strings.Join(titles, ", ")
}

// when says on which answers a step hangs.
func when(ctx context.Context, b playbook.Book, s playbook.Step) string {
	var list []string
	for _, c := range s.When {
		step, _ := b.Step(c.Step)
		list = append(list, T(ctx, "tasks.when."+string(c.Answer), "question", text(ctx, step.Title)))
	}
	return strings.Join(list, "; ")
}

func changeText(ctx context.Context, c playbook.Change) string {
	out := say(ctx, "tasks.change.", c.Kind) + ": " + text(ctx, c.Title)
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, say(ctx, "tasks.field.", f))
	}
	if len(fields) > 0 {
		out += " (" + strings.Join(fields, ", ") + ")"
	}
	return out
}

// progress says how far the tasks of an incident are.
func progress(ctx context.Context, tasks []playbook.Task) string {
	done, overdue := 0, 0
	for _, t := range tasks {
		if t.State == playbook.Done || t.State == playbook.NotNeeded {
			done++
		}
		if t.Overdue {
			overdue++
		}
	}
	out := T(ctx, "tasks.progress", "done", done, "all", len(tasks))
	if overdue > 0 {
		out += " " + T(ctx, "tasks.progress.overdue", "n", overdue)
	}
	return out
}

// people are those to whom a task can be given.
func people(ctx context.Context, names map[string]string, chosen string) []ui.Option {
	return append([]ui.Option{{Value: "", Text: T(ctx, "tasks.nobody"), Chosen: chosen == ""}}, ui.Accounts(names, chosen)...)
}

// typed is what somebody typed for a task and could not keep, or else what is kept.
func typed(v view, task, name, kept string) string {
	if v.task == task && v.form.Values.Has(name) {
		return v.form.Get(name)
	}
	return kept
}

func clockFace(ctx context.Context, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return notes.Clock(ctx, at)
}

func taskURL(v view, t playbook.Task, rest string) string {
	return tabs.Path(v.of.ID, tab) + "/" + url.PathEscape(t.ID) + rest
}

func bookURL(id, digest string) string {
	out := booksPath + "/" + url.PathEscape(id)
	if digest != "" {
		out += "?" + url.Values{"text": {digest}}.Encode()
	}
	return out
}
