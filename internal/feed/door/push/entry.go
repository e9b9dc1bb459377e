package push

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/clock"
)

// only lets those in who have a token for the feed, and writes the error of what they asked for.
func (d *Door) only(do func(*guest) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g, err := d.letIn(w, r, r.PathValue("feed"))
		if err == nil {
			err = do(g)
		}
		if err != nil {
			d.refuse(w, r, g, err)
		}
	}
}

func (d *Door) letIn(w http.ResponseWriter, r *http.Request, name string) (*guest, error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	tok, ok, err := d.Tokens.Check(r.Context(), strings.TrimSpace(text), name)
	if err != nil {
		return nil, err
	}
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil, d.stranger(d.Address(r))
	}
	return &guest{Request: r, w: w, feed: name, token: tok, body: d.open(w, r)}, nil
}

// stranger is what somebody hears who has no token. How often is counted by address, and who has a token is let in all the same: behind a proxy,
// a tunnel or on this machine many share one, and nobody there should be able to keep the others out.
func (d *Door) stranger(from string) error {
	if wait := d.guesses.wait(from); wait > 0 {
		return &fault{Status: http.StatusTooManyRequests, Detail: "too many wrong tokens came from your address", retry: wait}
	}
	d.guesses.wrong(from)
	return &fault{Status: http.StatusUnauthorized, Detail: "this needs a token for the feed: firehall feed token FEED makes one"}
}

// Who guesses tokens has ten tries, and one more every ten seconds.
const (
	guessBurst = 10
	guessEvery = 10 * time.Second
	guessers   = 8192 // addresses remembered
)

// guesses counts wrong tokens by where they come from.
type guesses struct {
	clock clock.Clock
	mu    sync.Mutex
	from  map[string]*rate.Limiter
}

func newGuesses(c clock.Clock) *guesses { return &guesses{clock: c, from: map[string]*rate.Limiter{}} }

// wait is how long an address has to wait until its next try; 0: it may try now.
func (g *guesses) wait(from string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.from[network(from)]
	if l == nil {
		return 0
	}
	if left := l.TokensAt(g.clock.Now()); left < 1 {
		return time.Duration((1 - left) * float64(guessEvery))
	}
	return 0
}

// wrong notes a wrong token.
func (g *guesses) wrong(from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key, now := network(from), g.clock.Now()
	l := g.from[key]
	if l == nil {
		g.forget(now)
		l = rate.NewLimiter(rate.Every(guessEvery), guessBurst)
		g.from[key] = l
	}
	l.AllowN(now, 1)
}

// forget makes room: those first who have all their tries again, then anybody.
func (g *guesses) forget(now time.Time) {
	for _, all := range []bool{false, true} {
		for key, l := range g.from {
			if len(g.from) < guessers {
				return
			}
			if all || l.TokensAt(now) >= guessBurst {
				delete(g.from, key)
			}
		}
	}
}

// network is what counts as one place: who has one address of IPv6 has 2^64 of them.
func network(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil {
		return from
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

var errSlow = errors.New("the input comes too slowly")

// slowly says how slow is too slow.
func (d *Door) slowly() *fault {
	return &fault{
		Status: http.StatusRequestTimeout,
		Detail: fmt.Sprintf("the input came more slowly than %s a second over %s: nothing of it was accepted", d.Config.MinRate, d.Window),
	}
}
