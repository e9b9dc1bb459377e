package releases

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Stopped is the page of a copy that named somebody.
type Stopped struct {
	release.StoppedCopy
	Names     map[string]string
	Ask, Done bool // who looks may ask a second person, or be that person
	Form      ui.Form
}

func (p *page) stoppedView(r *shell.Request) (s Stopped, err error) {
	if s.StoppedCopy, err = p.o.Release.StoppedCopy(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return s, err
	}
	s.Ask = s.State == release.StopFound && r.Actor.May(release.OpLeak)
	s.Done = s.State == release.StopAsked && s.AskedBy != r.Actor.ID && s.FoundBy != r.Actor.ID && r.Actor.May(release.OpSecond)
	s.Names, err = p.o.Names(r.Context(), r.Actor)
	return s, err
}

func (p *page) stopped(w http.ResponseWriter, r *shell.Request) error {
	s, err := p.stoppedView(r)
	if err != nil {
		return err
	}
	return p.showStopped(w, r, s, 0)
}

func (p *page) showStopped(w http.ResponseWriter, r *shell.Request, s Stopped, status int) error {
	crumbs := []ui.Link{{Text: r.T("releases.title"), Href: path}}
	return p.Page(w, r, shell.Page{Title: r.T("releases.stopped"), Section: "releases", Crumbs: crumbs, Body: stoppedPage(s), Status: status})
}

// settleStopped asks a second person, or is their word.
func (p *page) settleStopped(w http.ResponseWriter, r *shell.Request) error {
	id, reason := r.PathValue("id"), r.PostFormValue("reason")
	var err error
	said := "releases.stopped.asked"
	switch r.PostFormValue("move") {
	case "approve":
		said, err = "releases.stopped.approved", p.o.Release.SettleLeak(r.Context(), r.Actor, id, true, reason)
	case "refuse":
		said, err = "releases.stopped.refused", p.o.Release.SettleLeak(r.Context(), r.Actor, id, false, reason)
	case "":
		err = p.o.Release.AskLeak(r.Context(), r.Actor, id, reason)
	default:
		return problem.New(problem.Invalid, "choose whether it goes or not")
	}
	if problem.Is(err, problem.Invalid) {
		s, err := p.stoppedView(r)
		if err != nil {
			return err
		}
		s.Form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "reason", Text: r.T("releases.wrong.reason")}}}
		return p.showStopped(w, r, s, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, stoppedURL(id), r.T(said))
}

func stoppedURL(id string) string { return path + "/stopped/" + url.PathEscape(id) }

// place says in words where a name stands, from the outside to the inside.
func place(ctx context.Context, at leak.Place) string {
	words := make([]string, 0, len(at))
	for _, s := range at {
		text := T(ctx, "releases.place."+s.Code, "number", s.Number, "name", s.Name)
		words = append(words, strings.Trim(strings.TrimSpace(text), ",: "))
	}
	return strings.Join(words, ", ")
}

// whose says in words what stands there.
func whose(ctx context.Context, l leak.Leak) string {
	if l.Kind == leak.Unreadable {
		return T(ctx, "releases.unreadable."+l.Name)
	}
	role := l.Role
	if role == "" {
		role = leak.Other
	}
	return T(ctx, "releases.role."+string(role)) + ": " + T(ctx, "releases.leak."+string(l.Kind))
}

// found is what stands there, as it was written.
func found(l leak.Leak) string {
	switch {
	case l.Kind == leak.Unreadable:
		return ""
	case l.Found == "" || strings.EqualFold(l.Found, l.Name):
		return l.Name
	}
	return l.Found + " (" + l.Name + ")"
}
