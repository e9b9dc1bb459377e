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
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/release"
)

// Options say what the shell needs.
type Options struct {
	Clock    clock.Clock
	Zone     *time.Location // the team's; UTC if nil
	Team     string         // the team's name
	Version  string
	Log      *slog.Logger
	Metrics  prometheus.Registerer // nil for none
	Sessions *session.Manager
	// Ways shows how one gets in beside a link made at the machine; next is where somebody wanted to go. nil: there is no other way.
	Ways func(r *Request, next string) templ.Component
	// Stops tells which orders to stop sending stand, for the banner on every page; nil for none.
	Stops func(context.Context, identity.Actor) ([]Stop, error)
	// Take puts on record that somebody takes a file into their own hands; nothing of it goes before. nil: there are no files.
	Take func(context.Context, identity.Actor, release.Taking) error
}

// Stop is an order that keeps messages from being sent.
type Stop struct {
	All    bool   // everything is stopped
	What   string // otherwise what, for people: "feed shadowserver"
	By     string
	Reason string
	At     time.Time
}

// Handler answers a request. An error becomes a page, or for htmx a part, by problem.Kind.
type Handler func(w http.ResponseWriter, r *Request) error

// Shell is the frame of all pages. It is an http.Handler. Pages are added before the first request.
type Shell struct {
	o       Options
	mux     *http.ServeMux
	routes  []Route
	finders []Finder
	counts  *counts
	crowd   crowd
	unseen  []string      // the paths of routes that are
	reports *rate.Limiter // of lines in the log about broken policies
	once    sync.Once
	whole   http.Handler
}

// Route is a page or a part that can be asked for.
type Route struct {
	Pattern string
	Public  bool
	Unseen  bool  // nobody looks who asks: see Shell.Unseen
	Limit   int64 // of the body, in bytes
}

// Path is the route's pattern without its method.
func (r Route) Path() string {
	_, path, _ := strings.Cut(r.Pattern, " ")
	return path
}

// New makes a shell with the pages that are its own.
func New(o Options) *Shell {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Shell{o: o, mux: http.NewServeMux(), counts: newCounts(o.Metrics), reports: rate.NewLimiter(rate.Every(time.Minute), 20), crowd: crowd{by: map[string]*places{}}}
	s.own()
	return s
}

// bodyLimit is how large a request's body may be if its route says nothing, in bytes.
const bodyLimit = 1 << 20

// Option changes how a route is handled.
type Option func(*Route)

// Body lets a request have a body of so many bytes; usual is one mebibyte. For uploads.
func Body(limit int64) Option { return func(r *Route) { r.Limit = limit } }

// Handle serves a pattern of net/http, "GET /findings/{id}", to those who are in. Others are led to the log-in.
func (s *Shell) Handle(pattern string, h Handler, with ...Option) {
	s.add(Route{Pattern: pattern, Limit: bodyLimit}, h, with)
}

// Public serves a pattern to anybody.
func (s *Shell) Public(pattern string, h Handler, with ...Option) {
	s.add(Route{Pattern: pattern, Limit: bodyLimit, Public: true}, h, with)
}

// Unseen serves a pattern to anybody, and asks nothing about them: no session is read or touched, even if there is one, nothing is counted or
// logged of the request but that it failed. It holds for all that lies below the pattern's path.
func (s *Shell) Unseen(pattern string, h Handler, with ...Option) {
	route := Route{Pattern: pattern, Limit: bodyLimit, Public: true, Unseen: true}
	s.unseen = append(s.unseen, route.Path())
	s.add(route, h, with)
}

// isUnseen reports whether a path is that of an unseen route, or below it.
func (s *Shell) isUnseen(path string) bool {
	return slices.ContainsFunc(s.unseen, func(one string) bool { return path == one || strings.HasPrefix(path, one+"/") })
}

func (s *Shell) add(route Route, h Handler, with []Option) {
	for _, option := range with {
		option(&route)
	}
	s.routes = append(s.routes, route)
	s.mux.Handle(route.Pattern, s.serve(route, h))
}

// Routes lists what is served, for the tests of the house.
func (s *Shell) Routes() []Route { return s.routes }

// has reports whether there is a page at path.
func (s *Shell) has(path string) bool {
	for _, r := range s.routes {
		if r.Pattern == "GET "+path {
			return true
		}
	}
	return false
}

// ServeHTTP answers with the page asked for.
func (s *Shell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(func() { s.whole = s.chain() })
	s.whole.ServeHTTP(w, r)
}
