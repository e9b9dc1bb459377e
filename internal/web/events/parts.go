package events

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// mostOf gives the names with the largest sums, the largest first.
func mostOf(sums map[string]int64, most int) []string {
	names := make([]string, 0, len(sums))
	for n := range sums {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
	return names[:min(len(names), most)]
}

func filterProps(ctx context.Context, v view) ui.FilterProps {
	keep := v.values()
	keep.Del("q")
	p := ui.FilterProps{
		Action: "/events", Value: v.Text, Label: words.T(ctx, "events.filter.label"), Hint: words.T(ctx, "events.filter.hint"), Complete: "/events/complete",
		Help: ui.Link{Text: words.T(ctx, "events.filter.help"), Href: "/events/help"}, Keep: keep, Fault: v.Fault, FaultAt: v.FaultAt,
	}
	for _, key := range []string{"today", "day", "week"} {
		q := question{Text: presets[key], Cols: v.Cols, By: v.By}
		p.Presets = append(p.Presets, ui.Link{Text: words.T(ctx, "events.preset."+key), Href: q.url()})
	}
	return p
}

// presets are ready questions.
var presets = map[string]string{"today": "time:today", "day": "time:24h", "week": "time:7d"}

func tableProps(ctx context.Context, v view) ui.TableProps {
	cols, at := v.columns()
	p := ui.TableProps{
		ID: "events", Caption: words.T(ctx, "events.title"), Sort: "-time", Count: ui.Count{None: true}, Next: page.Cursor(v.Page.Next), Filter: v.Text,
		Empty: ui.Empty(words.T(ctx, "events.none"), words.T(ctx, "events.none.text"), ui.Link{Text: words.T(ctx, "events.none.do"), Href: "/feeds"}),
	}
	if v.Text != "" {
		p.Empty = ui.Empty(words.T(ctx, "events.nomatch"), words.T(ctx, "events.nomatch.text"), ui.Link{Text: words.T(ctx, "events.nomatch.do"), Href: "/events"})
	}
	for i, c := range cols {
		p.Columns = append(p.Columns, ui.Column{Title: titleOf(ctx, c.Name), Main: i == 0, Number: c.Kind == event.Int && !asset(c.Field), Wide: i > 6})
	}
	for _, row := range v.Page.Rows {
		r := ui.Row{Href: "/events/one?" + url.Values{"q": {identityOf(v.Page.Columns, row)}}.Encode(), Label: words.T(ctx, "events.one.title")}
		for n, i := range at {
			if n == 0 { // it is the row's own link
				r.Cells = append(r.Cells, plain(row.Cells[i]))
				continue
			}
			r.Cells = append(r.Cells, cell(ctx, v.question, cols[n], row.Cells[i]))
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

// titleOf names a column for people; a field without a name of its own goes by its field's.
func titleOf(ctx context.Context, field string) string {
	if key := "events.field." + field; words.Has(key) {
		return words.T(ctx, key)
	}
	return field
}

// plain shows a value that leads nowhere by itself.
func plain(v desk.Cell) templ.Component {
	if !v.Time.IsZero() {
		return ui.Moment(v.Time)
	}
	if v.Text == "" {
		return ui.Text("–")
	}
	return ui.Text(short(v.Text, 300))
}

// cell shows a value: what can be looked up leads to all that is known of it, everything else narrows the question.
func cell(ctx context.Context, q question, c desk.EventColumn, v desk.Cell) templ.Component {
	switch {
	case !v.Time.IsZero():
		return ui.Moment(v.Time)
	case v.Text == "":
		return ui.Text("")
	case asset(c.Field):
		return assetValue(lookedUp(c.Field, v.Text), c.Name, v.Text)
	case c.Field == event.FieldOrganisation && v.Raw != "":
		return ui.Org(v.Raw, v.Text)
	}
	return narrowing(q.add(term(c.Name, raw(v))).url(), said(ctx, c.Field, v.Text))
}

// said writes a value for people: a class in words.
func said(ctx context.Context, field, text string) string {
	if field == event.FieldType {
		return ui.Class(ctx, text)
	}
	return text
}

// choices are the columns that can be chosen, those shown first.
func choices(cols []string) []string {
	out := slices.Clone(cols)
	for _, f := range append(slices.Clone(desk.ListFields), event.FieldSeverity, "protocol.transport", "source.reverse_dns", "source.url", "destination.fqdn", "time.arrival") {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// breakable are the fields offered for a breakdown.
var breakable = []string{"class", "taxonomy", "identifier", "malware", "ip", "asn", "country", "network", "port", "org", "feed", "report", "severity", "transport", "hostname", "rule", "standing"}

func byOptions(q question) []ui.Option {
	list := breakable
	if !slices.Contains(list, q.By) {
		list = append(slices.Clone(list), q.By)
	}
	var out []ui.Option
	for _, n := range list {
		out = append(out, ui.Option{Value: n, Text: n, Chosen: n == q.By})
	}
	return out
}

// valueTerm writes that the breakdown's field has a value.
func valueTerm(b desk.Breakdown, v desk.Value) string {
	if v.Raw == "" && v.Text == "" {
		return "-has:" + b.Field
	}
	if v.Raw == "" {
		v.Raw = v.Text
	}
	if s, ok := query.Lookup(b.Field); ok && s.Sense == query.OrganisationName {
		return query.Term{Name: b.Field, Match: []query.Match{query.Text{Value: v.Raw}}}.String()
	}
	return term(b.Field, v.Raw)
}

// minus turns a term round.
func minus(t string) string {
	switch {
	case t == "":
		return ""
	case t[0] == '-':
		return t[1:]
	}
	return "-" + t
}

// owned tells whether the reader may forget a saved query.
func (v view) owned(s desk.Saved) bool { return s.Owner == v.Me }

func savedURL(s desk.Saved) string { return question{Text: s.Query, Cols: usual, By: "class"}.url() }

// exportURL gives all that the question means as a file.
func exportURL(q question, format string) string {
	v := q.values()
	v.Set("format", format)
	return "/events/export?" + v.Encode()
}
