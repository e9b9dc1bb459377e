package shell

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Page is a whole page.
type Page struct {
	Title   string
	Section string // overview events findings organisations notifications feeds lookup jobs stops settings
	Body    templ.Component
	Crumbs  []ui.Link // the pages above it, the highest first
	Status  int       // 200 if 0; 422 for a form that is shown again
}

// frame is what the layout shows around a page.
type frame struct {
	Page
	*Request
	Team, Version string
	Stops         []Stop
	Nav           []section
	Toast         string
	In            bool
}

// The pages are put together in memory, so that a failure half-way can still become an error page.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func render(w http.ResponseWriter, r *Request, status int, c templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := c.Render(r.Context(), b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader may have left
	return nil
}

// Page answers with a whole page. For htmx too: it takes from it what it wants (hx-select).
func (s *Shell) Page(w http.ResponseWriter, r *Request, p Page) error {
	f := frame{Page: p, Request: r, Team: s.o.Team, Version: s.o.Version, In: r.Actor.ID != ""}
	if f.In {
		f.Nav, f.Stops = s.nav(p.Section), s.stops(r)
		f.Toast = s.o.Sessions.Pop(r.Request, toastKey)
	}
	if p.Status == 0 {
		p.Status = http.StatusOK
	}
	return render(w, r, p.Status, layout(f))
}

// stops asks for the banner. A page is shown even when that fails: the log tells.
func (s *Shell) stops(r *Request) []Stop {
	if s.o.Stops == nil {
		return nil
	}
	stops, err := s.o.Stops(r.Context(), r.Actor)
	if err != nil {
		s.o.Log.ErrorContext(r.Context(), "asking what is stopped", "request", r.ID, "error", err)
	}
	return stops
}

// Fragment answers with a part of a page.
func (s *Shell) Fragment(w http.ResponseWriter, r *Request, c templ.Component) error {
	return render(w, r, http.StatusOK, c)
}

// Again answers with a part of a page that holds a form with what is wrong in it: status 422.
func (s *Shell) Again(w http.ResponseWriter, r *Request, c templ.Component) error {
	return render(w, r, http.StatusUnprocessableEntity, c)
}

// toastKey is where the session keeps the message for the next page.
const toastKey = "toast"

// Done answers after a change: the browser goes on to the page `to`, a path of ours, where the toast is shown once. An empty toast shows
// none. With an empty `to` htmx stays where it is and shows the toast.
func (s *Shell) Done(w http.ResponseWriter, r *Request, to, toast string) error {
	if to == "" && r.HX() {
		s.toast(w, r, http.StatusOK, ui.Toast(toast, ui.Good))
		return nil
	}
	if toast != "" {
		s.o.Sessions.Put(r.Request, toastKey, toast)
	}
	if r.HX() {
		w.Header().Set("HX-Redirect", Local(to))
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r.Request, Local(to), http.StatusSeeOther)
	return nil
}

// text is words.T for the templates of this package.
var text = words.T

// Later keeps a message for the next page.
func (s *Shell) Later(r *Request, toast string) { s.o.Sessions.Put(r.Request, toastKey, toast) }
