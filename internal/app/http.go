package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/api/blocklist"
	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Paths that say how the server is. They tell nobody's data, and are answered whatever name the request is for.
const (
	readyPath   = "/readyz"
	healthyPath = "/healthz"
	apiPath     = "/api/"
	intelmqPath = "/intelmq/"
)

// readyWait is how long the database may take to say that it is there.
const readyWait = 2 * time.Second

// readiness is at which point of its life the server is; empty is in the middle of it.
type readiness struct {
	mu     sync.Mutex
	reason string
}

func (r *readiness) say(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reason = reason
}

func (r *readiness) why() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reason
}

// Handler is everything that the server answers: / is Web, /api/ is API, /readyz and /healthz say how it is. Around all of it stand the same
// guards: who asks and for which name, limits, headers, the log and the catching of panics.
//
// The faces are made here if they are not there yet: commands need none, and should not wait for them.
func (a *App) Handler() (http.Handler, error) {
	if a.Web == nil {
		if err := a.openFaces(); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/", orNothing(a.Web))
	mux.Handle(apiPath, orNothing(a.API))
	mux.Handle(intelmqPath, orNothing(a.API))
	mux.Handle(blocklist.Root, orNothing(a.Blocklists))
	g := newGuard(a)
	inner := g.limits(mux)
	outer := http.NewServeMux()
	outer.HandleFunc("GET "+readyPath, a.answerReady)
	outer.HandleFunc("GET "+healthyPath, func(w http.ResponseWriter, _ *http.Request) { plainly(w, http.StatusOK, "alive") })
	outer.Handle("/", g.names(inner))
	split := g.split(g.names(g.limits(orNothing(a.TAXII))), outer)
	return g.origin(g.logged(headers(g.caught(split)))), nil
}

// split has everything below TAXII's root answered in its own type: a mux would redirect /taxii2// by itself, with a page.
func (g *guard) split(forTAXII, others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if speaksTAXII(r.URL.Path) {
			forTAXII.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

func speaksTAXII(path string) bool { return strings.HasPrefix(path+"/", taxii.Root) }

// orNothing stands in for a face that was not made.
func orNothing(h http.Handler) http.Handler {
	if h == nil {
		return http.NotFoundHandler()
	}
	return h
}

// answerReady says 200 when everything that must work does, and else 503 with the reasons, one a line.
func (a *App) answerReady(w http.ResponseWriter, r *http.Request) {
	if why := a.NotReady(r.Context()); len(why) > 0 {
		w.Header().Set("Retry-After", "1")
		plainly(w, http.StatusServiceUnavailable, strings.Join(why, "\n"))
		return
	}
	plainly(w, http.StatusOK, strings.Join(append([]string{"ready"}, a.fullDisk()...), "\n"))
}

// fullDisk tells that the disk is full. The server is ready all the same: its pages are where people see that, and it goes on by itself when
// there is room.
func (a *App) fullDisk() []string {
	if !errors.Is(a.layout.Room(0), feed.ErrNoRoom) {
		return nil
	}
	return []string{"but the disk is full: nothing is taken in until there is room"}
}

// NotReady gives the reasons why the server cannot do its work now; none if it can.
func (a *App) NotReady(ctx context.Context) []string {
	if why := a.ready.why(); why != "" {
		return []string{why}
	}
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	var one int
	if err := a.DB.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT 1`).Scan(&one) }); err != nil {
		return []string{"the database does not answer"}
	}
	return a.unready()
}

// plainly answers with a line of text.
func plainly(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}
