package credential

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Attempt is what somebody types to get in.
type Attempt struct {
	Login    string
	Password string
	Code     string // the authenticator's, or, for Recover, a recovery code
	Address  string // where from: "192.0.2.1:4711"
	Browser  string // what Remember gave this browser; empty for none
}

// How somebody got in, or tried to: as the audit record has it.
const (
	ByPassword = "password"
	ByRecovery = "recovery"
	ByPasskey  = "passkey"
	BySignOn   = "sign-on"
)

// tried is what the audit record says of a log-in.
type tried struct {
	By      string `json:"by"`
	Address string `json:"address"`
	Why     string `json:"why,omitempty"` // of a refusal, in one word
}

// maxTyped bounds each text that is typed, in bytes.
const maxTyped = 4096

// LogIn lets somebody in by name, password and the code of an authenticator.
//
// Errors: Forbidden, always the same, after always the same time; Unavailable, with a Wait, when too much was refused.
func (k *Keeper) LogIn(ctx context.Context, a Attempt) (identity.Actor, error) {
	return k.try(ctx, a, ByPassword, func(p account.Account, ways stored) (string, func(tx *sqldb.Tx, now time.Time) (bool, error)) {
		at, ok := matchCode(ways.secret, a.Code, k.Clock.Now(), ways.step)
		if !ok || ways.hash == "" || len(ways.secret) == 0 {
			return "code", nil
		}
		return "", func(tx *sqldb.Tx, _ time.Time) (bool, error) { return useCode(tx, p.ID, at) }
	})
}

// Recover lets somebody in by a recovery code: by name and code, and the password too where there is one. The person and the team are told.
//
// Errors are those of LogIn.
func (k *Keeper) Recover(ctx context.Context, a Attempt) (identity.Actor, error) {
	return k.try(ctx, a, ByRecovery, func(p account.Account, _ stored) (string, func(tx *sqldb.Tx, now time.Time) (bool, error)) {
		return "", func(tx *sqldb.Tx, now time.Time) (bool, error) {
			hash, err := k.recoveryHash(p.ID, a.Code)
			if err != nil {
				return false, err
			}
			ok, err := useRecovery(tx, p.ID, hash, sqldb.Millis(now))
			if err != nil || !ok {
				return false, err
			}
			return true, k.tell(tx, Notice{Account: p.ID, What: RecoveryUsed, Address: host(a.Address), At: now})
		}
	})
}

// check looks at what was typed beside the password: why it is refused, in one word, or what uses it up.
type check func(p account.Account, ways stored) (why string, use func(tx *sqldb.Tx, now time.Time) (bool, error))

// try is what all log-ins by something typed do, whether the name exists or not.
func (k *Keeper) try(ctx context.Context, a Attempt, by string, second check) (identity.Actor, error) {
	if len(a.Login) > maxTyped || len(a.Password) > maxTyped || len(a.Code) > maxTyped {
		return identity.Actor{}, errRefused
	}
	browser := k.known(a.Login, a.Browser)
	count, err := k.attempt(ctx, a.Login, a.Address, browser)
	if err != nil {
		return identity.Actor{}, err
	}
	p, ways, err := k.look(ctx, a.Login)
	if err != nil {
		return identity.Actor{}, err
	}
	right, old, err := k.matches(ctx, normal(a.Password), ways.hash)
	if err != nil {
		return identity.Actor{}, err
	}
	right = right || by == ByRecovery && ways.hash == "" && a.Password == ""
	why, use := second(p, ways)
	switch {
	case p.ID == "":
		why = "unknown"
	case !right:
		why = "password"
	}
	actor, err := k.enter(ctx, p, tried{by, host(a.Address), why}, use, count)
	if err == nil && old && ways.hash != "" {
		err = k.upgrade(ctx, p.ID, ways.hash, normal(a.Password))
	}
	return actor, err
}

// look finds whom a name means, and their ways in. A name that nobody has gives nothing, after the same questions.
func (k *Keeper) look(ctx context.Context, login string) (p account.Account, ways stored, err error) {
	p, err = k.Accounts.ByLogin(ctx, fold(login))
	if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Invalid) {
		return p, ways, err
	}
	if err != nil || p.State != account.Active {
		p = account.Account{}
	}
	ways, err = k.ways(ctx, p.ID)
	return p, ways, err
}

// enter lets somebody in, or notes why not; both cost one transaction.
func (k *Keeper) enter(ctx context.Context, p account.Account, t tried, use func(*sqldb.Tx, time.Time) (bool, error), count []counted) (identity.Actor, error) {
	if t.Why != "" {
		return identity.Actor{}, k.refuse(ctx, p.ID, t)
	}
	actor, err := k.Accounts.Actor(ctx, p.ID)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) {
		t.Why = "account"
		return identity.Actor{}, k.refuse(ctx, p.ID, t)
	}
	if err != nil {
		return identity.Actor{}, err
	}
	actor.Kind, actor.Via = identity.Person, "web"
	err = k.DB.Write(ctx, func(tx *sqldb.Tx) error { return k.admit(tx, actor, t, use, count) })
	if errors.Is(err, errUsed) {
		t.Why = "code"
		return identity.Actor{}, k.refuse(ctx, p.ID, t)
	}
	if err != nil {
		return identity.Actor{}, err
	}
	return actor, nil
}

// errUsed is for what did not work, or not a second time: the transaction is rolled back.
var errUsed = errors.New("this code works no longer")

// admit is what is kept of a log-in.
func (k *Keeper) admit(tx *sqldb.Tx, actor identity.Actor, t tried, use func(*sqldb.Tx, time.Time) (bool, error), count []counted) error {
	now := k.Clock.Now()
	if err := actor.Authorise(OpLogIn, actor.ID); err != nil {
		return err
	}
	ok, err := use(tx, now)
	if err != nil {
		return err
	}
	if !ok {
		return errUsed
	}
	if err := forgive(tx, count); err != nil {
		return err
	}
	return actor.Audit(tx, now, OpLogIn, actor.ID, nil, t)
}

// refuse notes a log-in that was refused, and gives the answer. The name that was typed is not kept: people type passwords there.
func (k *Keeper) refuse(ctx context.Context, account string, t tried) error {
	system := identity.System("login")
	if err := system.Authorise(OpRefuse, account); err != nil {
		return err
	}
	err := k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return system.Audit(tx, k.Clock.Now(), OpRefuse, account, nil, t)
	})
	if err != nil {
		return err
	}
	k.Log.WarnContext(ctx, "a log-in was refused", "by", t.By, "account", account, "why", t.Why)
	return errRefused
}

// browserLife is how long a browser is known to be somebody's.
const browserLife = 365 * 24 * time.Hour

// known is what a browser's counter is called, if it was somebody's with this login before, and else empty.
func (k *Keeper) known(login, browser string) string {
	if browser == "" {
		return ""
	}
	t, err := readTicket[string](k, "browser", browser)
	if err != nil || t.Value != fold(login) {
		return ""
	}
	return string(t.ID)
}

// Remember gives a text by which a browser is known as one that this login was used with, for a year. It lets nobody in; it keeps what
// strangers do from delaying its owner.
func (k *Keeper) Remember(login string) (text string, life time.Duration, err error) {
	text, err = newTicket(k, "browser", browserLife, fold(login))
	return text, browserLife, err
}

// host is an address without its port, short.
func host(remote string) string {
	if p := Network(remote); p.IsValid() {
		if i := strings.LastIndexByte(remote, ':'); i > 0 && (strings.Count(remote, ":") == 1 || strings.Contains(remote, "]")) {
			return strings.Trim(remote[:i], "[]")
		}
		return remote
	}
	return "unknown"
}
