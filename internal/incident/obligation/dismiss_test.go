package obligation_test

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
)

// Several duties are dismissed for one reason, each for itself; what was found out stays, and that of a restricted incident is not there for others.
func TestSeveralDutiesAreDismissed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var ids []string
		for _, hidden := range []bool{false, false, true} {
			i, err := h.incidents.OpenIncident(t.Context(), ada, incident.Opening{Title: "Something", TLP: tlp.Amber, Restricted: hidden})
			if err != nil {
				t.Fatal(err)
			}
			o, err := h.Decide(t.Context(), ada, i.ID, obligation.Decision{Duty: "service/incident", Applies: true, Who: "We", Crime: obligation.Yes, Reason: "always"})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.ID)
		}
		got, err := h.Dismiss(t.Context(), eve, append([]string{"none"}, ids...), "An exercise.")
		if err != nil || !slices.Equal(got.Moved, ids[:2]) || len(got.Unmoved) != 2 || got.Unmoved[0].Why != "gone" || got.Unmoved[1] != (incident.Unmoved{ID: ids[2], Why: "gone"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err = h.Dismiss(t.Context(), ada, ids, "An exercise."); err != nil || !slices.Equal(got.Moved, ids[2:]) || len(got.Unmoved) != 2 || got.Unmoved[0].Why != "state" {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, id := range ids {
			o, ref, err := h.Obligation(t.Context(), ada, id)
			if err != nil || ref == "" || o.Applies || o.Who != "We" || o.Crime != obligation.Yes || o.Reason != "An exercise." || o.Version != 2 {
				t.Errorf("%+v, %v", o, err)
			}
		}
		if n := h.count(t, `SELECT count(*) FROM obligation_clock`); n != 0 {
			t.Errorf("%d clocks still run", n)
		}
		if _, _, err := h.Obligation(t.Context(), eve, ids[2]); !problem.Is(err, problem.NotFound) {
			t.Errorf("eve sees it: %v", err)
		}
		if _, err := h.Dismiss(t.Context(), ada, ids, " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := h.Dismiss(t.Context(), aud, ids, "x"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an auditor: %v", err)
		}
	})
}
