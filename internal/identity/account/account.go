// Package account knows the people of the team: who there is, in which roles, and on which agreements.
//
// An account begins invited: whoever has the invitation sets up how they log in (package credential) and is active from then on. A manager
// gives roles, ends accounts and lets them begin again. Roles and states count at once: a change ends the sessions of who was disabled, and
// everybody else's next request is made in the new roles. Two rules hold whatever is asked: there is always a manager who can log in, once
// there was one, and nobody gives a role to themselves.
//
// An agreement says on what terms somebody works here: without one in force nobody can be a member of an incident.
package account

import (
	"context"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What may be done with accounts.
const (
	OpAdd       identity.Operation = "account.add"
	OpRead      identity.Operation = "account.read"
	OpInvite    identity.Operation = "account.invite"
	OpAccept    identity.Operation = "account.accept" // an invitation, by who was invited
	OpChange    identity.Operation = "account.change" // name, address, language
	OpRole      identity.Operation = "account.role"
	OpDisable   identity.Operation = "account.disable"
	OpEnable    identity.Operation = "account.enable"
	OpExpiry    identity.Operation = "account.expiry"
	OpAgreement identity.Operation = "account.agreement" // sign one, or end it
)

// State is how far an account is.
type State string

// The states.
const (
	Invited  State = "invited"
	Active   State = "active"
	Disabled State = "disabled"
)

// Account is a person of the team. Its ID is the ID of the identity.Actor that the person acts as.
type Account struct {
	ID       string          `json:"id"`
	Login    string          `json:"login"` // lower case, unique, never given to somebody else
	Name     string          `json:"name"`
	Email    string          `json:"email,omitempty"`
	Language string          `json:"language,omitempty"` // "en", "fr"; empty: as the browser says
	Roles    []identity.Role `json:"roles"`
	State    State           `json:"state"`
	Created  time.Time       `json:"created"`
	Expires  time.Time       `json:"expires,omitzero"` // for who is here for a time; zero: no end
	Version  int64           `json:"version"`          // what a change names, so that nobody overwrites what they did not see
}

// Draft is an account to be.
type Draft struct {
	Login    string          `json:"login"` // made of letters a-z, digits, and . _ - between them
	Name     string          `json:"name,omitempty"`
	Email    string          `json:"email,omitempty"`
	Language string          `json:"language,omitempty"`
	Roles    []identity.Role `json:"roles"`
	Expires  time.Time       `json:"expires,omitzero"`
}

// Options say what accounts need.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	Log   *slog.Logger // slog.Default if nil
	// Changed hears of each account that was changed, after the change is committed: who keeps streams open for it ends them. It may be nil.
	Changed func(account string)
}

// Accounts keeps the accounts. It is safe for concurrent use.
type Accounts struct {
	o Options
	cache
}

// New makes the keeper of accounts.
func New(o Options) *Accounts {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Accounts{o: o}
}

// Kind is what sort of agreement it is.
type Kind string

// The kinds of agreements.
const (
	NDA        Kind = "nda"
	Volunteer  Kind = "volunteer"
	Employment Kind = "employment"
)

// Agreement is on what terms somebody works here.
type Agreement struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Kind    Kind      `json:"kind"`
	Scope   string    `json:"scope,omitempty"`   // what it is about, in words
	Version string    `json:"version,omitempty"` // of the text that was signed
	Signed  time.Time `json:"signed"`
	Expires time.Time `json:"expires,omitzero"` // zero: no end
	Ended   time.Time `json:"ended,omitzero"`   // before its time, by somebody's word
	Reason  string    `json:"reason,omitempty"` // why it was ended
}

// Holds tells whether the agreement is in force at a time.
func (g Agreement) Holds(now time.Time) bool {
	return !g.Signed.After(now) && g.Ended.IsZero() && (g.Expires.IsZero() || now.Before(g.Expires))
}

// Invitation is the way into an account that works once. Token goes to the person and nowhere else: it is kept as a digest only.
type Invitation struct {
	Token   string
	Expires time.Time
}

// API is what the rest of the program asks; it stands here so that it can be read in one place.
type API interface {
	Add(ctx context.Context, actor identity.Actor, d Draft) (Account, Invitation, error)
	Invite(ctx context.Context, actor identity.Actor, account string) (Invitation, error) // anew, for who lost it or all credentials
	Invited(ctx context.Context, token string) (Account, error)                           // whom a token is for; uses nothing up
	Accept(tx *sqldb.Tx, token string) (Account, error)                                   // uses it up; the account is active; in the transaction that stores the credential
	List(ctx context.Context, actor identity.Actor) ([]Account, error)                    // by login
	Get(ctx context.Context, actor identity.Actor, account string) (Account, error)       // own account: always
	ByLogin(ctx context.Context, login string) (Account, error)                           // for the login page: tells nobody that there is such an account
	Change(ctx context.Context, actor identity.Actor, a Account) (Account, error)         // name, e-mail, language; by version
	SetRoles(ctx context.Context, actor identity.Actor, account string, version int64, roles []identity.Role) (Account, error)
	SetExpiry(ctx context.Context, actor identity.Actor, account string, version int64, at time.Time) (Account, error)
	Disable(ctx context.Context, actor identity.Actor, account, reason string) (Account, error)
	Enable(ctx context.Context, actor identity.Actor, account, reason string) (Account, error)
	Actor(ctx context.Context, account string) (identity.Actor, error)
	Sign(ctx context.Context, actor identity.Actor, g Agreement) (Agreement, error)
	End(ctx context.Context, actor identity.Actor, agreement, reason string) error
	Agreements(ctx context.Context, actor identity.Actor, account string) ([]Agreement, error)
	Lapsing(ctx context.Context, actor identity.Actor, within time.Duration) ([]Agreement, error)
	InForce(tx *sqldb.Tx, account string, now time.Time) (bool, error)
}
