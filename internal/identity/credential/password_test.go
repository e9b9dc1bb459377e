package credential

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestWeak(t *testing.T) {
	tests := []struct {
		password string
		want     Weakness
	}{
		{good, ""},
		{"", TooShort},
		{"elevenchars", TooShort},
		{"twelve chars", ""},
		{"ééééééààààà", TooShort}, // eleven letters, more bytes
		{"élan à l'été", ""},
		{strings.Repeat("ab c", 300), TooLong},
		{"aaaaaaaaaaaaaaa", TooPlain},
		{"abcabcabcabcabc", TooPlain},
		{"123456789012", TooPlain},
		{"987654321098", TooPlain},
		{"abcdefghijklm", TooPlain},
		{"zyxwvutsrqponm", TooPlain},
		{"Password12345", TooKnown},
		{"password2026!", TooKnown},
		{"2026!!motdepasse", TooKnown},
		{"correcthorsebatterystaple", TooKnown},
		{"correct horse battery staple", TooKnown},
		{"1qaz2wsx3edc", TooKnown},
		{"ada.lovelace", Personal},
		{"Lovelace-1815", Personal},
		{"lovelace writes the first program", ""},
		{"cert example!", Personal},
	}
	for _, tt := range tests {
		if got := Weak(tt.password, "ada.lovelace", "Ada Lovelace", "CERT Example"); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.password, got, tt.want)
		}
	}
}

func testSetPassword(h *house) {
	_, token := h.invite("ada")
	a, by, err := h.Invited(h.Context(), token)
	h.must(err)
	if err := h.SetPassword(h.Context(), by, good, "", ""); !problem.Is(err, problem.Conflict) {
		h.Errorf("without an authenticator: %v", err)
	}
	app, err := h.NewAuthenticator(by, "ada")
	h.must(err)
	if err := h.SetPassword(h.Context(), by, good, app.Ticket, "000000"); !errors.Is(err, ErrCode) {
		h.Errorf("with another code: %v", err)
	}
	if err := h.SetPassword(h.Context(), by, "ada", app.Ticket, "000000"); weakness(err) != TooShort {
		h.Errorf("a weak one: %v", err)
	}
	if _, _, err := h.Invited(h.Context(), token); err != nil {
		h.Fatalf("what failed used the invitation up: %v", err)
	}
	s := h.setPassword(a, by)
	if err := h.SetPassword(h.Context(), by, good, "", ""); err == nil {
		h.Error("the invitation works twice")
	}
	h.must(h.SetPassword(h.Context(), h.proven(a), "quite another text", "", ""))
	if _, err := h.LogIn(h.Context(), Attempt{Login: "ada", Password: "quite another text", Code: h.code(s), Address: here}); err != nil {
		h.Errorf("the new password: %v", err)
	}
}

// Another's ticket, or an old one, sets up nothing.
func TestAuthenticatorTickets(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	ada, bob := h.withPassword("ada"), h.withPassword("bob")
	by := h.proven(ada.Account)
	app, err := h.NewAuthenticator(by, "ada")
	h.must(err)
	code := h.code(someone{secret: strings.ReplaceAll(app.Secret, " ", "")})
	if err := h.SetPassword(t.Context(), h.proven(bob.Account), good, app.Ticket, code); !errors.Is(err, errTicket) {
		t.Errorf("bob, by ada's: %v", err)
	}
	again, err := h.SameAuthenticator(by, "ada", app.Ticket)
	if err != nil || again.Secret != app.Secret || again.URL != app.URL {
		t.Errorf("shown again: %+v, %v", again, err)
	}
	if other, err := h.SameAuthenticator(h.proven(bob.Account), "bob", app.Ticket); err != nil || other.Secret == app.Secret {
		t.Errorf("ada's, shown to bob: %v", err)
	}
	if !strings.HasPrefix(app.URL, "otpauth://totp/CERT%20Example:ada?") || !strings.Contains(app.URL, "issuer=CERT%20Example") {
		t.Error(app.URL)
	}
	h.clock.Advance(newAuthenticatorLife)
	by.At = h.clock.Now()
	if err := h.SetPassword(t.Context(), by, good, app.Ticket, code); !errors.Is(err, errTicket) {
		t.Errorf("too late: %v", err)
	}
}

// RFC 6238, appendix B, the last six digits of SHA-1's rows.
func TestCodesOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		now := time.Unix(at, 0)
		if n, ok := matchCode(secret, code, now, 0); !ok || n != at/30 {
			t.Errorf("%d: %v, %v", at, n, ok)
		}
		if _, ok := matchCode(secret, code, now, at/30); ok {
			t.Errorf("%d: a step that was used counts", at)
		}
		if _, ok := matchCode(secret, code, now.Add(61*time.Second), 0); ok {
			t.Errorf("%d: an old code counts", at)
		}
	}
	for _, code := range []string{"", "28708", "2870820", "28708２", "      "} {
		if _, ok := matchCode(secret, code, time.Unix(59, 0), 0); ok {
			t.Errorf("%q counts", code)
		}
	}
}

func TestHash(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	hash := cheap.hash([]byte(good))
	if hash == cheap.hash([]byte(good)) {
		t.Error("two hashes of a password are alike")
	}
	tests := []struct {
		name, hash, password string
		want                 bool
		fault                bool
	}{
		{"its own", hash, good, true, false},
		{"another", hash, good + " ", false, false},
		{"of nobody", "", good, false, false},
		{"cut", hash[:len(hash)-4], good, false, true},
		{"another kind", strings.Replace(hash, "argon2id", "argon2i", 1), good, false, true},
		{"another version", strings.Replace(hash, "v=19", "v=16", 1), good, false, true},
		{"too much memory", strings.Replace(hash, "m=64", "m=99999999", 1), good, false, true},
		{"no threads", strings.Replace(hash, "p=1", "p=0", 1), good, false, true},
		{"no parameters", strings.Replace(hash, "m=64,t=1,p=1", "x", 1), good, false, true},
		{"text", "hello", good, false, true},
	}
	for _, tt := range tests {
		got, _, err := h.matches(t.Context(), tt.password, tt.hash)
		if got != tt.want || (err != nil) != tt.fault {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
}

// A password is the same, however a keyboard writes its letters.
func TestLettersThatLookAlike(t *testing.T) {
	if normal("e\u0301te\u0301") != normal("été") {
		t.Error("they differ")
	}
}

func TestTickets(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	text, err := newTicket(h.Keeper, "a", time.Minute, "value")
	h.must(err)
	tests := []struct {
		name, use, text string
		later           time.Duration
		ok              bool
	}{
		{"its use", "a", text, 0, true},
		{"another use", "b", text, 0, false},
		{"changed", "a", text[:len(text)-2] + "AA", 0, false},
		{"cut", "a", text[:10], 0, false},
		{"empty", "a", "", 0, false},
		{"long", "a", strings.Repeat(text, 500), 0, false},
		{"in time", "a", text, time.Minute - time.Second, true},
		{"too late", "a", text, time.Second, false},
	}
	for _, tt := range tests {
		h.clock.Advance(tt.later)
		got, err := readTicket[string](h.Keeper, tt.use, tt.text)
		if ok := err == nil && got.Value == "value"; ok != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if strings.Contains(text, "value") {
		t.Error("it can be read")
	}
}

// The database alone gives no authenticator's secret, and not with another keyring either.
func TestSecretsAreSealed(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	s := h.withPassword("ada")
	h.Secret = func(string) ([32]byte, error) { return [32]byte{9}, nil }
	if _, err := h.ways(t.Context(), s.ID); err == nil {
		t.Error("another keyring opens it")
	}
}

func testReset(h *house) {
	s := h.withPassword("ada")
	key, _ := h.passkey(h.proven(s.Account))
	duty := h.proven(s.Account).Actor
	if err := h.Reset(h.Context(), duty, s.ID); !problem.Is(err, problem.Forbidden) {
		h.Errorf("a duty officer reset: %v", err)
	}
	if list, err := h.Holders(h.Context(), 10); err != nil || len(list) != 1 || list[0] != s.ID {
		h.Errorf("%v, %v", list, err)
	}
	link, _, err := session.New(session.Options{DB: h.DB, Clock: h.clock}).NewLink(h.Context(), boss, duty)
	h.must(err)
	programs := token.New(token.Options{DB: h.DB, Clock: h.clock, Resolve: h.Accounts.Actor})
	program, _, err := programs.Make(h.Context(), duty, token.Draft{Name: "a thief's", Scopes: []identity.Scope{identity.ReportsRead}})
	h.must(err)
	h.must(h.Reset(h.Context(), boss, s.ID))
	if _, works, err := programs.Check(h.Context(), program); works || err != nil {
		h.Errorf("a token works still: %v", err)
	}
	if h.rowsOf("login_link") != 0 {
		h.Errorf("the link %s works still", link)
	}
	if _, err := h.use(key); err == nil {
		h.Error("the passkey works still")
	}
	if list, err := h.Holders(h.Context(), 10); err != nil || len(list) != 0 {
		h.Errorf("%v, %v", list, err)
	}
	if len(h.told) != 1 || h.told[0].What != WaysReset {
		h.Errorf("%+v", h.told)
	}
}

// rowsOf is how many rows a table has.
func (h *house) rowsOf(table string) (n int) {
	h.Helper()
	h.must(h.DB.Read(h.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n) }))
	return n
}

func testSignOnLinks(h *house) {
	s, bob := h.withPassword("ada"), h.withPassword("bob")
	const issuer = "https://id.example"
	if _, err := h.SignedOn(h.Context(), issuer, "s1", here); !problem.Is(err, problem.NotFound) {
		h.Errorf("nobody's: %v", err)
	}
	h.must(h.Link(h.Context(), boss, s.ID, issuer, "s1"))
	h.must(h.Link(h.Context(), boss, s.ID, issuer, "s1"))
	if err := h.Link(h.Context(), boss, s.ID, issuer, "s2"); !problem.Is(err, problem.Conflict) {
		h.Errorf("a second name: %v", err)
	}
	h.must(h.Link(h.Context(), boss, s.ID, issuer+"/other", "s2"))
	h.must(h.RemoveSignOn(h.Context(), h.proven(s.Account), issuer+"/other", "s2"))
	if err := h.Link(h.Context(), boss, bob.ID, issuer, "s1"); !problem.Is(err, problem.Conflict) {
		h.Errorf("another's: %v", err)
	}
	if actor, err := h.SignedOn(h.Context(), issuer, "s1", here); err != nil || actor.ID != s.ID {
		h.Error(actor, err)
	}
	w, err := h.Ways(h.Context(), h.proven(s.Account).Actor, s.ID)
	if err != nil || len(w.SignOns) != 1 || w.SignOns[0].Used.IsZero() {
		h.Errorf("%+v, %v", w, err)
	}
	h.must(h.RemoveSignOn(h.Context(), h.proven(s.Account), issuer, "s1"))
	h.must(h.Link(h.Context(), boss, bob.ID, issuer, "s1"))
	h.disable(bob.Account)
	if _, err := h.SignedOn(h.Context(), issuer, "s1", here); !problem.Is(err, problem.Forbidden) {
		h.Errorf("disabled: %v", err)
	}
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		DefaultCost.hash([]byte(good))
	}
}

func FuzzReadHash(f *testing.F) {
	f.Add(cheap.hash([]byte(good)))
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		c, salt, key, err := readHash(text)
		if err == nil && c.write(salt, key) != text && !strings.ContainsAny(text, " +0") {
			t.Errorf("%q is read as %q", text, c.write(salt, key))
		}
	})
}

func FuzzWeak(f *testing.F) {
	f.Add(good)
	f.Add("\xff\x00 ... ")
	f.Fuzz(func(t *testing.T, text string) {
		if Weak(text, "ada", "Ada Lovelace") == "" && len(text) < MinPassword {
			t.Errorf("%q is let through", text)
		}
	})
}
