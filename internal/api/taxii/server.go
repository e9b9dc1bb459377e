package taxii

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/sharing"
)

// Root is where discovery lies, and api the one API root below it.
const (
	Root = "/taxii2/"
	api  = "firehall"
)

// Options is what the server asks. All of it is needed, but for what a remark excepts.
type Options struct {
	Clock    clock.Clock
	Log      *slog.Logger
	Sharing  *sharing.Service
	Tokens   *token.Tokens
	Accounts *account.Accounts
	Secret   [32]byte          // signs cursors
	Title    string            // the team's name
	Contact  string            // its mailbox; may be empty
	Base     string            // where others reach this server: "https://csirt.example"
	MaxBody  int64             // bytes that may be given at once
	Clients  map[string]string // by login, the fingerprints of its certificates, as the configuration has them; nil for none
}

// Server answers clients of TAXII. It is safe for concurrent use.
type Server struct {
	Options
	certificates map[string]string // logins by fingerprint
	paces        paces
}

// New makes the server.
func New(o Options) *Server {
	s := &Server{Options: o, certificates: map[string]string{}}
	for login, prints := range o.Clients {
		for _, print := range config.Fingerprints(prints) {
			s.certificates[print] = login
		}
	}
	return s
}

// endpoint is what a path means: what it may be asked for, and by which methods.
type endpoint struct {
	get, post, delete func(ctx context.Context, c call) error
}

// call is a request of somebody who is known.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	actor identity.Actor
	parts []string // of the path behind the API root
}

func (c call) collection() string { return c.parts[1] }
func (c call) object() string     { return c.parts[3] }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.caught(w, r)
	actor, known, err := s.who(r)
	switch {
	case err != nil:
		s.fail(r.Context(), w, err)
		return
	case s.slow(w, r, actor, known):
		return
	case !known:
		w.Header().Add("WWW-Authenticate", `Basic realm="TAXII", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="TAXII"`)
		Refuse(w, http.StatusUnauthorized, s.stranger(r))
		return
	}
	s.route(w, r, actor)
}

// route finds what a path means.
func (s *Server) route(w http.ResponseWriter, r *http.Request, actor identity.Actor) {
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, strings.TrimSuffix(Root, "/")), "/")
	c := call{w: w, r: r, actor: actor}
	if path != "" {
		c.parts = strings.Split(strings.TrimPrefix(path, "/"), "/")
	}
	e, ok := s.find(&c)
	if !ok {
		Refuse(w, http.StatusNotFound, "there is nothing here: "+Root+" names the API root")
		return
	}
	do := map[string]func(context.Context, call) error{http.MethodGet: e.get, http.MethodPost: e.post, http.MethodDelete: e.delete}[r.Method]
	switch {
	case do == nil:
		w.Header().Set("Allow", e.allow())
		Refuse(w, http.StatusMethodNotAllowed, "this is asked for by "+e.allow())
	case !acceptable(r.Header):
		Refuse(w, http.StatusNotAcceptable, "answers are of type "+MediaType)
	case unreadable(r):
		Refuse(w, http.StatusBadRequest, "the question behind the ? cannot be read: & stands between parameters, and what else has a meaning is escaped")
	case r.Method == http.MethodPost && !sent(r.Header):
		Refuse(w, http.StatusUnsupportedMediaType, "send an envelope of type "+MediaType)
	default:
		if err := do(r.Context(), c); err != nil {
			s.fail(r.Context(), w, err)
		}
	}
}

// unreadable tells that something of a question would be passed over.
func unreadable(r *http.Request) bool {
	_, err := url.ParseQuery(r.URL.RawQuery)
	return err != nil
}

func (e endpoint) allow() string {
	var list []string
	for _, m := range []struct {
		name string
		do   func(context.Context, call) error
	}{{http.MethodGet, e.get}, {http.MethodPost, e.post}, {http.MethodDelete, e.delete}} {
		if m.do != nil {
			list = append(list, m.name)
		}
	}
	return strings.Join(list, ", ")
}

// find gives the endpoint of a path (§4 and §5), and leaves of its parts those behind the API root.
func (s *Server) find(c *call) (endpoint, bool) {
	if len(c.parts) == 0 {
		return endpoint{get: s.discovery}, true
	}
	if c.parts[0] != api {
		return endpoint{}, false
	}
	c.parts = c.parts[1:]
	shape := make([]string, len(c.parts))
	for i, p := range c.parts {
		shape[i] = p
		if i == 1 || i == 3 {
			shape[i] = "*"
		}
		if p == "" {
			return endpoint{}, false
		}
	}
	e, ok := map[string]endpoint{
		"":                                 {get: s.root},
		"status/*":                         {get: s.status},
		"collections":                      {get: s.collections},
		"collections/*":                    {get: s.collection},
		"collections/*/manifest":           {get: s.page(sharing.Manifest)},
		"collections/*/objects":            {get: s.page(sharing.Objects), post: s.give},
		"collections/*/objects/*":          {get: s.page(sharing.Object1), delete: s.remove},
		"collections/*/objects/*/versions": {get: s.page(sharing.Versions)},
	}[strings.Join(shape, "/")]
	return e, ok
}

// caught answers for a handler that panics, and keeps the server up.
func (s *Server) caught(w http.ResponseWriter, r *http.Request) {
	v := recover()
	switch {
	case v == nil:
	case v == http.ErrAbortHandler: //nolint:errorlint // the very value
		panic(v)
	default:
		s.Log.ErrorContext(r.Context(), "TAXII: a request panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
		Refuse(w, http.StatusInternalServerError, "something failed that should not: the log of the server says what")
	}
}
