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
	Again    string `json:"again,omitempty"` // the account of who proves again who they are
	Begun    int64  `json:"begun"`           // seconds
}

// Entry is somebody who was let in.
type Entry struct {
	Actor  identity.Actor
	Next   string    // where they wanted to go
	Proved time.Time // when they last proved to the provider who they are; zero if it does not say
}

// Begin gives where to send a browser, and the ticket that it keeps until it comes back to CallbackPath; origin is where it is now, and next is
// where it wants to go in the end. again is the account of who is logged in and should prove it anew, and empty for who logs in: the provider then
// may not go by a session of its own (OpenID Connect Core 1.0 §3.1.2.1). Error: Unavailable.
func (d *Door) Begin(ctx context.Context, origin, next, again string) (to, ticket string, err error) {
	p, err := d.provider(ctx)
	if err != nil {
		return "", "", err
	}
	v := visit{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Origin: origin, Next: next, Again: again, Begun: d.Clock.Now().Unix(),
	}
	ticket, err = credential.Ticket(d.Keeper, "sign-on", life, v)
	if err != nil {
		return "", "", err
	}
	ask := []oauth2.AuthCodeOption{oidc.Nonce(v.Nonce), oauth2.S256ChallengeOption(v.Verifier)}
	if again != "" {
		ask = append(ask, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	config := d.oauth(p, origin)
	return config.AuthCodeURL(v.State, ask...), ticket, nil
}

// Finish lets in whom the provider vouches for: query is what the browser brought back, address is where it is. Errors: Refusal (Forbidden) for
// somebody who has no account here, and for all else that does not count; Unavailable when the provider does not answer.
func (d *Door) Finish(ctx context.Context, origin, ticket, address string, query url.Values) (Entry, error) {
	v, err := credential.Opened[visit](d.Keeper, "sign-on", ticket)
	if err != nil {
		return Entry{}, err
	}
	if v.State == "" || query.Get("state") != v.State || v.Origin != origin {
		return Entry{}, refusal(Strange)
	}
	if said := query.Get("error"); said != "" {
		d.Log.WarnContext(ctx, "the single sign-on refused somebody", "said", said)
		return Entry{}, refusal(Declined)
	}
	who, err := d.exchange(ctx, v, query.Get("code"))
	if err != nil {
		return Entry{}, err
	}
	if v.Again != "" {
		return d.again(ctx, v, who)
	}
	actor, err := d.admit(ctx, who, address)
	return Entry{actor, v.Next, who.proved}, err
}

// clocksDiffer is how far the provider's clock may be behind ours.
const clocksDiffer = 30 * time.Second

// again takes the provider's word that somebody who is logged in has just proved anew who they are. What it says of anybody else lets nobody in.
func (d *Door) again(ctx context.Context, v visit, who person) (Entry, error) {
	owner, err := d.Keeper.Linked(ctx, who.issuer, who.subject)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return Entry{}, err
	}
	begun := time.Unix(v.Begun, 0)
	if owner != v.Again || !who.proved.IsZero() && who.proved.Before(begun.Add(-clocksDiffer)) {
		return Entry{}, refusal(Unproven)
	}
	actor, err := d.Accounts.Actor(ctx, owner)
	if problem.Is(err, problem.Forbidden) {
		return Entry{}, refusal(Barred)
	}
	return Entry{actor, v.Next, d.Clock.Now()}, err
}
