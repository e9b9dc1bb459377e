// Package releases holds the pages of what may be told: decisions, first those that wait for a second person; one with its steps; an item with who
// holds copies of it, and its schedule.
package releases

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Release *release.Service
	Names   func(ctx context.Context, actor identity.Actor) (map[string]string, error) // of organisations, by id
	// About names an item for who may know of it; the zero About for others. nil: nothing is named.
	About func(ctx context.Context, actor identity.Actor, kind, id string) (About, error)
	// Stands gives the decisions by which something shared stands in collections. nil: nothing is shared.
	Stands func(ctx context.Context, actor identity.Actor, item release.Item) ([]release.Decision, error)
	// Recipient finds whom a person names. nil: nobody is asked about.
	Recipient func(ctx context.Context, actor identity.Actor, name string) (release.Recipient, error)
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the pages are.
const path = "/releases"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("POST "+path+"/{id}", p.settle)
	s.Handle("GET "+path+"/items/{kind}/{id}", p.item)
	s.Handle("POST "+path+"/items/{kind}/{id}", p.do)
	s.Handle("GET "+path+"/stopped/{id}", p.stopped)
	s.Handle("POST "+path+"/stopped/{id}", p.settleStopped)
}

// List is the page of the list.
type List struct {
	Waiting []release.Decision // for a second person
	Stopped []release.StoppedCopy
	Items   []release.Decision
	Outcome release.Outcome
	Next    core.Cursor
	Names   map[string]string
}

// shownRows is how many decisions a page shows.
const shownRows = 50

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	l := List{Outcome: release.Outcome(v.Get("outcome"))}
	var before string
	if _, err := core.Cursor(v.Get("after")).Into(&before); err != nil {
		return err
	}
	var err error
	if l.Waiting, err = p.o.Release.Decisions(r.Context(), r.Actor, release.Filter{Outcome: release.Second, Limit: shownRows}); err != nil {
		return err
	}
	l.Items, err = p.o.Release.Decisions(r.Context(), r.Actor, release.Filter{Outcome: l.Outcome, Before: before, Limit: shownRows + 1})
	if err != nil {
		return err
	}
	if l.Stopped, err = p.stops(r); err != nil {
		return err
	}
	cut := core.Cut(l.Items, shownRows, func(d release.Decision) []any { return []any{d.ID} })
	l.Items, l.Next = cut.Items, cut.Next
	if l.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("releases.title"), Section: "releases", Body: listPage(l)})
}

// One is the page of a decision.
type One struct {
	release.Decision
	Names map[string]string
	About About
	May   bool // settle it
	Form  ui.Form
}

func (p *page) view(r *shell.Request) (o One, err error) {
	if o.Decision, err = p.o.Release.One(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return o, err
	}
	if o.About, err = p.about(r, o.Item.Kind, o.Item.ID); err != nil {
		return o, err
	}
	o.May = o.Outcome == release.Second && o.By != r.Actor.ID && r.Actor.May(release.OpSecond)
	o.Names, err = p.o.Names(r.Context(), r.Actor)
	return o, err
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	o, err := p.view(r)
	if err != nil {
		return err
	}
	return p.show(w, r, o, 0)
}

func (p *page) show(w http.ResponseWriter, r *shell.Request, o One, status int) error {
	crumbs := []ui.Link{{Text: r.T("releases.title"), Href: path}}
	return p.Page(w, r, shell.Page{Title: r.T("releases.one"), Section: "releases", Crumbs: crumbs, Body: onePage(o), Status: status})
}

// settle approves or refuses. Without a reason the form comes again.
func (p *page) settle(w http.ResponseWriter, r *shell.Request) error {
	id, reason, said := r.PathValue("id"), r.PostFormValue("reason"), "releases.refused"
	var err error
	switch r.PostFormValue("move") {
	case "approve":
		said = "releases.approved"
		_, err = p.o.Release.Approve(r.Context(), r.Actor, id, reason)
	case "refuse":
		_, err = p.o.Release.Refuse(r.Context(), r.Actor, id, reason)
	default:
		return problem.New(problem.Invalid, "choose whether it goes or not")
	}
	if problem.Is(err, problem.Invalid) {
		o, err := p.view(r)
		if err != nil {
			return err
		}
		o.Form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "reason", Text: r.T("releases.wrong.reason")}}}
		return p.show(w, r, o, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(r.PathValue("id")), r.T(said))
}

func oneURL(id string) string { return path + "/" + url.PathEscape(id) }

func itemURL(d release.Decision) string {
	return path + "/items/" + url.PathEscape(d.Item.Kind) + "/" + url.PathEscape(d.Item.ID)
}

// shownItem tells whether an item has a page here.
func shownItem(d release.Decision) bool {
	switch d.Item.Kind {
	case "report", "incident":
		return true
	case "findings", "object": // not those of an owner by a feed, or of a collection by a source
		return !strings.Contains(d.Item.ID, "/")
	}
	return false
}

// stops are the copies that wait for a second person, and those that the reader wrote.
func (p *page) stops(r *shell.Request) (list []release.StoppedCopy, err error) {
	all, err := p.o.Release.StoppedCopies(r.Context(), r.Actor)
	for _, c := range all {
		if c.State == release.StopAsked || c.FoundBy == r.Actor.ID {
			list = append(list, c)
		}
	}
	return list, err
}

// code makes a key of an outcome.
func code(o release.Outcome) string { return strings.ReplaceAll(string(o), " ", "-") }
