// Package clocks holds the pages of what the law, and the team itself, want by when: the list of all that is due, and an incident's own clocks with what
// was decided, stated, submitted and passed on.
package clocks

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/overview"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Clocks *obligation.Service
	People func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
	// Incidents takes in the files that prove submissions; nil: none are taken in here.
	Incidents *incident.Service
	// Names are the organisations of the register, by id; nil: none are offered.
	Names func(ctx context.Context, actor identity.Actor) (map[string]string, error)
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const (
	path = "/clocks"
	tab  = "clocks"
	rows = 100 // of a page
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Clocks == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("POST "+path, p.together)
	s.Handle("GET /clocks/export", p.export)
	s.Handle("GET /clocks/summary", p.summary)
	s.Handle("GET /incidents/{id}/clocks", p.one)
	s.Handle("POST /incidents/{id}/clocks", p.decide)
	s.Handle("POST /incidents/{id}/clocks/anchor", p.state)
	s.Handle("POST /incidents/{id}/clocks/submit", p.submit, shell.Body(incident.MaxFile+formRoom))
	s.Handle("POST /incidents/{id}/clocks/withdraw", p.withdraw)
	s.Handle("POST /incidents/{id}/clocks/forward", p.forward)
}

// listing is the page of the list.
type listing struct {
	filter   obligation.Filter
	within   string
	reports  bool // what is due of reports, not of incidents
	late     int  // of the others, overdue
	counts   obligation.Counts
	items    []obligation.Due
	next     core.Cursor
	laws     []*obligation.Law
	quarters []string
	people   map[string]string
	decides  bool // whether duties apply
	gives    bool // incidents to somebody
}

// withins are how far ahead one can look, and what the filter calls it.
var withins = []string{"", "24h", "168h", "720h"}

// asked reads the filter of the URL. What is none of the choices is left out.
func asked(v url.Values) (f obligation.Filter, within string) {
	f = obligation.Filter{Law: v.Get("law"), Latest: v.Get("sort") == "-due", Request: core.Request{After: core.Cursor(v.Get("after")), Limit: rows}}
	if s := obligation.State(v.Get("state")); s == obligation.Overdue || s == obligation.Running {
		f.State = s
	}
	if by := obligation.Side(v.Get("by")); by == obligation.Team || by == obligation.Constituent {
		f.Side = by
	}
	if slices.Contains(withins, v.Get("within")) {
		within = v.Get("within")
		f.Within, _ = time.ParseDuration(within)
	}
	return f, within
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	l := listing{laws: p.o.Clocks.Laws(), people: notes.Options{People: p.o.People}.Names(r.Context()), decides: r.Actor.May(obligation.OpDecide)}
	l.gives = p.o.Incidents != nil && r.Actor.May(incident.OpIncidentAssign)
	l.filter, l.within = asked(r.URL.Query())
	l.reports = ofReports(r.URL.Query())
	found, err := p.found(r, l.reports, l.filter)
	if err != nil {
		return err
	}
	if err := p.count(r, &l); err != nil {
		return err
	}
	l.items, l.next = found.Items, found.Next
	now, zone := ui.Of(r.Context()).Now, p.o.Clocks.Zone()
	l.quarters = []string{obligation.Quarter(now, zone), obligation.Quarter(now.AddDate(0, -3, 0), zone)}
	return p.Page(w, r, shell.Page{Title: r.T("clocks.title"), Section: "clocks", Body: listPage(l)})
}

// aboutReports is what the URL says of the levels of reports.
const aboutReports = "reports"

func ofReports(v url.Values) bool { return v.Get("about") == aboutReports }

// found is what is due of incidents, or of reports.
func (p *page) found(r *shell.Request, reports bool, f obligation.Filter) (core.Page[obligation.Due], error) {
	if reports {
		return p.o.Clocks.ListReports(r.Context(), r.Actor, f)
	}
	return p.o.Clocks.List(r.Context(), r.Actor, f)
}

// count counts what is due of what the page is about, and what is overdue of the rest.
func (p *page) count(r *shell.Request, l *listing) error {
	incidents, err := p.o.Clocks.Count(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	reports, err := p.o.Clocks.CountReports(r.Context(), r.Actor)
	l.counts, l.late = incidents, reports.Overdue
	if l.reports {
		l.counts, l.late = reports, incidents.Overdue
	}
	return err
}

// one answers with the page of an incident's clocks.
func (p *page) one(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, view{}, 0) }

// view is the page of an incident's clocks.
type view struct {
	obligation.View
	of     tabs.Of
	laws   []*obligation.Law
	people map[string]string
	form   ui.Form  // what could not be kept
	may    bool     // change
	takes  bool     // take a file in
	orgs   []string // names of organisations that may be meant
}

func (p *page) show(w http.ResponseWriter, r *shell.Request, v view, status int) error {
	var err error
	if v.View, err = p.o.Clocks.View(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	v.of, v.laws, v.may = tabs.Inside(v.Inside), p.o.Clocks.Laws(), r.Actor.May(obligation.OpDecide)
	v.people = notes.Options{People: p.o.People}.Names(r.Context())
	v.takes = p.o.Incidents != nil && r.Actor.May(incident.OpEvidenceAdd)
	if v.orgs, err = p.offered(r, v.may); err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.of.Ref, Href: tabs.Path(v.of.ID, "")}}
	return p.Page(w, r, shell.Page{Title: v.of.Ref + " " + r.T("tabs.clocks"), Section: "incidents", Crumbs: crumbs, Body: onePage(v), Status: status})
}

// kept goes on after a change; what was refused is shown again with what was typed.
func (p *page) kept(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) || problem.Is(err, problem.Unavailable) {
		return p.show(w, r, view{form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, tabs.Path(r.PathValue("id"), tab), toast)
}

func (p *page) decide(w http.ResponseWriter, r *shell.Request) error {
	f := r.PostForm
	org, err := p.organisation(r, f.Get("who"))
	if err != nil {
		return err
	}
	_, err = p.o.Clocks.Decide(r.Context(), r.Actor, r.PathValue("id"), obligation.Decision{
		Obligation: f.Get("obligation"), Version: notes.Version(f), Duty: f.Get("duty"), Organisation: org, Who: f.Get("who"), Applies: f.Get("applies") == "1", Facts: f["fact"],
		Kind: obligation.Kind(f.Get("kind")), Entity: obligation.Entity(f.Get("entity")), Crossing: obligation.Answer(f.Get("crossing")),
		Crime: obligation.Answer(f.Get("crime")), Reason: f.Get("reason"),
	})
	return p.kept(w, r, err, r.T("clocks.decided"))
}

func (p *page) state(w http.ResponseWriter, r *shell.Request) error {
	s := obligation.Statement{Obligation: r.PostFormValue("obligation"), Anchor: obligation.Anchor(r.PostFormValue("anchor")), At: notes.When(r.Context(), r.PostFormValue("at"))}
	if s.At.IsZero() && strings.TrimSpace(r.PostFormValue("at")) != "" {
		return p.kept(w, r, problem.New(problem.Invalid, "%s", r.T("clocks.wrong.time")), "")
	}
	return p.kept(w, r, p.o.Clocks.State(r.Context(), r.Actor, r.PathValue("id"), s, r.PostFormValue("reason")), r.T("clocks.stated"))
}

func (p *page) withdraw(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Clocks.Withdraw(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("submission"), r.PostFormValue("reason"))
	return p.kept(w, r, err, r.T("clocks.withdrawn"))
}

func (p *page) forward(w http.ResponseWriter, r *shell.Request) error {
	f := r.PostForm
	d := obligation.Passing{Obligation: f.Get("obligation"), Target: obligation.Target(f.Get("target")), Note: f.Get("note"), Subject: f.Get("subject"), Text: strings.TrimSpace(f.Get("text"))}
	d.Party.Name, d.Party.Email = strings.TrimSpace(f.Get("name")), strings.TrimSpace(f.Get("email"))
	_, err := p.o.Clocks.Forward(r.Context(), r.Actor, r.PathValue("id"), d)
	return p.kept(w, r, err, r.T("clocks.forwarded"))
}

// Waiting is the panel of the first page about what is due: what is overdue, what falls due within a day, and when the next does.
func Waiting(o Options) overview.Slot {
	return func(ctx context.Context, actor identity.Actor) (*overview.Panel, error) {
		if o.Clocks == nil || !actor.May(obligation.OpRead) {
			return nil, nil
		}
		c, err := o.Clocks.Count(ctx, actor)
		if err != nil {
			return nil, err
		}
		reports, err := o.Clocks.CountReports(ctx, actor)
		if err != nil || c.Overdue+c.Running+reports.Overdue+reports.Running == 0 {
			return nil, err
		}
		panel := &overview.Panel{Title: T(ctx, "clocks.title")}
		for _, f := range []struct {
			n         int
			key, href string
		}{
			{c.Overdue, "overdue", "?state=overdue"},
			{reports.Overdue, "reports.overdue", "?about=reports&state=overdue"},
			{c.Soon, "soon", "?state=running&within=24h"},
			{c.Running, "running", "?state=running"},
			{reports.Running, "reports.running", "?about=reports&state=running"},
		} {
			if f.n > 0 {
				panel.Figures = append(panel.Figures, overview.Figure{N: int64(f.n), Label: T(ctx, "clocks.figure."+f.key, "n", f.n), Href: path + f.href, Bad: strings.HasSuffix(f.key, "overdue")})
			}
		}
		return panel, nil
	}
}
