package app

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/session"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/config"
)

// openSessions makes who knows people and programs, and who keeps their sessions: a change of an account counts for these at once.
func (a *App) openSessions() error {
	a.Accounts = account.New(account.Options{
		DB: a.DB, Clock: a.Clock, Changed: func(id string) { a.Sessions.Refresh(id) }, Organisation: func(ctx context.Context, organisation string) error {
			_, err := a.Register.Organisation(ctx, identity.System("accounts"), organisation)
			return err
		},
	})
	a.Programs = apitoken.New(apitoken.Options{DB: a.DB, Clock: a.Clock, Resolve: a.Accounts.Actor})
	a.Sessions = session.New(session.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Secure: overTLS(a.Config.Serve), Follows: a.Config.Serve.MaxConnections / 2, Resolve: a.Accounts.Actor,
	})
	return nil
}

// overTLS tells whether browsers come by TLS, here or at a proxy before us.
func overTLS(s config.Serve) bool {
	return s.TLSCert != "" || len(s.ACMEDomains) > 0 || strings.HasPrefix(s.PublicURL, "https://")
}

// BaseURL is where browsers reach the pages, by the configuration: serve.public_url, or else the address listened at.
func BaseURL(s config.Serve) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	scheme, host, port := "http://", "", ""
	if overTLS(s) {
		scheme = "https://"
	}
	if h, p, err := net.SplitHostPort(s.Listen); err == nil {
		host, port = h, p
	}
	if len(s.ACMEDomains) > 0 {
		host = s.ACMEDomains[0]
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, port)
}

// LoginLink makes a link that lets the actor in once, within session.LinkLife, as the machine's owner; base is where browsers reach the pages.
func (a *App) LoginLink(ctx context.Context, actor identity.Actor, base string) (link string, expires time.Time, err error) {
	return a.LoginLinkFor(ctx, actor, "", base)
}

// LoginLinkFor is LoginLink for the person with that login, in their roles; without a login, for the actor. Who was only invited is active from
// then on.
func (a *App) LoginLinkFor(ctx context.Context, actor identity.Actor, login, base string) (link string, expires time.Time, err error) {
	who, err := a.letIn(ctx, actor, login)
	if err != nil {
		return "", time.Time{}, err
	}
	token, expires, err := a.Sessions.NewLink(ctx, actor, who)
	if err != nil {
		return "", time.Time{}, err
	}
	return session.LinkURL(base, token), expires, nil
}

// letIn is who will be logged in.
func (a *App) letIn(ctx context.Context, actor identity.Actor, login string) (identity.Actor, error) {
	if login == "" {
		return actor, nil
	}
	if err := actor.Authorise(session.OpLink, login); err != nil {
		return identity.Actor{}, err
	}
	who, err := a.Accounts.Named(ctx, actor, login)
	if err == nil && who.State == account.Invited {
		who, err = a.Accounts.Enable(ctx, actor, who.ID, "a login link was made at the machine")
	}
	if err != nil {
		return identity.Actor{}, err
	}
	return a.Accounts.Actor(ctx, who.ID)
}

// LoginLink makes a login link, as LoginLinkFor does, for an installation that another process may be serving: it is one transaction, and waits for nobody.
func LoginLink(ctx context.Context, o Options, actor identity.Actor, login string) (link string, expires time.Time, err error) {
	w, err := OpenSwitch(ctx, o)
	if err != nil {
		return "", time.Time{}, err
	}
	defer func() { _ = w.Close(context.WithoutCancel(ctx)) }()
	if err := w.app.openSessions(); err != nil {
		return "", time.Time{}, err
	}
	return w.app.LoginLinkFor(ctx, actor, login, BaseURL(o.Config.Serve))
}
