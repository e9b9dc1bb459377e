package credential

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/credential/credentialtest"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Somebody is invited, makes a passkey, and gets in by it; the invitation is used up by that, and not before.
func testPasskey(h *house) {
	a, token := h.invite("ada")
	_, by, err := h.Invited(h.Context(), token)
	h.must(err)
	if _, err := h.BeginPasskey(h.Context(), by, origin); err != nil {
		h.Fatal(err)
	}
	key, p := h.passkey(by)
	if _, _, err := h.Invited(h.Context(), token); err == nil {
		h.Error("the invitation works still")
	}
	actor, err := h.use(key)
	if err != nil || actor.ID != a.ID || actor.Kind != identity.Person || len(actor.Roles) != 1 {
		h.Fatal(actor, err)
	}
	w, err := h.Ways(h.Context(), actor, a.ID)
	if err != nil || len(w.Passkeys) != 1 {
		h.Fatal(w, err)
	}
	got := w.Passkeys[0]
	if got.ID != p.ID || got.Name != "my telephone" || got.Site != "fire.example" || !got.Used.Equal(noon) || !got.Made.Equal(noon) || !got.Flagged.IsZero() || got.Synced {
		h.Errorf("%+v", got)
	}
	if all := strings.Join(h.record(), "\n"); !strings.Contains(all, "credential.passkey person") || !strings.Contains(all, "credential.login person") {
		h.Error(all)
	}
}

// What is not exactly as it should be lets nobody in, and the answer does not tell why.
func TestPasskeyIsRefused(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	_, token := h.invite("ada")
	_, by, err := h.Invited(h.Context(), token)
	h.must(err)
	right, _ := h.passkey(by)
	bob, token := h.invite("bob")
	_, by, err = h.Invited(h.Context(), token)
	h.must(err)
	h.passkey(by)
	tests := []struct {
		name   string
		change func(key *credentialtest.Passkey)
		answer func(answer []byte) []byte
		in     bool
	}{
		{"as it should be", nil, nil, true},
		{"another origin", func(k *credentialtest.Passkey) { k.Origin = "https://evil.example" }, nil, false},
		{"another site", func(k *credentialtest.Passkey) { k.Site = "evil.example" }, nil, false},
		{"http", func(k *credentialtest.Passkey) { k.Origin = "http://fire.example" }, nil, false},
		{"the user was not verified", func(k *credentialtest.Passkey) { k.Flags = credentialtest.Present }, nil, false},
		{"the user was not there", func(k *credentialtest.Passkey) { k.Flags = credentialtest.Verified }, nil, false},
		{"somebody else's name", func(k *credentialtest.Passkey) { k.Owner = []byte(bob.ID) }, nil, false},
		{"nobody's name", func(k *credentialtest.Passkey) { k.Owner = []byte(strings.Repeat("0", 26)) }, nil, false},
		{"no name", func(k *credentialtest.Passkey) { k.Owner = nil }, nil, false},
		{"another handle", func(k *credentialtest.Passkey) { k.Handle = []byte("another handle of 20") }, nil, false},
		{"another signature", nil, func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"signature":"ME`), []byte(`"signature":"MF`), 1)
		}, false},
		{"empty", nil, func([]byte) []byte { return nil }, false},
		{"no JSON", nil, func([]byte) []byte { return []byte("x") }, false},
		{"cut", nil, func(b []byte) []byte { return b[:len(b)/2] }, false},
		{"a megabyte", nil, func(b []byte) []byte { return append(bytes.Repeat([]byte(" "), 1<<20), b...) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key := *right
			if tt.change != nil {
				tt.change(&key)
			}
			s, err := h.BeginLogIn(origin)
			h.must(err)
			answer := key.Use(s.Options)
			if tt.answer != nil {
				answer = tt.answer(answer)
			}
			_, err = h.FinishLogIn(t.Context(), origin, s.Ticket, here, answer)
			if (err == nil) != tt.in || err != nil && !errors.Is(err, errRefused) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A step works once, for a while, where it was begun, and for what it was begun.
func testStepsWorkOnce(h *house) {
	a, token := h.invite("ada")
	_, by, err := h.Invited(h.Context(), token)
	h.must(err)
	key, _ := h.passkey(by)
	s, err := h.BeginLogIn(origin)
	h.must(err)
	answer := key.Use(s.Options)
	finish := func(origin, ticket string) error {
		_, err := h.FinishLogIn(h.Context(), origin, ticket, here, answer)
		return err
	}
	if err := finish("https://other.example", s.Ticket); err == nil {
		h.Error("it works at another origin")
	}
	if err := finish(origin, s.Ticket+"A"); err == nil {
		h.Error("a changed ticket works")
	}
	if err := h.FinishAgain(h.Context(), h.proven(a).Actor, origin, s.Ticket, here, answer); err == nil {
		h.Error("a log-in's ticket proves somebody again")
	}
	h.must(finish(origin, s.Ticket))
	if err := finish(origin, s.Ticket); !problem.Is(err, problem.Forbidden) {
		h.Errorf("it works twice: %v", err)
	}
	s, err = h.BeginLogIn(origin)
	h.must(err)
	answer = key.Use(s.Options)
	h.clock.Advance(ceremonyLife)
	if err := finish(origin, s.Ticket); !problem.Is(err, problem.Forbidden) {
		h.Errorf("it works after %s: %v", ceremonyLife, err)
	}
}

// A counter that goes back lets in, and is told of.
func testCounterGoesBack(h *house) {
	_, token := h.invite("ada")
	a, by, err := h.Invited(h.Context(), token)
	h.must(err)
	key, _ := h.passkey(by)
	key.Counter = 5
	for i, counter := range []uint32{5, 6, 3, 9} {
		key.Counter = counter
		if _, err := h.use(key); err != nil {
			h.Fatal(err)
		}
		if flagged := len(h.told); flagged != map[bool]int{false: 0, true: 1}[i >= 2] {
			h.Errorf("after the counter %d: told %d times", counter, flagged)
		}
	}
	w, err := h.Ways(h.Context(), h.proven(a).Actor, a.ID)
	if err != nil || w.Passkeys[0].Flagged.IsZero() || h.told[0].What != PasskeyCopied {
		h.Errorf("%+v, %+v, %v", w, h.told, err)
	}
	h.noticed(a, 1, PasskeyCopied)
}

// Who is logged in proves it again with a passkey of their own, and with no other.
func TestProveAgain(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	keys := map[string]*credentialtest.Passkey{}
	actors := map[string]identity.Actor{}
	for _, login := range []string{"ada", "bob"} {
		_, token := h.invite(login)
		a, by, err := h.Invited(h.Context(), token)
		h.must(err)
		keys[login], _ = h.passkey(by)
		actors[login] = h.proven(a).Actor
	}
	for login, want := range map[string]bool{"ada": true, "bob": false} {
		s, err := h.BeginAgain(origin, actors["ada"])
		h.must(err)
		err = h.FinishAgain(t.Context(), actors["ada"], origin, s.Ticket, here, keys[login].Use(s.Options))
		if (err == nil) != want {
			t.Errorf("%s's passkey for ada: %v", login, err)
		}
	}
	s, err := h.BeginAgain(origin, actors["ada"])
	h.must(err)
	if err := h.FinishAgain(t.Context(), actors["bob"], origin, s.Ticket, here, keys["ada"].Use(s.Options)); !errors.Is(err, errTicket) {
		t.Errorf("bob used what ada began: %v", err)
	}
}

func TestSites(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	for origin, want := range map[string]bool{
		"https://fire.example": true, "https://fire.example:8443": true, "http://localhost:8080": true, "https://localhost": true,
		"http://fire.example": false, "http://127.0.0.1:8080": false, "https://127.0.0.1": false, "https://[::1]:1": false, "": false, "x": false,
	} {
		if got := h.Usable(origin); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
}

func testPasskeysOfOneAccount(h *house) {
	s := h.withPassword("ada")
	by := h.proven(s.Account)
	_, first := h.passkey(by)
	_, second := h.passkey(by)
	h.must(h.RenamePasskey(h.Context(), by, first.ID, "  key\x00ring \n"+strings.Repeat("é", 80)))
	h.must(h.RemovePasskey(h.Context(), by, second.ID))
	if err := h.RemovePasskey(h.Context(), by, second.ID); !problem.Is(err, problem.NotFound) {
		h.Errorf("removed twice: %v", err)
	}
	bob := h.proven(h.withPassword("bob").Account)
	if err := h.RenamePasskey(h.Context(), bob, first.ID, "mine"); !problem.Is(err, problem.NotFound) {
		h.Errorf("bob renamed it: %v", err)
	}
	w, err := h.Ways(h.Context(), by.Actor, by.ID)
	if err != nil || len(w.Passkeys) != 1 || w.Passkeys[0].Name != "keyring "+strings.Repeat("é", 52) {
		h.Errorf("%+v, %v", w, err)
	}
	h.must(h.RemovePassword(h.Context(), by))
	if err := h.RemovePasskey(h.Context(), by, first.ID); !errors.Is(err, ErrLast) {
		h.Errorf("the last way in: %v", err)
	}
	if _, err := h.Ways(h.Context(), bob.Actor, by.ID); !problem.Is(err, problem.Forbidden) {
		h.Errorf("bob looked at ada's: %v", err)
	}
}

func TestTooManyPasskeys(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	by := h.proven(h.withPassword("ada").Account)
	for range maxPasskeys {
		h.passkey(by)
	}
	if _, err := h.BeginPasskey(t.Context(), by, origin); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
}

// What is asked of a browser does not change by itself: each of these is a promise of the package.
func TestOptionsOfPasskeys(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	by := h.proven(h.withPassword("ada").Account)
	h.passkey(by)
	s, err := h.BeginPasskey(t.Context(), by, origin)
	h.must(err)
	for _, want := range []string{`"residentKey":"required"`, `"userVerification":"required"`, `"id":"fire.example"`, `"name":"ada"`, `"excludeCredentials":[{`} {
		if !strings.Contains(string(s.Options), want) {
			t.Errorf("%s is not in %s", want, s.Options)
		}
	}
	s, err = h.BeginLogIn(origin)
	h.must(err)
	if text := string(s.Options); !strings.Contains(text, `"userVerification":"required"`) || strings.Contains(text, "allowCredentials") {
		t.Error(text)
	}
}

// Ways in are changed by who has just proved who they are.
func TestStaleProof(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	by := h.proven(h.withPassword("ada").Account)
	_, p := h.passkey(by)
	s, err := h.BeginPasskey(t.Context(), by, origin)
	h.must(err)
	h.clock.Advance(Fresh + time.Second)
	ctx := t.Context()
	for who, by := range map[string]Proven{"too long ago": by, "never": {Actor: by.Actor}, "nobody": {At: h.clock.Now()}, "the machine": {Actor: boss, At: h.clock.Now()}} {
		for what, do := range map[string]func() error{
			"BeginPasskey":     func() error { _, err := h.BeginPasskey(ctx, by, origin); return err },
			"FinishPasskey":    func() error { _, err := h.FinishPasskey(ctx, by, origin, s.Ticket, "", nil); return err },
			"RenamePasskey":    func() error { return h.RenamePasskey(ctx, by, p.ID, "x") },
			"RemovePasskey":    func() error { return h.RemovePasskey(ctx, by, p.ID) },
			"RemovePassword":   func() error { return h.RemovePassword(ctx, by) },
			"RemoveSignOn":     func() error { return h.RemoveSignOn(ctx, by, "x", "y") },
			"NewAuthenticator": func() error { _, err := h.NewAuthenticator(by, "ada"); return err },
			"SetPassword":      func() error { return h.SetPassword(ctx, by, good+"!", "", "") },
			"NewRecovery":      func() error { _, err := h.NewRecovery(ctx, by); return err },
		} {
			if err := do(); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s, %s: %v", who, what, err)
			}
		}
	}
}

// A stranger's passkeys of many accounts do not mix: each lets its own owner in.
func TestManyAccounts(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	for i := range 5 {
		_, token := h.invite(fmt.Sprintf("p%d", i))
		a, by, err := h.Invited(h.Context(), token)
		h.must(err)
		key, _ := h.passkey(by)
		if actor, err := h.use(key); err != nil || actor.ID != a.ID {
			t.Error(actor, err)
		}
	}
}
