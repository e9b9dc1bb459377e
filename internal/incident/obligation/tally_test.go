package obligation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/obligation"
)

// tallied gives what counts of a stage, and has to.
func (h *house) tallied(t testing.TB, actor identity.Actor, w obligation.Window, stage string) obligation.Tally {
	t.Helper()
	list, err := h.Tally(t.Context(), actor, w)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(one obligation.Tally) bool { return one.Stage == stage })
	if i < 0 {
		return obligation.Tally{}
	}
	return list[i]
}

func window(from time.Time, d time.Duration) obligation.Window {
	return obligation.Window{From: from, To: from.Add(d)}
}

// TestTally follows stages from not due to kept and missed, in whose time they fall due, and for whom.
func TestTally(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		day := 24 * time.Hour
		for i := range 3 {
			one := h.opened(t, i == 2)
			o := h.decided(t, one.ID, "nis2/incident")
			h.stated(t, one.ID, obligation.Aware, start.Add(-time.Hour))
			if i == 0 {
				h.submitted(t, one.ID, o.ID, "early-warning", start)
			}
		}
		w := window(start, 3*day)
		if got := h.tallied(t, ada, w, "early-warning"); got.Kept != 1 || got.Open != 2 || got.Missed != 0 || !strings.Contains(got.Law, "NIS") || got.In("fr") == got.Stage || got.By != obligation.Constituent {
			t.Errorf("before it is due: %+v", got)
		}
		h.clock.Advance(2 * day)
		if got := h.tallied(t, ada, w, "early-warning"); got.Kept != 1 || got.Open != 0 || got.Missed != 2 {
			t.Errorf("overdue: %+v", got)
		}
		if got := h.tallied(t, eve, w, "early-warning"); got.Kept != 1 || got.Missed != 1 {
			t.Errorf("who is no member counts what is restricted: %+v", got)
		}
		if got := h.tallied(t, ada, window(start.Add(3*day), day), "early-warning"); got.Duty != "" {
			t.Errorf("another time: %+v", got)
		}
	})
}

// A late submission is missed; what concerns others does not count.
func TestTallyOfWhat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		o := h.decided(t, i.ID, "nis2/incident")
		h.stated(t, i.ID, obligation.Aware, start)
		h.clock.Advance(30 * time.Hour)
		h.submitted(t, i.ID, o.ID, "early-warning", start.Add(29*time.Hour))
		w := window(start, 100*time.Hour)
		if got := h.tallied(t, ada, w, "early-warning"); got.Missed != 1 || got.Kept != 0 {
			t.Errorf("late: %+v", got)
		}
		w.Incidents = func(column string, first int) (string, []any) {
			return column + " <> $" + string(rune('0'+first)), []any{i.ID}
		}
		if got := h.tallied(t, ada, w, "early-warning"); got.Duty != "" {
			t.Errorf("another incident: %+v", got)
		}
		if w.Organisation = "waterworks"; h.tallied(t, ada, w, "early-warning").Duty != "" {
			t.Error("another organisation counts")
		}
		w.From = w.To.Add(time.Hour)
		_, err := h.Tally(t.Context(), ada, w)
		is(t, "a time that ends before it begins", err, problem.Invalid)
		_, err = h.Tally(t.Context(), identity.Actor{}, w)
		is(t, "nobody", err, problem.Forbidden)
	})
}
