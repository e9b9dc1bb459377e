package shell

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/taking"
	"github.com/firehall/firehall/internal/web/assets"
)

// policy is the content policy of every page: our own files and nothing inline. It must not get an exception.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri " + reportPath

const permissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), " +
	"gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()"

// chain puts around the routes what every request goes through.
func (s *Shell) chain() http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.AddInsecureBypassPattern("POST " + reportPath) // the browser itself reports, from nowhere; nothing is changed
	cross.SetDenyHandler(http.HandlerFunc(s.denyCross))
	checked := cross.Handler(http.HandlerFunc(s.route))
	pages := s.o.Sessions.Wrap(checked)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.headers(w)
		if strings.HasPrefix(r.URL.Path, assets.Prefix) {
			assets.Serve(w, r)
			return
		}
		if s.isUnseen(r.URL.Path) {
			checked.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

func (s *Shell) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	if s.o.Sessions.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}

// route serves the pages, and says in our own words that there is none.
func (s *Shell) route(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	s.serve(Route{Public: true, Unseen: s.isUnseen(r.URL.Path), Limit: bodyLimit}, func(http.ResponseWriter, *Request) error {
		return problem.New(problem.NotFound, "there is no page %s", r.URL.Path)
	}).ServeHTTP(w, r)
}

func (s *Shell) denyCross(w http.ResponseWriter, r *http.Request) {
	req := s.request(r)
	s.fail(w, req, problem.New(problem.Forbidden, "%s", req.T("shell.fail.cross")))
}

// serve makes an http.Handler of a page's.
func (s *Shell) serve(route Route, h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, began := s.request(r), time.Now()
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Request-ID", req.ID)
		defer func() {
			if p := recover(); p != nil {
				s.panicked(w, req, route, p)
			}
			if !route.Unseen {
				s.counts.took(route.Pattern, time.Since(began))
			}
		}()
		if err := s.answer(w, req, route, h); err != nil {
			s.fail(w, req, err)
		}
	})
}

func (s *Shell) answer(w http.ResponseWriter, r *Request, route Route, h Handler) error {
	if route.Unseen {
		return s.unlooked(w, r, route, h)
	}
	actor, in := s.o.Sessions.Actor(r.Request)
	if r.Actor = actor; !in && !route.Public {
		return s.askIn(w, r)
	}
	if in {
		leave, err := s.crowd.enter(r.Context(), actor.ID)
		if err != nil {
			return err
		}
		defer leave()
		r.leave = leave
	}
	if err := s.limit(w, r, route.Limit); err != nil {
		return err
	}
	if !in || s.o.Take == nil {
		return h(w, r)
	}
	out := taking.Watch(w, func(name string) error {
		return s.o.Take(r.Context(), actor, release.Taking{Route: route.Pattern, Path: r.URL.Path, Query: r.URL.RawQuery, Name: name})
	})
	err := h(out, r)
	if refused := out.Refused(); refused != nil {
		return refused
	}
	return err
}

// unlooked answers without looking who asks.
func (s *Shell) unlooked(w http.ResponseWriter, r *Request, route Route, h Handler) error {
	if err := s.limit(w, r, route.Limit); err != nil {
		return err
	}
	return h(w, r)
}

// panicked answers for a page that failed by a defect. What http wants to abort is aborted.
func (s *Shell) panicked(w http.ResponseWriter, r *Request, route Route, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // the very value
		panic(p)
	}
	if route.Unseen {
		p = fmt.Sprintf("%T", p) // the value may be what somebody wrote
	}
	s.o.Log.ErrorContext(r.Context(), "a page panicked", "request", r.ID, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
	s.fail(w, r, problem.New(problem.Internal, "a defect"))
}
