// Package timeline holds the page of an incident's one timeline: what happened in the world, and what we did, in one order. People write into it, change and
// take out what people wrote; what Firehall wrote stays as it is.
package timeline

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the page asks.
type Options struct {
	Incidents *incident.Service
	People    func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
	Stage     func(law, stage, lang string) string                 // see Names
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const tab = "timeline"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/timeline", p.list)
	s.Handle("GET /incidents/{id}/timeline/export", p.export)
	s.Handle("POST /incidents/{id}/timeline", p.add)
	s.Handle("POST /incidents/{id}/timeline/{entry}", p.edit)
	s.Handle("POST /incidents/{id}/timeline/{entry}/remove", p.remove)
}

// rows is how many lines a page has.
const rows = 100

// view is the page.
type view struct {
	of      tabs.Of
	filter  incident.TimelineFilter
	entries []incident.Entry
	next    core.Cursor
	names   Names
	form    ui.Form // what could not be kept
	entry   string  // which it was meant for; "" for a new one
	clash   *incident.Clash
	drafts  map[string]incident.Typed
	may     bool // write
}

// asked reads the filter of the URL.
func asked(v url.Values) incident.TimelineFilter {
	return incident.TimelineFilter{
		Request: core.Request{After: core.Cursor(v.Get("after")), Limit: rows}, Side: incident.Side(v.Get("side")), Kind: strings.TrimSpace(v.Get("kind")),
		Removed: v.Get("removed") == "1",
	}
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, view{}, 0) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, v view, status int) error {
	v.filter = asked(r.URL.Query())
	err := p.o.Incidents.Look(r.Context(), r.Actor, incident.OpIncidentRead, r.PathValue("id"), func(tx *sqldb.Tx, in *incident.Inside) error {
		found, err := p.o.Incidents.EntriesIn(tx, in, v.filter)
		v.of, v.entries, v.next = tabs.Inside(in), found.Items, found.Next
		return err
	})
	if err != nil {
		return err
	}
	v.names, v.may = p.names(r.Context()), r.Actor.May(incident.OpTimeline)
	if v.may && r.Actor.May(incident.OpDraft) {
		if v.drafts, err = p.o.Incidents.Drafts(r.Context(), r.Actor, v.of.ID); err != nil {
			return err
		}
	}
	crumbs := []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.of.Ref, Href: tabs.Path(v.of.ID, "")}}
	return p.Page(w, r, shell.Page{Title: v.of.Ref + " " + r.T("tabs.timeline"), Section: "incidents", Crumbs: crumbs, Body: listPage(v), Status: status})
}

func (p *page) names(ctx context.Context) Names {
	return Names{People: notes.Options{People: p.o.People}.Names(ctx), Stage: p.o.Stage}
}

// draft reads what somebody wrote.
func draft(r *shell.Request) incident.EntryDraft {
	return incident.EntryDraft{At: notes.When(r.Context(), r.PostFormValue("at")), World: r.PostFormValue("side") != string(incident.Ours), Text: r.PostFormValue("text")}
}

func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Incidents.AddEntry(r.Context(), r.Actor, r.PathValue("id"), draft(r))
	if err == nil && r.Actor.May(incident.OpDraft) {
		err = p.o.Incidents.DropDraft(r.Context(), r.Actor, r.PathValue("id"), "entry")
	}
	return p.done(w, r, err, "", r.T("timeline.added"))
}

// edit changes an entry. Did somebody else meanwhile, both texts are shown.
func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	entry := r.PathValue("entry")
	_, err := p.o.Incidents.EditEntry(r.Context(), r.Actor, r.PathValue("id"), entry, notes.Version(r.PostForm), draft(r))
	return p.done(w, r, err, entry, r.T("timeline.edited"))
}

func (p *page) remove(w http.ResponseWriter, r *shell.Request) error {
	entry := r.PathValue("entry")
	err := p.o.Incidents.RemoveEntry(r.Context(), r.Actor, r.PathValue("id"), entry, notes.Version(r.PostForm), r.PostFormValue("reason"))
	return p.done(w, r, err, entry, r.T("timeline.removed"))
}

// done goes on after a change; what was refused is shown again with what was typed.
func (p *page) done(w http.ResponseWriter, r *shell.Request, err error, entry, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		v := view{form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}, entry: entry, clash: notes.Clash(err)}
		if v.clash != nil {
			return p.show(w, r, v, http.StatusConflict)
		}
		return p.show(w, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, tabs.Path(r.PathValue("id"), tab), toast)
}
