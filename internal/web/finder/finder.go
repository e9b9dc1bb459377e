// Package finder holds the public pages about teams: "find the team for your country or network", a team's word that its entry is right, what
// RFC 2350 wants a team to say of itself, security.txt, and the team's OpenPGP key by web key directory.
//
// They need no account, no script and no cookie. Nobody looks who asks: the pages are unseen routes of the shell, which keeps the secret of a
// mailed link out of every log, and the limit below counts addresses in memory only.
package finder

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/words"
)

// Options is what the pages ask.
type Options struct {
	Clock  clock.Clock
	Team   string // the team's name
	Email  string // the team's mailbox; may be empty
	Report bool   // there is a public form for reports
	Find   func(ctx context.Context, text string) (team.Answer, error)
	Follow func(ctx context.Context, secret string) (team.Entry, error)
	// Confirm takes a team's word about the entry that it saw, by its stamp. Conflict if it is another by now.
	Confirm func(ctx context.Context, secret, seen string) (team.Entry, error)
	// Wrong takes a team's word that something of its entry is not right. nil: it is asked to write.
	Wrong func(ctx context.Context, secret, text string) error
	// About describes the team as it is now; nil: there is no such page.
	About func() About
	// Sign signs a text in clear text, if there is a key; nil: nothing is signed.
	Sign func(text string) (string, error)
	// Security is security.txt at a moment, signed if there is a key. nil: there is none.
	Security func(now time.Time) (string, error)
	// Key is the OpenPGP key of a mailbox of the domain, in binary. NotFound if there is none.
	Key func(domain, hash string) ([]byte, error)
}

// Where the pages are.
const (
	Path         = "/teams"
	confirmPath  = "/teams/confirm"
	aboutPath    = "/rfc2350"
	aboutText    = "/rfc2350.txt"
	securityPath = "/.well-known/security.txt"
	keysPath     = "/.well-known/openpgpkey"
)

// Unseen reports whether a path is one of these pages, of whose readers nothing may be noted.
func Unseen(path string) bool {
	for _, one := range []string{Path, aboutPath, keysPath} {
		if path == one || strings.HasPrefix(path, one+"/") {
			return true
		}
	}
	return path == aboutText || path == securityPath
}

// WellKnown reports whether a path is one at which programs look for what a team publishes of itself, by its domain.
func WellKnown(path string) bool {
	return path == securityPath || strings.HasPrefix(path, keysPath+"/")
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o    Options
	pace pace
}

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	p := &page{Shell: s, o: o}
	if o.Find != nil {
		s.Unseen("GET "+Path, p.plain(p.find))
	}
	if o.Follow != nil {
		s.Unseen("GET "+confirmPath+"/{secret}", p.plain(p.follow))
		s.Unseen("POST "+confirmPath+"/{secret}", p.plain(p.confirm))
	}
	if o.About != nil {
		s.Unseen("GET "+aboutPath, p.plain(p.about))
		s.Unseen("GET "+aboutText, p.plain(p.aboutText))
	}
	if o.Security != nil {
		s.Unseen("GET "+securityPath, p.plain(p.security))
	}
	if o.Key != nil {
		s.Unseen("GET "+keysPath+"/{rest...}", p.plain(p.keys))
	}
}

// plain slows down who asks too much, speaks the reader's language, and puts a page of ours in the place of the shell's when something fails.
func (p *page) plain(h shell.Handler) shell.Handler {
	return func(w http.ResponseWriter, r *shell.Request) error {
		if l := words.Lang(r.URL.Query().Get("lang")); l.Known() {
			r.Lang = l
		}
		r.Request = r.WithContext(words.With(r.Context(), r.Lang))
		if !p.pace.allow(r.RemoteAddr, p.o.Clock.Now()) {
			w.Header().Set("Retry-After", "60")
			return p.fail(w, r, http.StatusTooManyRequests, "busy")
		}
		err := h(w, r)
		switch {
		case err == nil || r.Context().Err() != nil:
			return err
		case problem.Is(err, problem.NotFound):
			return p.fail(w, r, http.StatusNotFound, "gone")
		case problem.Is(err, problem.Invalid), problem.Is(err, problem.Conflict):
			return p.fail(w, r, http.StatusUnprocessableEntity, "unread")
		case problem.Is(err, problem.Unavailable):
			return p.fail(w, r, http.StatusServiceUnavailable, "busy")
		}
		return err // which the shell logs, without who asked
	}
}

func (p *page) fail(w http.ResponseWriter, r *shell.Request, status int, key string) error {
	return p.show(w, r, view{Title: r.T("finder.fail." + key), Status: status, Body: failPage(key)})
}

// How much is taken from one address, and when all counts are forgotten: who has so many addresses is not held by this.
const (
	askedAtOnce = 60
	askedPause  = time.Second
	mostCounted = 10_000
)

// pace limits how fast each asks.
type pace struct {
	mu sync.Mutex
	by map[netip.Addr]*rate.Limiter
}

func (c *pace) allow(remote string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= mostCounted {
		c.by = map[netip.Addr]*rate.Limiter{}
	}
	who := network(remote)
	if c.by[who] == nil {
		c.by[who] = rate.NewLimiter(rate.Every(askedPause), askedAtOnce)
	}
	return c.by[who].AllowN(now, 1)
}

// network is an address, of IPv6 that of its network.
func network(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	who := at.Addr().Unmap().WithZone("")
	if who.Is6() {
		prefix, _ := who.Prefix(64) // fits each
		return prefix.Addr()
	}
	return who
}
