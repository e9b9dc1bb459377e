// Package incidents holds the pages of incidents: the list, and one incident with its reports, investigations, members and notes.
package incidents

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/told"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Incidents *incident.Service
	People    func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
	// Contained is since when an incident does no more harm; nil: nobody keeps that.
	Contained func(ctx context.Context, actor identity.Actor, incident string) (time.Time, error)
	// Due are the rooms that know of something that is due in an incident: clocks.
	Due []func(ctx context.Context, actor identity.Actor, incident string) ([]Due, error)
	// Work is what people have to do in an incident; nil: nobody keeps that.
	Work func(ctx context.Context, actor identity.Actor, incident string) (Work, error)
}

// Work is what people have to do in an incident: how much, and the first of it.
type Work struct {
	Undone, Overdue int
	Link            string // path of the page of all
	Tasks           []Task
}

// Task is one thing to do.
type Task struct {
	Text, Link string // in the reader's language; path
	Who        string // account; empty: nobody yet
	Role       string // whose it is then, in the reader's language; empty: anybody's
	Doing      bool   // it was begun
	Due        time.Time
}

// Due is something that has to be done in an incident.
type Due struct {
	Text string // in the reader's language
	Link string // path of its page; empty: none
	At   time.Time
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const path = "/incidents"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("POST /incidents/-/do", p.bulk)
	s.Handle("GET /incidents/-/export", p.export)
	s.Handle("GET /incidents/-/new", p.fresh)
	s.Handle("POST "+path, p.open)
	s.Handle("GET /incidents/{id}", p.one)
	s.Handle("POST /incidents/{id}/move", p.move)
	s.Handle("POST /incidents/{id}/note", p.note)
	s.Handle("POST /incidents/{id}/note/{note}", p.renote)
	s.Handle("POST /incidents/{id}/edit", p.edit)
	s.Handle("POST /incidents/{id}/member", p.member)
	s.Handle("POST /incidents/{id}/unmember", p.unmember)
	s.Handle("POST /incidents/{id}/restrict", p.restrict)
	s.Handle("POST /incidents/{id}/unlink", p.unlink)
	s.Handle("GET /incidents/-/glass", p.askGlass)
	s.Handle("POST /incidents/-/glass", p.glass)
	s.Handle("GET /incidents/{id}/merge", p.askMerge)
	s.Handle("POST /incidents/{id}/merge", p.merge)
	s.Handle("POST /incidents/{id}/unmerge", p.unmerge)
	s.Handle("GET /incidents/{id}/split", p.askSplit)
	s.Handle("POST /incidents/{id}/split", p.split)
	s.Handle("POST /incidents/{id}/unsplit", p.unsplit)
	s.Handle("POST /incidents/{id}/relate", p.relate)
	s.Handle("POST /incidents/{id}/unrelate", p.unrelate)
	s.Handle("GET "+campaignsPath, p.campaigns)
	s.Handle("POST "+campaignsPath, p.openCampaign)
	s.Handle("GET /campaigns/{id}", p.campaign)
	s.Handle("POST /campaigns/{id}/edit", p.editCampaign)
	s.Handle("POST /campaigns/{id}/incidents", p.gather)
	s.Handle("GET /investigations/{id}", p.investigation)
	s.Handle("POST /investigations/{id}/write", p.write)
	s.Handle("POST /investigations/{id}/move", p.moveInvestigation)
}

func crumbs(r *shell.Request) []ui.Link {
	return []ui.Link{{Text: r.T("incidents.title"), Href: path}}
}

// fresh shows the form of a new incident.
func (p *page) fresh(w http.ResponseWriter, r *shell.Request) error {
	return p.again(w, r, ui.Form{}, 0)
}

func (p *page) again(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	return p.Page(w, r, shell.Page{Title: r.T("incidents.new"), Section: "incidents", Crumbs: crumbs(r), Body: freshPage(f), Status: status})
}

// open opens an incident of no report.
func (p *page) open(w http.ResponseWriter, r *shell.Request) error {
	label, err := tlp.Parse(r.PostFormValue("tlp"))
	if err != nil {
		label = tlp.Amber
	}
	pap, err := tlp.ParsePAP(cmp.Or(r.PostFormValue("pap"), tlp.PAPAmber.String()))
	if err != nil {
		return p.again(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "pap", Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	i, err := p.o.Incidents.OpenIncident(r.Context(), r.Actor, incident.Opening{
		Title: strings.TrimSpace(r.PostFormValue("title")), Summary: r.PostFormValue("summary"), Severity: triage.Severity(r.PostFormValue("severity")),
		Class: rsit.Class(r.PostFormValue("class")), TLP: label, PAP: &pap, Restricted: r.PostFormValue("restricted") == "1",
	})
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.again(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "title", Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(i.ID), r.T("incidents.opened", "ref", i.Ref))
}

// One is the page of an incident.
type One struct {
	incident.Incident
	People    map[string]string
	Campaigns []incident.Campaign
	Ending    incident.Ending
	Due       []Due
	Work      Work

	Contained  time.Time
	MayContain bool

	Form     ui.Form         // what could not be kept
	Clash    *incident.Clash // somebody else changed the same
	Note     string          // the note that both changed
	Told     string          // path of its page among the releases; "" for who may not see that
	Unsigned string          // account that cannot be a member: it has no agreement in force
}

// one answers with the page of an incident.
func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	return p.show(w, r, One{}, 0)
}

// show reads the incident and shows it, with what is to be said of what was tried.
func (p *page) show(w http.ResponseWriter, r *shell.Request, o One, status int) error {
	ctx, name := r.Context(), r.PathValue("id")
	i, err := p.o.Incidents.Incident(ctx, r.Actor, name)
	if err != nil {
		return err
	}
	if name != i.ID && name != i.Ref && status == 0 { // it was merged
		return p.Done(w, r, oneURL(i.ID), r.T("incidents.merged.led", "ref", i.Ref))
	}
	o.Incident, o.People = i, p.people(ctx)
	if err := p.around(r, &o); err != nil {
		return err
	}
	o.Told = told.Path(r, incident.IncidentItem, i.ID)
	return p.Page(w, r, shell.Page{Title: i.Ref + " " + i.Title, Section: "incidents", Crumbs: crumbs(r), Body: onePage(o), Status: status})
}

// around adds what the page shows beside the incident itself.
func (p *page) around(r *shell.Request, o *One) error {
	ctx := r.Context()
	if len(o.Moves) > 0 {
		ending, err := p.o.Incidents.Ending(ctx, r.Actor, o.ID)
		if err != nil {
			return err
		}
		o.Ending = ending
	}
	found, err := p.o.Incidents.Campaigns(ctx, r.Actor, core.Request{Limit: mostCampaigns})
	if err != nil {
		return err
	}
	o.Campaigns = found.Items
	if p.o.Contained != nil {
		o.MayContain = r.Actor.May(figure.OpContain)
		if o.Contained, err = p.o.Contained(ctx, r.Actor, o.ID); err != nil {
			return err
		}
	}
	return p.ahead(r, o)
}

// ahead adds what has to be done. What the reader may not read is left out.
func (p *page) ahead(r *shell.Request, o *One) (err error) {
	for _, ask := range p.o.Due {
		list, err := ask(r.Context(), r.Actor, o.ID)
		if err != nil && !problem.Is(err, problem.Forbidden) {
			return err
		}
		o.Due = append(o.Due, list...)
	}
	slices.SortStableFunc(o.Due, func(a, b Due) int { return a.At.Compare(b.At) })
	if p.o.Work == nil {
		return nil
	}
	if o.Work, err = p.o.Work(r.Context(), r.Actor, o.ID); problem.Is(err, problem.Forbidden) {
		return nil
	}
	return err
}

// mostCampaigns bounds how many campaigns a form offers: the latest changed.
const mostCampaigns = 200

// people are the names of accounts by id, as far as they are known.
func (p *page) people(ctx context.Context) map[string]string {
	if p.o.People == nil {
		return nil
	}
	people, err := p.o.People(ctx)
	if err != nil {
		return nil
	}
	return people
}

// kept goes on after a change; what was refused is shown again with what was typed.
func (p *page) kept(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.show(w, r, One{Form: refused(r, err), Clash: notes.Clash(err)}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(r.PathValue("id")), toast)
}

func refused(r *shell.Request, err error) ui.Form {
	return ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}}
}

// move makes a move. What is in force is lifted, and parts are left open, only where who asked said so.
func (p *page) move(w http.ResponseWriter, r *shell.Request) error {
	name := incident.MoveName(r.PostFormValue("action"))
	_, err := p.o.Incidents.MoveIncidentWith(r.Context(), r.Actor, r.PathValue("id"), name, strings.TrimSpace(r.PostFormValue("reason")), incident.Agreed{
		Lift: r.PostFormValue("lift") == "1", Parts: r.PostFormValue("parts") == "1",
	})
	var standing *incident.Standing
	if errors.As(err, &standing) {
		form := ui.Form{Values: r.PostForm}
		active, parts := standing.Over()
		if active {
			form.Wrong = append(form.Wrong, ui.Wrong{Text: r.T("incidents.ending.wrong", "n", len(standing.Active))})
		}
		if parts {
			form.Wrong = append(form.Wrong, ui.Wrong{Text: r.T("incidents.ending.parts.wrong", "n", len(standing.Parts))})
		}
		return p.show(w, r, One{Form: form}, http.StatusConflict)
	}
	return p.kept(w, r, err, say(r.Context(), "incidents.did.", string(name)))
}

func (p *page) note(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Incidents.AddNote(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("text"))
	return p.kept(w, r, err, r.T("incidents.noted"))
}

// renote changes a note. Did somebody else meanwhile, both texts are shown.
func (p *page) renote(w http.ResponseWriter, r *shell.Request) error {
	note := r.PathValue("note")
	_, err := p.o.Incidents.EditNote(r.Context(), r.Actor, note, notes.Version(r.PostForm), r.PostFormValue("text"))
	if c := notes.Clash(err); c != nil {
		return p.show(w, r, One{Clash: c, Note: note}, http.StatusConflict)
	}
	return p.kept(w, r, err, r.T("notes.edited"))
}

// days are for how long somebody can be called in.
var days = []string{"1", "7", "30", ""}

func (p *page) member(w http.ResponseWriter, r *shell.Request) error {
	m := incident.Member{Account: r.PostFormValue("account"), Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	if n, err := strconv.Atoi(r.PostFormValue("days")); err == nil && slices.Contains(days, strconv.Itoa(n)) {
		m.AdHoc, m.Until = true, ui.Of(r.Context()).Now.Add(time.Duration(n)*24*time.Hour)
	}
	err := p.o.Incidents.AddMember(r.Context(), r.Actor, r.PathValue("id"), m)
	if problem.Is(err, problem.Conflict) {
		return p.show(w, r, One{Form: refused(r, err), Unsigned: m.Account}, http.StatusUnprocessableEntity)
	}
	return p.kept(w, r, err, r.T("incidents.members.added"))
}

func (p *page) unmember(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.RemoveMember(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("account"), strings.TrimSpace(r.PostFormValue("reason")))
	return p.kept(w, r, err, r.T("incidents.members.removed"))
}

// restrict makes an incident restricted, or opens it to the team. Who restricts it is its first member.
func (p *page) restrict(w http.ResponseWriter, r *shell.Request) error {
	restricted := r.PostFormValue("restricted") == "1"
	var members []incident.Member
	if restricted {
		members = []incident.Member{{Account: r.Actor.ID}}
	}
	_, err := p.o.Incidents.Restrict(r.Context(), r.Actor, r.PathValue("id"), restricted, members, strings.TrimSpace(r.PostFormValue("reason")))
	return p.kept(w, r, err, r.T("incidents.edited"))
}

func (p *page) unlink(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.Unlink(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("report"), strings.TrimSpace(r.PostFormValue("reason")))
	return p.kept(w, r, err, r.T("incidents.unlinked"))
}

// askGlass asks for the number and the reason. It is the same page whether there is such an incident or not.
func (p *page) askGlass(w http.ResponseWriter, r *shell.Request) error {
	return p.Page(w, r, shell.Page{Title: r.T("incidents.glass"), Section: "incidents", Crumbs: crumbs(r), Body: glassPage(ui.Form{Values: r.URL.Query()})})
}

func (p *page) glass(w http.ResponseWriter, r *shell.Request) error {
	name := strings.TrimSpace(r.PostFormValue("name"))
	err := p.o.Incidents.BreakGlass(r.Context(), r.Actor, name, strings.TrimSpace(r.PostFormValue("reason")))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.NotFound) {
		f := ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "name", Text: err.Error()}}}
		return p.Page(w, r, shell.Page{Title: r.T("incidents.glass"), Section: "incidents", Crumbs: crumbs(r), Body: glassPage(f), Status: http.StatusUnprocessableEntity})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(name), r.T("incidents.glass.done"))
}

func oneURL(id string, rest ...string) string {
	return path + "/" + url.PathEscape(id) + strings.Join(rest, "")
}
