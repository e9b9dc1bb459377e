package lookup

import (
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// work is the work that touches something, as far as the reader sees it.
type work struct {
	observable.Found
	Reports []incident.Row
	Further bool // reports beyond those
	Query   string
	Files   []incident.Ref // reports and incidents that keep a file with the hash
	// Measures are the blocks and take-downs that touch it.
	Measures []countermeasure.Countermeasure
}

// fewReports is how many reports are shown here.
const fewReports = 10

// work finds the incidents in which something was seen, and the reports that name it. What is no value has none.
func (p *pages) work(r *shell.Request, text string) (w work, err error) {
	if p.Observables == nil {
		return w, nil
	}
	w.Found, err = p.Observables.Search(r.Context(), r.Actor, "", text)
	if kind := problem.KindOf(err); err != nil && (kind == problem.Invalid || kind == problem.Forbidden) {
		return work{}, nil
	}
	if err == nil && p.Measures != nil && r.Actor.May(countermeasure.OpRead) {
		w.Measures, err = p.Measures.Touching(r.Context(), r.Actor, text)
	}
	if err != nil || p.Incidents == nil {
		return w, err
	}
	if w.Files, err = p.files(r, w.Value); err != nil {
		return w, err
	}
	w.Query = incident.Naming(w.Value)
	found, err := p.Incidents.ReportsNaming(r.Context(), r.Actor, w.Value, fewReports)
	if kind := problem.KindOf(err); err != nil && (kind == problem.Invalid || kind == problem.Forbidden) {
		return w, nil
	}
	w.Reports, w.Further = found.Items, found.Next != ""
	return w, err
}

// files finds where a file with a hash is kept: an MD5, SHA-1 or SHA-256.
func (p *pages) files(r *shell.Request, hash string) ([]incident.Ref, error) {
	if !isHash(strings.ToLower(hash)) || !r.Actor.May(incident.OpEvidenceRead) {
		return nil, nil
	}
	return p.Incidents.EvidenceWith(r.Context(), r.Actor, hash)
}

// filesPage is where the files of a report or an incident are.
func filesPage(of incident.Ref) string {
	if strings.HasPrefix(of.Ref, "R-") {
		return "/reports/" + url.PathEscape(of.ID)
	}
	return tabs.Path(of.ID, "evidence")
}

func matchRows(ctx context.Context, list []observable.Match) (rows []ui.Row) {
	for _, m := range list {
		rows = append(rows, ui.Row{
			Href: tabs.Path(m.Incident, "observables") + "/" + url.PathEscape(m.Observable), Label: m.Ref,
			Cells: []templ.Component{ui.Text(m.Ref + " " + m.Title), ui.State(tabs.Word(ctx, m.Stage), tabs.Tone(m.Stage)), ui.Code(short(m.Value, 200)), ui.Text(whyWord(ctx, m.Why)), ui.TLP(m.TLP), ui.Time(m.Added)},
		})
	}
	return rows
}

func measureRows(ctx context.Context, list []countermeasure.Countermeasure) (rows []ui.Row) {
	for _, c := range list {
		tone := ui.Quiet
		if c.Standing() {
			tone = ui.Info
		}
		rows = append(rows, ui.Row{
			Href: countermeasure.Link(c.ID), Label: c.Ref,
			Cells: []templ.Component{
				ui.Text(c.Ref + " " + words.T(ctx, "countermeasures.kind."+string(c.Kind))), ui.State(words.T(ctx, "countermeasures.state."+string(c.State)), tone),
				ui.Code(short(countermeasure.Defang(c.Asset.Value), 200)), ui.Text(c.IncidentRef), ui.Time(c.Changed),
			},
		})
	}
	return rows
}

// incident is that for which a registry is likely asked: the one that was named, or the only one in which it was seen.
func (v view) incident() string {
	if v.Incident == "" && len(v.Work.Matches) == 1 {
		return v.Work.Matches[0].Ref
	}
	return short(v.Incident, 40)
}

func whyWord(ctx context.Context, w observable.Why) string {
	if key := "observables.why." + string(w); words.Has(key) {
		return words.T(ctx, key)
	}
	return string(w)
}

func reportsPage(q string) string { return "/reports?" + url.Values{"q": {q}}.Encode() }
