package obligation_test

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/obligation"
)

// worked is what a team does with an incident.
type worked struct {
	name  string
	do    func() error
	meets string // the service level
}

// The team's own service levels are met by doing the work, each by what it is about; nobody submits anything, and no legal clock starts by it.
func TestServiceLevelsAreMetByWorking(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		figures := figure.New(figure.Options{DB: h.db, Clock: h.clock, Incidents: h.incidents})
		i, err := h.incidents.OpenIncident(t.Context(), identity.System("feed"), incident.Opening{Title: "Ransomware", TLP: tlp.Amber})
		if err != nil {
			t.Fatal(err)
		}
		h.levelsOf(t, i.ID)
		unmet := map[string]bool{"acknowledge": true, "triage": true, "contain": true, "close": true}
		h.levels(t, i.ID, "opened by a machine", unmet)
		for _, w := range []worked{
			{"somebody takes it", func() error { return h.edited(t, i.ID, incident.Revision{Assignee: new("ada")}) }, "acknowledge"},
			{"it gets a class", func() error { return h.edited(t, i.ID, incident.Revision{Class: new(rsit.Class("intrusions"))}) }, "triage"},
			{"it is contained", func() error { return figures.Contain(t.Context(), ada, i.ID, time.Time{}) }, "contain"},
			{"it is resolved", func() error {
				_, err := h.incidents.MoveIncident(t.Context(), ada, i.ID, incident.Resolve, "done")
				return err
			}, "close"},
		} {
			h.clock.Advance(10 * time.Minute)
			if err := w.do(); err != nil {
				t.Fatalf("%s: %v", w.name, err)
			}
			delete(unmet, w.meets)
			h.levels(t, i.ID, w.name, unmet)
		}
		h.clock.Advance(60 * 24 * time.Hour)
		h.reminded(t, h.Service)
		if len(h.told) > 0 {
			t.Errorf("the team is told of %+v", h.told)
		}
	})
}

// levelsOf lets the service levels apply, and a law that counts from when an incident is classified as major.
func (h *house) levelsOf(t *testing.T, name string) {
	t.Helper()
	for _, duty := range []string{"service/incident", "dora/incident"} {
		if _, err := h.Decide(t.Context(), system, name, obligation.Decision{Duty: duty, Applies: true, Reason: "always"}); err != nil {
			t.Fatal(err)
		}
	}
}

// levels checks which service levels are unmet, on the page and in the clocks that lists and reminders go by.
func (h *house) levels(t *testing.T, name, when string, unmet map[string]bool) {
	t.Helper()
	h.reminded(t, h.Service)
	list, err := h.Of(t.Context(), ada, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		switch {
		case s.Law == "dora" && s.State != obligation.Pending:
			t.Errorf("%s: %s of DORA is %s", when, s.ID, s.State)
		case s.Law == "service" && unmet[s.ID] != (s.State == obligation.Running), s.Law == "service" && !unmet[s.ID] && s.State != obligation.Done:
			t.Errorf("%s: %s is %s", when, s.ID, s.State)
		}
	}
	if n := h.count(t, `SELECT count(*) FROM obligation_clock WHERE duty = 'service/incident' AND done = 0`); n != len(unmet) {
		t.Errorf("%s: %d clocks run, want %d", when, n, len(unmet))
	}
}

func (h *house) edited(t *testing.T, name string, r incident.Revision) error {
	t.Helper()
	i, err := h.incidents.Incident(t.Context(), ada, name)
	if err == nil {
		_, err = h.incidents.EditIncident(t.Context(), ada, name, i.Version, r)
	}
	return err
}

// Who opens an incident by hand and says what it is has acknowledged and triaged it; that it is contained can be taken back.
func TestServiceLevelsOfWhatAPersonOpens(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		figures := figure.New(figure.Options{DB: h.db, Clock: h.clock, Incidents: h.incidents})
		i, err := h.incidents.OpenIncident(t.Context(), ada, incident.Opening{Title: "Ransomware", Class: "intrusions", TLP: tlp.Amber})
		if err != nil {
			t.Fatal(err)
		}
		h.levelsOf(t, i.ID)
		open := map[string]bool{"contain": true, "close": true}
		h.levels(t, i.ID, "opened with its class", open)
		h.clock.Advance(time.Minute)
		if err := figures.Contain(t.Context(), ada, i.ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		h.levels(t, i.ID, "contained", map[string]bool{"close": true})
		h.clock.Advance(time.Minute)
		if err := figures.Uncontain(t.Context(), ada, i.ID, "it goes on"); err != nil {
			t.Fatal(err)
		}
		h.levels(t, i.ID, "not contained after all", open)
	})
}
