package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
)

type actorKey struct{}

// actorIn is who makes the request of a context.
func actorIn(ctx context.Context) (identity.Actor, bool) {
	actor, ok := ctx.Value(actorKey{}).(identity.Actor)
	return actor, ok
}

// How often one person, and one address of people who are not logged in, may ask: so many a second in the long run, so many at once.
const (
	personRate, personBurst     = 50, 200
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
		if pushed(r) {
			a.push(w, r)
			return
		}
		who, per, burst := "address "+address(r), rate.Limit(strangerRate), strangerBurst
		actor, ok := a.Sessions.Actor(r)
		if ok {
			actor.Via = "api"
			who, per, burst = "person "+actor.ID, personRate, personBurst
			r = r.WithContext(context.WithValue(r.Context(), actorKey{}, actor))
		}
		if d := a.rates.wait(who, per, burst); d > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(d/time.Second)+1))
			refuse(w, http.StatusTooManyRequests, "too many requests: ask again in a while, as Retry-After says")
			return
		}
		if !ok && !public(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="feeds"`)
			refuse(w, http.StatusUnauthorized, unknown)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unknown is what somebody is told who is not logged in.
const unknown = "you are not logged in: `firehall login-link` prints a link that logs in once, and the session's cookie is then your key"

// public tells of what describes the API, which everybody may read.
func public(r *http.Request) bool {
	rest, _ := strings.CutPrefix(r.URL.Path, Root)
	return strings.HasPrefix(rest, "/openapi") || rest == "/docs" || rest == "/docs.css"
}

// push hands a request to the door of pushes.
func (a *API) push(w http.ResponseWriter, r *http.Request) {
	if !ofPushes(r.URL.Path) && !strings.HasPrefix(r.URL.Path, Root+"/intakes/") {
		refuse(w, http.StatusNotFound, "a feed's token is for pushing to it, and for asking what became of that: there is nothing else here for it")
		return
	}
	if a.Push == nil {
		refuse(w, http.StatusServiceUnavailable, "this process takes no pushes: they are for firehall serve")
		return
	}
	a.Push.ServeHTTP(w, r)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
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
