package credential

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential/credentialtest"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// cheap makes tests quick; what it costs for real is measured by a benchmark.
var cheap = Cost{Memory: 64, Time: 1, Threads: 1}

const (
	origin = "https://fire.example"
	good   = "four words nobody knows"
	here   = "192.0.2.1:4711"
	there  = "198.51.100.7:4711"
)

var boss = identity.Actor{ID: "os:1000", Name: "boss", Kind: identity.OSUserKind, Via: "cli"}

// house is a keeper with its people.
type house struct {
	*Keeper
	*testing.T
	clock *clock.Fixed
	log   *bytes.Buffer
	told  []Notice
}

// On both engines each of these has an empty house; the database is one, since making many takes long.
func TestOnBothEngines(t *testing.T) {
	tests := []struct {
		name string
		do   func(h *house)
	}{
		{"LogIn", testLogIn},
		{"CodeWorksOnce", testCodeWorksOnce},
		{"EverybodyCostsTheSame", testEverybodyCostsTheSame},
		{"LogInIsRecorded", testLogInIsRecorded},
		{"HashIsUpgraded", testHashIsUpgraded},
		{"Recover", testRecover},
		{"NewRecoveryCodes", testNewRecoveryCodes},
		{"Passkey", testPasskey},
		{"StepsWorkOnce", testStepsWorkOnce},
		{"CounterGoesBack", testCounterGoesBack},
		{"PasskeysOfOneAccount", testPasskeysOfOneAccount},
		{"SetPassword", testSetPassword},
		{"Reset", testReset},
		{"SignOnLinks", testSignOnLinks},
		{"Throttle", testThrottle},
		{"ThrottleIsBounded", testThrottleIsBounded},
		{"ThrottleAtTheSameTime", testThrottleAtTheSameTime},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := newHouse(t, db)
				h.wipe()
				tt.do(h)
			})
		}
	})
}

// wipe leaves nobody in the house.
func (h *house) wipe() {
	h.Helper()
	err := h.DB.Write(h.Context(), func(tx *sqldb.Tx) error {
		for _, table := range []string{
			"invitation", "account_role", "account", "password", "authenticator", "passkey", "recovery_code", "sign_on", "throttle", "account_notice",
		} {
			if _, err := tx.Exec(`DELETE FROM ` + table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.Fatal(err)
	}
}

func newHouse(t *testing.T, db *sqldb.DB) *house {
	h := &house{T: t, clock: clock.At(noon), log: &bytes.Buffer{}}
	h.Keeper = New(Options{
		DB: db, Clock: h.clock, Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Cost: cheap, Team: "CERT Example",
		Accounts: account.New(account.Options{DB: db, Clock: h.clock}),
		Secret:   func(string) ([32]byte, error) { return [32]byte{1, 2, 3}, nil },
		Tell:     func(_ *sqldb.Tx, n Notice) error { h.told = append(h.told, n); return nil },
	})
	return h
}

// invite makes an account and gives its invitation.
func (h *house) invite(login string, roles ...identity.Role) (account.Account, string) {
	h.Helper()
	if len(roles) == 0 {
		roles = []identity.Role{identity.DutyOfficer}
	}
	a, i, err := h.Accounts.Add(h.Context(), boss, account.Draft{Login: login, Name: strings.ToUpper(login), Email: login + "@cert.example", Roles: roles})
	if err != nil {
		h.Fatal(err)
	}
	return a, i.Token
}

// someone is an account that logs in by password.
type someone struct {
	account.Account
	secret string // the authenticator's
}

// withPassword makes an account, by its invitation, that logs in by the password good.
func (h *house) withPassword(login string) someone {
	h.Helper()
	_, token := h.invite(login)
	a, by, err := h.Invited(h.Context(), token)
	if err != nil {
		h.Fatal(err)
	}
	return h.setPassword(a, by)
}

func (h *house) setPassword(a account.Account, by Proven) someone {
	h.Helper()
	app, err := h.NewAuthenticator(by, a.Login)
	if err != nil {
		h.Fatal(err)
	}
	s := someone{a, strings.ReplaceAll(app.Secret, " ", "")}
	if err := h.SetPassword(h.Context(), by, good, app.Ticket, h.code(s)); err != nil {
		h.Fatal(err)
	}
	h.clock.Advance(step) // the first code was used
	return s
}

// code is what an authenticator shows now.
func (h *house) code(s someone) string {
	h.Helper()
	code, err := totp.GenerateCode(s.secret, h.clock.Now())
	if err != nil {
		h.Fatal(err)
	}
	return code
}

// proven is who has just logged in.
func (h *house) proven(a account.Account) Proven {
	h.Helper()
	actor, err := h.Accounts.Actor(h.Context(), a.ID)
	if err != nil {
		h.Fatal(err)
	}
	return Proven{Actor: actor, At: h.clock.Now()}
}

// passkey makes a passkey for somebody.
func (h *house) passkey(by Proven) (*credentialtest.Passkey, Passkey) {
	h.Helper()
	s, err := h.BeginPasskey(h.Context(), by, origin)
	if err != nil {
		h.Fatal(err)
	}
	key, answer := credentialtest.New(h.T, origin, s.Options)
	p, err := h.FinishPasskey(h.Context(), by, origin, s.Ticket, "my telephone", answer)
	if err != nil {
		h.Fatal(err)
	}
	return key, p
}

// use logs in by a passkey.
func (h *house) use(key *credentialtest.Passkey) (identity.Actor, error) {
	h.Helper()
	s, err := h.BeginLogIn(origin)
	if err != nil {
		h.Fatal(err)
	}
	return h.FinishLogIn(h.Context(), origin, s.Ticket, here, key.Use(s.Options))
}

// record lists what the audit record says, the oldest first.
func (h *house) record() (list []string) {
	h.Helper()
	p, err := audit.New(h.DB, h.clock).List(h.Context(), audit.Query{Request: page.Request{Limit: page.MaxLimit}})
	if err != nil {
		h.Fatal(err)
	}
	for _, line := range p.Items {
		list = append([]string{line.Operation + " " + line.ActorKind + " " + string(line.After)}, list...)
	}
	return list
}

func weakness(err error) Weakness {
	var w *ErrWeak
	if errors.As(err, &w) {
		return w.Why
	}
	return ""
}
