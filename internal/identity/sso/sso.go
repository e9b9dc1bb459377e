// Package sso lets people in whom a single sign-on vouches for: OpenID Connect, by the code flow with PKCE (RFC 7636), state and nonce.
//
// Who comes is known by issuer and subject, never by a name or an address that may pass to somebody else. The first time an account is found by
// the address that the provider has verified: an active one, or one that was invited. Nobody gets an account by coming, unless the configuration
// says in which role. If groups are mapped to roles, the groups decide, each time anew.
//
// What goes out goes through platform/httpx: to the provider's public addresses only, unless the configuration says that it is inside.
package sso

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/platform/httpx"
)

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/login/sso/back"

// life is how long somebody may take at the provider.
const life = 10 * time.Minute

// timeout bounds one exchange with the provider.
const timeout = 10 * time.Second

// Options say who vouches for people, and what that is worth.
type Options struct {
	Issuer       string // https://id.example.org/realms/cert
	ClientID     string
	ClientSecret string
	Scopes       []string                 // openid is asked for anyway
	Groups       string                   // the claim that lists somebody's groups
	Roles        map[string]identity.Role // by group; empty: roles are given here, not there
	Create       identity.Role            // of accounts that are made for whoever comes; empty: none are
	Internal     bool                     // the provider is in a private network, or on this machine

	Keeper   *credential.Keeper
	Accounts *account.Accounts
	Clock    clock.Clock
	Log      *slog.Logger
}

// Door is the way in by single sign-on. It is safe for concurrent use.
type Door struct {
	Options
	client *http.Client
	mu     sync.Mutex
	known  *oidc.Provider // once it has been asked
}

// New makes the door. The provider is asked when the first person comes.
func New(o Options) *Door {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	guarded := httpx.New(httpx.Options{Timeout: timeout, MaxBytes: 1 << 20, Internal: o.Internal, Plain: o.Internal, Redirects: -1})
	return &Door{Options: o, client: &http.Client{
		Transport:     carrier{guarded},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// carrier lets libraries use the guarded client.
type carrier struct{ *httpx.Client }

// RoundTrip carries one exchange.
func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	s, err := c.Open(r.Clone(r.Context()))
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(s.Status), StatusCode: s.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: s.Header, Body: s.Body, ContentLength: s.Size, Request: r,
	}, nil
}

// provider asks once what the provider is like (OpenID Connect Discovery 1.0). Error: Unavailable; the next person asks again.
func (d *Door) provider(ctx context.Context) (*oidc.Provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known != nil {
		return d.known, nil
	}
	p, err := oidc.NewProvider(d.context(ctx), d.Issuer)
	if err != nil {
		d.Log.WarnContext(ctx, "asking the single sign-on what it is like", "issuer", d.Issuer, "error", err)
		return nil, problem.New(problem.Unavailable, "the single sign-on at %s does not answer as it should: %w", d.Issuer, err)
	}
	d.known = p
	return p, nil
}

// context lets libraries go out through our client only.
func (d *Door) context(ctx context.Context) context.Context { return oidc.ClientContext(ctx, d.client) }

func (d *Door) oauth(p *oidc.Provider, origin string) oauth2.Config {
	return oauth2.Config{
		ClientID: d.ClientID, ClientSecret: d.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: strings.TrimRight(origin, "/") + CallbackPath,
		Scopes: append([]string{oidc.ScopeOpenID}, d.Scopes...),
	}
}

// visit is what a browser keeps for us, sealed, while its person is at the provider.
type visit struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // RFC 7636
	Origin   string `json:"origin"`
	Next     string `json:"next"`
}

// Begin gives where to send a browser, and the ticket that it keeps until it comes back to CallbackPath; origin is where it is now, and next is
// where it wants to go in the end. Error: Unavailable.
func (d *Door) Begin(ctx context.Context, origin, next string) (to, ticket string, err error) {
	p, err := d.provider(ctx)
	if err != nil {
		return "", "", err
	}
	v := visit{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Origin: origin, Next: next}
	ticket, err = credential.Ticket(d.Keeper, "sign-on", life, v)
	if err != nil {
		return "", "", err
	}
	config := d.oauth(p, origin)
	return config.AuthCodeURL(v.State, oidc.Nonce(v.Nonce), oauth2.S256ChallengeOption(v.Verifier)), ticket, nil
}

// Finish lets in whom the provider vouches for: query is what the browser brought back, address is where it is. Errors: Refusal (Forbidden) for
// somebody who has no account here, and for all else that does not count; Unavailable when the provider does not answer.
func (d *Door) Finish(ctx context.Context, origin, ticket, address string, query url.Values) (actor identity.Actor, next string, err error) {
	v, err := credential.Opened[visit](d.Keeper, "sign-on", ticket)
	if err != nil {
		return actor, "", err
	}
	if v.State == "" || query.Get("state") != v.State || v.Origin != origin {
		return actor, "", refusal(Strange)
	}
	if said := query.Get("error"); said != "" {
		d.Log.WarnContext(ctx, "the single sign-on refused somebody", "said", said)
		return actor, "", refusal(Declined)
	}
	who, err := d.exchange(ctx, v, query.Get("code"))
	if err != nil {
		return actor, "", err
	}
	actor, err = d.admit(ctx, who, address)
	return actor, v.Next, err
}
