package sso

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	origin = "https://fire.example"
	here   = "192.0.2.1:4711"
)

var boss = identity.Actor{ID: "os:1000", Name: "boss", Kind: identity.OSUserKind, Via: "cli"}

// key is made once: that takes long.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// provider is a small OpenID Connect provider. Its claims, and how it signs, can be changed.
type provider struct {
	*httptest.Server
	*testing.T
	clock     clock.Clock
	claims    map[string]any // over those that are right
	key       *rsa.PrivateKey
	challenge string // of the visit: S256
	nonce     string
	fail      string // what the token endpoint says instead of a token
	code      int    // how often a code was asked for
}

func newProvider(t *testing.T, now clock.Clock) *provider {
	p := &provider{T: t, clock: now, key: key()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.say(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key().PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.Error(err)
	}
}

// token gives an ID token for the code, to who has the verifier (RFC 7636 §4.6).
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.code++
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if p.fail == "" && (r.PostFormValue("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || id != "firehall" || secret != "s3cret") {
		p.fail = "invalid_grant"
	}
	if p.fail != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"` + p.fail + `"}`))
		return
	}
	p.say(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign()})
}

func (p *provider) sign() string {
	claims := map[string]any{
		"iss": p.URL, "sub": "subject-1", "aud": "firehall", "nonce": p.nonce, "iat": p.clock.Now().Unix(), "exp": p.clock.Now().Add(time.Minute).Unix(),
		"email": "Ada@cert.example", "email_verified": true, "name": "Ada Lovelace", "preferred_username": "Ada.L",
	}
	maps.Copy(claims, p.claims)
	text, err := json.Marshal(claims)
	if err != nil {
		p.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}, nil)
	if err != nil {
		p.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		p.Fatal(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		p.Fatal(err)
	}
	return out
}

// house is a door with its provider.
type house struct {
	*Door
	*testing.T
	provider *provider
	clock    *clock.Fixed
	asked    url.Values // what the provider was asked last
	again    string     // the account of who proves anew who they are
}

func newHouse(t *testing.T, change func(*Options)) *house {
	db := sqldbtest.Open(t, sqldb.SQLite)
	now := clock.At(noon)
	accounts := account.New(account.Options{DB: db, Clock: now})
	p := newProvider(t, now)
	o := Options{
		Issuer: p.URL, ClientID: "firehall", ClientSecret: "s3cret", Scopes: []string{"email", "profile"}, Groups: "groups", Internal: true, Accounts: accounts, Clock: now,
		Keeper: credential.New(credential.Options{
			DB: db, Clock: now, Accounts: accounts, Secret: func(string) ([32]byte, error) { return [32]byte{7}, nil }, Cost: credential.Cost{Memory: 64, Time: 1, Threads: 1},
		}),
	}
	if change != nil {
		change(&o)
	}
	return &house{Door: New(o), T: t, provider: p, clock: now}
}

func (h *house) add(login, email string) (account.Account, string) {
	h.Helper()
	a, i, err := h.Accounts.Add(h.Context(), boss, account.Draft{Login: login, Email: email, Roles: []identity.Role{identity.Auditor}})
	if err != nil {
		h.Fatal(err)
	}
	return a, i.Token
}

// visit goes to the provider, and comes back with a query.
func (h *house) visit(change func(q url.Values)) (identity.Actor, string, error) {
	h.Helper()
	in, err := h.enter(change)
	return in.Actor, in.Next, err
}

func (h *house) enter(change func(q url.Values)) (Entry, error) {
	h.Helper()
	to, ticket, err := h.Begin(h.Context(), origin, "/findings", h.again)
	if err != nil {
		h.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		h.Fatal(err)
	}
	ask := u.Query()
	h.asked = ask
	h.provider.challenge, h.provider.nonce = ask.Get("code_challenge"), ask.Get("nonce")
	if ask.Get("code_challenge_method") != "S256" || ask.Get("redirect_uri") != origin+CallbackPath || !strings.Contains(ask.Get("scope"), "openid") || ask.Get("response_type") != "code" {
		h.Errorf("asked %s", to)
	}
	back := url.Values{"state": {ask.Get("state")}, "code": {"good"}}
	if change != nil {
		change(back)
	}
	return h.Finish(h.Context(), origin, ticket, here, back)
}

func TestWhoGetsIn(t *testing.T) {
	tests := []struct {
		name   string
		claims map[string]any
		back   func(q url.Values)
		before func(h *house)
		why    Refusal // "" gets in
	}{
		{"the address is an account's", nil, nil, nil, ""},
		{"verified as a text", map[string]any{"email_verified": "true"}, nil, nil, ""},
		{"not verified", map[string]any{"email_verified": false}, nil, nil, Unverified},
		{"nothing about verifying", map[string]any{"email_verified": nil}, nil, nil, Unverified},
		{"another address", map[string]any{"email": "eve@cert.example"}, nil, nil, Unknown},
		{"no address", map[string]any{"email": ""}, nil, nil, Unverified},
		{"another state", nil, func(q url.Values) { q.Set("state", "x") }, nil, Strange},
		{"no state", nil, func(q url.Values) { q.Del("state") }, nil, Strange},
		{"another code", nil, func(q url.Values) { q.Set("code", "stolen") }, nil, Strange},
		{"the provider says no", nil, func(q url.Values) { q.Set("error", "access_denied") }, nil, Declined},
		{"another nonce", map[string]any{"nonce": "x"}, nil, nil, Strange},
		{"for another client", map[string]any{"aud": "other"}, nil, nil, Strange},
		{"for several clients", map[string]any{"aud": []string{"firehall", "other"}}, nil, nil, Strange},
		{"for several clients, asked by us", map[string]any{"aud": []string{"firehall", "other"}, "azp": "firehall"}, nil, nil, ""},
		{"another issuer", map[string]any{"iss": "https://evil.example"}, nil, nil, Strange},
		{"too old", map[string]any{"exp": noon.Add(-time.Hour).Unix()}, nil, nil, Strange},
		{"no subject", map[string]any{"sub": ""}, nil, nil, Strange},
		{"another key", nil, nil, func(h *house) { h.provider.key = otherKey(h.T) }, Strange},
		{"disabled", nil, nil, func(h *house) { h.disable() }, Barred},
		{"a sign that folds into a k", map[string]any{"email": "mi\u212ae@cert.example"}, nil, func(h *house) { h.add("mike", "mike@cert.example") }, Unknown},
		{"two have the address", nil, nil, func(h *house) { h.add("ada2", "ada@cert.example") }, Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, nil)
			a, _ := h.add("ada", "ada@cert.example")
			h.provider.claims = tt.claims
			if tt.before != nil {
				tt.before(h)
			}
			actor, next, err := h.visit(tt.back)
			if Why(err) != tt.why || (err == nil) != (tt.why == "") {
				t.Fatalf("%q: %v", Why(err), err)
			}
			if err == nil && (actor.ID != a.ID || next != "/findings") {
				t.Errorf("%+v, %s", actor, next)
			}
		})
	}
}

func otherKey(t *testing.T) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (h *house) disable() {
	h.Helper()
	list, err := h.Accounts.List(h.Context(), boss)
	if err == nil {
		_, err = h.Accounts.Disable(h.Context(), boss, list[0].ID, "left")
	}
	if err != nil {
		h.Fatal(err)
	}
}

// Once tied, somebody is known by subject: another address changes nothing, and another subject with the address of old is somebody else.
func TestKnownBySubject(t *testing.T) {
	h := newHouse(t, nil)
	a, token := h.add("ada", "ada@cert.example")
	if _, _, err := h.visit(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accounts.Invited(t.Context(), token); err == nil {
		t.Error("the invitation works still")
	}
	h.provider.claims = map[string]any{"email": "new@cert.example", "email_verified": false}
	if actor, _, err := h.visit(nil); err != nil || actor.ID != a.ID {
		t.Error(actor, err)
	}
	h.provider.claims = map[string]any{"sub": "subject-2"}
	if _, _, err := h.visit(nil); Why(err) != Taken {
		t.Errorf("who has the address of old gets the account: %v", err)
	}
}

// Who is logged in and proves anew who they are must be asked by the provider, and must be who they were.
func TestAgain(t *testing.T) {
	tests := []struct {
		name   string
		claims map[string]any
		why    Refusal
	}{
		{"proved just now", map[string]any{"auth_time": noon.Unix()}, ""},
		{"the provider's clock is a little behind", map[string]any{"auth_time": noon.Unix() - 20}, ""},
		{"the provider does not say when", nil, ""},
		{"by a session of the provider's", map[string]any{"auth_time": noon.Unix() - 3600}, Unproven},
		{"somebody else", map[string]any{"sub": "subject-2", "auth_time": noon.Unix()}, Unproven},
		{"nobody who is known", map[string]any{"sub": "subject-3", "auth_time": noon.Unix()}, Unproven},
		{"disabled", map[string]any{"auth_time": noon.Unix()}, Barred},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, nil)
			a, _ := h.add("ada", "ada@cert.example")
			b, _ := h.add("bob", "bob@cert.example")
			for subject, who := range map[string]account.Account{"subject-1": a, "subject-2": b} {
				h.provider.claims = map[string]any{"sub": subject, "email": who.Email}
				if _, _, err := h.visit(nil); err != nil {
					t.Fatal(err)
				}
			}
			if tt.why == Barred {
				h.disable()
			}
			h.provider.claims, h.again = tt.claims, a.ID
			in, err := h.enter(nil)
			if Why(err) != tt.why || err == nil && (in.Actor.ID != a.ID || !in.Proved.Equal(noon)) {
				t.Errorf("%+v, %v", in, err)
			}
			if got := h.asked; got.Get("prompt") != "login" || got.Get("max_age") != "0" {
				t.Errorf("the provider is not told to ask: %v", got)
			}
		})
	}
}

// How fresh a proof is the provider says, or nobody.
func TestProved(t *testing.T) {
	for name, tt := range map[string]struct {
		claim any
		want  time.Time
	}{
		"an hour ago": {noon.Unix() - 3600, noon.Add(-time.Hour)}, "not said": {nil, time.Time{}}, "in the future": {noon.Unix() + 3600, time.Time{}}, "none": {-5, time.Time{}},
	} {
		h := newHouse(t, nil)
		h.add("ada", "ada@cert.example")
		h.provider.claims = map[string]any{"auth_time": tt.claim}
		if in, err := h.enter(nil); err != nil || !in.Proved.Equal(tt.want) || h.asked.Has("prompt") {
			t.Errorf("%s: %+v, %v", name, in, err)
		}
	}
}

func TestGroups(t *testing.T) {
	roles := map[string]identity.Role{"leads": identity.Manager, "desk": identity.DutyOfficer}
	h := newHouse(t, func(o *Options) { o.Roles = roles })
	h.add("boss", "boss@cert.example")
	h.add("ada", "ada@cert.example")
	tests := []struct {
		name   string
		groups any
		want   []identity.Role
	}{
		{"one, as a text", "desk", []identity.Role{identity.DutyOfficer}},
		{"two", []string{"desk", "leads", "others"}, []identity.Role{identity.DutyOfficer, identity.Manager}},
		{"none of ours", []string{"others"}, nil},
		{"none", nil, nil},
		{"no list", 5, nil},
	}
	for _, tt := range tests {
		h.provider.claims = map[string]any{"groups": tt.groups}
		actor, _, err := h.visit(nil)
		if tt.want == nil {
			if Why(err) != Groupless {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(slices.Sorted(slices.Values(actor.Roles)), tt.want) {
			t.Errorf("%s: %v, %v", tt.name, actor.Roles, err)
		}
	}
}

// Nobody gets an account by coming, unless the configuration says so.
func TestCreate(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Create = identity.Volunteer })
	h.add("ada-l", "somebody@else.example") // the name that the provider gives is taken
	actor, _, err := h.visit(nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.Accounts.ByID(t.Context(), actor.ID)
	if err != nil || !strings.HasPrefix(a.Login, "ada-l-") || len(a.Roles) != 1 || a.Roles[0] != identity.Volunteer || a.State != account.Active {
		t.Errorf("%+v, %v", a, err)
	}
	if again, _, err := h.visit(nil); err != nil || again.ID != actor.ID {
		t.Error(again, err)
	}
}

// A provider that does not answer, or is not what it says, lets nobody in; and none is asked inside unless that is allowed.
func TestProviderFails(t *testing.T) {
	h := newHouse(t, nil)
	h.add("ada", "ada@cert.example")
	h.provider.fail = "server_error"
	if _, _, err := h.visit(nil); !problem.Is(err, problem.Unavailable) {
		t.Error(err)
	}
	h = newHouse(t, func(o *Options) { o.Internal = false })
	if _, _, err := h.Begin(t.Context(), origin, "/", ""); !problem.Is(err, problem.Unavailable) {
		t.Errorf("a provider inside was asked: %v", err)
	}
	h = newHouse(t, func(o *Options) { o.Issuer += "/other" })
	if _, _, err := h.Begin(t.Context(), origin, "/", ""); !problem.Is(err, problem.Unavailable) {
		t.Error(err)
	}
}

// What a browser keeps for us counts at the origin where it was given, for ten minutes.
func TestVisits(t *testing.T) {
	h := newHouse(t, nil)
	_, ticket, err := h.Begin(t.Context(), origin, "/", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"no ticket": func() error { _, err := h.Finish(t.Context(), origin, "", here, url.Values{}); return err },
		"another origin": func() error {
			_, err := h.Finish(t.Context(), "https://evil.example", ticket, here, url.Values{})
			return err
		},
		"changed": func() error { _, err := h.Finish(t.Context(), origin, ticket+"A", here, url.Values{}); return err },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if h.provider.code != 0 {
		t.Error("the provider was asked")
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{"Ada.Lovelace": "ada-lovelace", " -x- ": "x", "élan": "lan", "": "", "<script>": "script"} {
		if got := plain(text, 40); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
