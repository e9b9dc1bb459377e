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
	OpOwn       identity.Operation = "account.own"    // read and change one's own
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

	// Organisation is, of a peer, the id of its organisation in the register. Who has one is no member of the team.
	Organisation string `json:"organisation,omitempty"`
}

// Draft is an account to be.
type Draft struct {
	Login    string          `json:"login"` // made of letters a-z, digits, and . _ - between them
	Name     string          `json:"name,omitempty"`
	Email    string          `json:"email,omitempty"`
	Language string          `json:"language,omitempty"`
	Roles    []identity.Role `json:"roles"`
	Expires  time.Time       `json:"expires,omitzero"`

	// Organisation is the id of a peer's organisation: needed for the role peer, which stands alone, and for no other.
	Organisation string `json:"organisation,omitempty"`
}

// Options say what accounts need.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	// Changed hears of each account that was changed, after the change is committed: who keeps streams open for it ends them. It may be nil.
	Changed func(account string)
	// Organisation tells whether there is such an organisation in the register; NotFound if not. nil: nobody knows, and none is refused.
	Organisation func(ctx context.Context, organisation string) error
}

// Accounts keeps the accounts. It is safe for concurrent use.
type Accounts struct {
	o Options
	cache
}

// New makes the keeper of accounts.
func New(o Options) *Accounts {
	return &Accounts{o: o, cache: cache{of: map[string]known{}}}
}
