// Package indicators holds the pages about indicators: a list of them, and one page for each, which says in words how much it still means and why, who
// saw it, what has its values too, and where people of the team say that they saw it, or that it is wrong.
package indicators

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing"
	room "github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Indicators *room.Service
	Sharing    *sharing.Service
	Names      func(ctx context.Context, actor identity.Actor) (map[string]string, error) // of organisations, by id
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the pages are.
const path = "/indicators"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Indicators == nil {
		return
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("POST "+path, p.add)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("POST "+path+"/{id}/sightings", p.sight)
	s.Handle("POST "+path+"/{id}/sightings/{sighting}/withdraw", p.withdraw)
	s.Handle("POST "+path+"/{id}/retract", p.retract)
}

// names are those of organisations, by id.
type names map[string]string

// Listed is the page of a list.
type Listed struct {
	room.Found
	Filter      room.Filter
	Sources     []string // organisations that gave indicators
	Collections []sharing.Collection
	Names       names
	Add         bool
	Form        ui.Form
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	return p.show(w, r, ui.Form{})
}

func (p *page) show(w http.ResponseWriter, r *shell.Request, form ui.Form) (err error) {
	q := r.URL.Query()
	v := Listed{Add: r.Actor.May(room.OpAdd), Form: form, Filter: room.Filter{
		State: room.State(q.Get("state")), Kind: q.Get("kind"), Source: q.Get("source"), Value: strings.TrimSpace(q.Get("q")), Collection: q.Get("collection"),
		Seen: q.Get("seen") != "", Page: core.Request{After: core.Cursor(q.Get("after")), Limit: 50},
	}}
	if v.Found, err = p.o.Indicators.List(r.Context(), r.Actor, v.Filter); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Sources, err = p.o.Indicators.Sources(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Add {
		if v.Collections, err = p.o.Sharing.List(r.Context(), r.Actor); err != nil {
			return err
		}
	}
	status := 0
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.Page(w, r, shell.Page{Title: r.T("indicators.title"), Section: "indicators", Body: listPage(v), Status: status})
}

// add puts an indicator of the team's own into a collection.
func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	d := room.Draft{Collection: r.PostFormValue("collection"), Kind: r.PostFormValue("kind"), Value: r.PostFormValue("value"), Name: r.PostFormValue("name")}
	var err error
	if d.Label, err = tlp.Parse(r.PostFormValue("label")); err != nil {
		return err
	}
	if d.PAP, err = tlp.ParsePAP(r.PostFormValue("pap")); err != nil {
		return err
	}
	if text := strings.TrimSpace(r.PostFormValue("confidence")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1 // which is refused with the reason
		}
		d.Confidence = &n
	}
	id, err := p.o.Indicators.Add(r.Context(), r.Actor, d)
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) || problem.Is(err, problem.NotFound) {
		return p.show(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "value", Text: err.Error()}}})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, link(id), r.T("indicators.added"))
}

func link(id string) string { return path + "/" + url.PathEscape(id) }

// One is the page of one indicator.
type One struct {
	room.Whole
	Names names
	Sight bool
	Take  bool // it back
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	whole, err := p.o.Indicators.Look(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := One{Whole: whole, Sight: r.Actor.May(room.OpSight), Take: r.Actor.May(room.OpAdd) && whole.Source == "" && !whole.Revoked}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("indicators.title"), Href: path}}
	return p.Page(w, r, shell.Page{Title: titleOf(whole.Indicator), Section: "indicators", Body: onePage(v), Crumbs: crumbs})
}

// titleOf is what an indicator is called.
func titleOf(i room.Indicator) string {
	for _, s := range []string{i.Value, i.Name} {
		if s != "" && len(s) <= 200 {
			return s
		}
	}
	return i.ID
}

func (p *page) sight(w http.ResponseWriter, r *shell.Request) error {
	says := room.Saying{Says: room.Says(r.PostFormValue("says")), Note: strings.TrimSpace(r.PostFormValue("note"))}
	if err := p.o.Indicators.Sight(r.Context(), r.Actor, r.PathValue("id"), says); err != nil {
		return err
	}
	return p.Done(w, r, link(r.PathValue("id")), r.T("indicators.said"))
}

func (p *page) withdraw(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Indicators.Withdraw(r.Context(), r.Actor, r.PathValue("sighting")); err != nil {
		return err
	}
	return p.Done(w, r, link(r.PathValue("id")), r.T("indicators.withdrawn"))
}

func (p *page) retract(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Indicators.Retract(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return p.Done(w, r, link(r.PathValue("id")), r.T("indicators.retracted"))
}
