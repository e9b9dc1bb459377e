package credential

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/account"
)

func testLogIn(h *house) {
	tests := []struct {
		name   string
		change func(h *house, s someone, a *Attempt)
		in     bool
	}{
		{"all right", func(*house, someone, *Attempt) {}, true},
		{"capitals and spaces about the name", func(_ *house, _ someone, a *Attempt) { a.Login = " " + strings.ToUpper(a.Login) + " " }, true},
		{"spaces in the code", func(_ *house, _ someone, a *Attempt) { a.Code = a.Code[:3] + " " + a.Code[3:] }, true},
		{"the code of the step before", func(h *house, _ someone, _ *Attempt) { h.clock.Advance(step) }, true},
		{"the code of two steps before", func(h *house, _ someone, _ *Attempt) { h.clock.Advance(2 * step) }, false},
		{"the code of the next step", func(h *house, s someone, a *Attempt) {
			h.clock.Advance(step)
			a.Code = h.code(s)
			h.clock.Advance(-step)
		}, true},
		{"another password", func(_ *house, _ someone, a *Attempt) { a.Password += "x" }, false},
		{"no password", func(_ *house, _ someone, a *Attempt) { a.Password = "" }, false},
		{"no code", func(_ *house, _ someone, a *Attempt) { a.Code = "" }, false},
		{"another code", func(_ *house, _ someone, a *Attempt) { a.Code = other(a.Code) }, false},
		{"unknown name", func(_ *house, _ someone, a *Attempt) { a.Login = "eve" }, false},
		{"no name", func(_ *house, _ someone, a *Attempt) { a.Login = "" }, false},
		{"a name of 5000 letters", func(_ *house, _ someone, a *Attempt) { a.Login = strings.Repeat("a", 5000) }, false},
		{"disabled", func(h *house, s someone, _ *Attempt) { h.disable(s.Account) }, false},
		{"over", func(h *house, s someone, _ *Attempt) { h.expire(s.Account) }, false},
		{"reset", func(h *house, s someone, _ *Attempt) { h.must(h.Reset(h.Context(), boss, s.ID)) }, false},
	}
	for i, tt := range tests {
		h.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, h.DB)
			s := h.withPassword(fmt.Sprintf("ada%d", i))
			a := Attempt{Login: s.Login, Password: good, Code: h.code(s), Address: fmt.Sprintf("192.0.2.%d:4711", i)}
			tt.change(h, s, &a)
			actor, err := h.LogIn(t.Context(), a)
			if in := err == nil && actor.ID == s.ID; in != tt.in {
				t.Fatalf("in: %v, %v", in, err)
			}
			if err != nil && !errors.Is(err, errRefused) {
				t.Errorf("another answer: %v", err)
			}
		})
	}
}

// other is another code.
func other(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) disable(a account.Account) {
	h.Helper()
	_, err := h.Accounts.Disable(h.Context(), boss, a.ID, "left")
	h.must(err)
}

func (h *house) expire(a account.Account) {
	h.Helper()
	_, err := h.Accounts.SetExpiry(h.Context(), boss, a.ID, 0, h.clock.Now().Add(time.Second))
	h.must(err)
	h.clock.Advance(time.Second)
}

// A code lets in once, whoever saw it being typed.
func testCodeWorksOnce(h *house) {
	s := h.withPassword("ada")
	a := Attempt{Login: "ada", Password: good, Code: h.code(s), Address: here}
	if _, err := h.LogIn(h.Context(), a); err != nil {
		h.Fatal(err)
	}
	a.Address = there
	if _, err := h.LogIn(h.Context(), a); !problem.Is(err, problem.Forbidden) {
		h.Errorf("the code worked twice: %v", err)
	}
	h.clock.Advance(step)
	if _, err := h.LogIn(h.Context(), a); !problem.Is(err, problem.Forbidden) {
		h.Errorf("the code worked twice, a step later: %v", err)
	}
	a.Code = h.code(s)
	if _, err := h.LogIn(h.Context(), a); err != nil {
		h.Errorf("the next code: %v", err)
	}
}

// Whoever has no password is refused as others are, and costs as much.
func testEverybodyCostsTheSame(h *house) {
	h.withPassword("ada")
	h.invite("bob")
	hashes := 0
	h.dummy = func() string { hashes++; return h.Cost.hash([]byte("x")) }
	for _, login := range []string{"bob", "eve"} {
		if _, err := h.LogIn(h.Context(), Attempt{Login: login, Password: good, Code: "123456", Address: here}); !errors.Is(err, errRefused) {
			h.Errorf("%s: %v", login, err)
		}
	}
	if hashes != 2 {
		h.Errorf("%d of 2 were compared with a hash", hashes)
	}
}

func testLogInIsRecorded(h *house) {
	s := h.withPassword("ada")
	_, _ = h.LogIn(h.Context(), Attempt{Login: "hunter2 typed by mistake", Password: "secret of mine", Code: "1", Address: here})
	_, _ = h.LogIn(h.Context(), Attempt{Login: "ada", Password: "wrong secret", Code: h.code(s), Address: here})
	_, _ = h.LogIn(h.Context(), Attempt{Login: "ada", Password: good, Code: "000", Address: "[2001:db8::1]:80"})
	_, err := h.LogIn(h.Context(), Attempt{Login: "ada", Password: good, Code: h.code(s), Address: here})
	h.must(err)
	all := strings.Join(h.record(), "\n")
	for _, want := range []string{
		`credential.password person {"password":true,"authenticator":true}`,
		`credential.refuse system {"by":"password","address":"192.0.2.1","why":"unknown"}`,
		`credential.refuse system {"by":"password","address":"192.0.2.1","why":"password"}`,
		`credential.refuse system {"by":"password","address":"2001:db8::1","why":"code"}`,
		`credential.login person {"by":"password","address":"192.0.2.1"}`,
	} {
		if !strings.Contains(strings.ReplaceAll(all, `": `, `":`), want) {
			h.Errorf("%s is not in the record:\n%s", want, all)
		}
	}
	for _, secret := range []string{"hunter2", "secret", good, s.secret} {
		if strings.Contains(all+h.log.String(), secret) {
			h.Errorf("%q was kept", secret)
		}
	}
}

// A hash that was made at another cost is made anew by who logs in, and the password stays.
func testHashIsUpgraded(h *house) {
	s := h.withPassword("ada")
	h.Cost = Cost{Memory: 128, Time: 2, Threads: 1}
	for range 2 {
		if _, err := h.LogIn(h.Context(), Attempt{Login: "ada", Password: good, Code: h.code(s), Address: here}); err != nil {
			h.Fatal(err)
		}
		h.clock.Advance(step)
		ways, err := h.ways(h.Context(), s.ID)
		if err != nil || !strings.Contains(ways.hash, "$m=128,t=2,p=1$") {
			h.Errorf("%s, %v", ways.hash, err)
		}
	}
}

func testRecover(h *house) {
	s := h.withPassword("ada")
	codes, err := h.NewRecovery(h.Context(), h.proven(s.Account))
	if err != nil || len(codes) != RecoveryCodes {
		h.Fatal(codes, err)
	}
	tests := []struct {
		name, password, code string
		in                   bool
	}{
		{"without the password", "", codes[0], false},
		{"another password", "no", codes[0], false},
		{"no code", good, "", false},
		{"another code", good, strings.Repeat("0000-", 3) + "0000", false},
		{"right", good, codes[0], true},
		{"again", good, codes[0], false},
		{"as people write it down", good, " " + strings.ToUpper(strings.ReplaceAll(codes[1], "-", " ")), true},
		{"letters for digits", good, strings.NewReplacer("0", "o", "1", "l").Replace(codes[2]), true},
	}
	for _, tt := range tests {
		actor, err := h.Recover(h.Context(), Attempt{Login: "ada", Password: tt.password, Code: tt.code, Address: here})
		if in := err == nil && actor.ID == s.ID; in != tt.in {
			h.Errorf("%s: %v, %v", tt.name, in, err)
		}
		h.clock.Advance(time.Hour)
	}
	if len(h.told) != 3 || h.told[0].What != RecoveryUsed || h.told[0].Account != s.ID || h.told[0].Address != "192.0.2.1" {
		h.Errorf("told %+v", h.told)
	}
	h.noticed(s.Account, 3, RecoveryUsed)
	if w, err := h.Ways(h.Context(), h.proven(s.Account).Actor, s.ID); err != nil || w.Recovery != RecoveryCodes-3 {
		h.Errorf("%+v, %v", w, err)
	}
}

// noticed sees that somebody is told so often, and once.
func (h *house) noticed(a account.Account, n int, what What) {
	h.Helper()
	who := h.proven(a).Actor
	list, err := h.Notices(h.Context(), who)
	if err != nil || len(list) != n || list[0].What != what {
		h.Errorf("notices: %+v, %v", list, err)
	}
	h.must(h.Seen(h.Context(), who))
	if list, err := h.Notices(h.Context(), who); err != nil || len(list) != 0 {
		h.Errorf("after they were seen: %+v, %v", list, err)
	}
}

// New codes end the old ones; somebody without a password gets in by a code alone.
func testNewRecoveryCodes(h *house) {
	_, token := h.invite("ada")
	a, by, err := h.Invited(h.Context(), token)
	h.must(err)
	h.passkey(by)
	old, err := h.NewRecovery(h.Context(), h.proven(a))
	h.must(err)
	fresh, err := h.NewRecovery(h.Context(), h.proven(a))
	h.must(err)
	if _, err := h.Recover(h.Context(), Attempt{Login: "ada", Code: old[0], Address: here}); err == nil {
		h.Error("an old code works")
	}
	if _, err := h.Recover(h.Context(), Attempt{Login: "ada", Password: "x", Code: fresh[0], Address: here}); err == nil {
		h.Error("a password that nobody has works")
	}
	if actor, err := h.Recover(h.Context(), Attempt{Login: "ada", Code: fresh[0], Address: here}); err != nil || actor.ID != a.ID {
		h.Error(actor, err)
	}
}
