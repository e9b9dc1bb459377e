// Package session lets people in by links that work once, and knows afterwards who they are.
//
// A link is made for somebody at the machine, lasts ten minutes and is used up by the first who redeems it; showing it uses nothing up, since
// mail scanners and previews follow links. Redeeming begins a session under a new token, whatever token the browser had before. A session ends
// when it is ended, when it was not used for the idle time, and at the end of its life-time. Of links and sessions the store keeps SHA-256
// digests only: who reads the database, or a backup of it, cannot get in by it. Neither is ever logged.
package session

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// How long sessions last if nobody says: unused, and at most.
const (
	DefaultIdle     = 2 * time.Hour
	DefaultLifetime = 12 * time.Hour
)

// What may be done with sessions.
const (
	OpLink   identity.Operation = "session.link"  // make a link
	OpLogIn  identity.Operation = "session.login" // redeem one
	OpRead   identity.Operation = "session.read"  // everybody's sessions
	OpOwn    identity.Operation = "session.own"   // one's own
	OpEnd    identity.Operation = "session.end"
	OpEndAll identity.Operation = "session.end-all"
)

// The names of the cookie. A browser takes the second only over TLS, from the very host, for all of it (RFC 6265bis §4.1.3.2).
const (
	cookieName   = "firehall_session"
	secureCookie = "__Host-firehall_session"
)

// Options say what sessions need and how long they last.
type Options struct {
	DB       *sqldb.DB
	Clock    clock.Clock
	Log      *slog.Logger
	Secure   bool          // browsers come by TLS, here or at the proxy before us
	Idle     time.Duration // DefaultIdle if 0
	Lifetime time.Duration // DefaultLifetime if 0
	Follows  int           // answers that go on at the same time, see Follow; 256 if 0
	// Resolve tells, for each request, who an account is now, with the roles that it has now; an error ends the request as nobody's. Sessions
	// of links made at the machine for nobody's account are not asked about: those are the owner's.
	Resolve func(ctx context.Context, account string) (identity.Actor, error)
}

// Manager is who keeps sessions. It is safe for concurrent use.
type Manager struct {
	Options
	scs    *scs.SessionManager
	limit  *limiter
	follow followers
	look   time.Duration // see followLook
}

// Session is one person's being logged in.
type Session struct {
	ID      string    `json:"id"`
	Actor   string    `json:"actor"` // its id
	Name    string    `json:"name"`
	Address string    `json:"address"` // where they logged in from
	Agent   string    `json:"agent"`   // what their browser calls itself
	Began   time.Time `json:"began"`
	Seen    time.Time `json:"seen"` // last use, to some minutes
	Expires time.Time `json:"expires"`
}

// New makes a manager.
func New(o Options) *Manager {
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	if o.Lifetime <= 0 {
		o.Lifetime = DefaultLifetime
	}
	if o.Follows <= 0 {
		o.Follows = followAll
	}
	m := &Manager{Options: o, scs: scs.New(), limit: newLimiter(), follow: followers{of: map[string]map[*follower]bool{}}, look: followLook}
	m.scs.Lifetime = o.Lifetime
	m.scs.Store = &store{m}
	m.scs.Codec = codec{}
	m.scs.ErrorFunc = m.failed
	m.scs.Cookie.Name = cookieName
	m.scs.Cookie.Persist = false // it goes with the browser; how long it counts is decided here
	if o.Secure {
		m.scs.Cookie.Name, m.scs.Cookie.Secure = secureCookie, true
	}
	return m
}

// Wrap lets a handler and everything below it ask for the session of a request. Each other method that takes a request needs it.
func (m *Manager) Wrap(next http.Handler) http.Handler { return m.scs.LoadAndSave(next) }

func (m *Manager) failed(w http.ResponseWriter, r *http.Request, err error) {
	m.Log.ErrorContext(r.Context(), "reading or writing a session", "error", err)
	http.Error(w, "Firehall cannot read its database now: try again in a minute.", http.StatusServiceUnavailable)
}

// Actor tells who makes a request, with the roles of this moment, and false for nobody who is logged in or may be.
func (m *Manager) Actor(r *http.Request) (identity.Actor, bool) {
	ctx := r.Context()
	a, err := m.person(ctx, m.scs.GetString(ctx, keyActor), m.scs.GetString(ctx, keyName))
	if err != nil && !problem.Is(err, problem.Forbidden) {
		m.Log.ErrorContext(ctx, "finding out whose a session is", "error", err)
	}
	return a, err == nil && a.ID != ""
}

// ofMachine begins the ids of users of the operating system.
const ofMachine = "os:"

// person is who is logged in as somebody. Error: Forbidden for an account that may not be used.
func (m *Manager) person(ctx context.Context, actor, name string) (identity.Actor, error) {
	switch {
	case actor == "":
		return identity.Actor{}, nil
	case strings.HasPrefix(actor, ofMachine):
		return identity.Actor{ID: actor, Name: name, Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Owner}}, nil
	case m.Resolve == nil:
		return identity.Actor{}, problem.New(problem.Forbidden, "nobody here knows the account %s", actor)
	}
	a, err := m.Resolve(ctx, actor)
	if err != nil {
		return identity.Actor{}, err
	}
	a.Kind, a.Via = identity.Person, "web"
	return a, nil
}

// Put keeps a text with the session of a request until Pop takes it; a request of nobody who is logged in keeps nothing.
func (m *Manager) Put(r *http.Request, key, text string) {
	if _, ok := m.Actor(r); ok {
		m.scs.Put(r.Context(), own+key, text)
	}
}

// Pop takes a text that Put kept; empty if there is none.
func (m *Manager) Pop(r *http.Request, key string) string {
	return m.scs.PopString(r.Context(), own+key)
}

// End logs out who makes the request.
func (m *Manager) End(r *http.Request) error {
	actor, ok := m.Actor(r)
	if !ok {
		return nil
	}
	id := m.scs.GetString(r.Context(), keyID)
	if err := m.EndOne(r.Context(), actor, id); err != nil {
		return err
	}
	return m.scs.Destroy(r.Context())
}

// Lives tells how long a session may stay unused, and how long it lasts at most.
func (m *Manager) Lives() (idle, lifetime time.Duration) { return m.Idle, m.Lifetime }

// Redeem logs in by a link: it uses the link up and begins a session for the person whom it was made for. Call it for POST only. It takes
// the place of the session that the browser had, under a new token.
//
// Errors: Forbidden for a link that is unknown, used or too old, all alike; Unavailable instead after too many wrong ones from one address. A
// right one works even then: many may share an address, and none of them should be able to keep the others out.
func (m *Manager) Redeem(r *http.Request, token string) (identity.Actor, error) {
	now := m.Clock.Now()
	wrong, slow := m.limit.attempt(now, r.RemoteAddr)
	if slow != nil && !m.works(r.Context(), now, token) {
		return identity.Actor{}, slow
	}
	a, err := m.redeem(r.Context(), now, token)
	if err != nil {
		m.Log.WarnContext(r.Context(), "a login link was refused", "address", r.RemoteAddr, "error", err)
		return identity.Actor{}, err
	}
	wrong.forgive(now)
	return a, m.begin(r, now, a)
}

// Refresh ends the answers that go on for an account that was changed: whoever may, asks again as what they are now.
func (m *Manager) Refresh(account string) { m.follow.endOf(account) }

// EndAll ends every session and makes every login link useless; it tells how many sessions there were.
func (m *Manager) EndAll(ctx context.Context, actor identity.Actor) (n int64, err error) {
	err = m.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err = EndAll(tx, m.Clock.Now(), actor)
		return err
	})
	if err == nil {
		m.follow.end("")
	}
	return n, err
}
