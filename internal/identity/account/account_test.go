package account_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	now  = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	root = identity.Actor{ID: "os:0", Name: "root", Kind: identity.OSUserKind, Via: "cli"}
)

// team is accounts on a database, with a clock.
type team struct {
	*account.Accounts
	t       *testing.T
	db      *sqldb.DB
	clock   *clock.Fixed
	changed []string
}

func newTeam(t *testing.T, db *sqldb.DB) *team {
	h := &team{t: t, db: db, clock: clock.At(now)}
	h.Accounts = account.New(account.Options{DB: db, Clock: h.clock, Changed: func(id string) { h.changed = append(h.changed, id) }})
	return h
}

// each runs a test on both engines.
func each(t *testing.T, test func(t *testing.T, h *team)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(t, newTeam(t, db)) })
}

// invited makes an account.
func (h *team) invited(login string, roles ...identity.Role) (account.Account, string) {
	h.t.Helper()
	a, i, err := h.Add(h.t.Context(), root, account.Draft{Login: login, Roles: roles})
	if err != nil {
		h.t.Fatal(err)
	}
	return a, i.Token
}

// active makes an account and takes up its invitation.
func (h *team) active(login string, roles ...identity.Role) account.Account {
	h.t.Helper()
	_, token := h.invited(login, roles...)
	a, err := h.accept(token)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func (h *team) accept(token string) (a account.Account, err error) {
	err = h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		a, err = h.Accept(tx, token)
		return err
	})
	return a, err
}

// as is who an account acts as.
func (h *team) as(a account.Account) identity.Actor {
	h.t.Helper()
	who, err := h.Actor(h.t.Context(), a.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return who
}

func TestLifeOfAnAccount(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		ctx := t.Context()
		a, token := h.invited("Ada.Lovelace", identity.Auditor, identity.IncidentHandler, identity.Auditor)
		if a.Login != "ada.lovelace" || a.Name != "Ada.Lovelace" || a.State != account.Invited ||
			!slices.Equal(a.Roles, []identity.Role{identity.IncidentHandler, identity.Auditor}) {
			t.Errorf("%+v", a)
		}
		if _, err := h.Actor(ctx, a.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("who is invited acts: %v", err)
		}
		if who, err := h.Invited(ctx, token); err != nil || who.ID != a.ID {
			t.Errorf("%+v, %v", who, err)
		}
		a, err := h.accept(token)
		if err != nil || a.State != account.Active || a.Version != 2 {
			t.Fatalf("%+v, %v", a, err)
		}
		who := h.as(a)
		if who.ID != a.ID || who.Kind != identity.Person || !slices.Equal(who.Roles, a.Roles) {
			t.Errorf("%+v", who)
		}
		if a, err = h.Disable(ctx, root, a.ID, "left"); err != nil || a.State != account.Disabled {
			t.Fatalf("%+v, %v", a, err)
		}
		if _, err := h.Actor(ctx, a.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("who is disabled acts: %v", err)
		}
		if _, err := h.Disable(ctx, root, a.ID, "again"); !problem.Is(err, problem.Conflict) {
			t.Errorf("disabled twice: %v", err)
		}
		if a, err = h.Enable(ctx, root, a.ID, "is back"); err != nil || h.as(a).ID != a.ID {
			t.Errorf("%+v, %v", a, err)
		}
		h.wasAudited("account.add", "account.invite", "account.accept", "account.disable", "account.enable")
	})
}

// What a disabled account's thief holds works no more when the account is enabled again; others' tokens go on.
func TestDisablingEndsTokens(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		programs := token.New(token.Options{DB: h.db, Clock: h.clock, Resolve: h.Actor})
		program := func(who identity.Actor) string {
			text, _, err := programs.Make(t.Context(), who, token.Draft{Name: "a program", Scopes: []identity.Scope{identity.ReportsRead}})
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		a, b := h.active("ada", identity.DutyOfficer), h.active("bob", identity.DutyOfficer)
		adas, bobs, machines := program(h.as(a)), program(h.as(b)), program(root)
		if _, err := h.Disable(t.Context(), root, a.ID, "stolen"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Enable(t.Context(), root, a.ID, "is back"); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]bool{adas: false, bobs: true, machines: true} {
			if _, works, err := programs.Check(t.Context(), text); err != nil || works != want {
				t.Errorf("%s: %v, want %v, %v", text, works, want, err)
			}
		}
	})
}

// wasAudited looks whether the record knows these operations.
func (h *team) wasAudited(ops ...string) {
	h.t.Helper()
	got, err := audit.New(h.db, h.clock).List(h.t.Context(), audit.Query{})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, op := range ops {
		if !slices.ContainsFunc(got.Items, func(l audit.Line) bool { return l.Operation == op }) {
			h.t.Errorf("the record does not know of %s", op)
		}
	}
}

func TestInvitations(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		ctx := t.Context()
		a, first := h.invited("ada", identity.Manager)
		second, err := h.Invite(ctx, root, a.ID)
		if err != nil || !second.Expires.Equal(now.Add(account.InvitationLife)) {
			t.Fatal(second, err)
		}
		if !strings.HasPrefix(second.URL("https://fire.example/"), "https://fire.example/invitation?token=") {
			t.Error(second.URL("https://fire.example/"))
		}
		for name, token := range map[string]string{"replaced": first, "another secret": second.Token[:27] + first[27:], "empty": "", "cut": second.Token[:40]} {
			if _, err := h.Invited(ctx, token); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: shown: %v", name, err)
			}
			if _, err := h.accept(token); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: accepted: %v", name, err)
			}
		}
		h.clock.Advance(account.InvitationLife)
		if _, err := h.accept(second.Token); !problem.Is(err, problem.Forbidden) {
			t.Errorf("too late: %v", err)
		}
		h.clock.Advance(-time.Minute)
		if _, err := h.accept(second.Token); err != nil {
			t.Fatal(err)
		}
		if _, err := h.accept(second.Token); !problem.Is(err, problem.Forbidden) {
			t.Errorf("twice: %v", err)
		}
	})
}

func TestInvitationOfTheDisabled(t *testing.T) {
	h := newTeam(t, sqldbtest.Open(t, sqldb.SQLite))
	a, token := h.invited("ada", identity.Author)
	if _, err := h.Disable(t.Context(), root, a.ID, "a mistake"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.accept(token); !problem.Is(err, problem.Forbidden) {
		t.Errorf("accepted: %v", err)
	}
	if _, err := h.Invite(t.Context(), root, a.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("invited: %v", err)
	}
}

func TestDraftsThatCannotBe(t *testing.T) {
	h := newTeam(t, sqldbtest.Open(t, sqldb.SQLite))
	h.invited("ada", identity.Manager)
	role := []identity.Role{identity.Author}
	tests := []struct {
		name  string
		draft account.Draft
		kind  problem.Kind
	}{
		{"the same login", account.Draft{Login: " ADA ", Roles: role}, problem.Conflict},
		{"no login", account.Draft{Roles: role}, problem.Invalid},
		{"a login with a space", account.Draft{Login: "a b", Roles: role}, problem.Invalid},
		{"a login that begins with a dot", account.Draft{Login: ".a", Roles: role}, problem.Invalid},
		{"a long login", account.Draft{Login: strings.Repeat("a", 65), Roles: role}, problem.Invalid},
		{"a letter that looks like another", account.Draft{Login: "аda", Roles: role}, problem.Invalid},
		{"no role", account.Draft{Login: "bob"}, problem.Invalid},
		{"the owner's role", account.Draft{Login: "bob", Roles: []identity.Role{identity.Owner}}, problem.Invalid},
		{"an unknown role", account.Draft{Login: "bob", Roles: []identity.Role{"king"}}, problem.Invalid},
		{"a name of two lines", account.Draft{Login: "bob", Name: "a\nb", Roles: role}, problem.Invalid},
		{"no address", account.Draft{Login: "bob", Email: "bob", Roles: role}, problem.Invalid},
		{"an address with a name", account.Draft{Login: "bob", Email: "B <b@c.example>", Roles: role}, problem.Invalid},
		{"a language that is not spoken", account.Draft{Login: "bob", Language: "xx", Roles: role}, problem.Invalid},
		{"over already", account.Draft{Login: "bob", Expires: now, Roles: role}, problem.Invalid},
	}
	for _, tt := range tests {
		if _, _, err := h.Add(t.Context(), root, tt.draft); !problem.Is(err, tt.kind) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if list, err := h.List(t.Context(), root); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestRolesCountAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		ctx := t.Context()
		a := h.active("ada", identity.Author)
		before := h.as(a)
		to, err := h.SetRoles(ctx, root, a.ID, a.Version, []identity.Role{identity.Engineer})
		if err != nil || !slices.Equal(h.as(a).Roles, []identity.Role{identity.Engineer}) || !slices.Equal(before.Roles, []identity.Role{identity.Author}) {
			t.Errorf("%+v, %+v, %v", to, h.as(a), err)
		}
		if !slices.Equal(h.changed, []string{a.ID}) {
			t.Errorf("who keeps streams heard of %v", h.changed)
		}
		if _, err := h.SetRoles(ctx, root, a.ID, a.Version, []identity.Role{identity.Author}); !problem.Is(err, problem.Conflict) {
			t.Errorf("over a version that nobody saw: %v", err)
		}
		if _, err := h.SetRoles(ctx, root, "nobody", 0, []identity.Role{identity.Author}); !problem.Is(err, problem.NotFound) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

func TestChangesElsewhereCountSoon(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		a := h.active("ada", identity.Author)
		h.as(a)
		elsewhere := account.New(account.Options{DB: h.db, Clock: h.clock})
		if _, err := elsewhere.Disable(t.Context(), root, a.ID, "left"); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(2 * time.Second)
		if _, err := h.Actor(t.Context(), a.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("two seconds later: %v", err)
		}
	})
}

func TestTheLastManagerStays(t *testing.T) {
	type step func(h *team, a account.Account) error
	ctx := context.Background()
	disable := func(h *team, a account.Account) error { _, err := h.Disable(ctx, root, a.ID, "x"); return err }
	demote := func(h *team, a account.Account) error {
		_, err := h.SetRoles(ctx, root, a.ID, 0, []identity.Role{identity.Author})
		return err
	}
	expire := func(h *team, a account.Account) error {
		_, err := h.SetExpiry(ctx, root, a.ID, 0, now.Add(time.Hour))
		return err
	}
	each(t, func(t *testing.T, h *team) {
		a := h.active("ada", identity.Manager)
		h.invited("not-yet", identity.Manager)
		for name, do := range map[string]step{"disabled": disable, "demoted": demote, "given an end": expire} {
			if err := do(h, a); !problem.Is(err, problem.Conflict) {
				t.Errorf("the last manager was %s: %v", name, err)
			}
		}
		b := h.active("bob", identity.Manager, identity.Engineer)
		if err := expire(h, a); err != nil {
			t.Errorf("the last but one was not given an end: %v", err)
		}
		if err := disable(h, b); !problem.Is(err, problem.Conflict) {
			t.Errorf("the last manager without an end was disabled: %v", err)
		}
		if err := disable(h, a); err != nil {
			t.Errorf("the last but one was not disabled: %v", err)
		}
	})
}

func TestManagersDoNotEndEachOther(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		a, b := h.active("ada", identity.Manager), h.active("bob", identity.Manager)
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, id := range []string{a.ID, b.ID} {
			both.Go(func() {
				one := account.New(account.Options{DB: h.db, Clock: h.clock})
				_, errs[i] = one.Disable(t.Context(), root, id, "each other")
			})
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("of two managers %v", errs)
		}
	})
}

func TestNobodyRaisesThemselves(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		ctx := t.Context()
		a, b := h.active("ada", identity.Manager, identity.Author), h.active("bob", identity.Manager)
		me := h.as(a)
		if _, err := h.SetRoles(ctx, me, a.ID, 0, []identity.Role{identity.Manager, identity.Engineer}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("raised: %v", err)
		}
		if _, err := h.SetExpiry(ctx, me, a.ID, 0, now.Add(time.Hour)); !problem.Is(err, problem.Forbidden) {
			t.Errorf("own end: %v", err)
		}
		if _, err := h.SetRoles(ctx, me, a.ID, 0, []identity.Role{identity.Author}); err != nil {
			t.Errorf("giving up a role: %v", err)
		}
		for _, r := range identity.Roles() {
			if r == identity.Manager {
				continue
			}
			who := identity.Actor{ID: "x", Name: "x", Kind: identity.Person, Roles: []identity.Role{r}}
			_, roles := h.SetRoles(ctx, who, b.ID, 0, []identity.Role{r})
			_, _, added := h.Add(ctx, who, account.Draft{Login: "new", Roles: []identity.Role{r}})
			_, disabled := h.Disable(ctx, who, b.ID, "x")
			_, enabled := h.Enable(ctx, who, b.ID, "x")
			_, invited := h.Invite(ctx, who, b.ID)
			for name, err := range map[string]error{"roles": roles, "add": added, "disable": disabled, "enable": enabled, "invite": invited} {
				if !problem.Is(err, problem.Forbidden) {
					t.Errorf("%s: %s: %v", r, name, err)
				}
			}
		}
	})
}

func TestOwnAccount(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		ctx := t.Context()
		a, b := h.active("ada", identity.Volunteer), h.active("bob", identity.Auditor)
		me := h.as(a)
		a.Name, a.Language, a.Email = "Ada", "fr", "ada@csirt.example"
		if _, err := h.Change(ctx, me, a); !problem.Is(err, problem.Forbidden) {
			t.Errorf("somebody takes an address by which a single sign-on would find them: %v", err)
		}
		a, err := h.Change(ctx, root, a)
		if err == nil {
			a, err = h.Change(ctx, me, a)
		}
		if err != nil || a.Name != "Ada" || a.Language != "fr" || h.as(a).Name != "Ada" {
			t.Errorf("%+v, %v", a, err)
		}
		if got, err := h.Get(ctx, me, a.ID); err != nil || got.Email != "ada@csirt.example" {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := h.Get(ctx, me, b.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a volunteer reads others: %v", err)
		}
		if _, err := h.Get(ctx, h.as(b), a.ID); err != nil {
			t.Errorf("an auditor does not read: %v", err)
		}
		if _, err := h.Change(ctx, h.as(b), a); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an auditor changes others: %v", err)
		}
	})
}

func TestAccountsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		ctx := t.Context()
		a := h.active("ada", identity.Volunteer)
		if _, err := h.SetExpiry(ctx, root, a.ID, 0, now.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		h.as(a)
		h.clock.Advance(time.Second)
		if _, err := h.Actor(ctx, a.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("after its end: %v", err)
		}
		if _, err := h.SetExpiry(ctx, root, a.ID, 0, now); !problem.Is(err, problem.Invalid) {
			t.Errorf("an end that is over: %v", err)
		}
		if _, err := h.SetExpiry(ctx, root, a.ID, 0, time.Time{}); err != nil || h.as(a).ID != a.ID {
			t.Errorf("no end: %v", err)
		}
	})
}

func TestNobodyGetsAnything(t *testing.T) {
	h, ctx, nobody := newTeam(t, sqldbtest.Open(t, sqldb.SQLite)), t.Context(), identity.Actor{}
	_, _, add := h.Add(ctx, nobody, account.Draft{})
	_, list := h.List(ctx, nobody)
	_, get := h.Get(ctx, nobody, "x")
	_, named := h.Named(ctx, nobody, "x")
	_, invite := h.Invite(ctx, nobody, "x")
	_, change := h.Change(ctx, nobody, account.Account{})
	_, roles := h.SetRoles(ctx, nobody, "x", 0, nil)
	_, expiry := h.SetExpiry(ctx, nobody, "x", 0, now)
	_, disable := h.Disable(ctx, nobody, "x", "y")
	_, enable := h.Enable(ctx, nobody, "x", "y")
	_, sign := h.Sign(ctx, nobody, account.Agreement{})
	_, agreements := h.Agreements(ctx, nobody, "")
	_, lapsing := h.Lapsing(ctx, nobody, time.Hour)
	for i, err := range []error{add, list, get, named, invite, change, roles, expiry, disable, enable, sign, agreements, lapsing, h.End(ctx, nobody, "x", "y")} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
