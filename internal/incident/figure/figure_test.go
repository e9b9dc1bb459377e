package figure

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestLife follows a report and an incident on both engines.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		r := h.accept(t, system, false)
		h.clock.Advance(2 * time.Hour)
		i := h.open(t, incident.Opening{Class: "fraud", Reports: []string{r}, TLP: tlp.Amber})
		h.clock.Advance(time.Hour)
		if err := h.Contain(t.Context(), bob, i, time.Time{}); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Hour)
		move(t, h, i, incident.Resolve)
		f := h.ask(t, ada, Question{Step: Day, Periods: 2})
		want := Part{Counts{New: 1, Closed: 1}, Lapses{Acknowledge: Lapse{N: 1}, Triage: Lapse{N: 1}, Contain: Lapse{1, time.Hour, time.Hour}, Close: Lapse{1, 2 * time.Hour, 2 * time.Hour}}}
		if f.Incidents != want {
			t.Errorf("incidents: %+v, want %+v", f.Incidents, want)
		}
		if l := f.Reports.Lapses; l.Acknowledge != (Lapse{1, 2 * time.Hour, 2 * time.Hour}) || l.Triage != l.Acknowledge || f.Reports.New != 1 {
			t.Errorf("reports: %+v", f.Reports)
		}
		if len(f.Classes) != 2 || f.Classes[0] != (OfClass{"fraud", 0, 1}) || f.Hours[0][10].Arrived != 1 {
			t.Errorf("%+v %+v", f.Classes, f.Hours[0])
		}
		move(t, h, i, incident.Reopen)
		if f := h.ask(t, ada, Question{Step: Day, Periods: 1}); f.Incidents.Reopened != 1 || f.Incidents.Open != 1 || f.Incidents.Closed != 1 || f.Incidents.Lapses.Close.N != 0 {
			t.Errorf("after reopening: %+v", f.Incidents)
		}
		people(t, h)
	})
}

func move(t *testing.T, h *team, i string, name incident.MoveName) {
	t.Helper()
	one, err := h.incidents.Incident(t.Context(), ada, i)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range one.Reports {
		if _, err := h.incidents.Move(t.Context(), ada, []string{r.ID}, incident.Resolve, "done"); !tolerable(err) {
			t.Fatal(err)
		}
	}
	if _, err := h.incidents.MoveIncident(t.Context(), ada, i, name, "because"); err != nil {
		t.Fatal(err)
	}
}

// people checks who is told of whose work.
func people(t *testing.T, h *team) {
	t.Helper()
	if f := h.ask(t, ada, Question{}); !f.Others || len(f.People) != 2 {
		t.Errorf("a duty officer is told of %+v", f.People)
	}
	if f := h.ask(t, bob, Question{}); f.Others || len(f.People) != 1 || f.People[0].Account != "bob" || f.People[0].Incidents != 1 {
		t.Errorf("a handler is told of %+v", f.People)
	}
}

// A merge closes, and undoing it leaves the figures as if it had never been.
func TestMergingIsUndone(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		a, b := h.open(t, incident.Opening{TLP: tlp.Amber}), h.open(t, incident.Opening{TLP: tlp.Amber})
		before := h.ask(t, ada, Question{}).Incidents
		if _, err := h.incidents.MergeIncident(t.Context(), ada, b, a, "the same"); err != nil {
			t.Fatal(err)
		}
		if f := h.ask(t, ada, Question{}).Incidents; f.New != 2 || f.Closed != 1 || f.Open != 1 {
			t.Errorf("merged: %+v", f)
		}
		if err := h.incidents.UnmergeIncident(t.Context(), ada, b, "not the same"); err != nil {
			t.Fatal(err)
		}
		if f := h.ask(t, ada, Question{}).Incidents; f != before {
			t.Errorf("undone: %+v, and it was %+v", f, before)
		}
	})
}

// Who is no member of a restricted incident cannot tell from any figure that it is there.
func TestRestrictedCountsForMembersOnly(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		before := h.ask(t, eve, Question{})
		r := h.accept(t, system, false)
		h.open(t, incident.Opening{Class: "fraud", Restricted: true, Reports: []string{r}, TLP: tlp.Red})
		if f := h.ask(t, ada, Question{}); f.Incidents.New != 1 || f.Reports.New != 1 {
			t.Errorf("a member counts %+v", f)
		}
		after := h.ask(t, eve, Question{})
		if after.Incidents != before.Incidents || after.Reports != before.Reports || len(after.Classes) != 0 || len(after.People) != 0 || after.Hours != before.Hours {
			t.Errorf("who is no member counts %+v", after)
		}
	})
}

func TestReportsThatWereTestsCountNowhere(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		r := h.accept(t, system, false)
		if _, err := h.incidents.Move(t.Context(), ada, []string{r}, incident.Test, ""); err != nil {
			t.Fatal(err)
		}
		if f := h.ask(t, ada, Question{}); f.Reports != (Part{}) || len(f.Classes) != 0 {
			t.Errorf("%+v", f)
		}
	})
}

// What an organisation or a sector is asked about counts what concerns it, also after the incident of its report was merged into another.
func TestConstituency(t *testing.T) {
	each(t, func(t *testing.T, h *team) {
		organisation(t, h.db, "mills", "energy")
		r := h.accept(t, system, false)
		h.accept(t, system, false)
		one, other := h.open(t, incident.Opening{Reports: []string{r}, TLP: tlp.Amber}), h.open(t, incident.Opening{TLP: tlp.Amber})
		a := triage.Assessment{Concerned: []triage.Concern{{Organisation: "mills", Role: "victim"}}}
		if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.incidents.SaveAssessment(tx, system, r, a) }); err != nil {
			t.Fatal(err)
		}
		merge := func() error { return only(h.incidents.MergeIncident(t.Context(), ada, one, other, "the same")) }
		for _, c := range []struct {
			name              string
			do                func() error
			made, open, ended int // incidents
		}{
			{"as it came", func() error { return nil }, 1, 1, 0},
			{"merged into another", merge, 2, 1, 1},
			{"the other resolved", func() error { return only(h.incidents.MoveIncident(t.Context(), ada, other, incident.Resolve, "done")) }, 2, 0, 2},
			{"and reopened", func() error {
				return only(h.incidents.MoveIncident(t.Context(), ada, other, incident.Reopen, "not yet"))
			}, 2, 1, 2},
			{"the merge undone", func() error { return h.incidents.UnmergeIncident(t.Context(), ada, one, "not the same") }, 1, 1, 0},
		} {
			h.clock.Advance(time.Minute)
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			for _, q := range []Question{{Organisation: "mills"}, {Sector: "energy"}} {
				if f := h.ask(t, ada, q); f.Reports.New != 1 || f.Incidents.New != c.made || f.Incidents.Open != c.open || f.Incidents.Closed != c.ended {
					t.Errorf("%s, asked of %+v: %+v", c.name, q, f.Incidents.Counts)
				}
			}
			if f := h.ask(t, ada, Question{Sector: "health"}); f.Reports.New != 0 || f.Incidents.New != 0 {
				t.Errorf("%s, another sector: %+v", c.name, f.Incidents.Counts)
			}
		}
	})
}

func TestWhoMayWhat(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	i, hidden := h.open(t, incident.Opening{TLP: tlp.Amber}), h.open(t, incident.Opening{Restricted: true, TLP: tlp.Red})
	ask := func(q Question) error { return only(h.Ask(t.Context(), ada, q)) }
	for name, c := range map[string]struct {
		err  error
		want problem.Kind
	}{
		"a volunteer asks":         {only(h.Ask(t.Context(), vol, Question{})), problem.Forbidden},
		"an auditor contains":      {h.Contain(t.Context(), aud, i, time.Time{}), problem.Forbidden},
		"no member contains":       {h.Contain(t.Context(), eve, hidden, time.Time{}), problem.NotFound},
		"no member looks":          {only(h.Contained(t.Context(), eve, hidden)), problem.NotFound},
		"to come":                  {h.Contain(t.Context(), ada, i, start.Add(time.Hour)), problem.Invalid},
		"taken back, never said":   {h.Uncontain(t.Context(), ada, i, "x"), problem.Conflict},
		"taken back, no reason":    {h.Uncontain(t.Context(), ada, i, " "), problem.Invalid},
		"no step":                  {ask(Question{Step: "hour"}), problem.Invalid},
		"too many periods":         {ask(Question{Periods: MostPeriods + 1}), problem.Invalid},
		"no class":                 {ask(Question{Class: "x"}), problem.Invalid},
		"the year 0":               {ask(Question{Until: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}), problem.Invalid},
		"a very long organisation": {ask(Question{Organisation: string(make([]byte, 101))}), problem.Invalid},
	} {
		if !problem.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
}
