// Package notes shows what people write down about reports and incidents, and what they change together: a note that can be changed, the two texts
// of those who changed the same thing at the same time, and what somebody typed and has not kept yet, so that none is lost.
//
// Notes are Markdown, and shown as harmless HTML. While somebody types, the text is kept on the server, as theirs alone; without JavaScript the form keeps it
// when it is sent, and shows it again if it could not be kept.
package notes

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/markdown"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// Version reads the version that a form was made of; 0 for none.
func Version(v url.Values) int64 {
	n, _ := strconv.ParseInt(v.Get("version"), 10, 64)
	return n
}

// Clash is the two texts of an error, if it is that of two people who changed the same thing; nil otherwise.
func Clash(err error) *incident.Clash {
	var c *incident.Clash
	if errors.As(err, &c) {
		return c
	}
	return nil
}

// Markdown is a text in Markdown, as harmless HTML.
func Markdown(text string) templ.Component { return templ.Raw(markdown.HTML(text)) }

// clockFace is how a browser writes a time in a form.
const clockFace = "2006-01-02T15:04"

// Clock writes a time for a field of the kind datetime-local, in the team's zone; the zero time is empty.
func Clock(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(ui.Of(ctx).Zone).Format(clockFace)
}

// When reads what Clock wrote, or what somebody chose. The zero time is for what is empty or no time: the room says what is missing.
func When(ctx context.Context, value string) time.Time {
	for _, layout := range []string{clockFace, clockFace + ":05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(value), ui.Of(ctx).Zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Options is what the pages ask.
type Options struct {
	Incidents *incident.Service
	People    func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
}

// Names are the names of accounts, as far as they are known.
func (o Options) Names(ctx context.Context) map[string]string {
	if o.People == nil {
		return nil
	}
	people, err := o.People(ctx)
	if err != nil {
		return nil
	}
	return people
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

// draftPath is where what is typed is kept.
const draftPath = "/notes/draft"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/notes", p.notes)
	s.Handle("POST /incidents/{id}/notes", p.add)
	s.Handle("POST /incidents/{id}/notes/{note}", p.edit)
	s.Handle("POST "+draftPath, p.draft)
}

// draft keeps what is typed, and says so.
func (p *page) draft(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.SaveDraft(r.Context(), r.Actor, r.PostFormValue("draft_about"), r.PostFormValue("draft_field"), r.PostFormValue("text"), Version(r.PostForm))
	if problem.Is(err, problem.Invalid) {
		return p.Fragment(w, r, ui.Text(err.Error()))
	}
	if err != nil {
		return err
	}
	return p.Fragment(w, r, kept(ui.Of(r.Context()).Now))
}

// book is the page of an incident's notes.
type book struct {
	of     tabs.Of
	notes  []incident.Note // the latest first
	people map[string]string
	drafts map[string]incident.Typed
	form   ui.Form
	clash  *incident.Clash
	note   string // that both changed
}

func (p *page) notes(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, book{}, 0) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, b book, status int) error {
	i, err := p.o.Incidents.Incident(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	b.of = tabs.Of{ID: i.ID, Ref: i.Ref, Title: i.Title, Stage: i.State, Restricted: i.Restricted, TLP: i.TLP}
	for n := len(i.Notes) - 1; n >= 0; n-- {
		b.notes = append(b.notes, i.Notes[n])
	}
	b.people = p.o.Names(r.Context())
	if r.Actor.May(incident.OpDraft) {
		if b.drafts, err = p.o.Incidents.Drafts(r.Context(), r.Actor, i.ID); err != nil {
			return err
		}
	}
	crumbs := []ui.Link{{Text: r.T("notes.incidents"), Href: "/incidents"}, {Text: i.Ref, Href: tabs.Path(i.ID, "")}}
	return p.Page(w, r, shell.Page{Title: i.Ref + " " + r.T("tabs.notes"), Section: "incidents", Crumbs: crumbs, Body: bookPage(b), Status: status})
}

func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Incidents.AddNote(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("text"))
	return p.done(w, r, err, "note", r.T("notes.added"))
}

// edit changes a note. Did somebody else meanwhile, both texts are shown.
func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	note := r.PathValue("note")
	_, err := p.o.Incidents.EditNote(r.Context(), r.Actor, note, Version(r.PostForm), r.PostFormValue("text"))
	if c := Clash(err); c != nil {
		return p.show(w, r, book{clash: c, note: note}, http.StatusConflict)
	}
	return p.done(w, r, err, "note/"+note, r.T("notes.edited"))
}

// done goes on after a change: what was kept is no draft any more, what was not is shown again.
func (p *page) done(w http.ResponseWriter, r *shell.Request, err error, field, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.show(w, r, book{form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if r.Actor.May(incident.OpDraft) {
		if err := p.o.Incidents.DropDraft(r.Context(), r.Actor, r.PathValue("id"), field); err != nil {
			return err
		}
	}
	return p.Done(w, r, tabs.Path(r.PathValue("id"), "notes"), toast)
}
