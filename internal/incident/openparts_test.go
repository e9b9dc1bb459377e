package incident

import (
	"errors"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Before an incident is closed its open parts are named, to each reader those that they see; it closes once somebody said that they stay open.
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
		hidden := h.opened(t, ada, Opening{})
		if err := h.Relate(t.Context(), ada, hidden.ID, Child, secret.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.MoveIncident(t.Context(), eve, hidden.ID, Resolve, "done"); err != nil {
			t.Errorf("a part that is out of sight is given away: %v", err)
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
		_, err := h.MoveIncident(t.Context(), ada, whole.ID, Resolve, "done")
		var stands *Standing
		if !problem.Is(err, problem.Conflict) || !errors.As(err, &stands) || len(stands.Parts) != 2 || len(stands.Active) != 0 {
			t.Fatalf("unasked: %v", err)
		}
		if m, err := h.MoveIncidents(t.Context(), ada, []string{whole.ID}, Abandon, "done"); err != nil || len(m.Moved) != 0 || m.Unmoved[0].Why != "parts" {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := h.MoveIncidentWith(t.Context(), ada, whole.ID, Resolve, "done", Agreed{Lift: true}); !errors.As(err, &stands) {
			t.Errorf("what was said is about other things: %v", err)
		}
		if i := h.incidentOf(t, ada, whole.ID); i.State != StageOpen {
			t.Errorf("the whole is %s", i.State)
		}
		if _, err := h.MoveIncidentWith(t.Context(), ada, whole.ID, Resolve, "done", Agreed{Parts: true}); err != nil {
			t.Fatal(err)
		}
		if i := h.incidentOf(t, ada, open.ID); i.State != StageOpen {
			t.Errorf("the part is %s", i.State)
		}
	})
}
