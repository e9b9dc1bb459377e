// Package share holds the page on which an incident, or a finding, is shared: what would stand in a collection, exactly as it would be stored, why it may
// stand there or may not, where it stands, and how it is taken out again; and the bundle that the team takes for itself.
package share

import (
	"context"
	"net/http"
	"net/url"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/taking"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/told"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Give      *give.Service
	Sharing   *sharing.Service
	Release   *release.Service
	Incidents *incident.Service
	Finding   func(ctx context.Context, actor identity.Actor, id string) (desk.FindingView, error)
	Names     func(ctx context.Context, actor identity.Actor) (map[string]string, error) // of organisations, by id
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const tab = "share"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Give == nil || o.Sharing == nil {
		return // a program without the room
	}
	p := &page{s, o}
	for path, find := range map[string]func(*shell.Request) (view, error){"/incidents/{id}/" + tab: p.incident, "/findings/{id}/" + tab: p.finding} {
		h := thing{p, find}
		s.Handle("GET "+path, h.one)
		s.Handle("POST "+path, h.do)
		s.Handle("GET "+path+"/stix", h.bundle)
	}
}

// thing is the pages of one kind of things.
type thing struct {
	*page
	find func(*shell.Request) (view, error)
}

// view is the page.
type view struct {
	id, ref, title, path string
	of                   *tabs.Of          // of an incident
	finding              *desk.FindingView // of a finding
	crumbs               []ui.Link
	section              string

	about       give.About
	collections []sharing.Collection
	chosen      string // of them, by id or alias
	draft       *give.Draft
	readers     []string // who read what stands, or stood, in collections
	holders     bool     // who looks may know them
	form        ui.Form
	waits, stop string // the decision, and the stopped copy, at which trying has ended
	add, take   bool   // who looks may put it into collections; may take it for the team
	item        string // path of its page among the releases; "" for who may not see that
}

// incident finds the incident of a page; a restricted one is not there for who may not see it.
func (p *page) incident(r *shell.Request) (v view, err error) {
	i, err := p.o.Incidents.Incident(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	of := tabs.Of{ID: i.ID, Ref: i.Ref, Title: i.Title, Stage: i.State, Restricted: i.Restricted, TLP: i.TLP}
	v = view{id: i.ID, ref: i.Ref, title: i.Title, path: tabs.Path(i.ID, tab), of: &of, section: "incidents"}
	v.crumbs = []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: i.Ref, Href: tabs.Path(i.ID, "")}}
	return v, nil
}

// finding finds the finding of a page.
func (p *page) finding(r *shell.Request) (v view, err error) {
	f, err := p.o.Finding(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	at := "/findings/" + url.PathEscape(f.ID)
	v = view{id: f.ID, ref: f.What(), title: f.What(), path: at + "/" + tab, finding: &f, section: "findings"}
	v.crumbs = []ui.Link{{Text: r.T("findings.title"), Href: "/findings"}, {Text: f.What(), Href: at}}
	return v, nil
}

// look gathers what the page shows, and nothing of a collection that nobody chose.
func (h thing) look(r *shell.Request, chosen string) (v view, err error) {
	if v, err = h.find(r); err != nil {
		return v, err
	}
	v.chosen = chosen
	v.add, v.take = r.Actor.May(sharing.OpAdd) && r.Actor.May(release.OpCorrespond), r.Actor.May(sharing.OpExport)
	if v.about, err = h.o.Give.About(r.Context(), r.Actor, v.id); err != nil {
		return v, err
	}
	v.item = told.Path(r, v.about.Item.Kind, v.about.Item.ID)
	if err := h.held(r, &v); err != nil || !v.add {
		return v, err
	}
	if v.collections, err = h.o.Sharing.List(r.Context(), r.Actor); err != nil || chosen == "" {
		return v, err
	}
	d, err := h.o.Give.Draft(r.Context(), r.Actor, v.id, chosen)
	if err != nil {
		return v, err
	}
	v.draft, v.waits, v.chosen = &d, d.Waits, d.Collection.ID
	return v, nil
}

// held names who has read it where it was fetched.
func (h thing) held(r *shell.Request, v *view) error {
	v.holders = v.item != ""
	if !v.holders {
		return nil
	}
	names, err := h.o.Names(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	copies, err := h.o.Release.Holders(r.Context(), r.Actor, v.about.Item.Kind, v.about.Item.ID)
	seen := map[string]bool{}
	for _, c := range copies {
		if c.Via == "taxii" && c.Reached && !seen[c.Organisation] {
			seen[c.Organisation] = true
			v.readers = append(v.readers, named(names, c.Organisation))
		}
	}
	return err
}

func named(names map[string]string, id string) string {
	if names[id] != "" {
		return names[id]
	}
	return id
}

// most bounds the name of a collection.
const mostName = 100

func (h thing) one(w http.ResponseWriter, r *shell.Request) error {
	chosen := r.URL.Query().Get("in")
	if len(chosen) > mostName {
		return problem.New(problem.NotFound, "there is no such collection")
	}
	v, err := h.look(r, chosen)
	if err != nil {
		return err
	}
	return h.show(w, r, v, 0)
}

func (h thing) show(w http.ResponseWriter, r *shell.Request, v view, status int) error {
	return h.Page(w, r, shell.Page{Title: v.ref + " " + r.T("tabs.share"), Section: v.section, Crumbs: v.crumbs, Body: whole(v), Status: status})
}

// The moves of the page.
const (
	movePut      = "put"
	moveWithdraw = "withdraw"
)

// do puts it into a collection, or takes it out.
func (h thing) do(w http.ResponseWriter, r *shell.Request) error {
	v, err := h.find(r)
	if err != nil {
		return err
	}
	in := r.PostFormValue("in")
	if len(in) > mostName {
		return problem.New(problem.NotFound, "there is no such collection")
	}
	said := ""
	switch r.PostFormValue("do") {
	case movePut:
		said, err = h.put(r, v.id, in, r.PostFormValue("stamp"))
	case moveWithdraw:
		said, err = h.withdraw(r, v.id, in, r.PostFormValue("reason"))
	default:
		err = problem.New(problem.Invalid, "there is no such move")
	}
	if problem.Is(err, problem.Conflict) || problem.Is(err, problem.Invalid) {
		return h.again(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, v.path, said)
}

// put puts exactly what was looked at.
func (h thing) put(r *shell.Request, id, in, stamp string) (string, error) {
	if stamp == "" {
		return "", problem.New(problem.Invalid, "%s", r.T("share.wrong.stamp"))
	}
	st, err := h.o.Give.Put(r.Context(), r.Actor, id, in, stamp)
	return r.T("share.done.put", "n", st.Success, "new", st.New, "aside", st.Failure), err
}

func (h thing) withdraw(r *shell.Request, id, in, reason string) (string, error) {
	n, err := h.o.Give.Withdraw(r.Context(), r.Actor, id, in, reason)
	return r.T("share.done.withdrawn", "n", n), err
}

// again shows the page with what stood in the way, and the way on.
func (h thing) again(w http.ResponseWriter, r *shell.Request, in string, why error) error {
	chosen := in
	if r.PostFormValue("do") != movePut {
		chosen = ""
	}
	v, err := h.look(r, chosen)
	if err != nil {
		return err
	}
	v.form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: why.Error()}}}
	if d, ok := release.Stopped(why); ok {
		v.waits = ""
		if d.Outcome == release.Second {
			v.waits, v.form.Wrong = d.ID, nil
		}
	}
	if l, ok := release.Leaks(why); ok {
		v.stop, v.form.Wrong = l.ID, nil
	}
	return h.show(w, r, v, http.StatusConflict)
}

// bundle gives the whole of it to who takes it for the team.
func (h thing) bundle(w http.ResponseWriter, r *shell.Request) error {
	v, err := h.find(r)
	if err != nil {
		return err
	}
	b, err := h.o.Give.Bundle(r.Context(), r.Actor, v.id)
	if err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", give.MediaType)
	head.Set("Content-Disposition", `attachment; filename="`+b.Name()+`"`)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	head.Set(taking.LabelHeader, b.Label.String())
	if err := b.Write(w); err != nil {
		panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
	}
	return nil
}
