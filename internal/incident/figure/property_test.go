package figure

import (
	"reflect"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"pgregory.net/rapid"
)

var classes = []rsit.Class{"fraud", "intrusions", "availability"}

// chaos is a random life of reports and incidents.
type chaos struct {
	*team
	reports, incidents []string
}

// act does one random thing, an hour or more after the last: what is anonymous is dated to the hour.
func (c *chaos) act(t *testing.T, rt *rapid.T) {
	c.clock.Advance(time.Duration(rapid.IntRange(61, 4000).Draw(rt, "minutes")) * time.Minute)
	who := rapid.SampledFrom([]identity.Actor{ada, bob}).Draw(rt, "who")
	what := rapid.SampledFrom(c.acts(t, rt, who)).Draw(rt, "what")
	if err := what(); !tolerable(err) {
		rt.Fatal(err)
	}
}

func (c *chaos) acts(t *testing.T, rt *rapid.T, who identity.Actor) []func() error {
	accept := func() error {
		c.reports = append(c.reports, c.accept(t, rapid.SampledFrom([]identity.Actor{system, who}).Draw(rt, "by"), rapid.Bool().Draw(rt, "anonymous")))
		return nil
	}
	if len(c.reports) == 0 {
		return []func() error{accept}
	}
	report := rapid.SampledFrom(c.reports).Draw(rt, "report")
	other := rapid.SampledFrom(c.reports).Draw(rt, "other")
	open := func() error {
		o := incident.Opening{Title: "x", Class: rapid.SampledFrom(classes).Draw(rt, "class"), Restricted: rapid.IntRange(0, 3).Draw(rt, "restricted") == 0}
		i, err := c.team.incidents.OpenIncident(t.Context(), who, o)
		if err == nil {
			c.incidents = append(c.incidents, i.ID)
		}
		return err
	}
	ctx, s := t.Context(), c.team.incidents
	list := []func() error{
		accept, open,
		func() error {
			move := rapid.SampledFrom([]incident.MoveName{incident.Take, incident.Reject, incident.Resolve, incident.Reopen}).Draw(rt, "move")
			return only(s.Move(ctx, who, []string{report}, move, "because"))
		},
		func() error { return only(s.Assign(ctx, who, []string{report}, "bob")) },
		func() error { return only(s.Merge(ctx, who, other, []string{report}, "the same")) },
		func() error { return s.Unmerge(ctx, who, report, "another") },
	}
	if len(c.incidents) == 0 {
		return list
	}
	one := rapid.SampledFrom(c.incidents).Draw(rt, "incident")
	list = append(list, c.regroup(t, rt, who, one)...)
	return append(list,
		func() error { return c.link(t, who, one, report) },
		func() error { return s.Unlink(ctx, who, one, report, "another") },
		func() error {
			move := rapid.SampledFrom([]incident.MoveName{incident.Resolve, incident.Abandon, incident.Reopen}).Draw(rt, "turn")
			return only(s.MoveIncident(ctx, who, one, move, "because"))
		},
		func() error { return c.Contain(ctx, who, one, time.Time{}) },
		func() error { return c.Uncontain(ctx, who, one, "too early") },
	)
}

func (c *chaos) link(t *testing.T, who identity.Actor, one, report string) error {
	if c.linked(t, one, report) {
		return nil
	}
	return only(c.team.incidents.Link(t.Context(), who, one, []string{report}))
}

func only[T any](_ T, err error) error { return err }

// Whatever happens, the figures are those that the audit record gives, for who sees all and for who does not.
func TestFiguresEqualTheRecord(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	rapid.Check(t, func(rt *rapid.T) {
		clear(t, db)
		c := &chaos{team: build(t, db)}
		for range rapid.IntRange(5, 40).Draw(rt, "acts") {
			c.act(t, rt)
		}
		compare(t, rt, c.team)
	})
}

// clear empties what a life leaves.
func clear(t *testing.T, db *sqldb.DB) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, table := range []string{
			"moment", "moment_work", "report", "incident", "incident_link", "incident_member", "incident_entry", "report_handled", "audit_payload", "audit_entry", "incident_merge", "incident_split", "incident_split_item", "obligation", "obligation_anchor",
			"obligation_submission", "obligation_record", "obligation_clock",
		} {
			if _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func compare(t *testing.T, rt fataler, h *team) {
	r := replay(recorded(t, h))
	for _, step := range Steps() {
		q := Question{Step: step, Periods: 20}
		checkPeriods(rt, r, h.ask(t, system, q), func(*life) bool { return true })
		checkPeriods(rt, r, h.ask(t, eve, q), func(l *life) bool { return !r.hidden(l) })
	}
	q := Question{Step: Year, Periods: 2, Class: "fraud"}
	checkPeriods(rt, r, h.ask(t, system, q), func(l *life) bool { return l.class == "fraud" })
	checkWork(t, rt, r, h)
}

// checkWork holds that each hour of work is on record, and what is on record is work, but for what follows by itself when an incident is moved.
func checkWork(t *testing.T, rt fataler, r *record, h *team) {
	kept := stints(t, h)
	for s := range kept {
		if !r.work[s] {
			rt.Errorf("%v worked, and it is not on record", s)
		}
	}
	for s := range r.work {
		if !kept[s] && !r.moved[stint{s.actor, "", s.hour}] {
			rt.Errorf("%v is on record, and counts as no work", s)
		}
	}
	worked := 0
	for _, day := range h.ask(t, system, Question{Step: Year, Periods: 2}).Hours {
		for _, hour := range day {
			worked += hour.Worked
		}
	}
	if worked != len(kept) {
		rt.Errorf("%d hours of work, and %d are kept", worked, len(kept))
	}
}

func stints(t *testing.T, h *team) map[stint]bool {
	t.Helper()
	list := map[stint]bool{}
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT actor, subject, hour FROM moment_work`, nil, func(scan func(...any) error) error {
			var s stint
			var at int64
			err := scan(&s.actor, &s.subject, &at)
			s.hour = sqldb.Time(at)
			list[s] = true
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func checkPeriods(rt fataler, r *record, f Figures, counts func(*life) bool) {
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		whole := f.Reports
		if about == incident.AboutIncident {
			whole = f.Incidents
		}
		if want := r.part(about, f.From, f.To, counts); !reflect.DeepEqual(whole, want) {
			rt.Fatalf("%ss by %s:\n%+v\nand by the record\n%+v", about, f.Step, whole, want)
		}
		for _, p := range f.Periods {
			if want := r.part(about, p.From, p.To, counts); !reflect.DeepEqual(*of(about, &p), want) {
				rt.Fatalf("%ss from %s to %s:\n%+v\nand by the record\n%+v", about, p.From, p.To, *of(about, &p), want)
			}
		}
	}
}
