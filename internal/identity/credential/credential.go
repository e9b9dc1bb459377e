// Package credential keeps the ways in which people prove who they are: passkeys first; else a password, always with the code of an
// authenticator; recovery codes for the day on which these are lost; and what a single sign-on says.
//
// Guarantees. A password alone lets nobody in. Whatever is wrong, the answer is the same, in words and in time: nobody learns which names exist.
// Guessing is slowed down by growing delays, which are kept in the database and bounded, and which never keep the right person out elsewhere: a
// passkey is not guessed at and waits for nothing, and what is tried from one network delays that network. Codes, challenges and recovery codes
// work once. Of secrets the database holds what cannot be used without the keyring: hashes, keyed digests, sealed texts. Neither the log nor the
// audit record holds one, nor what somebody typed where a name belongs, which may be a password.
//
// Ways in are changed by their owner only, who proved not longer than Fresh ago who they are; the last way in cannot be taken away.
package credential

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Fresh is how long a proof of who somebody is counts for a change of their ways in.
const Fresh = 10 * time.Minute

// What is done with ways in. The object is the account.
const (
	OpLogIn    identity.Operation = "credential.login"
	OpRefuse   identity.Operation = "credential.refuse" // note that a log-in was refused
	OpRead     identity.Operation = "credential.read"   // one's own
	OpPasskey  identity.Operation = "credential.passkey"
	OpPassword identity.Operation = "credential.password"
	OpRecovery identity.Operation = "credential.recovery" // make new recovery codes
	OpRemove   identity.Operation = "credential.remove"
	OpLink     identity.Operation = "credential.link"  // tie an account to what a single sign-on calls it
	OpReset    identity.Operation = "credential.reset" // take all ways in from somebody, who is invited again
)

// Notice is what somebody should know about their own account.
type Notice struct {
	ID      string
	Account string
	What    What
	Address string // where it came from
	At      time.Time
}

// What says what a notice is about.
type What string

// What notices are about.
const (
	RecoveryUsed  What = "recovery-used"  // a recovery code was used
	PasskeyCopied What = "passkey-copied" // a passkey's counter went back, which a copy of it would explain
	WaysReset     What = "ways-reset"     // a manager took all ways in away
)

// Options say what ways in need.
type Options struct {
	DB       *sqldb.DB
	Clock    clock.Clock
	Log      *slog.Logger
	Accounts *account.Accounts
	// Secret gives the keyring's secret of a purpose.
	Secret func(purpose string) ([32]byte, error)
	Team   string // what authenticators and passkeys show; "Firehall" if empty
	Cost   Cost   // of a password's hash; DefaultCost if zero
	// Tell carries a notice to the team, in the transaction of what it tells of; nil for nobody.
	Tell func(tx *sqldb.Tx, n Notice) error
}

// Keeper keeps ways in. It is safe for concurrent use.
type Keeper struct {
	Options
	dummy  func() string // a hash that no password has, as dear as real ones
	places chan struct{} // one is taken while a password is hashed: each hash takes Cost.Memory
}

// atOnce is how many passwords are hashed at the same time; more wait. It bounds what a flood of log-ins costs.
const atOnce = 2

// New makes a keeper.
func New(o Options) *Keeper {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost
	}
	if o.Team == "" {
		o.Team = "Firehall"
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Keeper{
		Options: o, places: make(chan struct{}, atOnce),
		dummy: sync.OnceValue(func() string { return o.Cost.hash(random(32)) }),
	}
}

// Proven is somebody who proved who they are: who is logged in, and when they last did so; or who has an invitation, see Invited.
type Proven struct {
	identity.Actor
	At         time.Time
	invitation string // its token, which the first way in uses up
}

// Invited is who an invitation is for; nothing is used up before the first way in is set. Error: Forbidden for one that does not count.
func (k *Keeper) Invited(ctx context.Context, token string) (account.Account, Proven, error) {
	a, err := k.Accounts.Invited(ctx, token)
	if err != nil {
		return a, Proven{}, err
	}
	actor := identity.Actor{ID: a.ID, Name: a.Name, Kind: identity.Person, Via: "web", Roles: a.Roles}
	return a, Proven{Actor: actor, At: k.Clock.Now(), invitation: token}, nil
}

// accept uses an invitation up, if there is one, in the transaction that keeps the way in.
func (k *Keeper) accept(tx *sqldb.Tx, by Proven) error {
	if by.invitation == "" {
		return nil
	}
	a, err := k.Accounts.Accept(tx, by.invitation)
	if err == nil && a.ID != by.ID {
		return problem.New(problem.Forbidden, "the invitation is for somebody else")
	}
	return err
}

// person finds an account by its id, whoever asks.
func (k *Keeper) person(ctx context.Context, of string) (account.Account, error) {
	return k.Accounts.Get(ctx, identity.System("login"), of)
}

// authorise is the first line of each change of one's own ways in.
func (k *Keeper) authorise(by Proven, op identity.Operation) error {
	if err := by.Authorise(op, by.ID); err != nil {
		return err
	}
	if by.Kind != identity.Person || !id.Valid(by.ID) { // who comes by a link made at the machine is a person of no account
		return problem.New(problem.Forbidden, "only accounts have ways in of their own: invite yourself, and log in by yours")
	}
	if now := k.Clock.Now(); by.At.IsZero() || now.Sub(by.At) > Fresh {
		return ErrStale
	}
	return nil
}

// ErrStale is for a change by somebody whose proof is too old.
var ErrStale = problem.New(problem.Forbidden, "log in once more: ways in are changed within ten minutes of it")

// errRefused is for every log-in that is refused: why would tell a stranger something.
var errRefused = problem.New(problem.Forbidden, "this does not let anybody in: check the name, the password and the code. A code works once, for about a minute")
