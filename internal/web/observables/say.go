package observables

import (
	"context"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// say is a text whose key ends in a code; a code without a text stands as it is.
func say(ctx context.Context, key, code string) string {
	if words.Has(key + code) {
		return words.T(ctx, key+code)
	}
	return code
}

func kindWord(ctx context.Context, k observable.Kind) string {
	return say(ctx, "observables.kind.", string(k))
}

func roleWord(ctx context.Context, r observable.Role) string {
	if r == "" {
		return ""
	}
	return say(ctx, "observables.role.", string(r))
}

func sourceWord(ctx context.Context, s observable.Source) string {
	return say(ctx, "observables.source.", string(s))
}

func relationWord(ctx context.Context, k observable.RelationKind, out bool) string {
	if !out {
		return say(ctx, "observables.relation.by.", string(k))
	}
	return say(ctx, "observables.relation.", string(k))
}

func whyWord(ctx context.Context, w observable.Why) string {
	return say(ctx, "observables.why.", string(w))
}

func listWord(ctx context.Context, code string) string { return say(ctx, "triage.list.", code) }

// short cuts a text for people, at most so many characters.
func short(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

func roles(ctx context.Context, chosen string) []ui.Option {
	out := []ui.Option{{Text: T(ctx, "observables.role.none"), Chosen: chosen == ""}}
	for _, r := range observable.Roles() {
		out = append(out, ui.Option{Value: string(r), Text: roleWord(ctx, r), Chosen: chosen == string(r)})
	}
	return out
}

// labels are those at least as strict as one; chosen "": that one.
func labels(least tlp.Label, chosen string) (out []ui.Option) {
	for _, l := range tlp.Labels() {
		if l >= least {
			out = append(out, ui.Option{Value: l.String(), Text: l.String(), Chosen: chosen == l.String() || chosen == "" && l == least})
		}
	}
	return out
}

func paps(least tlp.PAP, chosen string) (out []ui.Option) {
	for l := least; l <= tlp.PAPRed; l++ {
		out = append(out, ui.Option{Value: l.String(), Text: l.String(), Chosen: chosen == l.String() || chosen == "" && l == least})
	}
	return out
}

func kinds(ctx context.Context, chosen string) []ui.Option {
	out := []ui.Option{{Text: T(ctx, "observables.kind.found"), Chosen: chosen == ""}}
	for _, k := range observable.Kinds() {
		out = append(out, ui.Option{Value: string(k), Text: kindWord(ctx, k), Chosen: chosen == string(k)})
	}
	return out
}

func relations(ctx context.Context, chosen string) (out []ui.Option) {
	for _, k := range observable.RelationKinds() {
		out = append(out, ui.Option{Value: string(k), Text: relationWord(ctx, k, true), Chosen: chosen == string(k)})
	}
	return out
}

func verdicts(ctx context.Context, chosen string) []ui.Option {
	return []ui.Option{
		{Text: T(ctx, "observables.verdict.unknown"), Chosen: chosen == ""},
		{Value: string(observable.True), Text: T(ctx, "observables.verdict.true"), Chosen: chosen == string(observable.True)},
		{Value: string(observable.False), Text: T(ctx, "observables.verdict.false"), Chosen: chosen == string(observable.False)},
	}
}

// lookup is everything that is known of a value.
func lookup(value string) string { return "/lookup?" + url.Values{"q": {value}}.Encode() }

// with is the list's URL with another value of its filter; "" takes it away.
func (l List) with(name, value string) string {
	v := url.Values{}
	for k, list := range l.URL {
		v[k] = slices.Clone(list)
	}
	v.Set(name, value)
	if value == "" {
		v.Del(name)
	}
	out := listURL(l.In.ID)
	if len(v) > 0 {
		out += "?" + v.Encode()
	}
	return out
}

// out is where the list is exported.
func (l List) out(more ...string) string {
	v := url.Values{}
	for k, list := range l.URL {
		v[k] = list
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return listURL(l.In.ID, "-", "export") + "?" + v.Encode()
}

// narrowed reports whether the filter leaves something out.
func (l List) narrowed() bool {
	f := l.Filter
	return len(f.Kinds) > 0 || f.Role != "" || f.Source != "" || f.Text != "" || f.Detection || f.Listed || f.Removed
}
