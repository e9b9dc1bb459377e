package obligation_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
)

func (h *house) split(t testing.TB, name string, ids ...string) (incident.Incident, error) {
	t.Helper()
	h.clock.Advance(time.Millisecond)
	return h.incidents.SplitIncident(t.Context(), ada, name, incident.Splitting{Title: "The supplier", Parts: map[string][]string{"obligation": ids}, Why: "another victim"})
}

func (h *house) view(t testing.TB, name string) obligation.View {
	t.Helper()
	v, err := h.View(t.Context(), ada, name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A clock that a split takes along goes on as it ran, with its submissions and what is on record; undone, it is counted at home again.
func TestSplitTakesClocksAlong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.incidents.Hang(h.Part())
		i := h.opened(t, false)
		law := h.decided(t, i.ID, "nis2/incident")
		h.clock.Advance(time.Millisecond)
		own := h.decided(t, i.ID, "service/incident")
		h.stated(t, i.ID, obligation.Aware, start.Add(-time.Hour))
		h.submitted(t, i.ID, law.ID, "early-warning", start)
		before := h.view(t, i.ID)
		h.clock.Advance(time.Hour)
		made, err := h.split(t, i.ID, law.ID, own.ID)
		if err != nil {
			t.Fatal(err)
		}
		there := h.view(t, made.ID)
		if len(there.Obligations) != 2 || len(h.view(t, i.ID).Obligations) != 0 || len(there.Obligations[0].Submissions) != 1 || len(there.Records) < 3 {
			t.Fatalf("%+v", there)
		}
		for n, o := range there.Obligations {
			for k, s := range o.Stages {
				if was := before.Obligations[n].Stages[k]; !s.Due.Equal(was.Due) || !s.Submitted.Equal(was.Submitted) {
					t.Errorf("%s is due %s, and was %s", s.ID, s.Due, was.Due)
				}
			}
		}
		h.clock.Advance(100 * time.Hour)
		h.reminded(t, h.Service)
		if n := h.count(t, `SELECT count(*) FROM incident_entry WHERE incident = $1 AND code = 'clock.overdue'`, made.ID); n == 0 {
			t.Error("what is overdue there is not told there")
		}
		if err := h.incidents.UnsplitIncident(t.Context(), ada, made.ID, "one after all"); err != nil {
			t.Fatal(err)
		}
		h.home(t, i.ID, before)
	})
}

// home checks that what came home is what it was.
func (h *house) home(t testing.TB, name string, before obligation.View) {
	t.Helper()
	back := h.view(t, name)
	if len(back.Obligations) != len(before.Obligations) {
		t.Fatalf("%+v", back.Obligations)
	}
	for n, o := range back.Obligations {
		was := before.Obligations[n]
		if o.Incident != was.Incident || o.Reason != was.Reason || len(o.Anchors) != len(was.Anchors) || !reflect.DeepEqual(o.Submissions, was.Submissions) {
			t.Errorf("%+v, and it was %+v", o, was)
		}
	}
	h.stated(t, name, obligation.Aware, start.Add(-2*time.Hour))
	if s := h.stage(t, name, "early-warning"); !s.Due.Equal(start.Add(22 * time.Hour)) {
		t.Errorf("it is not counted from what its incident knows: %+v", s)
	}
}

func TestClocksOfOthersAreNotTaken(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		h.incidents.Hang(h.Part())
		i := h.opened(t, false)
		o := h.decided(t, i.ID, "nis2/incident")
		_, err := h.split(t, h.opened(t, false).ID, o.ID)
		is(t, "another incident's", err, problem.NotFound)
	})
}

// A duty that applies to each new incident does not come back to the one that it was taken from.
func TestTakenDutiesDoNotBeginAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.options.Always = []string{"service/incident"}
		s := h.again(t)
		h.incidents.Hang(s.Part())
		i := h.opened(t, false)
		h.reminded(t, s)
		made, err := h.split(t, i.ID, h.view(t, i.ID).Obligations[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if r := h.reminded(t, s); r.Begun != 0 {
			t.Errorf("%+v", r)
		}
		if len(h.view(t, i.ID).Obligations) != 0 || len(h.view(t, made.ID).Obligations) != 1 {
			t.Error("the duty is where it should not be")
		}
	})
}
