// Package shell is what all pages stand in: the layout, who is in, the security headers, what happens with an error.
//
// A page is a Handler, given to Handle with a pattern of net/http. It answers with Page (a whole page), Fragment (a part that htmx asked
// for), Done (after something was changed) or Stream (server-sent events), or returns an error, which becomes a page, or for htmx a part,
// by its problem.Kind. Nothing inline is allowed by the content policy: no style or script attributes, no <style>, no <script> text.
package shell

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Options say what the shell needs.
type Options struct {
	Clock   clock.Clock
	Zone    *time.Location // the team's
	Team    string         // the team's name
	Version string
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil for none
	// Stops tells which orders to stop sending stand, for the banner on every page.
	Stops func(context.Context, identity.Actor) ([]Stop, error)
	// Sessions says who is in.
	Sessions Sessions
}

// Sessions is what the shell asks of internal/identity/session.
type Sessions interface {
	Wrap(http.Handler) http.Handler
	Actor(*http.Request) (identity.Actor, bool)
	End(*http.Request) error
}

// Stop is an order that keeps messages from being sent.
type Stop struct {
	All    bool   // everything is stopped
	What   string // otherwise what, for people: "feed shadowserver"
	By     string
	Reason string
	At     time.Time
}

// Request is a request of somebody who is in (or, for Public, of anybody: then Actor is nobody).
type Request struct {
	*http.Request
	Actor identity.Actor
	Lang  words.Lang
	Theme string // auto, light, dark, contrast
	ID    string // names the request in the log and on an error page

	zone *time.Location
}

// HX reports whether htmx asked, for a part of the page. A page asked for through the browser's history is asked for whole.
func (r *Request) HX() bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// Zone is the team's zone.
func (r *Request) Zone() *time.Location { return r.zone }

// T is words.T in the reader's language.
func (r *Request) T(key string, args ...any) string { return words.T(r.Context(), key, args...) }

// Handler answers a request. An error becomes a page, or for htmx a part, by problem.Kind.
type Handler func(w http.ResponseWriter, r *Request) error

// Page is a whole page.
type Page struct {
	Title   string
	Section string // overview events findings organisations notifications feeds lookup jobs stops settings
	Body    templ.Component
	Crumbs  []ui.Link
	Status  int // 200 if 0; 422 for a form that is shown again
}

// Hit is one thing that the command palette found.
type Hit struct {
	Text string
	Note string
	Href string
	Icon string
	Kind string // the words' key of what it is: "palette.organisation"
}

// Finder answers the command palette with at most about five hits. It must be quick: it is asked at each key.
type Finder func(ctx context.Context, r *Request, q string) ([]Hit, error)

// Shell is the frame of all pages. It is an http.Handler.
type Shell struct {
	o       Options
	mux     *http.ServeMux
	once    sync.Once
	whole   http.Handler
	routes  []Route
	finders []Finder
}

// Route is a page or a part that can be asked for.
type Route struct {
	Pattern string
	Public  bool
}

// New makes a shell with the pages that are its own.
func New(o Options) *Shell {
	return &Shell{o: o, mux: http.NewServeMux()}
}

// Option changes how a route is handled.
type Option func(*Route)

// Body lets a request have a body of so many bytes; usual is one mebibyte. For uploads.
func Body(limit int64) Option { return func(*Route) {} }

// Handle serves a pattern of net/http, "GET /findings/{id}", to those who are in.
func (s *Shell) Handle(pattern string, h Handler, with ...Option) {}

// Public serves a pattern to anybody.
func (s *Shell) Public(pattern string, h Handler, with ...Option) {}

// Routes lists what is served, for the tests of the house.
func (s *Shell) Routes() []Route { return s.routes }

// Palette adds a finder to the command palette.
func (s *Shell) Palette(f Finder) { s.finders = append(s.finders, f) }

// ServeHTTP answers with the page asked for.
func (s *Shell) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Page answers with a whole page. For htmx too: it takes from it what it wants (hx-select).
func (s *Shell) Page(w http.ResponseWriter, r *Request, p Page) error {
	return p.Body.Render(r.Context(), w)
}

// Fragment answers with a part of a page.
func (s *Shell) Fragment(w http.ResponseWriter, r *Request, c templ.Component) error {
	return c.Render(r.Context(), w)
}

// Done answers after a change: the browser goes on to the page `to`, where the toast is shown once. An empty toast shows none.
func (s *Shell) Done(w http.ResponseWriter, r *Request, to, toast string) error {
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

// Stream answers with server-sent events until f returns or the reader leaves (then r.Context() ends and send fails). Each event is a part
// of the page.
func (s *Shell) Stream(w http.ResponseWriter, r *Request, f func(send func(event string, c templ.Component) error) error) error {
	return f(func(string, templ.Component) error { return nil })
}
