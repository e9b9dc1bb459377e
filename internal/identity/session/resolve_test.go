package session

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// people are accounts by id, as a test says they are.
type people struct {
	mu sync.Mutex
	of map[string][]identity.Role
}

func (p *people) set(account string, roles ...identity.Role) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of = map[string][]identity.Role{account: roles}
}

func (p *people) resolve(_ context.Context, account string) (identity.Actor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.of[account]) == 0 {
		return identity.Actor{}, problem.New(problem.Forbidden, "not here")
	}
	return identity.Actor{ID: account, Name: "Eve", Roles: p.of[account]}, nil
}

var eve = identity.Actor{ID: "eve", Name: "Eve", Kind: identity.Person}

func TestAccountsAreAskedForEachRequest(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		team := &people{}
		team.set("eve", identity.Author)
		h := newHouse(t, db, func(o *Options) { o.Resolve = team.resolve })
		c := browser(t)
		h.post(c, "/login", h.link(eve))
		if got := h.get(c, "/who"); got != "Eve (eve) person web" {
			t.Errorf("she is %q", got)
		}
		link := h.link(eve)
		team.set("nobody")
		if got := h.get(c, "/who"); got != "nobody nobody " {
			t.Errorf("whose account is closed is still %q", got)
		}
		late := browser(t)
		h.post(late, "/login", link)
		if got := h.get(late, "/who"); got != "nobody nobody " {
			t.Errorf("whose account is closed logs in as %q", got)
		}
	})
}

func TestWhatGoesOnEndsWithARole(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		for name, change := range map[string]func(h *house, team *people){
			"in this process": func(h *house, _ *people) { h.Refresh("eve") },
			"elsewhere":       func(_ *house, team *people) { team.set("eve", identity.Auditor) },
			"disabled":        func(_ *house, team *people) { team.set("nobody") },
		} {
			t.Run(name, func(t *testing.T) {
				team := &people{}
				team.set("eve", identity.Author)
				h := newHouse(t, db, func(o *Options) { o.Resolve = team.resolve })
				if h.look = 10 * time.Millisecond; name == "in this process" {
					h.look = time.Hour
				}
				c, url := browser(t), h.goesOn()
				h.post(c, "/login", h.link(eve))
				status, ended := h.stream(c, url)
				if status != http.StatusOK {
					t.Fatal(status)
				}
				change(h, team)
				within(t, ended)
			})
		}
	})
}

func TestEndOfOneAccount(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		mine, theirs := browser(t), browser(t)
		h.post(mine, "/login", h.link(ada))
		h.post(theirs, "/login", h.link(bob))
		unused := h.link(bob)
		err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			n, err := EndOf(tx, now, ada, bob.ID)
			if n != 1 {
				t.Errorf("%d sessions", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		h.post(theirs, "/login", unused)
		if a, b := h.get(mine, "/who"), h.get(theirs, "/who"); a == "nobody nobody " || b != "nobody nobody " {
			t.Errorf("%q and %q", a, b)
		}
		volunteer := identity.Actor{ID: "v", Name: "V", Kind: identity.Person, Roles: []identity.Role{identity.Volunteer}}
		list, err := h.Mine(t.Context(), volunteer)
		if err != nil || len(list) != 0 {
			t.Errorf("a volunteer sees the sessions %+v, %v", list, err)
		}
		all, err := h.List(t.Context(), ada)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		if err := h.EndOne(t.Context(), volunteer, all[0].ID); err != nil || h.get(mine, "/who") == "nobody nobody " {
			t.Errorf("a volunteer ended another's session: %v", err)
		}
	})
}
