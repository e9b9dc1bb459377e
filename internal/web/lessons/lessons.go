// Package lessons holds the pages of what was thought, found and learned about incidents: the tab of one, and the open actions of all that the reader sees.
package lessons

import (
	"context"
	"net/http"
	"net/url"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Lessons *lesson.Service
	People  func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const tab = "lessons"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Lessons == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /lessons", p.all)
	s.Handle("POST /lessons", p.together)
	s.Handle("GET /incidents/{id}/lessons", p.one)
	s.Handle("POST /incidents/{id}/lessons", p.add)
	s.Handle("POST /incidents/{id}/lessons/{lesson}", p.edit)
	s.Handle("POST /incidents/{id}/lessons/{lesson}/remove", p.remove)
	s.Handle("POST /incidents/{id}/actions", p.addAction)
	s.Handle("POST /incidents/{id}/actions/{action}", p.editAction)
	s.Handle("POST /incidents/{id}/actions/{action}/end", p.endAction)
}

// listView is the list of open actions.
type listView struct {
	mine   bool
	items  []lesson.Action
	next   core.Cursor
	people map[string]string
	acts   bool // change actions
}

// rows is how many actions a page has.
const rows = 50

func (p *page) all(w http.ResponseWriter, r *shell.Request) error {
	q := r.URL.Query()
	v := listView{mine: q.Get("mine") == "1", people: p.names(r), acts: r.Actor.May(lesson.OpAct)}
	found, err := p.o.Lessons.OpenActions(r.Context(), r.Actor, filter(r, v.mine, core.Request{After: core.Cursor(q.Get("after")), Limit: rows}))
	if err != nil {
		return err
	}
	v.items, v.next = found.Items, found.Next
	return p.Page(w, r, shell.Page{Title: r.T("lessons.all"), Section: "incidents", Crumbs: []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}}, Body: allPage(v)})
}

// filter chooses the reader's open actions, or everybody's.
func filter(r *shell.Request, mine bool, ask core.Request) lesson.Filter {
	f := lesson.Filter{Request: ask}
	if mine {
		f.Owner = r.Actor.ID
	}
	return f
}

func (p *page) names(r *shell.Request) map[string]string {
	return notes.Options{People: p.o.People}.Names(r.Context())
}

// view is the page of one incident.
type view struct {
	lesson.Board
	of        tabs.Of
	people    map[string]string
	form      ui.Form // what could not be kept
	which     string  // the form that was: "new", "action", or the id of what was changed
	clash     *incident.Clash
	may, acts bool // change lessons; change actions
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, view{}, 0) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, v view, status int) error {
	b, err := p.o.Lessons.Board(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.Board, v.of, v.people = b, tabs.Inside(&b.Incident), p.names(r)
	v.may, v.acts = r.Actor.May(lesson.OpChange), r.Actor.May(lesson.OpAct)
	crumbs := []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.of.Ref, Href: tabs.Path(v.of.ID, "")}}
	return p.Page(w, r, shell.Page{Title: v.of.Ref + " " + r.T("tabs.lessons"), Section: "incidents", Crumbs: crumbs, Body: onePage(v), Status: status})
}

func draft(r *shell.Request) lesson.Draft {
	return lesson.Draft{
		Kind: lesson.Kind(r.PostFormValue("kind")), State: lesson.State(r.PostFormValue("state")), Text: r.PostFormValue("text"), Grounds: r.PostFormValue("grounds"),
	}
}

func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Lessons.Add(r.Context(), r.Actor, r.PathValue("id"), draft(r))
	return p.done(w, r, err, "new", r.T("lessons.added"))
}

func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("lesson")
	_, err := p.o.Lessons.Edit(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), draft(r))
	return p.done(w, r, err, which, r.T("lessons.kept"))
}

func (p *page) remove(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("lesson")
	err := p.o.Lessons.Remove(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), r.PostFormValue("reason"))
	return p.done(w, r, err, which, r.T("lessons.removed"))
}

func actionDraft(r *shell.Request) lesson.ActionDraft {
	return lesson.ActionDraft{Lesson: r.PostFormValue("lesson"), Text: r.PostFormValue("text"), Owner: r.PostFormValue("owner"), Due: notes.When(r.Context(), r.PostFormValue("due"))}
}

func (p *page) addAction(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Lessons.AddAction(r.Context(), r.Actor, r.PathValue("id"), actionDraft(r))
	return p.done(w, r, err, "action", r.T("lessons.action.added"))
}

func (p *page) editAction(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("action")
	_, err := p.o.Lessons.EditAction(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), actionDraft(r))
	return p.done(w, r, err, which, r.T("lessons.kept"))
}

func (p *page) endAction(w http.ResponseWriter, r *shell.Request) error {
	which := r.PathValue("action")
	err := p.o.Lessons.EndAction(r.Context(), r.Actor, r.PathValue("id"), which, notes.Version(r.PostForm), lesson.Progress(r.PostFormValue("to")), r.PostFormValue("outcome"))
	return p.done(w, r, err, which, r.T("lessons.kept"))
}

// done goes on after a change; what was refused is shown again with what was typed.
func (p *page) done(w http.ResponseWriter, r *shell.Request, err error, which, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		v := view{form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}, which: which, clash: notes.Clash(err)}
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

func lessonURL(v view, id string, rest string) string {
	return tabs.Path(v.of.ID, tab) + "/" + url.PathEscape(id) + rest
}

func actionURL(v view, id string, rest string) string {
	return tabs.Path(v.of.ID, "actions") + "/" + url.PathEscape(id) + rest
}
