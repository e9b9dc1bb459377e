package lookup

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// columns are those of the events shown here.
var columns = []string{event.FieldTime, event.FieldType, event.FieldIdentifier, event.FieldMalware, event.FieldSourceIP, event.FieldSourcePort, event.FieldDestIP, event.FieldFeed}

// examples are what a reader may try.
var examples = []string{"192.0.2.10", "198.51.100.0/24", "AS64500", "www.example.org", "hxxps://example[.]org/login", "abuse@example.org"}

func findings(q string) string { return "/findings?" + url.Values{"q": {q}}.Encode() }

func events(q string) string { return "/events?" + url.Values{"q": {q}}.Encode() }

// Events is where the events of a query are counted and listed, as a part of a page.
const Events = "/lookup/events"

func eventsPart(q string) string { return Events + "?" + url.Values{"q": {q}}.Encode() }

// facts are what is known of it in short.
func facts(ctx context.Context, v view) []ui.Fact {
	out := []ui.Fact{{Label: words.T(ctx, "lookup.fact.subject"), Value: ui.Text(words.T(ctx, "lookup.subject."+string(v.Subject)))}}
	who := v.Who
	if who == nil {
		return out
	}
	owner := ui.Text(words.T(ctx, "lookup.nobody"))
	if who.Organisation != "" {
		owner = ui.Org(who.OrganisationID, who.Organisation)
	}
	out = append(out, ui.Fact{Label: words.T(ctx, "lookup.fact.owner"), Value: owner})
	if who.Network != "" {
		out = append(out, ui.Fact{Label: words.T(ctx, "lookup.fact.network"), Value: network(string(who.Rule), who.Network)})
	}
	if who.ASN != 0 {
		out = append(out, ui.Fact{Label: words.T(ctx, "lookup.fact.asn"), Value: ui.Asset("AS" + strconv.FormatUint(uint64(who.ASN), 10))})
	}
	if who.Country != "" {
		out = append(out, ui.Fact{Label: words.T(ctx, "lookup.fact.country"), Value: ui.Text(who.Country)})
	}
	return out
}

// registryFacts are what a registry said, and when.
func registryFacts(ctx context.Context, a *desk.Registered) []ui.Fact {
	out := []ui.Fact{}
	for _, f := range []struct{ key, text string }{{"name", a.Answer.Name}, {"handle", a.Answer.Handle}, {"country", a.Answer.Country}, {"source", a.Answer.Source}} {
		if f.text != "" {
			out = append(out, ui.Fact{Label: words.T(ctx, "lookup.registry.fact."+f.key), Value: ui.Text(short(f.text, 200))})
		}
	}
	for _, c := range a.Answer.Contacts {
		out = append(out, ui.Fact{Label: words.T(ctx, "lookup.registry.fact.abuse"), Value: ui.Text(short(strings.TrimSpace(c.Name+" "+c.Mail+" "+c.Phone), 300))})
	}
	if !a.Answer.Asked.IsZero() { // what was kept by an older version has no time
		out = append(out, ui.Fact{Label: words.T(ctx, "lookup.registry.fact.asked"), Value: ui.Time(a.Answer.Asked)})
	}
	return out
}

// decided is how many steps of a chain led to the one who is told; all of them, if nobody is.
func decided(steps []constituency.Step) int {
	for i, s := range steps {
		if s.Result == constituency.ResultTold {
			return i + 1
		}
	}
	return len(steps)
}

// chain is the chain of why.
func chain(ctx context.Context, steps []constituency.Step) []ui.Step {
	out := make([]ui.Step, len(steps))
	for i, s := range steps {
		title := words.T(ctx, "lookup.step."+key(s.Step)) + ": " + words.T(ctx, "lookup.result."+key(s.Result))
		text := s.Reason
		if s.Tried != "" {
			text = s.Tried + ". " + s.Reason
		}
		out[i] = ui.Step{Title: title, Text: text, Tone: resultTone(s.Result)}
	}
	return out
}

// key makes a key of words of what has blanks.
func key(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c == ' ' {
			out[i] = '-'
		}
	}
	return string(out)
}

func resultTone(result string) ui.Tone {
	switch result {
	case constituency.ResultOwner, constituency.ResultTold:
		return ui.Good
	case constituency.ResultPassed, constituency.ResultHeld:
		return ui.Warn
	}
	return ui.Quiet
}

// fewFindings is how many findings are shown here; their own page has them all.
const fewFindings = 10

// allFindings leads to the others, and says how many there are where that is known.
func allFindings(ctx context.Context, v view) string {
	if v.MoreFindings {
		return words.T(ctx, "lookup.findings.all")
	}
	return words.T(ctx, "lookup.findings.every", "n", len(v.Findings))
}

func findingRows(ctx context.Context, v view) []ui.Row {
	list := v.Findings[:min(len(v.Findings), fewFindings)]
	rows := make([]ui.Row, len(list))
	for i, f := range list {
		rows[i] = ui.Row{
			Href: "/findings/" + f.ID, Label: f.What(), Tone: severityTone(f.Severity),
			Cells: []templ.Component{ui.Text(ui.Condition(ctx, f.Class, f.Identifier, f.Malware)), spaced(f.What()), ui.Severity(f.Severity), ui.FindingState(f.State), ui.Org(f.OrganisationID, f.Organisation), ui.Time(f.First), ui.Time(f.Last), ui.Number(f.Count)},
		}
	}
	return rows
}

func severityTone(s string) ui.Tone {
	switch s {
	case "critical":
		return ui.Strong
	case "high":
		return ui.Bad
	}
	return ui.Quiet
}

func neighbourRows(v view) []ui.Row {
	rows := make([]ui.Row, len(v.Neighbours))
	for i, n := range v.Neighbours {
		rows[i] = ui.Row{
			Href: page(n.Address), Label: n.Address,
			Cells: []templ.Component{ui.Code(n.Address), ui.Number(int64(n.Findings)), ui.Severity(n.Severity), ui.Text(n.What), ui.Time(n.Last)},
		}
	}
	return rows
}

func eventRows(ctx context.Context, p desk.EventPage) []ui.Row {
	rows := make([]ui.Row, len(p.Rows))
	for i, e := range p.Rows {
		for n, c := range e.Cells {
			var shown templ.Component
			switch {
			case !c.Time.IsZero():
				shown = ui.Moment(c.Time)
			case c.Text == "":
				shown = ui.Text("")
			case p.Columns[n].Kind == event.IP:
				shown = spaced(c.Text)
			case p.Columns[n].Field == event.FieldType:
				shown = ui.Text(ui.Class(ctx, c.Text))
			default:
				shown = ui.Text(short(c.Text, 120))
			}
			rows[i].Cells = append(rows[i].Cells, shown)
		}
	}
	return rows
}

func eventColumns(ctx context.Context, p desk.EventPage) []ui.Column {
	out := make([]ui.Column, len(p.Columns))
	for i, c := range p.Columns {
		title := c.Name
		if k := "events.field." + c.Name; words.Has(k) {
			title = words.T(ctx, k)
		}
		out[i] = ui.Column{Title: title, Main: i == 0}
	}
	return out
}

func chartOf(ctx context.Context, h desk.Histogram) ui.ChartData {
	d := ui.ChartData{Title: words.T(ctx, "lookup.events.chart"), Unit: words.T(ctx, "lookup.events.unit"), Times: true, Series: []ui.Series{{Name: words.T(ctx, "lookup.events.unit")}}}
	for _, b := range h.Bars {
		d.Labels = append(d.Labels, b.From.UTC().Format(time.RFC3339))
		d.Series[0].Values = append(d.Series[0].Values, float64(b.Events))
	}
	return d
}

// short cuts a text for people, at most so many characters.
func short(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// heading names what was asked.
func heading(ctx context.Context, v view) string {
	if v.Asked == "" || v.Fault != "" {
		return words.T(ctx, "lookup.title")
	}
	return short(v.Asked, 200)
}

// toldBesides says in which way a contact is told.
func toldBesides(ctx context.Context, c constituency.Told) string {
	out := words.T(ctx, "lookup.told.as", "channel", string(c.Channel), "purpose", string(c.Purpose))
	if c.Language != "" {
		out += ", " + words.T(ctx, "lookup.told.language", "language", c.Language)
	}
	if c.Key != "" {
		out += ", " + words.T(ctx, "lookup.told.key")
	}
	return out
}
