package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/web/finder"
	"github.com/firehall/firehall/internal/web/report"
)

// guard is what stands around all handlers.
type guard struct {
	app     *App
	known   map[string]bool // the names that requests may be for
	domain  string          // of the team's mailbox: where its key and its security.txt are looked for
	proxies proxies
}

func newGuard(a *App) *guard {
	s := a.Config.Serve
	g := &guard{app: a, known: map[string]bool{"localhost": true}, proxies: parseProxies(s.TrustedProxies)}
	if host, _, err := net.SplitHostPort(s.Listen); err == nil {
		g.known[strings.ToLower(host)] = true
	}
	if u, err := url.Parse(s.PublicURL); err == nil && u.Hostname() != "" {
		g.known[strings.ToLower(u.Hostname())] = true
	}
	_, g.domain, _ = strings.Cut(strings.ToLower(a.Config.Team.Email), "@")
	for _, name := range s.ACMEDomains {
		g.known[strings.ToLower(name)] = true
	}
	return g
}

// origin puts who asks, and how, into the request, and gives it a number.
func (g *guard) origin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		g.proxies.believe(r)
		number := id.NewAt(g.app.Clock.Now())
		r.Header.Set(requestID, number)
		w.Header().Set(requestID, number)
		next.ServeHTTP(w, r)
	})
}

// requestID is the header with the request's number, in the request that handlers see and in the answer. It stands in the log.
const requestID = "X-Request-Id"

// names refuses requests for a name that is not ours: a page elsewhere can make its own name lead to this machine (DNS rebinding), and its
// reader's browser would then take our answers for that page's.
func (g *guard) names(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); !g.ours(host) && !g.publishes(host, r.URL.Path) {
			const text = "This server does not answer to that name. If it should, set serve.public_url in the configuration, and have the proxy pass the name on."
			if speaksTAXII(r.URL.Path) {
				taxii.Refuse(w, http.StatusMisdirectedRequest, text)
				return
			}
			plainly(w, http.StatusMisdirectedRequest, text)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname is the name in a Host header, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

// ours tells whether a name is this server's. An address of this machine is: nobody else can answer to it.
func (g *guard) ours(name string) bool {
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback() || g.known[name]
}

// publishes tells whether a path is looked for at the domain of the team's mailbox, whatever the name of this server is: who has only the address asks there.
// A web key directory has a name of its own in that domain.
func (g *guard) publishes(name, path string) bool {
	return g.domain != "" && (name == g.domain || name == "openpgpkey."+g.domain) && finder.WellKnown(path)
}

// limits bounds bodies, and ends streams when the server stops. What is pushed has its own limits.
func (g *guard) limits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !pushed(r.URL.Path) && r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, int64(g.app.Config.Serve.MaxBody))
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		if n, ok := w.(*noted); ok {
			n.streams = func() { context.AfterFunc(g.app.streams, cancel) }
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// pushed tells whether a path takes a feed's input.
func pushed(path string) bool {
	feed, ok := strings.CutPrefix(path, "/api/v1/feeds/")
	return ok && strings.Contains(feed, "/push")
}

// headers are common to all answers; a handler may set its own instead.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if r.URL.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// caught turns a panic into an answer and a line in the log.
func (g *guard) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil || p == http.ErrAbortHandler { //nolint:errorlint // a sentinel that is compared, as net/http does
				if p != nil {
					panic(p)
				}
				return
			}
			if unseen(r.URL.Path) {
				p = fmt.Sprintf("%T", p) // the value may be what somebody wrote
			}
			g.app.Log.ErrorContext(r.Context(), "a request made a handler panic", "request", r.Header.Get(requestID), "method", r.Method,
				"path", shown(r.URL.Path), "panic", p, "stack", string(debug.Stack()))
			if n, ok := w.(*noted); ok && n.status != 0 {
				panic(http.ErrAbortHandler) // half an answer must not look whole
			}
			plainly(w, http.StatusInternalServerError, "Something went wrong here, and was logged as "+r.Header.Get(requestID)+".")
		}()
		next.ServeHTTP(w, r)
	})
}

// logged writes a line for each request: never what stands behind the ?, which may be a token or somebody's address. Of the pages on which people
// report there is none unless they fail, and then without who asked.
func (g *guard) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		n := &noted{ResponseWriter: w}
		defer func() {
			level, from := slog.LevelInfo, r.RemoteAddr
			if unseen(r.URL.Path) {
				if n.status < http.StatusInternalServerError {
					return
				}
				from = "unseen"
			}
			if p := r.URL.Path; p == readyPath || p == healthyPath || strings.HasPrefix(p, "/assets/") || strings.HasPrefix(p, "/static/") {
				level = slog.LevelDebug
			}
			g.app.Log.Log(r.Context(), level, "request", "request", r.Header.Get(requestID), "method", r.Method, "path", shown(r.URL.Path),
				"status", cmp.Or(n.status, http.StatusOK), "bytes", n.bytes, "took", time.Since(begun), "from", from)
		}()
		next.ServeHTTP(n, r)
	})
}

// shown is a path as the log has it: at most so much of it.
func shown(path string) string {
	const most = 200
	if len(path) > most {
		return strings.ToValidUTF8(path[:most], "") + "…"
	}
	return path
}

// noted is an answer of which status and size are noted.
type noted struct {
	http.ResponseWriter
	status  int
	bytes   int64
	streams func() // called once, if the answer turns out to be a stream of events; may be nil
}

// WriteHeader notes the status; those that come before the real one (1xx) do not count.
func (n *noted) WriteHeader(status int) {
	if n.status == 0 && status >= http.StatusOK {
		n.begins(status)
	}
	n.ResponseWriter.WriteHeader(status)
}

// begins notes what kind of answer it is going to be.
func (n *noted) begins(status int) {
	n.status = status
	if n.streams != nil && strings.HasPrefix(n.Header().Get("Content-Type"), "text/event-stream") {
		n.streams()
	}
}

// Write counts.
func (n *noted) Write(p []byte) (int, error) {
	if n.status == 0 {
		n.begins(http.StatusOK)
	}
	done, err := n.ResponseWriter.Write(p)
	n.bytes += int64(done)
	return done, err
}

// Unwrap gives http.ResponseController what it controls.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// Flush sends what is there, for those who ask the answer itself.
func (n *noted) Flush() {
	if n.status == 0 {
		n.begins(http.StatusOK)
	}
	_ = http.NewResponseController(n.ResponseWriter).Flush()
}

// unseen reports whether a path is that of a page of whose readers nothing may be noted: a report, or a mailed link.
func unseen(path string) bool { return report.Unseen(path) || finder.Unseen(path) }
