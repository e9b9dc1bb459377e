package api

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/credential"
)

type actorKey struct{}

// actorIn is who makes the request of a context.
func actorIn(ctx context.Context) (identity.Actor, bool) {
	actor, ok := ctx.Value(actorKey{}).(identity.Actor)
	return actor, ok
}

// How often one person, one token, and one address of people who are not known, may ask: so many a second in the long run, so many at once.
const (
	personRate, personBurst     = 50, 200
	programRate, programBurst   = 100, 500
	strangerRate, strangerBurst = 2, 20
	mostRates                   = 10_000
)

// rates bounds how often each may ask.
type rates struct {
	clock clock.Clock
	mu    sync.Mutex
	by    map[string]*rate.Limiter
}

func newRates(c clock.Clock) *rates { return &rates{clock: c, by: map[string]*rate.Limiter{}} }

// wait is how long somebody has to wait before asking; 0 is not at all.
func (r *rates) wait(who string, per rate.Limit, burst int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	l := r.by[who]
	if l == nil {
		if len(r.by) >= mostRates {
			r.drop(now)
		}
		l = rate.NewLimiter(per, burst)
		r.by[who] = l
	}
	v := l.ReserveN(now, 1)
	if d := v.DelayFrom(now); d > 0 {
		v.CancelAt(now)
		return d
	}
	return 0
}

// drop forgets who asked long ago; if all asked lately, all of them.
func (r *rates) drop(now time.Time) {
	for who, l := range r.by {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(r.by, who)
		}
	}
	if len(r.by) >= mostRates {
		clear(r.by)
	}
}

// limited finds out who asks, and lets nobody ask without end. What is pushed to feeds has its own door-keeper.
func (a *API) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		g, err := a.guest(r)
		switch {
		case err != nil:
			p := a.problemOf(r.Context(), err)
			refuse(w, p.GetStatus(), p.Error())
		case g.forFeed:
			a.push(w, r)
		default:
			a.admit(w, r, g, next)
		}
	})
}

// guest is who makes a request, as far as it is known.
type guest struct {
	identity.Actor
	known   bool
	token   bool // came with a token of the API, known or not
	forFeed bool // the door of pushes knows whether this one may
}

// guest finds out who makes a request: by a token if there is one, and else by the session. A token goes before a cookie.
func (a *API) guest(r *http.Request) (g guest, err error) {
	text, ok := bearer(r)
	if ofPushes(r.URL.Path) {
		return guest{forFeed: true}, nil
	}
	if !ok {
		g.Actor, g.known = a.Sessions.Actor(r)
		g.Via = "api"
		return g, nil
	}
	if a.Programs != nil {
		g.Actor, g.known, err = a.Programs.Check(r.Context(), text)
	}
	g.token = true
	g.forFeed = !g.known && strings.HasPrefix(r.URL.Path, Root+"/intakes/")
	return g, err
}

// bearer is the token that a request carries (RFC 6750 §2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(text), strings.EqualFold(scheme, "Bearer")
}

// admit lets a guest through who is known, or who asks for what everybody may read.
func (a *API) admit(w http.ResponseWriter, r *http.Request, g guest, next http.Handler) {
	if d := a.waits(r, g); d > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(d/time.Second)+1))
		refuse(w, http.StatusTooManyRequests, "too many requests: ask again in a while, as Retry-After says")
		return
	}
	switch {
	case g.known && g.token:
		w = &challenger{w}
	case g.known && outlasts(r) && !a.Sessions.ProvedWithin(r, credential.Fresh):
		refuse(w, http.StatusForbidden, credential.ErrStale.Error())
		return
	case g.known, public(r):
	case g.token:
		w.Header().Set("WWW-Authenticate", realm+`, error="invalid_token"`)
		refuse(w, http.StatusUnauthorized, wrongToken)
		return
	default:
		w.Header().Set("WWW-Authenticate", realm)
		refuse(w, http.StatusUnauthorized, unknown)
		return
	}
	if g.known {
		r = r.WithContext(context.WithValue(r.Context(), actorKey{}, g.Actor))
	}
	next.ServeHTTP(w, r)
}

// outlasts tells of what goes on after the session that asked for it has ended: accounts, invitations, roles, tokens. Who asks with a session must
// have proved lately who they are, so that a browser that was left open, or a stolen cookie, is worth its hours only.
func outlasts(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, Root)
	of := func(room string) bool { return path == room || strings.HasPrefix(path, room+"/") }
	switch r.Method {
	case http.MethodPost, http.MethodPut:
		return of("/accounts") && !strings.HasSuffix(path, "/disable") || of("/tokens") || of("/feeds") && strings.HasSuffix(path, "/tokens")
	}
	return false
}

// waits is how long a guest has to wait. Who is not known shares with everybody at the same address, and so cannot use up what is theirs who are.
func (a *API) waits(r *http.Request, g guest) time.Duration {
	switch {
	case g.known && g.token:
		return a.rates.wait("program "+g.ID, programRate, programBurst)
	case g.known:
		return a.rates.wait("person "+g.ID, personRate, personBurst)
	}
	return a.rates.wait("address "+credential.Network(r.RemoteAddr).String(), strangerRate, strangerBurst)
}

// realm is what is asked of who is not known (RFC 6750 §3).
const realm = `Bearer realm="firehall"`

// challenger tells a program that its token does not reach as far (RFC 6750 §3.1).
type challenger struct{ http.ResponseWriter }

// WriteHeader adds to a refusal what would be needed.
func (c *challenger) WriteHeader(status int) {
	if status == http.StatusForbidden {
		c.Header().Set("WWW-Authenticate", realm+`, error="insufficient_scope"`)
	}
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (c *challenger) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// What somebody is told who is not logged in, and whose token is none.
const (
	unknown    = "you are not logged in: a program sends a token as Authorization: Bearer, which `firehall token add NAME --scope ...` makes; for people `firehall login-link` prints a link that logs in once, and the session's cookie is then the key"
	wrongToken = "this token is unknown, revoked or over, or for pushing to a feed only: `firehall token list` shows those that there are"
)

// public tells of what describes the API, which everybody may read.
func public(r *http.Request) bool {
	rest, _ := strings.CutPrefix(r.URL.Path, Root)
	return strings.HasPrefix(rest, "/openapi") || rest == "/docs" || rest == "/docs.css"
}

// push hands a request to the door of pushes.
func (a *API) push(w http.ResponseWriter, r *http.Request) {
	if a.Push == nil {
		refuse(w, http.StatusServiceUnavailable, "this process takes no pushes: they are for firehall serve")
		return
	}
	a.Push.ServeHTTP(w, r)
}

// crossOrigin refuses what another site's page makes a browser send.
func crossOrigin(next http.Handler) http.Handler {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "this request comes from a page of another site: nothing was done")
	}))
	return c.Handler(next)
}

// caught answers for an operation that panics, and keeps the server up.
func caught(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			switch {
			case v == nil:
			case v == http.ErrAbortHandler: //nolint:errorlint // the very value
				panic(v)
			default:
				log.ErrorContext(r.Context(), "an operation of the API panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				refuse(w, http.StatusInternalServerError, "something failed that should not: the log of the server says what")
			}
		}()
		next.ServeHTTP(w, r)
	})
}
