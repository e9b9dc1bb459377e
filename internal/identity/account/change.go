package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// moves is the state machine of an account: what leads from where to where.
var moves = []struct {
	from, to State
	by       identity.Operation
}{
	{Invited, Active, OpAccept},
	{Invited, Active, OpEnable}, // who lets somebody in by a link made at the machine
	{Invited, Disabled, OpDisable},
	{Active, Disabled, OpDisable},
	{Disabled, Active, OpEnable},
}

// next is the state to which an operation leads. Error: Conflict.
func (s State) next(op identity.Operation) (State, error) {
	for _, m := range moves {
		if m.from == s && m.by == op {
			return m.to, nil
		}
	}
	return s, problem.New(problem.Conflict, "the account is %s: %s does not go from there", s, op)
}

// change is what is done to an account: its version says which one somebody saw; 0 is whichever is there.
type change struct {
	op      identity.Operation
	account string
	version int64
	reason  string
	do      func(who *Account) error
	also    func(tx *sqldb.Tx) error // nil: nothing else
}

// Change changes name, e-mail and language; one's own always, but for the e-mail: a single sign-on finds people by it the first time, so whoever
// takes somebody else's gets their log-in, and the roles of their groups. to.Version names what was seen. Errors: Forbidden; NotFound; Invalid;
// Conflict.
func (a *Accounts) Change(ctx context.Context, actor identity.Actor, to Account) (Account, error) {
	op := ownOr(actor, to.ID, OpChange)
	if err := actor.Authorise(op, to.ID); err != nil {
		return Account{}, err
	}
	d, err := Draft{Login: "x", Name: to.Name, Email: to.Email, Language: to.Language, Roles: []identity.Role{identity.Auditor}}.tidy(a.o.Clock.Now())
	if err != nil {
		return Account{}, err
	}
	return a.apply(ctx, actor, change{op: op, account: to.ID, version: to.Version, do: func(who *Account) error {
		if d.Email != who.Email && !actor.May(OpChange) {
			return errAddress
		}
		who.Name, who.Email, who.Language = d.Name, d.Email, d.Language
		return nil
	}})
}

var errAddress = problem.New(problem.Forbidden, "your address is changed by a manager of the team: a single sign-on finds people by it")

// SetRoles gives an account these roles and no others. They count from its next request on.
//
// Errors: Forbidden, for roles that somebody would give to themselves too; NotFound; Invalid; Conflict for another version, and for the last
// manager's role.
func (a *Accounts) SetRoles(ctx context.Context, actor identity.Actor, account string, version int64, roles []identity.Role) (Account, error) {
	if err := actor.Authorise(OpRole, account); err != nil {
		return Account{}, err
	}
	roles, err := checkRoles(roles)
	if err != nil {
		return Account{}, err
	}
	return a.apply(ctx, actor, change{op: OpRole, account: account, version: version, do: func(who *Account) error {
		if slices.Contains(roles, identity.Peer) != (who.Organisation != "") {
			return problem.New(problem.Invalid, "nobody becomes a peer, or stops being one: make another account")
		}
		more := slices.ContainsFunc(roles, func(r identity.Role) bool { return !slices.Contains(who.Roles, r) })
		if more && actor.ID == who.ID {
			return errSelf
		}
		who.Roles = roles
		return nil
	}})
}

// SetExpiry says when an account ends by itself; zero: never. Errors: Forbidden, for one's own too; NotFound; Invalid for a time that is over;
// Conflict for another version, and for the last manager whose account has no end.
func (a *Accounts) SetExpiry(ctx context.Context, actor identity.Actor, account string, version int64, at time.Time) (Account, error) {
	if err := actor.Authorise(OpExpiry, account); err != nil {
		return Account{}, err
	}
	if now := a.o.Clock.Now(); !at.IsZero() && !at.After(now) {
		return Account{}, problem.New(problem.Invalid, "an account cannot end at %s, which is over: disable it instead", at.UTC().Format(time.DateTime))
	}
	return a.apply(ctx, actor, change{op: OpExpiry, account: account, version: version, do: func(who *Account) error {
		if actor.ID == who.ID {
			return problem.New(problem.Forbidden, "nobody says when their own account ends: ask another manager")
		}
		who.Expires = at
		return nil
	}})
}

// Disable ends an account: its sessions, login links, invitation and tokens. None of them works again when it is enabled.
//
// Errors: Forbidden; NotFound; Invalid without a reason; Conflict if it is disabled, or the last manager's.
func (a *Accounts) Disable(ctx context.Context, actor identity.Actor, account, reason string) (Account, error) {
	return a.move(ctx, actor, OpDisable, account, reason, func(tx *sqldb.Tx) error {
		if _, err := forgetInvitation(tx, account); err != nil {
			return err
		}
		now := a.o.Clock.Now()
		if _, err := token.RevokeOf(tx, now, actor, account); err != nil {
			return err
		}
		_, err := session.EndOf(tx, now, actor, account)
		return err
	})
}

// Enable lets an account be used that was disabled, or whose invitation nobody took up yet. Errors: Forbidden; NotFound; Invalid without a
// reason; Conflict if it is active.
func (a *Accounts) Enable(ctx context.Context, actor identity.Actor, account, reason string) (Account, error) {
	return a.move(ctx, actor, OpEnable, account, reason, nil)
}

// move leads an account to another state.
func (a *Accounts) move(ctx context.Context, actor identity.Actor, op identity.Operation, account, reason string, also func(*sqldb.Tx) error) (Account, error) {
	if err := actor.Authorise(op, account); err != nil {
		return Account{}, err
	}
	if reason = strings.TrimSpace(reason); reason == "" || !plain(reason, maxTerm) {
		return Account{}, problem.New(problem.Invalid, "say why, in one line of %d bytes at most", maxTerm)
	}
	return a.apply(ctx, actor, change{op: op, account: account, reason: reason, also: also, do: func(who *Account) (err error) {
		who.State, err = who.State.next(op)
		return err
	}})
}

// apply makes a change: audited, in one transaction, and only if there is a manager afterwards.
func (a *Accounts) apply(ctx context.Context, actor identity.Actor, c change) (who Account, err error) {
	err = a.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return a.withManager(tx, func() error {
			who, err = a.applyIn(tx, actor, c)
			return err
		})
	})
	if err != nil {
		return Account{}, err
	}
	a.changed(c.account)
	return who, nil
}

func (a *Accounts) applyIn(tx *sqldb.Tx, actor identity.Actor, c change) (Account, error) {
	before, err := byID(tx, c.account)
	if err != nil {
		return Account{}, err
	}
	if c.version != 0 && c.version != before.Version {
		return Account{}, errVersion
	}
	who := before
	if err := c.do(&who); err != nil {
		return Account{}, err
	}
	if who, err = update(tx, who); err != nil {
		return Account{}, err
	}
	if c.also != nil {
		if err := c.also(tx); err != nil {
			return Account{}, err
		}
	}
	return who, actor.AuditReason(tx, a.o.Clock.Now(), c.op, who.ID, c.reason, before, who)
}

// withManager does something, and refuses it if it would leave the team without a manager who can log in, today or when accounts end.
func (a *Accounts) withManager(tx *sqldb.Tx, do func() error) error {
	now := a.o.Clock.Now()
	if err := lockManagers(tx); err != nil {
		return err
	}
	before, err := countManagers(tx, now)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := countManagers(tx, now)
	if err != nil {
		return err
	}
	if before.active > 0 && after.active == 0 || before.lasting > 0 && after.lasting == 0 {
		return problem.New(problem.Conflict, "this is the last manager: make somebody else a manager first, who has logged in once")
	}
	return nil
}

// changed lets a change count at once in this process.
func (a *Accounts) changed(account string) {
	a.forget(account)
	if a.o.Changed != nil {
		a.o.Changed(account)
	}
}
