package account

import (
	"context"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Add makes an account and the invitation to it; a peer's account is active at once and has no invitation.
//
// Errors: Forbidden; Invalid for what cannot be; Conflict for a login that is or was somebody's.
func (a *Accounts) Add(ctx context.Context, actor identity.Actor, d Draft) (who Account, i Invitation, err error) {
	if err := actor.Authorise(OpAdd, d.Login); err != nil {
		return who, i, err
	}
	now := a.o.Clock.Now()
	if d, err = d.tidy(now); err != nil {
		return who, i, err
	}
	if err := a.knows(ctx, d.Organisation); err != nil {
		return who, i, err
	}
	who = Account{
		ID: id.NewAt(now), Login: d.Login, Name: d.Name, Email: d.Email, Language: d.Language, Roles: d.Roles, State: Invited, Created: now,
		Expires: d.Expires, Version: 1, Organisation: d.Organisation,
	}
	if d.Organisation != "" {
		who.State = Active // nobody logs in: a token is what lets a peer in
	}
	err = a.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := insert(tx, who); err != nil {
			return err
		}
		if err := actor.Audit(tx, now, OpAdd, who.ID, nil, who); err != nil {
			return err
		}
		if d.Organisation == "" {
			i, err = a.invite(tx, actor, who.ID)
		}
		return err
	})
	if err != nil {
		return Account{}, Invitation{}, err
	}
	return who, i, nil
}

// knows refuses an organisation that is not in the register.
func (a *Accounts) knows(ctx context.Context, organisation string) error {
	if organisation == "" || a.o.Organisation == nil {
		return nil
	}
	err := a.o.Organisation(ctx, organisation)
	if problem.Is(err, problem.NotFound) {
		return problem.New(problem.Invalid, "there is no organisation %q in the register: put the team in first", organisation)
	}
	return err
}

// List lists all accounts, by login.
func (a *Accounts) List(ctx context.Context, actor identity.Actor) (list []Account, err error) {
	if err := actor.Authorise(OpRead, "accounts"); err != nil {
		return nil, err
	}
	err = a.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = every(tx)
		return err
	})
	return list, err
}

// Get gives an account; one's own always. Errors: Forbidden; NotFound.
func (a *Accounts) Get(ctx context.Context, actor identity.Actor, account string) (Account, error) {
	if err := actor.Authorise(ownOr(actor, account, OpRead), account); err != nil {
		return Account{}, err
	}
	return a.read(ctx, func(tx *sqldb.Tx) (Account, error) { return byID(tx, account) })
}

// Named gives an account by its login, as Get does by its id.
func (a *Accounts) Named(ctx context.Context, actor identity.Actor, login string) (Account, error) {
	if err := actor.Authorise(OpRead, login); err != nil {
		return Account{}, err
	}
	return a.ByLogin(ctx, login)
}

// ByLogin gives an account by its login, in whatever case. It is for those who let people in, and asks nobody who wants to know: what it says
// must not show whether there is such an account. Error: NotFound.
func (a *Accounts) ByLogin(ctx context.Context, login string) (Account, error) {
	return a.read(ctx, func(tx *sqldb.Tx) (Account, error) { return byLogin(tx, lower(login)) })
}

// ByID is ByLogin by id.
func (a *Accounts) ByID(ctx context.Context, account string) (Account, error) {
	return a.read(ctx, func(tx *sqldb.Tx) (Account, error) { return byID(tx, account) })
}

func (a *Accounts) read(ctx context.Context, ask func(*sqldb.Tx) (Account, error)) (who Account, err error) {
	err = a.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		who, err = ask(tx)
		return err
	})
	return who, err
}

// ownOr is the operation by which somebody asks about an account: OpOwn for their own.
func ownOr(actor identity.Actor, account string, op identity.Operation) identity.Operation {
	if actor.Kind == identity.Person && actor.ID == account {
		return OpOwn
	}
	return op
}

// errSelf is for who would give a role to themselves.
var errSelf = problem.New(problem.Forbidden, "nobody gives roles to themselves: ask another manager, or `firehall user role` at the machine")
