package teams

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

func presets(ctx context.Context) []ui.Link {
	return []ui.Link{
		{Text: T(ctx, "teams.preset.waiting"), Href: path + "?waiting=1"},
		{Text: T(ctx, "teams.preset.stale"), Href: path + "?stale=1"},
	}
}

func listTable(ctx context.Context, v listed) ui.TableProps {
	t := ui.TableProps{
		ID: "teams", Caption: T(ctx, "teams.title"), Count: ui.Count{N: int64(len(v.Teams))}, Noun: "teams.count",
		Columns: []ui.Column{
			{Title: T(ctx, "teams.column.name"), Main: true},
			{Title: T(ctx, "teams.column.country")},
			{Title: T(ctx, "teams.column.networks")},
			{Title: T(ctx, "teams.column.waiting")},
			{Title: T(ctx, "teams.column.agreements")},
			{Title: T(ctx, "teams.column.confirmed")},
		},
		Empty: empty(ctx, v),
	}
	for _, l := range v.Teams {
		tone := ui.Tone("")
		if l.Claims+l.Proposals > 0 {
			tone = ui.Warn
		}
		confirmed := ui.Text(T(ctx, "teams.never"))
		if !l.Confirmed.IsZero() {
			confirmed = ui.Time(l.Confirmed)
		}
		t.Rows = append(t.Rows, ui.Row{Href: oneURL(l.Organisation), Tone: tone, Cells: []templ.Component{
			ui.Text(l.Name), ui.Text(string(l.Country)), ui.Number(int64(l.Networks)), ui.Number(int64(l.Claims + l.Proposals)), ui.Number(int64(l.Agreements)), confirmed,
		}})
	}
	return t
}

func facts(ctx context.Context, v oneView) []ui.Fact {
	t := v.Team
	text := func(key, value string) ui.Fact {
		f := ui.Fact{Label: T(ctx, "teams.fact."+key)}
		if value != "" {
			f.Value = ui.Text(value)
		}
		return f
	}
	confirmed := ui.Fact{Label: T(ctx, "teams.column.confirmed"), Value: ui.Text(T(ctx, "teams.never"))}
	if !t.Confirmed.IsZero() {
		confirmed.Value = ui.Time(t.Confirmed)
	}
	return []ui.Fact{
		text("country", string(v.Organisation.Country)), text("host", t.Host), text("serves", t.Serves), text("national", yesNo(ctx, t.National)),
		text("sectors", join(t.Sectors)), text("hours", strings.TrimSpace(t.Hours+" "+t.Zone)), text("languages", join(t.Languages)),
		{Label: T(ctx, "teams.fact.handling"), Value: ui.TLP(t.Handling)},
		text("memberships", join(t.Memberships)),
		text("website", t.Website), text("policy", t.Policy), text("direct", yesNo(ctx, t.Direct)), text("public", join(t.Public)),
		text("networks", networks(v)), text("source", T(ctx, "teams.source."+string(t.Source))), confirmed,
	}
}

// networks are those that a person approved.
func networks(v oneView) string {
	var out []string
	for _, n := range v.Networks {
		if n.Approved() {
			out = append(out, n.Value)
		}
	}
	return strings.Join(out, ", ")
}

func join[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}

func yesNo(ctx context.Context, b bool) string {
	if b {
		return T(ctx, "teams.yes")
	}
	return T(ctx, "teams.no")
}

func contactText(ctx context.Context, c constituency.Contact) string {
	parts := []string{c.Address, string(c.Purpose)}
	if c.KeyFingerprint != "" {
		word := "teams.key"
		if constituency.IsCertificate(c.Key) {
			word = "teams.certificate"
		}
		parts = append(parts, T(ctx, word, "print", c.KeyFingerprint))
	}
	return strings.Join(parts, ", ")
}

func proposalText(ctx context.Context, v oneView, p team.Proposal) string {
	old := ""
	for _, c := range v.Contacts {
		if c.ID == p.Contact {
			old = contactText(ctx, c)
		}
	}
	switch {
	case p.Body == nil:
		return T(ctx, "teams.proposal.remove", "old", old)
	case old == "":
		return T(ctx, "teams.proposal.add", "new", contactText(ctx, *p.Body))
	}
	return T(ctx, "teams.proposal.change", "old", old, "new", contactText(ctx, *p.Body))
}

func contactOptions(ctx context.Context, v oneView) []ui.Option {
	out := []ui.Option{{Value: "", Text: T(ctx, "teams.propose.another")}}
	for _, c := range v.Contacts {
		out = append(out, ui.Option{Value: c.ID, Text: T(ctx, "teams.propose.instead", "old", contactText(ctx, c)), Chosen: v.Form.Get("contact") == c.ID})
	}
	return out
}

func purposeOptions(chosen string) (out []ui.Option) {
	for _, p := range constituency.Purposes() {
		out = append(out, ui.Option{Value: string(p), Text: string(p), Chosen: string(p) == cmp.Or(chosen, string(constituency.Security))})
	}
	return out
}

func kindOptions(ctx context.Context, chosen string) (out []ui.Option) {
	for _, k := range team.Kinds() {
		out = append(out, ui.Option{Value: string(k), Text: T(ctx, "teams.kind."+string(k)), Chosen: string(k) == chosen})
	}
	return out
}

func labelOptions(chosen tlp.Label) (out []ui.Option) {
	for _, l := range tlp.Labels() {
		out = append(out, ui.Option{Value: l.Short(), Text: l.String(), Chosen: l == chosen})
	}
	return out
}

func agreementFacts(ctx context.Context, g team.Agreement) []ui.Fact {
	out := []ui.Fact{
		{Label: T(ctx, "teams.agreement.scope"), Value: ui.Text(strings.TrimSpace(g.Scope + " " + g.Version))},
		{Label: T(ctx, "teams.agreement.signed"), Value: ui.Time(g.Signed)},
		{Label: T(ctx, "teams.agreement.by"), Value: ui.Text(g.SignedUs + ", " + g.SignedThem)},
		{Label: T(ctx, "teams.agreement.out"), Value: ui.TLP(g.Out)},
		{Label: T(ctx, "teams.agreement.in"), Value: ui.TLP(g.In)},
	}
	until := ui.Text(T(ctx, "teams.noend"))
	if !g.Until.IsZero() {
		until = ui.Time(g.Until)
	}
	out = append(out, ui.Fact{Label: T(ctx, "teams.agreement.until"), Value: until})
	if len(g.Flows) > 0 {
		var flows []string
		for _, f := range g.Flows {
			flows = append(flows, T(ctx, "teams.flow."+string(f)))
		}
		out = append(out, ui.Fact{Label: T(ctx, "teams.agreement.flows"), Value: ui.Text(strings.Join(flows, ", "))})
	}
	if !g.Ended.IsZero() {
		out = append(out, ui.Fact{Label: T(ctx, "teams.agreement.ended"), Value: ui.Text(g.Reason)})
	}
	return out
}

func hidden(name, value string) url.Values { return url.Values{name: {value}} }

// empty teaches the next step.
func empty(ctx context.Context, v listed) templ.Component {
	if !v.MayImport {
		return ui.Empty(T(ctx, "teams.none"), T(ctx, "teams.none.text"), ui.Link{})
	}
	return ui.Empty(T(ctx, "teams.none"), T(ctx, "teams.none.text"), ui.Link{Text: T(ctx, "teams.import"), Href: importPath})
}

func plain(s constituency.Sector) string { return string(s) }

func membership(ctx context.Context) func(team.Membership) string {
	return func(m team.Membership) string { return T(ctx, "teams.membership."+string(m)) }
}

func part(ctx context.Context) func(team.Part) string {
	return func(p team.Part) string { return T(ctx, "teams.part."+string(p)) }
}

func flow(ctx context.Context) func(team.Flow) string {
	return func(f team.Flow) string { return T(ctx, "teams.flow."+string(f)) }
}

// chosenLabel is the label that was chosen on a form, or the one that stands there first.
func chosenLabel(f ui.Form, name string, first tlp.Label) tlp.Label {
	if l, err := tlp.Parse(f.Get(name)); err == nil {
		return l
	}
	return first
}
