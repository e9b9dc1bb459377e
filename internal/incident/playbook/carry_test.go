package playbook

import (
	"reflect"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
)

func (h *house) split(t testing.TB, name string, ids ...string) (incident.Incident, error) {
	t.Helper()
	return h.incidents.SplitIncident(t.Context(), ada, name, incident.Splitting{Title: "The other half", Parts: map[string][]string{Name: ids}, Why: "two things"})
}

// A step of a playbook goes along with what it says, waits for nothing of its old incident, and comes back to its run.
func TestSplitTakesTasksAlong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			t.Fatal(err)
		}
		free, err := h.Add(t.Context(), ada, i.ID, Draft{Title: "Call them", Note: "before noon"})
		if err != nil {
			t.Fatal(err)
		}
		_, before := h.sheet(t, i.ID)
		list, err := h.incidents.Carriable(t.Context(), ada, i.ID)
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		made, err := h.split(t, i.ID, before["a"].ID, free.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, there := h.sheet(t, made.ID)
		if there["a"].Title.FR != "Premier" || there["a"].Text != before["a"].Text || there["Call them"].Note != "before noon" || len(there) != 2 {
			t.Errorf("%+v", there)
		}
		_, here := h.sheet(t, i.ID)
		if len(here) != 2 || len(here["q"].Waits) != 0 {
			t.Errorf("what stays waits for what went: %+v", here)
		}
		h.mustMove(t, here["q"], End, Manner{Answer: Yes})
		if _, here = h.sheet(t, i.ID); len(here) != 3 {
			t.Errorf("the run does not go on: %+v", here)
		}
		if err := h.incidents.UnsplitIncident(t.Context(), ada, made.ID, "one after all"); err != nil {
			t.Fatal(err)
		}
		_, back := h.sheet(t, i.ID)
		was, is := before["a"], back["a"]
		if is.Version = was.Version; !reflect.DeepEqual(was, is) || len(back) != 5 {
			t.Errorf("%+v, and it was %+v", is, was)
		}
	})
}

// A task that went along keeps its title when a later text of its playbook lacks the step.
func TestCarriedTaskOutlivesItsStep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		r, err := h.Start(t.Context(), ada, i.ID, "own")
		if err != nil {
			t.Fatal(err)
		}
		_, by := h.sheet(t, i.ID)
		made, err := h.split(t, i.ID, by["d"].ID)
		if err != nil {
			t.Fatal(err)
		}
		h.o.Shelf = shelf(t, second)
		if err := h.Upgrade(t.Context(), ada, i.ID, r.ID); err != nil {
			t.Fatal(err)
		}
		if _, there := h.sheet(t, made.ID); there["d"].Title.EN != "Last" || there["d"].State != Open {
			t.Errorf("%+v", there)
		}
	})
}

func TestQuestionsStay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			t.Fatal(err)
		}
		_, by := h.sheet(t, i.ID)
		if _, err := h.split(t, i.ID, by["q"].ID); !problem.Is(err, problem.Invalid) {
			t.Error(err)
		}
		if _, err := h.split(t, h.incident(t, false).ID, by["a"].ID); !problem.Is(err, problem.NotFound) {
			t.Error(err)
		}
	})
}
