package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const day = 24 * time.Hour

func (h *team) inForce(id string, at time.Time) (yes bool) {
	h.t.Helper()
	err := h.db.Read(h.t.Context(), func(tx *sqldb.Tx) (err error) {
		yes, err = h.InForce(tx, id, at)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return yes
}

func (h *team) sign(g account.Agreement) account.Agreement {
	h.t.Helper()
	g, err := h.Sign(h.t.Context(), root, g)
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

func TestInForce(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		a := h.active("ada", identity.Volunteer)
		if h.inForce(a.ID, now) {
			t.Error("who signed nothing has an agreement")
		}
		g := h.sign(account.Agreement{Account: a.ID, Kind: account.Volunteer, Scope: "the help desk", Version: "2", Expires: now.Add(30 * day)})
		for at, want := range map[time.Time]bool{now.Add(-time.Second): false, now: true, now.Add(30*day - time.Millisecond): true, now.Add(30 * day): false} {
			if h.inForce(a.ID, at) != want || g.Holds(at) != want {
				t.Errorf("%s: not %v", at, want)
			}
		}
		if err := h.End(t.Context(), root, g.ID, " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := h.End(t.Context(), root, g.ID, "left"); err != nil || h.inForce(a.ID, now) {
			t.Errorf("it goes on: %v", err)
		}
		if err := h.End(t.Context(), root, g.ID, "left"); !problem.Is(err, problem.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
		list, err := h.Agreements(t.Context(), h.as(a), a.ID)
		if err != nil || len(list) != 1 || list[0].Reason != "left" || list[0].Holds(now) || list[0].Scope != "the help desk" {
			t.Errorf("%+v, %v", list, err)
		}
		h.wasAudited("account.agreement")
	})
}

func TestLapsing(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		a, b, gone := h.active("ada", identity.Volunteer), h.active("bob", identity.Author), h.active("gone", identity.Author)
		soon, later := now.Add(5*day), now.Add(90*day)
		h.sign(account.Agreement{Account: a.ID, Kind: account.NDA, Expires: soon})
		h.sign(account.Agreement{Account: a.ID, Kind: account.Volunteer, Expires: soon})
		h.sign(account.Agreement{Account: a.ID, Kind: account.Volunteer, Expires: later})
		h.sign(account.Agreement{Account: b.ID, Kind: account.Employment})
		h.sign(account.Agreement{Account: gone.ID, Kind: account.NDA, Expires: soon})
		if _, err := h.Disable(t.Context(), root, gone.ID, "left"); err != nil {
			t.Fatal(err)
		}
		list, err := h.Lapsing(t.Context(), root, 30*day)
		if err != nil || len(list) != 1 || list[0].Login != "ada" || list[0].Kind != account.NDA {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := h.Lapsing(t.Context(), root, 4*day); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestAgreementsThatCannotBe(t *testing.T) {
	h := newTeam(t, sqldbtest.Open(t, sqldb.SQLite))
	a := h.active("ada", identity.Author)
	tests := []struct {
		name string
		g    account.Agreement
		kind problem.Kind
	}{
		{"of nobody", account.Agreement{Account: "x", Kind: account.NDA}, problem.NotFound},
		{"of no kind", account.Agreement{Account: a.ID, Kind: "oath"}, problem.Invalid},
		{"signed later", account.Agreement{Account: a.ID, Kind: account.NDA, Signed: now.Add(2 * day)}, problem.Invalid},
		{"ends before it begins", account.Agreement{Account: a.ID, Kind: account.NDA, Expires: now}, problem.Invalid},
		{"two lines", account.Agreement{Account: a.ID, Kind: account.NDA, Scope: "a\nb"}, problem.Invalid},
		{"too long", account.Agreement{Account: a.ID, Kind: account.NDA, Version: strings.Repeat("v", 501)}, problem.Invalid},
	}
	for _, tt := range tests {
		if _, err := h.Sign(t.Context(), root, tt.g); !problem.Is(err, tt.kind) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := h.End(t.Context(), root, "x", "y"); !problem.Is(err, problem.NotFound) {
		t.Errorf("ending none: %v", err)
	}
}
