package incident

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Before an incident is closed its open parts are named, to each reader those that they see; closing leaves them open.
func TestClosingNamesOpenParts(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		h.sign("ada", "eve")
		whole := h.opened(t, ada, Opening{})
		open, closed, secret := h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{Restricted: true})
		for _, part := range []Incident{open, closed, secret} {
			if err := h.Relate(t.Context(), ada, whole.ID, Child, part.ID); err != nil {
				t.Fatal(err)
			}
		}
		resolve := func(i Incident) {
			if _, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "done"); err != nil {
				t.Fatal(err)
			}
		}
		resolve(closed)
		for name, want := range map[string][]string{"ada": {open.ID, secret.ID}, "eve": {open.ID}} {
			actor := ada
			if name == "eve" {
				actor = eve
			}
			e, err := h.Ending(t.Context(), actor, whole.ID)
			var got []string
			for _, p := range e.Parts {
				got = append(got, p.ID)
			}
			slices.Sort(got)
			slices.Sort(want)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s is told of %v, want %v, %v", name, got, want, err)
			}
		}
		resolve(whole)
		if i := h.incidentOf(t, ada, open.ID); i.State != StageOpen {
			t.Errorf("the part is %s", i.State)
		}
	})
}
