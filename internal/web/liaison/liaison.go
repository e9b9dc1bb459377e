// Package liaison holds the page of what an incident has to do with the police, other teams and the press.
package liaison

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the page asks.
type Options struct {
	Liaison *liaison.Service
	People  func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const tab = "liaison"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Liaison == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/liaison", p.one)
	s.Handle("POST /incidents/{id}/liaison", p.log)
	s.Handle("POST /incidents/{id}/liaison/{entry}", p.edit)
	s.Handle("POST /incidents/{id}/liaison/{entry}/remove", p.remove)
	s.Handle("POST /incidents/{id}/handovers", p.consider)
	s.Handle("POST /incidents/{id}/handovers/{handover}", p.change)
	s.Handle("POST /incidents/{id}/handovers/{handover}/move", p.move)
}

// view is the page.
type view struct {
	liaison.Book
	of        tabs.Of
	people    map[string]string
	form      ui.Form // what could not be kept
	which     string  // the form that was: "handover", a track, or the id of what was changed
	clash     *incident.Clash
	may, logs bool // change handovers; write in the logs
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, view{}, 0) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, v view, status int) error {
	b, err := p.o.Liaison.Book(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.Book, v.of, v.people = b, tabs.Inside(&b.Incident), notes.Options{People: p.o.People}.Names(r.Context())
	v.may, v.logs = r.Actor.May(liaison.OpHandover), r.Actor.May(liaison.OpLog)
	crumbs := []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.of.Ref, Href: tabs.Path(v.of.ID, "")}}
	return p.Page(w, r, shell.Page{Title: v.of.Ref + " " + r.T("tabs.liaison"), Section: "incidents", Crumbs: crumbs, Body: onePage(v), Status: status})
}

func entryDraft(r *shell.Request) liaison.EntryDraft {
	return liaison.EntryDraft{
		Track: liaison.Track(r.PostFormValue("track")), At: notes.When(r.Context(), r.PostFormValue("at")), Approver: r.PostFormValue("approver"),
		Said: liaison.Said{
			Who: r.PostFormValue("who"), Organisation: r.PostFormValue("organisation"), Asked: r.PostFormValue("asked"), Said: r.PostFormValue("said"),
		},
	}
}

func (p *page) log(w http.ResponseWriter, r *shell.Request) error {
	d := entryDraft(r)
	_, err := p.o.Liaison.Log(r.Context(), r.Actor, r.PathValue("id"), d)
	return p.done(w, r, err, string(d.Track))
}

func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("entry")
	_, err := p.o.Liaison.EditEntry(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), entryDraft(r))
	return p.done(w, r, err, which)
}

func (p *page) remove(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("entry")
	return p.done(w, r, p.o.Liaison.RemoveEntry(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), r.PostFormValue("reason")), which)
}

func facts(r *shell.Request) liaison.Facts {
	return liaison.Facts{
		Agency: r.PostFormValue("agency"), Contact: r.PostFormValue("contact"), Reference: r.PostFormValue("reference"), Basis: r.PostFormValue("basis"),
		What: r.PostFormValue("what"), Items: r.PostForm["item"], Order: order(r),
	}
}

// order reads what the form says of an order; nil if it says nothing.
func order(r *shell.Request) *liaison.Order {
	o := liaison.Order{Silent: r.PostFormValue("silent") == "1"}
	o.Reference, o.Authority = strings.TrimSpace(r.PostFormValue("order")), strings.TrimSpace(r.PostFormValue("authority"))
	day := strings.TrimSpace(r.PostFormValue("issued"))
	if o == (liaison.Order{}) && day == "" {
		return nil
	}
	o.Issued, _ = time.Parse(time.DateOnly, day) // none is the zero time: the room says what is missing
	return &o
}

func (p *page) consider(w http.ResponseWriter, r *shell.Request) error {
	f := facts(r)
	_, err := p.o.Liaison.Consider(r.Context(), r.Actor, r.PathValue("id"), f, r.PostFormValue("note"))
	return p.done(w, r, err, "handover")
}

func (p *page) change(w http.ResponseWriter, r *shell.Request) error {
	which, f := r.PathValue("handover"), facts(r)
	_, err := p.o.Liaison.Edit(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), f)
	return p.done(w, r, err, which)
}

func (p *page) move(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("handover")
	err := p.o.Liaison.Move(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), r.PostFormValue("move"), r.PostFormValue("note"))
	return p.done(w, r, err, "move-"+which)
}

// done goes on after a change; what was refused is shown again with what was typed.
func (p *page) done(w http.ResponseWriter, r *shell.Request, err error, which string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		v := view{form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}}, which: which, clash: notes.Clash(err)}
		if v.clash != nil {
			return p.show(w, r, v, http.StatusConflict)
		}
		return p.show(w, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, tabs.Path(r.PathValue("id"), tab), r.T("liaison.kept"))
}

func entryURL(v view, id, rest string) string {
	return tabs.Path(v.of.ID, tab) + "/" + url.PathEscape(id) + rest
}

func handoverURL(v view, id, rest string) string {
	return tabs.Path(v.of.ID, "handovers") + "/" + url.PathEscape(id) + rest
}
