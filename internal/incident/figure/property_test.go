package figure

import (
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"pgregory.net/rapid"
)

var (
	classes = []rsit.Class{"fraud", "intrusions", "availability"}
	maybe   = append([]rsit.Class{""}, classes...)
)

// sectors are the organisations, and what they do.
var sectors = map[string]string{"mills": "energy", "forge": "energy", "bank": "finance"}

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
		o := incident.Opening{Title: "x", Class: rapid.SampledFrom(maybe).Draw(rt, "class"), Restricted: rapid.IntRange(0, 3).Draw(rt, "restricted") == 0}
		by := who
		if !o.Restricted && rapid.Bool().Draw(rt, "by a machine") {
			by = system
		}
		i, err := c.team.incidents.OpenIncident(t.Context(), by, o)
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
		func() error { return c.assess(t, rt, report) },
		func() error { return c.assess(t, rt, report) },
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
		func() error { return c.edit(t, rt, who, one) },
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

// assess lets triage say whom a report concerns.
func (c *chaos) assess(t *testing.T, rt *rapid.T, report string) error {
	a := triage.Assessment{Class: rapid.SampledFrom(maybe).Draw(rt, "assessed as")}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(sectors))), 0, 2, rapid.ID).Draw(rt, "concerned") {
		a.Concerned = append(a.Concerned, triage.Concern{Organisation: name, Role: "victim"})
	}
	return c.db.Write(t.Context(), func(tx *sqldb.Tx) error { return c.team.incidents.SaveAssessment(tx, system, report, a) })
}

// edit says what an incident is, or whose.
func (c *chaos) edit(t *testing.T, rt *rapid.T, who identity.Actor, one string) error {
	i, err := c.team.incidents.Incident(t.Context(), ada, one)
	if err != nil {
		return err
	}
	r := incident.Revision{Class: new(rapid.SampledFrom(maybe).Draw(rt, "class"))}
	if rapid.Bool().Draw(rt, "assign") {
		r = incident.Revision{Assignee: new(rapid.SampledFrom([]string{"ada", "bob", ""}).Draw(rt, "assignee"))}
	}
	return only(c.team.incidents.EditIncident(t.Context(), who, one, i.Version, r))
}

// Whatever happens, the figures are those that the audit record gives, for who sees all and for who does not.
func TestFiguresEqualTheRecord(t *testing.T) { figuresEqualTheRecord(t, 10) }

// TestFiguresEqualTheRecordSoak is the same for many more lives; `make soak` runs it.
func TestFiguresEqualTheRecordSoak(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("FIREHALL_WORLDS"))
	if n == 0 {
		t.Skip("FIREHALL_WORLDS says how many lives to try")
	}
	figuresEqualTheRecord(t, n)
}

func figuresEqualTheRecord(t *testing.T, lives int) {
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	t.Cleanup(func() { _ = checks.Value.Set(before) })
	_ = checks.Value.Set(strconv.Itoa(lives))
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		sectored(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			clear(t, db)
			c := &chaos{team: build(t, db)}
			for range rapid.IntRange(5, 40).Draw(rt, "acts") {
				c.act(t, rt)
			}
			compare(t, rt, c.team)
		})
	})
}

// sectored writes the organisations down.
func sectored(t *testing.T, db *sqldb.DB) {
	t.Helper()
	for name, sector := range sectors {
		organisation(t, db, name, sector)
	}
}

// clear empties what a life leaves.
func clear(t *testing.T, db *sqldb.DB) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, table := range []string{
			"moment", "moment_work", "report", "report_concern", "incident", "incident_link", "incident_member", "incident_entry", "report_handled", "audit_payload", "audit_entry", "incident_merge", "incident_split", "incident_split_item", "obligation", "obligation_anchor",
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

// asked is a question with what the record counts for it.
type asked struct {
	name  string
	actor identity.Actor
	q     Question
	life  func(*life) bool
}

func compare(t *testing.T, rt fataler, h *team) {
	r := replay(recorded(t, h))
	checkWork(t, rt, r, h)
	for _, a := range r.questions() {
		f := h.ask(t, a.actor, a.q)
		checkPeriods(rt, a.name, r, f, a.life)
		if got := classesOf(f); !maps.Equal(got, r.classes(f.From, f.To, a.life)) {
			rt.Fatalf("%s, by class:\n%+v\nand by the record\n%+v", a.name, got, r.classes(f.From, f.To, a.life))
		}
		checkPeople(rt, a, r, f)
	}
}

// questions are those that are asked, the one for all and the one for some.
func (r *record) questions() []asked {
	seen, all := func(l *life) bool { return !r.hidden(l) }, func(*life) bool { return true }
	list := []asked{}
	for _, step := range Steps() {
		q := Question{Step: step, Periods: 20}
		list = append(list, asked{"all by " + string(step), system, q, all}, asked{"who is no member by " + string(step), eve, q, seen})
	}
	year := func(name string, q Question, of func(*life) bool) {
		q.Step, q.Periods = Year, 2
		list = append(list, asked{name, system, q, of}, asked{name + " for who is no member", eve, q, func(l *life) bool { return seen(l) && of(l) }})
	}
	year("a class", Question{Class: "fraud"}, func(l *life) bool { return l.class == "fraud" })
	year("an organisation", Question{Organisation: "mills"}, func(l *life) bool { return r.concerns(l, "mills") })
	year("a sector", Question{Sector: "energy"}, func(l *life) bool { return r.concerns(l, "mills", "forge") })
	year("a class of a sector", Question{Sector: "finance", Class: "fraud"}, func(l *life) bool { return l.class == "fraud" && r.concerns(l, "bank") })
	return list
}

func classesOf(f Figures) map[rsit.Class]OfClass {
	got := map[rsit.Class]OfClass{}
	for _, c := range f.Classes {
		got[c.Class] = c
	}
	return got
}

// checkPeople holds that who worked on what, when, and what waits for whom, is what the record says; who may not know of others is told of none.
func checkPeople(rt fataler, a asked, r *record, f Figures) {
	got, load := map[string]Person{}, map[Stint]bool{}
	for _, p := range f.People {
		got[p.Account] = p
	}
	for _, s := range f.Workload {
		load[s] = true
	}
	want, hours := r.people(f.From, f.To, a.life), r.workload(f.From, f.To, a.life)
	if a.actor.ID == eve.ID { // a handler sees their own line, and eve never works
		want, hours = map[string]Person{}, map[Stint]bool{}
	}
	if !maps.Equal(got, want) {
		rt.Fatalf("%s, people:\n%+v\nand by the record\n%+v", a.name, got, want)
	}
	if !maps.Equal(load, hours) {
		rt.Fatalf("%s, workload:\n%+v\nand by the record\n%+v", a.name, load, hours)
	}
}

// checkWork holds that each hour of work is on record, and what is on record as somebody's own doing is work.
func checkWork(t *testing.T, rt fataler, r *record, h *team) {
	kept := stints(t, h)
	for s := range kept {
		if !r.work[s] {
			rt.Errorf("%v worked, and it is not on record", s)
		}
	}
	for s := range r.work {
		if !kept[s] {
			rt.Errorf("%v is on record as %s, and counts as no work", s, r.lines[s])
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

func checkPeriods(rt fataler, name string, r *record, f Figures, counts func(*life) bool) {
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		whole := f.Reports
		if about == incident.AboutIncident {
			whole = f.Incidents
		}
		if want := r.part(about, f.From, f.To, counts); !reflect.DeepEqual(whole, want) {
			rt.Fatalf("%s, %ss:\n%+v\nand by the record\n%+v", name, about, whole, want)
		}
		for _, p := range f.Periods {
			if want := r.part(about, p.From, p.To, counts); !reflect.DeepEqual(*of(about, &p), want) {
				rt.Fatalf("%s, %ss from %s to %s:\n%+v\nand by the record\n%+v", name, about, p.From, p.To, *of(about, &p), want)
			}
		}
	}
}
