package events

import (
	"net/http"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
)

// save keeps the query under a name.
func (p *pages) save(w http.ResponseWriter, r *shell.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	q := questionOf(r.PostForm)
	s, err := p.Desk.SaveQuery(r.Context(), r.Actor, desk.Saved{
		Page: desk.SavedEvents, Name: r.PostForm.Get("name"), Query: q.Text, Shared: r.PostForm.Get("shared") != "",
	})
	if err != nil {
		return err
	}
	return p.shell.Done(w, r, q.url(), r.T("events.saved.kept", "name", s.Name))
}

func (p *pages) forget(w http.ResponseWriter, r *shell.Request) error {
	if err := p.Desk.ForgetQuery(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return p.shell.Done(w, r, "/events", r.T("events.saved.forgotten"))
}
