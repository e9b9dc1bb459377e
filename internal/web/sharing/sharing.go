// Package sharing holds the pages about what is shared with fellow teams: collections and the objects in them, whose servers are asked, what was set
// aside, and who read what.
package sharing

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/constituency/team"
	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	room "github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/hear"
	"github.com/firehall/firehall/internal/sharing/poll"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Sharing *room.Service
	Poll    *poll.Poller
	Hear    *hear.Hearer
	Groups  func(ctx context.Context, actor identity.Actor) ([]team.Group, error)
	Names   func(ctx context.Context, actor identity.Actor) (map[string]string, error) // of organisations, by id
	Teams   func(ctx context.Context, actor identity.Actor) ([]string, error)          // names of the directory
	// Registered gives the id of an organisation by its id or name. Errors: Invalid for what can be no name; NotFound.
	Registered func(ctx context.Context, actor identity.Actor, text string) (id string, err error)
	// Orders has what takes long done by jobs.
	Orders *room.Orders
	// Decisions finds those decisions of release that are still kept.
	Decisions func(ctx context.Context, actor identity.Actor, ids []string) ([]release.Decision, error)
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the pages are.
const path = "/sharing"

// uploadLimit bounds an upload, in bytes.
const uploadLimit = 32 << 20

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Sharing == nil {
		return
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.overview)
	s.Handle("POST "+path+"/collections", p.open)
	s.Handle("GET "+path+"/collections/{id}", p.collection)
	s.Handle("POST "+path+"/collections/{id}/upload", p.upload, shell.Body(uploadLimit))
	s.Handle("POST "+path+"/collections/{id}/close", p.close)
	s.Handle("GET "+path+"/objects/{id}", p.object)
	s.Handle("GET "+path+"/aside", p.aside)
	s.Handle("POST "+path+"/aside/{id}/dismiss", p.dismiss)
	s.Handle("POST "+path+"/aside/{id}/take", p.take)
	s.Handle("POST "+path+"/sources/{id}/order", p.order)
	p.registerKeeping()
}

// names are those of organisations, by id.
type names map[string]string

// Overview is the page of all collections and sources.
type Overview struct {
	Collections []room.Collection
	Sources     []poll.State
	Groups      []team.Group
	Names       names
	May         bool // open a collection
	Order       bool // have a source asked
	Form        ui.Form
}

func (p *page) overview(w http.ResponseWriter, r *shell.Request) error {
	return p.showOverview(w, r, ui.Form{})
}

func (p *page) showOverview(w http.ResponseWriter, r *shell.Request, form ui.Form) error {
	v := Overview{May: r.Actor.May(room.OpCollect), Order: r.Actor.May(room.OpOrder), Form: form}
	var err error
	if v.Collections, err = p.o.Sharing.List(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Sources, err = p.o.Poll.List(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Groups, err = p.o.Groups(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("sharing.title"), Section: "sharing", Body: overviewPage(v), Status: status(form)})
}

// open makes a collection.
func (p *page) open(w http.ResponseWriter, r *shell.Request) error {
	label, err := tlp.Parse(r.PostFormValue("label"))
	if err != nil {
		return err
	}
	c, err := p.o.Sharing.Open(r.Context(), r.Actor, room.Draft{
		Title: r.PostFormValue("title"), Alias: r.PostFormValue("alias"), Description: r.PostFormValue("description"), Group: r.PostFormValue("group"),
		CanRead: r.PostFormValue("read") != "", CanWrite: r.PostFormValue("write") != "", Label: label,
	})
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.showOverview(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "title", Text: r.T("sharing.open.wrong")}}})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, path+"/collections/"+c.ID, r.T("sharing.opened"))
}

// Shown is the page of one collection.
type Shown struct {
	room.Collection
	Search   room.Search
	Found    core.Page[room.Stored]
	Receipts []room.Receipt
	Names    names
	Add, May bool
}

func (p *page) collection(w http.ResponseWriter, r *shell.Request) error {
	c, err := p.o.Sharing.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := Shown{Collection: c, Add: r.Actor.May(room.OpAdd), May: r.Actor.May(room.OpCollect)}
	v.Search = room.Search{
		Text: strings.TrimSpace(q.Get("q")), Type: strings.TrimSpace(q.Get("type")), Collection: c.ID, Page: core.Request{After: core.Cursor(q.Get("after")), Limit: 50},
	}
	if v.Found, err = p.o.Sharing.Find(r.Context(), r.Actor, v.Search); err != nil {
		return err
	}
	if v.Receipts, err = p.o.Sharing.Receipts(r.Context(), r.Actor, c.ID); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: c.Title, Section: "sharing", Body: collectionPage(v), Crumbs: crumbs(r)})
}

func crumbs(r *shell.Request) []ui.Link { return []ui.Link{{Text: r.T("sharing.title"), Href: path}} }

// upload takes a bundle in.
func (p *page) upload(w http.ResponseWriter, r *shell.Request) error {
	file, _, err := r.FormFile("file")
	if err != nil {
		return problem.New(problem.Invalid, "%s", r.T("sharing.upload.none"))
	}
	defer func() { _ = file.Close() }()
	label, err := tlp.Parse(r.FormValue("label"))
	if err != nil {
		return err
	}
	st, err := p.o.Sharing.Add(r.Context(), r.Actor, room.In{Collection: r.PathValue("id"), Origin: room.OriginUpload, Unmarked: label, Body: file})
	if err != nil {
		return err
	}
	return p.Done(w, r, path+"/collections/"+url.PathEscape(r.PathValue("id")), r.T("sharing.uploaded", "n", st.Total, "new", st.New, "aside", st.Failure))
}

func (p *page) close(w http.ResponseWriter, r *shell.Request) error {
	if _, err := p.o.Sharing.Close(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return p.Done(w, r, path, r.T("sharing.closed"))
}

// One is the page of one object.
type One struct {
	room.Whole
	Names   names
	May     bool            // keep it, let it go, erase it
	Decided map[string]bool // the decisions that have a page
}

func (p *page) object(w http.ResponseWriter, r *shell.Request) error {
	whole, err := p.o.Sharing.Look(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := One{Whole: whole, May: r.Actor.May(room.OpErase)}
	if v.Decided, err = p.decided(r, whole.In); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: titleOf(whole.Versions[0]), Section: "sharing", Body: objectPage(v), Crumbs: crumbs(r)})
}

// decided are those of the decisions by which something stands that the reader may look at, and that are still kept.
func (p *page) decided(r *shell.Request, in []room.Standings) (map[string]bool, error) {
	if len(in) == 0 || !r.Actor.May(release.OpRead) {
		return nil, nil
	}
	ids := make([]string, len(in))
	for i, s := range in {
		ids[i] = s.Decision
	}
	list, err := p.o.Decisions(r.Context(), r.Actor, ids)
	out := map[string]bool{}
	for _, d := range list {
		out[d.ID] = true
	}
	return out, err
}

// Asides is the page of what was set aside.
type Asides struct {
	core.Page[room.Aside]
	Names names
	May   bool
	Form  ui.Form // why one of them could not be taken in
}

func (p *page) aside(w http.ResponseWriter, r *shell.Request) error {
	return p.showAside(w, r, ui.Form{}, 0)
}

func (p *page) showAside(w http.ResponseWriter, r *shell.Request, form ui.Form, status int) error {
	list, err := p.o.Sharing.SetAside(r.Context(), r.Actor, core.Request{After: core.Cursor(r.URL.Query().Get("after")), Limit: 50})
	if err != nil {
		return err
	}
	v := Asides{Page: list, May: r.Actor.May(room.OpOrder), Form: form}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("sharing.aside"), Section: "sharing", Body: asidePage(v), Crumbs: crumbs(r), Status: status})
}

func (p *page) dismiss(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Sharing.Dismiss(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return p.Done(w, r, path+"/aside", r.T("sharing.dismissed"))
}

// take makes a report of an incident that was set aside, and leads to it.
func (p *page) take(w http.ResponseWriter, r *shell.Request) error {
	report, err := p.o.Hear.TakeIn(r.Context(), r.Actor, r.PathValue("id"))
	switch {
	case problem.Is(err, problem.NotFound):
		return p.showAside(w, r, ui.Form{Wrong: []ui.Wrong{{Text: r.T("sharing.take.gone")}}}, http.StatusNotFound)
	case problem.Is(err, problem.Conflict):
		return p.showAside(w, r, ui.Form{Wrong: []ui.Wrong{{Text: r.T("sharing.take.other")}}}, http.StatusConflict)
	case err != nil:
		return err
	}
	return p.Done(w, r, "/reports/"+url.PathEscape(report), r.T("sharing.taken.in"))
}

func (p *page) order(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Poll.Order(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return p.Done(w, r, path, r.T("sharing.ordered", "name", r.PathValue("id")))
}
