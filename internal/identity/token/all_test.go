package token_test

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// A restore leaves no way in that was given out before.
func TestAllEnd(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		text, _ := h.made(root, identity.EventsRead)
		_, i, err := h.team.Add(t.Context(), root, account.Draft{Login: "ada", Roles: []identity.Role{identity.Author}})
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []identity.Actor{{}, root} {
			err = db.Write(t.Context(), func(tx *sqldb.Tx) error {
				tokens, err := token.RevokeAll(tx, now, who)
				if err != nil {
					return err
				}
				invitations, err := account.TakeBackAll(tx, now, who)
				if tokens != 1 || invitations != 1 {
					t.Errorf("%d tokens, %d invitations", tokens, invitations)
				}
				return err
			})
			if who.ID == "" && !problem.Is(err, problem.Forbidden) {
				t.Errorf("nobody: %v", err)
			}
		}
		if err != nil || h.who(text).ID != "" {
			t.Errorf("the token works: %v", err)
		}
		if _, err := h.team.Invited(t.Context(), i.Token); !problem.Is(err, problem.Forbidden) {
			t.Errorf("the invitation works: %v", err)
		}
	})
}
