package reports

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// picks are the fields by which the queue can be asked without its language, each named as the language names it.
var picks = []string{"state", "class", "severity", "door", "org"}

// picked makes a question of the fields that somebody chose.
func picked(v url.Values) string {
	var out []string
	for _, name := range picks {
		if value := v.Get(name); value != "" && !strings.ContainsAny(value, " \t\r\n") {
			out = append(out, name+":"+value)
		}
	}
	return strings.Join(append(out, strings.Fields(v.Get("words"))...), " ")
}

// chosen is what a question says of a field; "" for nothing.
func chosen(query, name string) string {
	for _, part := range strings.Fields(query) {
		if value, ok := strings.CutPrefix(part, name+":"); ok {
			return value
		}
	}
	return ""
}

// rest are the words of a question that no field holds.
func rest(query string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(query), func(part string) bool {
		name, _, ok := strings.Cut(part, ":")
		return ok && slices.Contains(picks, name)
	}), " ")
}

// choices are the values of a field, with what stands for none.
func choices[V ~string](ctx context.Context, l List, name string, values []V, text func(V) string) []ui.Option {
	now := chosen(l.Query, name)
	out := []ui.Option{{Value: "", Text: words.T(ctx, "reports.pick.any"), Chosen: now == ""}}
	for _, v := range values {
		out = append(out, ui.Option{Value: string(v), Text: text(v), Chosen: now == string(v)})
	}
	return out
}

// pickFields are the fields of the panel.
func pickFields(ctx context.Context, l List) []ui.FieldProps {
	field := func(name, key string, options []ui.Option) ui.FieldProps {
		return ui.FieldProps{Name: name, ID: "pick-" + name, Label: T(ctx, key), Options: options}
	}
	return []ui.FieldProps{
		field("state", "reports.column.state", choices(ctx, l, "state", incident.States(), func(s incident.State) string { return stateWord(ctx, s) })),
		field("class", "reports.column.class", choices(ctx, l, "class", rsit.Classes(), func(c rsit.Class) string { return classWord(ctx, string(c)) })),
		field("severity", "reports.column.severity", choices(ctx, l, "severity", triage.Severities(), func(s triage.Severity) string { return T(ctx, "ui.severity."+string(s)) })),
		field("door", "reports.pick.door", choices(ctx, l, "door", incident.Doors(), func(d incident.Door) string { return doorWord(ctx, d) })),
		field("org", "reports.column.hits", choices(ctx, l, "org", organisations(l.Names), func(id string) string { return l.Names[id] })),
	}
}

// mostOrganisations is how many organisations the panel offers; of more it asks none.
const mostOrganisations = 500

func organisations(names map[string]string) (ids []string) {
	if len(names) > mostOrganisations {
		return nil
	}
	for id := range names {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(names[a]+a, names[b]+b) })
	return ids
}
