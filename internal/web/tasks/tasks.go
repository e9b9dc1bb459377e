// Package tasks holds the pages of what is to be done: the tasks of one incident (a tab), those of the team, and the playbooks that they come from.
package tasks

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/several"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Options is what the pages ask.
type Options struct {
	Playbooks *playbook.Service
	People    func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const (
	tab       = "tasks"
	listPath  = "/tasks"
	booksPath = "/playbooks"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Playbooks == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/tasks", p.tab)
	s.Handle("POST /incidents/{id}/tasks", p.add)
	s.Handle("POST /incidents/{id}/tasks/start", p.start)
	s.Handle("POST /incidents/{id}/tasks/upgrade", p.upgrade)
	s.Handle("POST /incidents/{id}/tasks/{task}/move", p.move)
	s.Handle("POST /incidents/{id}/tasks/{task}/edit", p.edit)
	s.Handle("POST /incidents/{id}/tasks/{task}/shift", p.shift)
	s.Handle("GET "+listPath, p.list)
	s.Handle("GET /tasks/export", p.export)
	s.Handle("POST /tasks/move", p.moveAll)
	s.Handle("GET "+booksPath, p.books)
	s.Handle("GET /playbooks/{book}", p.book)
}

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// text is a room's text in the reader's language.
func text(ctx context.Context, w playbook.Words) string { return w.In(string(words.Of(ctx))) }

// view is the tab of one incident.
type view struct {
	of     tabs.Of
	sheet  playbook.Sheet
	people map[string]string
	form   ui.Form // what could not be kept
	task   string  // which it was meant for; "" for a new one
	may    bool    // change tasks
	starts bool    // start playbooks
}

func (p *page) tab(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, view{}, 0) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, v view, status int) error {
	sheet, err := p.o.Playbooks.Of(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.sheet, v.of, v.people = sheet, tabs.Inside(sheet.Incident), p.names(r.Context())
	v.may, v.starts = r.Actor.May(playbook.OpChange), r.Actor.May(playbook.OpStart)
	crumbs := []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.of.Ref, Href: tabs.Path(v.of.ID, "")}}
	return p.Page(w, r, shell.Page{Title: v.of.Ref + " " + r.T("tabs.tasks"), Section: "incidents", Crumbs: crumbs, Body: tabPage(v), Status: status})
}

func (p *page) names(ctx context.Context) map[string]string {
	return notes.Options{People: p.o.People}.Names(ctx)
}

// done goes on after a change; what was refused is shown again, with what was typed.
func (p *page) done(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	switch {
	case problem.Is(err, problem.Invalid), problem.Is(err, problem.Conflict):
		status := http.StatusUnprocessableEntity
		if problem.Is(err, problem.Conflict) {
			status = http.StatusConflict
		}
		return p.show(w, r, view{task: r.PathValue("task"), form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}}, status)
	case err != nil:
		return err
	}
	to := tabs.Path(r.PathValue("id"), tab)
	if task := r.PathValue("task"); task != "" {
		to += "#task-" + url.PathEscape(task)
	}
	return p.Done(w, r, to, toast)
}

func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Playbooks.Add(r.Context(), r.Actor, r.PathValue("id"), playbook.Draft{
		Title: r.PostFormValue("title"), Note: r.PostFormValue("note"), Assignee: r.PostFormValue("assignee"), Due: notes.When(r.Context(), r.PostFormValue("due")),
	})
	return p.done(w, r, err, r.T("tasks.added"))
}

func (p *page) start(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Playbooks.Start(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("book"))
	return p.done(w, r, err, r.T("tasks.started"))
}

func (p *page) upgrade(w http.ResponseWriter, r *shell.Request) error {
	return p.done(w, r, p.o.Playbooks.Upgrade(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("run")), r.T("tasks.upgraded"))
}

func (p *page) move(w http.ResponseWriter, r *shell.Request) error {
	name := playbook.MoveName(r.PostFormValue("action"))
	how := playbook.Manner{Answer: playbook.Answer(r.PostFormValue("answer")), Reason: r.PostFormValue("reason"), Version: notes.Version(r.PostForm)}
	_, err := p.o.Playbooks.Move(r.Context(), r.Actor, r.PathValue("task"), name, how)
	return p.done(w, r, err, did(r.Context(), name))
}

// edit changes a task's fields. Did somebody else meanwhile, what was typed is shown beside what stands now.
func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	due := notes.When(r.Context(), r.PostFormValue("due"))
	note, who := r.PostFormValue("note"), r.PostFormValue("assignee")
	c := playbook.Revision{Note: &note, Assignee: &who, Due: &due}
	if title := r.PostFormValue("title"); r.PostForm.Has("title") {
		c.Title = &title
	}
	_, err := p.o.Playbooks.Edit(r.Context(), r.Actor, r.PathValue("task"), notes.Version(r.PostForm), c)
	return p.done(w, r, err, r.T("tasks.edited"))
}

func (p *page) shift(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Playbooks.Shift(r.Context(), r.Actor, r.PathValue("task"), r.PostFormValue("up") == "1")
	return p.done(w, r, err, "")
}

// list is the page of the tasks of all incidents.
type list struct {
	query, sort, fault string
	items              []playbook.Task
	next               core.Cursor
	people             map[string]string
	may                bool
}

// rows is how many tasks a page of the list has.
const rows = 50

// asked reads what is asked for: one's own tasks, if nothing is.
func asked(v url.Values) playbook.Filter {
	f := playbook.Filter{Query: playbook.Mine, Sort: v.Get("sort"), Request: core.Request{After: core.Cursor(v.Get("after")), Limit: rows}}
	if v.Has("q") {
		f.Query = strings.TrimSpace(v.Get("q"))
	}
	if f.Sort == "" {
		f.Sort = "due"
	}
	return f
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	f := asked(r.URL.Query())
	l := list{query: f.Query, sort: f.Sort, people: p.names(r.Context()), may: r.Actor.May(playbook.OpChange)}
	status := 0
	found, err := p.o.Playbooks.List(r.Context(), r.Actor, f)
	if problem.Is(err, problem.Invalid) {
		l.fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	l.items, l.next = found.Items, found.Next
	return p.Page(w, r, shell.Page{Title: r.T("tasks.title"), Section: "tasks", Body: listPage(l), Status: status})
}

// assign is what the page calls giving tasks to somebody; beside it the moves go by their names.
const assign = "assign"

// moveAll ends, drops or gives away the tasks that are chosen, or all that the filter means.
func (p *page) moveAll(w http.ResponseWriter, r *shell.Request) error {
	ids, query := r.PostForm["id"], r.PostFormValue("q")
	if r.PostFormValue("all") == "1" {
		var err error
		if ids, err = p.matching(r, query); err != nil {
			return err
		}
	}
	moved, err := p.together(r, ids)
	if err != nil {
		return err
	}
	return several.Show(p.Shell, w, r, several.Answer{
		Section: "tasks", Back: listURL(query), Done: r.T("tasks.moved", "n", len(moved.Moved)), Moved: moved, Named: p.named(r),
	})
}

// matching are the first tasks that a filter means.
func (p *page) matching(r *shell.Request, query string) (ids []string, err error) {
	found, err := p.o.Playbooks.List(r.Context(), r.Actor, playbook.Filter{Query: query, Request: core.Request{Limit: playbook.MaxBulk}})
	for _, t := range found.Items {
		ids = append(ids, t.ID)
	}
	return ids, err
}

// together does one thing with several tasks.
func (p *page) together(r *shell.Request, ids []string) (playbook.Moved, error) {
	action := r.PostFormValue("action")
	if action == assign {
		return p.o.Playbooks.AssignAll(r.Context(), r.Actor, ids, r.PostFormValue("assignee"))
	}
	return p.o.Playbooks.MoveAll(r.Context(), r.Actor, ids, playbook.MoveName(action), playbook.Manner{Reason: r.PostFormValue("reason")})
}

// named says what a task is called that the reader sees.
func (p *page) named(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		t, err := p.o.Playbooks.Task(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return t.Ref + ": " + text(r.Context(), t.Title), lineURL(t)
	}
}

func listURL(q string) string { return listPath + "?" + url.Values{"q": {q}}.Encode() }

func (p *page) books(w http.ResponseWriter, r *shell.Request) error {
	books, err := p.o.Playbooks.Books(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("tasks.title"), Href: listPath}}
	return p.Page(w, r, shell.Page{Title: r.T("tasks.books"), Section: "tasks", Crumbs: crumbs, Body: booksPage(books)})
}

func (p *page) book(w http.ResponseWriter, r *shell.Request) error {
	b, all, err := p.o.Playbooks.Book(r.Context(), r.Actor, r.PathValue("book"), r.URL.Query().Get("text"))
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("tasks.title"), Href: listPath}, {Text: r.T("tasks.books"), Href: booksPath}}
	return p.Page(w, r, shell.Page{Title: text(r.Context(), b.Title), Section: "tasks", Crumbs: crumbs, Body: bookPage(b, all)})
}

// can tells whether a move is among those that a task's state allows, and waits for nothing.
func can(t playbook.Task, name playbook.MoveName) bool {
	ready := len(t.Waits) == 0 || name != playbook.Begin && name != playbook.End
	return ready && slices.Contains(t.Moves, name)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
