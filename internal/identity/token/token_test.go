package token_test

import (
	"context"
	"strings"
	"testing"
	"time"

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

// house is tokens on a database, with a clock and a team.
type house struct {
	*token.Tokens
	t     *testing.T
	db    *sqldb.DB
	clock *clock.Fixed
	team  *account.Accounts
}

func each(t *testing.T, test func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(t, newHouse(t, db)) })
}

func newHouse(t *testing.T, db *sqldb.DB) *house {
	c := clock.At(now)
	team := account.New(account.Options{DB: db, Clock: c})
	return &house{token.New(token.Options{DB: db, Clock: c, Resolve: team.Actor}), t, db, c, team}
}

// person makes somebody who is here.
func (h *house) person(login string, roles ...identity.Role) identity.Actor {
	h.t.Helper()
	a, _, err := h.team.Add(h.t.Context(), root, account.Draft{Login: login, Roles: roles})
	if err == nil {
		a, err = h.team.Enable(h.t.Context(), root, a.ID, "a test")
	}
	if err != nil {
		h.t.Fatal(err)
	}
	who, err := h.team.Actor(h.t.Context(), a.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return who
}

func (h *house) made(actor identity.Actor, scopes ...identity.Scope) (string, token.Token) {
	h.t.Helper()
	text, tok, err := h.Make(h.t.Context(), actor, token.Draft{Name: "a script", Scopes: scopes})
	if err != nil {
		h.t.Fatal(err)
	}
	return text, tok
}

// who is who a token lets act; nobody for one that does not work.
func (h *house) who(text string) identity.Actor {
	h.t.Helper()
	a, ok, err := h.Check(h.t.Context(), text)
	if err != nil || ok != (a.ID != "") {
		h.t.Fatal(a, ok, err)
	}
	return a
}

func TestLifeOfAToken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text, tok := h.made(root, identity.FindingsRead, identity.FindingsRead)
		if !strings.HasPrefix(text, "fh_"+tok.ID+"_") || tok.Account != "" || tok.Maker != root.ID || len(tok.Scopes) != 1 {
			t.Errorf("%s: %+v", text, tok)
		}
		a := h.who(text)
		if a.ID != "token:"+tok.ID || a.Kind != identity.ProgramKind || a.Via != "api" || !a.May("finding.read") || a.May("finding.move") || a.May("session.link") {
			t.Errorf("%+v", a)
		}
		list, err := h.List(t.Context(), root)
		if err != nil || len(list) != 1 || !list[0].Used.Equal(now) {
			t.Errorf("%+v, %v", list, err)
		}
		if err := h.Revoke(t.Context(), root, tok.ID); err != nil || h.who(text).ID != "" {
			t.Errorf("it works on: %v", err)
		}
		if err := h.Revoke(t.Context(), root, tok.ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("revoked twice: %v", err)
		}
	})
}

func TestTokensThatAreNone(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	text, _ := h.made(root, identity.FindingsRead)
	other, _ := h.made(root, identity.FindingsRead)
	last := "a"
	if strings.HasSuffix(text, last) {
		last = "b"
	}
	for name, wrong := range map[string]string{
		"empty": "", "no token": "nonsense", "without its beginning": text[3:], "cut": text[:len(text)-1], "one letter changed": text[:len(text)-1] + last,
		"another's secret": text[:30] + other[30:], "more": text + "a", "shouted": strings.ToUpper(text), "an unknown id": "fh_" + strings.Repeat("0", 26) + text[29:],
		"a feed's": "fh_00000000000000000000000000_" + strings.Repeat("a", 32),
	} {
		if a := h.who(wrong); a.ID != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestTokensEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text, tok, err := h.Make(t.Context(), root, token.Draft{Name: "for an hour", Scopes: []identity.Scope{identity.EventsRead}, Expires: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Hour - time.Millisecond)
		if h.who(text).ID == "" {
			t.Error("it ended too soon")
		}
		h.clock.Advance(time.Millisecond)
		if h.who(text).ID != "" || tok.Works(h.clock.Now()) {
			t.Error("it goes on")
		}
	})
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text, _ := h.made(root, identity.EventsRead)
		for _, step := range []struct {
			wait time.Duration
			used time.Time
		}{{0, now}, {59 * time.Second, now}, {time.Second, now.Add(time.Minute)}} {
			h.clock.Advance(step.wait)
			h.who(text)
			if list, err := h.List(t.Context(), root); err != nil || !list[0].Used.Equal(step.used) {
				t.Errorf("after %s: %s, %v", step.wait, list[0].Used, err)
			}
		}
	})
}

func TestTokensAreAsGoodAsTheirMaker(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada := h.person("ada", identity.IncidentHandler)
		if _, _, err := h.Make(ctx, ada, token.Draft{Name: "x", Scopes: []identity.Scope{identity.AuditRead}}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a scope of which they may do nothing: %v", err)
		}
		text, _ := h.made(ada, identity.FindingsWrite)
		if a := h.who(text); !a.May("finding.move") {
			t.Errorf("%+v", a)
		}
		if _, err := h.team.SetRoles(ctx, root, ada.ID, 0, []identity.Role{identity.Auditor}); err != nil {
			t.Fatal(err)
		}
		if a := h.who(text); a.ID == "" || a.May("finding.move") {
			t.Errorf("the maker may not, the token may: %+v", a)
		}
		if _, err := h.team.Disable(ctx, root, ada.ID, "left"); err != nil {
			t.Fatal(err)
		}
		if h.who(text).ID != "" {
			t.Error("it outlives its maker's account")
		}
	})
}

func TestOwnTokens(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada, bob, eve := h.person("ada", identity.Author), h.person("bob", identity.Author), h.person("eve", identity.Auditor)
		_, tok := h.made(ada, identity.EventsRead)
		if list, err := h.List(ctx, bob); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := h.List(ctx, eve); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		for _, who := range []identity.Actor{bob, eve} {
			if err := h.Revoke(ctx, who, tok.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if _, _, err := h.Make(ctx, eve, token.Draft{Name: "x", Scopes: []identity.Scope{identity.EventsRead}}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an auditor makes a token: %v", err)
		}
		if err := h.Revoke(ctx, ada, tok.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestDraftsThatCannotBe(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	read := []identity.Scope{identity.EventsRead}
	for name, d := range map[string]token.Draft{
		"no name": {Scopes: read}, "two lines": {Name: "a\nb", Scopes: read}, "too long": {Name: strings.Repeat("n", 201), Scopes: read},
		"no scope": {Name: "x"}, "an unknown scope": {Name: "x", Scopes: []identity.Scope{"all"}}, "over": {Name: "x", Scopes: read, Expires: now},
	} {
		if _, _, err := h.Make(t.Context(), root, d); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, made := h.Make(t.Context(), identity.Actor{}, token.Draft{Name: "x", Scopes: read})
	_, listed := h.List(context.Background(), identity.Actor{})
	for _, err := range []error{made, listed, h.Revoke(t.Context(), identity.Actor{}, "x")} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	}
}

func TestTooManyTokens(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	var ids []string
	for range 100 {
		_, tok := h.made(root, identity.EventsRead)
		ids = append(ids, tok.ID)
	}
	d := token.Draft{Name: "x", Scopes: []identity.Scope{identity.EventsRead}}
	if _, _, err := h.Make(t.Context(), root, d); !problem.Is(err, problem.Conflict) {
		t.Errorf("one too many: %v", err)
	}
	if err := h.Revoke(t.Context(), root, ids[0]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Make(t.Context(), root, d); err != nil {
		t.Error(err)
	}
	if list, err := h.List(t.Context(), root); err != nil || len(list) != 101 {
		t.Errorf("%d, %v", len(list), err)
	}
}

// Who made a token, and whom it acts for, is no second person to what was asked by it.
func TestSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ada, bo := h.person("ada", identity.DutyOfficer), h.person("bo", identity.DutyOfficer)
		text, _ := h.made(ada, identity.ConstituencyWrite)
		hers, _, err := h.Check(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		_, owners := h.made(root, identity.ConstituencyWrite)
		for _, tt := range []struct {
			asked string
			actor identity.Actor
			want  bool
		}{
			{ada.ID, ada, true},
			{ada.ID, bo, false},
			{hers.ID, ada, true},
			{hers.ID, hers, true},
			{hers.ID, bo, false},
			{hers.ID, root, false},
			{"token:" + owners.ID, root, true},
			{"token:" + owners.ID, ada, false},
			{"token:nothing", ada, false},
			{"", ada, false},
		} {
			err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
				got, err := token.Same(tx, tt.asked, tt.actor)
				if got != tt.want {
					t.Errorf("%s and %s: %v", tt.asked, tt.actor, got)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}
