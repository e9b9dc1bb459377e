package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/identity/sso"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// openCredentials makes who knows how people prove who they are.
func (a *App) openCredentials() (err error) {
	a.Ways = credential.New(credential.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Accounts: a.Accounts, Secret: a.Keys.Secret, Team: a.Config.Team.Name, Cost: a.PasswordCost, Tell: a.tellOfWays,
	})
	a.SignOn, err = a.openSignOn()
	return err
}

// openSignOn makes the way in by single sign-on; nil where none is configured.
func (a *App) openSignOn() (*sso.Door, error) {
	c := a.Config.Accounts
	if c.OIDCIssuer == "" {
		return nil, nil
	}
	o := sso.Options{
		Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret, Scopes: c.OIDCScopes, Groups: c.OIDCGroups, Internal: c.OIDCInternal,
		Roles: map[string]identity.Role{}, Keeper: a.Ways, Accounts: a.Accounts, Clock: a.Clock, Log: a.Log,
	}
	for group, name := range c.OIDCRoles {
		role, err := identity.ParseRole(name)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "accounts.oidc_roles in the configuration, of the group %q", group)
		}
		o.Roles[group] = role
	}
	if c.OIDCCreate != "" {
		role, err := identity.ParseRole(c.OIDCCreate)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "accounts.oidc_create in the configuration")
		}
		o.Create = role
	}
	return sso.New(o), nil
}

// signOnName is what stands on the button of the single sign-on; empty for none.
func (a *App) signOnName() string {
	c := a.Config.Accounts
	if c.OIDCIssuer == "" {
		return ""
	}
	u, err := url.Parse(c.OIDCIssuer)
	if err != nil {
		return c.OIDCName
	}
	return cmp.Or(c.OIDCName, u.Hostname())
}

// lookedAt is how many accounts with a way in are looked at to find one that works.
const lookedAt = 1000

// keepsOut tells whether strangers can be kept out: somebody of the team has a way in of their own, or comes by a single sign-on.
func (a *App) keepsOut(ctx context.Context) (bool, error) {
	if a.SignOn != nil {
		return true, nil
	}
	list, err := a.Ways.Holders(ctx, lookedAt)
	if err != nil {
		return false, err
	}
	for _, account := range list {
		if _, err := a.Accounts.Actor(ctx, account); err == nil {
			return true, nil
		}
	}
	return false, nil
}

// noticeTexts say to the team what happened to an account.
var noticeTexts = map[credential.What]string{
	credential.RecoveryUsed:  "%s logged in by a recovery code. If they did not, end their sessions and reset their ways in at once.",
	credential.PasskeyCopied: "a passkey of %s was used whose counter went back, which a copy of it would explain. Ask them; if in doubt, let them remove it.",
	credential.WaysReset:     "all ways in of %s were taken away; they need an invitation to log in again.",
}

// tellOfWays writes to the team's mailbox what happened to an account's ways in. Without a mailbox, or a way to it, the pages say the same.
func (a *App) tellOfWays(tx *sqldb.Tx, n credential.Notice) error {
	if m := a.Config.Mail; a.Config.Team.Email == "" || a.mailFault != nil || m.Relay == "" && m.Maildir == "" || a.Delivery == nil {
		return nil
	}
	actor := identity.System("login")
	permit, to, err := a.Release.ForTeam(tx, actor, "accounts")
	if err != nil {
		return err
	}
	zone, err := a.zone()
	if err != nil {
		return err
	}
	text := fmt.Sprintf("On %s ", stamp(n.At, zone)) + fmt.Sprintf(noticeTexts[n.What], a.called(tx.Context(), n.Account))
	if n.Address != "" {
		text += " It came from " + n.Address + "."
	}
	ready, err := a.Delivery.Compose(tx.Context(), permit, delivery.Draft{
		ID: id.NewAt(n.At), To: to, ToName: a.Config.Team.Name, Subject: "An account: " + string(n.What), Generic: "Something happened to an account", Text: text + "\n",
		Label: permit.Label(), Language: "en", Date: n.At,
	})
	if err != nil {
		return err
	}
	return a.Delivery.Enqueue(tx, permit, ready)
}

// called is an account's name, for people.
func (a *App) called(ctx context.Context, account string) string {
	who, err := a.Accounts.ByID(ctx, account)
	if err != nil {
		return account
	}
	return cmp.Or(who.Name, who.Login)
}
