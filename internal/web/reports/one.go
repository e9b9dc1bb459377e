package reports

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/told"
	"github.com/firehall/firehall/internal/web/ui"
)

// One is the page of a report.
type One struct {
	incident.Report
	Pieces     []piece // of the text
	Names      map[string]string
	People     map[string]string
	OnCall     OnCall
	Definition string
	Note       ui.Form         // a note that could not be kept
	Testing    ui.Form         // a significance test that could not be kept
	Editing    ui.Form         // a change that could not be kept
	Refused    ui.Form         // what else was refused
	Clash      *incident.Clash // somebody else changed the same: the note NoteID, or else the test
	NoteID     string
	Levels     []obligation.Stage
	Told       string // path of its page among the releases; "" for who may not see that
}

// piece is a piece of a text: plain, or an indicator.
type piece struct {
	text, value string
	listed      []string
}

// mostShownText is how much of a text is shown with its indicators marked.
const mostShownText = 256 << 10

// pieces parts a text at its indicators. Those of a quarantined report lead nowhere.
func pieces(text string, quarantined bool) (out []piece) {
	if quarantined {
		return []piece{{text: text}}
	}
	found := indicator.Extract(text, indicator.Limits{Bytes: mostShownText, Places: 2000})
	at := 0
	for _, place := range found.Places {
		if place.From > at {
			out = append(out, piece{text: text[at:place.From]})
		}
		in := found.List[place.Of]
		out = append(out, piece{text[place.From:place.To], in.Value, in.Listed})
		at = place.To
	}
	return append(out, piece{text: text[at:]})
}

// one answers with the page of a report.
func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	return p.show(w, r, func(*One) int { return http.StatusOK })
}

// show reads the report and shows it, after change had a look.
func (p *page) show(w http.ResponseWriter, r *shell.Request, change func(*One) int) error {
	rep, err := p.o.Incidents.Report(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("reports.title"), Href: path}}
	if rep.Passed {
		return p.Page(w, r, shell.Page{Title: rep.Ref, Section: "reports", Crumbs: crumbs, Body: passedPage(rep)})
	}
	o := One{Report: rep, Pieces: pieces(rep.Text, rep.Quarantined), Names: p.names(r), People: p.people(r.Context()), OnCall: p.o.OnCall, Told: told.Path(r, incident.ReportItem, rep.ID)}
	if o.Levels, err = p.levels(r, rep.ID); err != nil {
		return err
	}
	if d, err := p.o.Incidents.Definition(r.Context(), r.Actor); err == nil {
		o.Definition = d.Text
	}
	status := change(&o)
	return p.Page(w, r, shell.Page{Title: rep.Ref + " " + rep.Subject, Section: "reports", Crumbs: crumbs, Body: onePage(o), Status: status})
}

// note writes a note to a report. One that cannot be kept is shown again: nothing typed is lost.
func (p *page) note(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	_, err := p.o.Incidents.AddNote(r.Context(), r.Actor, id, r.PostFormValue("text"))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.show(w, r, func(o *One) int {
			o.Note = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "text", Text: err.Error()}}}
			return http.StatusUnprocessableEntity
		})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(id, "#notes"), r.T("reports.noted"))
}

// edit changes class, severity and label.
func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	class, severity := rsit.Class(r.PostFormValue("class")), triage.Severity(r.PostFormValue("severity"))
	e := incident.Edit{Class: &class, Severity: &severity}
	if text := r.PostFormValue("tlp"); text != "" {
		label, err := tlp.Parse(text)
		if err != nil {
			return err
		}
		e.TLP = &label
	}
	_, err := p.o.Incidents.Edit(r.Context(), r.Actor, id, version, e)
	if problem.Is(err, problem.Conflict) || problem.Is(err, problem.Invalid) {
		return p.show(w, r, func(o *One) int {
			o.Editing = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}
			return http.StatusConflict
		})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(id), r.T("reports.edited"))
}

// glass breaks the glass: with a reason, for a time, and the managers are told.
func (p *page) glass(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	if err := p.o.Incidents.BreakGlass(r.Context(), r.Actor, id, strings.TrimSpace(r.PostFormValue("reason"))); err != nil {
		return err
	}
	return p.Done(w, r, oneURL(id), r.T("reports.glass.done"))
}

// grounds are the questions of the significance test.
var grounds = []string{"economy", "infrastructure", "government", "security", "cross_border"}

// ground is the answer of a test by its name.
func ground(s *incident.Significance, name string) *incident.Ground {
	return map[string]*incident.Ground{
		"economy": &s.Economy, "infrastructure": &s.Infrastructure, "government": &s.Government, "security": &s.Security, "cross_border": &s.CrossBorder,
	}[name]
}

// significance records the test. What cannot be kept is shown again.
func (p *page) significance(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	var g incident.Significance
	for _, name := range grounds {
		*ground(&g, name) = incident.Ground{Yes: r.PostFormValue(name) == "1", Reason: strings.TrimSpace(r.PostFormValue("why_" + name))}
	}
	_, err := p.o.Incidents.SetSignificance(r.Context(), r.Actor, id, version, g)
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.show(w, r, func(o *One) int {
			o.Testing, o.Clash = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}, notes.Clash(err)
			return http.StatusUnprocessableEntity
		})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(id, "#significance"), r.T("reports.tested"))
}

// timeline puts messages, notes and referrals into one, the newest first.
func timeline(r One, of func(key string, args ...any) string) []ui.Entry {
	out := []ui.Entry{{At: r.Received, What: of("reports.did.received"), Icon: "inbox", Tone: ui.Info}}
	for _, m := range r.Messages {
		e := ui.Entry{At: m.At, Who: ui.Who(r.People, m.By), What: of("reports.did.wrote"), Icon: "mail", Tone: ui.Info, Body: messageBody(m, r.Quarantined)}
		if m.Direction == incident.Out {
			e.What, e.Icon, e.Tone = of("reports.did.sent"), "send", ui.Good
		}
		out = append(out, e)
	}
	for _, n := range r.Notes {
		out = append(out, ui.Entry{At: n.Created, Who: ui.Who(r.People, n.By), What: of("reports.did.noted"), Icon: "notes", Tone: ui.Quiet, Body: notes.Body(oneURL(r.ID, "/note"), n)})
	}
	for _, f := range r.Referrals {
		out = append(out, ui.Entry{At: f.At, Who: ui.Who(r.People, f.By), What: of("reports.did.passed", "to", f.To.Name), Icon: "mail-forward", Tone: ui.Warn, Body: ui.Text(f.Reason)})
	}
	slices.SortStableFunc(out, func(a, b ui.Entry) int { return b.At.Compare(a.At) })
	return out
}

// file gives out a file from the vault: as a download, whatever it is; that it was read is on record before.
func (p *page) file(w http.ResponseWriter, r *shell.Request) error {
	item, body, err := p.o.Incidents.Evidence(r.Context(), r.Actor, r.PathValue("item"), "")
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if item.Parent != r.PathValue("id") {
		return problem.New(problem.NotFound, "this report has no such file")
	}
	return download(w, item, body)
}

// custody shows who had a file.
func (p *page) custody(w http.ResponseWriter, r *shell.Request) error {
	rep, err := p.o.Incidents.Report(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rep.Files, func(i evidence.Item) bool { return i.ID == r.PathValue("item") })
	if at < 0 {
		return problem.New(problem.NotFound, "this report has no such file")
	}
	chain, err := p.o.Incidents.Custody(r.Context(), r.Actor, rep.Files[at].ID)
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("reports.title"), Href: path}, {Text: rep.Ref, Href: oneURL(rep.ID)}}
	return p.Page(w, r, shell.Page{Title: r.T("reports.custody"), Section: "reports", Crumbs: crumbs, Body: custodyPage(rep.Files[at], chain, p.people(r.Context()))})
}
