package sso

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Refusal is why somebody whom the provider sent is not let in: a code for which pages have words.
type Refusal string

// Why people are refused.
const (
	Strange    Refusal = "strange"    // the answer does not belong to a visit from here, or does not count
	Declined   Refusal = "declined"   // the provider says no
	Unverified Refusal = "unverified" // no address that the provider has verified
	Unknown    Refusal = "unknown"    // no account has the address
	Groupless  Refusal = "groups"     // none of the groups has a role here
	Barred     Refusal = "barred"     // the account may not be used
	Taken      Refusal = "taken"      // the account with the address is tied to another subject
	Unproven   Refusal = "unproven"   // asked to prove again who they are, they did not, or somebody else did
)

// refused carries a Refusal.
type refused struct{ why Refusal }

func (r *refused) Error() string {
	return "the single sign-on does not let you in here: " + string(r.why)
}

func refusal(why Refusal) error { return problem.New(problem.Forbidden, "%w", &refused{why}) }

// Why tells why somebody was refused; empty for other errors.
func Why(err error) Refusal {
	var r *refused
	if errors.As(err, &r) {
		return r.why
	}
	return ""
}

// us is who ties accounts to what the provider calls them.
var us = identity.System("sign-on")

// admit finds the account of somebody, and lets them in.
func (d *Door) admit(ctx context.Context, who person, address string) (identity.Actor, error) {
	roles, why := d.roles(who)
	if why != "" {
		return identity.Actor{}, d.refuse(ctx, "", address, why)
	}
	id, why, err := d.account(ctx, who, roles)
	if err != nil {
		return identity.Actor{}, err
	}
	if why != "" {
		return identity.Actor{}, d.refuse(ctx, id, address, why)
	}
	if err := d.assign(ctx, id, roles); err != nil {
		return identity.Actor{}, err
	}
	actor, err := d.Keeper.SignedOn(ctx, who.issuer, who.subject, address)
	if problem.Is(err, problem.Forbidden) {
		return identity.Actor{}, refusal(Barred)
	}
	return actor, err
}

func (d *Door) refuse(ctx context.Context, id, address string, why Refusal) error {
	if err := d.Keeper.RefuseSignOn(ctx, id, address, string(why)); err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	return refusal(why)
}

// roles are those that somebody's groups give; none where groups mean nothing here.
func (d *Door) roles(who person) (list []identity.Role, why Refusal) {
	if len(d.Roles) == 0 {
		return nil, ""
	}
	for _, group := range who.groups {
		if role, ok := d.Roles[group]; ok && !slices.Contains(list, role) {
			list = append(list, role)
		}
	}
	slices.Sort(list)
	if len(list) == 0 {
		return nil, Groupless
	}
	return list, ""
}

// account finds the account: the one that is tied to the name, else the one with the address, else, if that is allowed, a new one.
func (d *Door) account(ctx context.Context, who person, roles []identity.Role) (id string, why Refusal, err error) {
	id, err = d.Keeper.Linked(ctx, who.issuer, who.subject)
	if !problem.Is(err, problem.NotFound) {
		return id, "", err
	}
	if who.email == "" {
		return "", Unverified, nil
	}
	a, err := d.byAddress(ctx, who.email)
	switch {
	case problem.Is(err, problem.NotFound) && d.Create == "":
		return "", Unknown, nil
	case problem.Is(err, problem.NotFound):
		a, err = d.create(ctx, who, roles)
	case err == nil && a.State == account.Disabled:
		return a.ID, Barred, nil
	case err == nil && a.State == account.Invited:
		err = d.accept(ctx, a.ID)
	}
	if err != nil {
		return "", "", err
	}
	err = d.Keeper.Link(ctx, us, a.ID, who.issuer, who.subject)
	if problem.Is(err, problem.Conflict) { // an address that was given to somebody else
		return a.ID, Taken, nil
	}
	return a.ID, "", err
}

// byAddress finds the one account that has an address. An address that several have is nobody's. Error: NotFound.
func (d *Door) byAddress(ctx context.Context, email string) (found account.Account, err error) {
	list, err := d.Accounts.List(ctx, us)
	if err != nil {
		return found, err
	}
	n := 0
	for _, a := range list {
		if a.Email != "" && plainFold(a.Email) == plainFold(email) {
			found, n = a, n+1
		}
	}
	if n != 1 {
		return account.Account{}, problem.New(problem.NotFound, "no one account has this address")
	}
	return found, nil
}

// plainFold is an address in small letters, of A to Z only: others fold into these too (the Kelvin sign into k), and are another mailbox.
func plainFold(email string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, email)
}

// accept makes an invited account active: the provider has verified the address that was invited. The invitation that is under way ends.
func (d *Door) accept(ctx context.Context, id string) error {
	i, err := d.Accounts.Invite(ctx, us, id)
	if err != nil {
		return err
	}
	return d.Keeper.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := d.Accounts.Accept(tx, i.Token)
		return err
	})
}

// create makes an account for whoever comes.
func (d *Door) create(ctx context.Context, who person, roles []identity.Role) (account.Account, error) {
	if len(roles) == 0 {
		roles = []identity.Role{d.Create}
	}
	login := plainLogin(who)
	a, i, err := d.Accounts.Add(ctx, us, account.Draft{Login: login, Name: who.name, Email: who.email, Roles: roles})
	if problem.Is(err, problem.Conflict) { // somebody has the name: the subject tells them apart
		a, i, err = d.Accounts.Add(ctx, us, account.Draft{Login: login + "-" + plain(who.subject, 8), Name: who.name, Email: who.email, Roles: roles})
	}
	if err != nil {
		return a, err
	}
	return a, d.Keeper.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := d.Accounts.Accept(tx, i.Token)
		return err
	})
}

// plainLogin makes a login of what the provider says.
func plainLogin(who person) string {
	local, _, _ := strings.Cut(who.email, "@")
	for _, text := range []string{who.login, local} {
		text, _, _ = strings.Cut(text, "@")
		if login := plain(text, 40); login != "" {
			return login
		}
	}
	return "person-" + plain(who.subject, 8)
}

// plain keeps what a login may be made of, at most n characters.
func plain(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		if r == '.' || r == '_' || r == ' ' {
			return '-'
		}
		return -1
	}, text)
	return strings.Trim(text[:min(len(text), n)], "-")
}

// assign gives an account the roles that its owner's groups give.
func (d *Door) assign(ctx context.Context, id string, roles []identity.Role) error {
	if len(roles) == 0 {
		return nil
	}
	a, err := d.Accounts.Get(ctx, us, id)
	if err != nil {
		return err
	}
	have := slices.Sorted(slices.Values(a.Roles))
	if slices.Equal(have, roles) {
		return nil
	}
	_, err = d.Accounts.SetRoles(ctx, us, id, a.Version, roles)
	if problem.Is(err, problem.Conflict) { // the last manager stays one
		d.Log.WarnContext(ctx, "groups of the single sign-on would change roles, and cannot", "account", id, "error", err)
		return nil
	}
	return err
}
