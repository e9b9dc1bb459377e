package obligation_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/triage"
)

// promised lets the levels of reports apply to each, as a start with them in the configuration does.
func (h *house) promised(t testing.TB, laws ...string) {
	t.Helper()
	if len(laws) > 0 {
		loaded, err := obligation.Load(laws)
		if err != nil {
			t.Fatal(err)
		}
		h.options.Laws = loaded
	}
	h.options.Always, h.options.Worked = []string{"reports"}, figure.WhenOf
	h.Service = h.again(t)
}

// reported takes a report that nobody of the team has seen.
func (h *house) reported(t testing.TB, d incident.Draft) incident.Report {
	t.Helper()
	d.Door, d.Subject, d.Text = cmp.Or(d.Door, incident.Form), "Planted", "Somebody fished me."
	r, err := h.incidents.Accept(t.Context(), system, d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// states gives how each level of a report stands, as its page shows it; and checks that lists and reminders go by the same.
func (h *house) states(t testing.TB, report string) map[string]obligation.State {
	t.Helper()
	h.reminded(t, h.Service)
	list, err := h.Levels(t.Context(), ada, report)
	if err != nil {
		t.Fatal(err)
	}
	states, open := map[string]obligation.State{}, 0
	for _, s := range list {
		states[s.ID] = s.State
		if s.State == obligation.Running || s.State == obligation.Overdue {
			open++
		}
	}
	if n := h.count(t, `SELECT count(*) FROM report_clock WHERE report = $1 AND done = 0`, report); n != open {
		t.Errorf("%d clocks run, and the page shows %d", n, open)
	}
	return states
}

func want(t testing.TB, when string, got map[string]obligation.State, states ...obligation.State) {
	t.Helper()
	wanted := map[string]obligation.State{}
	for i, id := range []string{"acknowledge", "triage", "answer"} {
		if states[i] != "" {
			wanted[id] = states[i]
		}
	}
	if !maps.Equal(got, wanted) {
		t.Errorf("%s: %v, want %v", when, got, wanted)
	}
}

// What the team promises itself of a report is met by dealing with it, and by nothing else; what was kept and missed is counted.
func TestLevelsOfReportsAreMetByWorking(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.promised(t)
		const runs, done, late = obligation.Running, obligation.Done, obligation.Late
		r, mute := h.reported(t, incident.Draft{Confidential: true}), h.reported(t, incident.Draft{})
		want(t, "it came", h.states(t, r.ID), runs, runs, runs)
		want(t, "nobody can be answered", h.states(t, mute.ID), runs, runs, "")
		h.clock.Advance(time.Hour)
		if _, err := h.incidents.Assign(t.Context(), ada, []string{r.ID}, "ada"); err != nil {
			t.Fatal(err)
		}
		want(t, "somebody has it", h.states(t, r.ID), done, runs, runs)
		h.clock.Advance(8 * time.Hour)
		if _, err := h.incidents.Move(t.Context(), ada, []string{r.ID}, incident.Take, ""); err != nil {
			t.Fatal(err)
		}
		want(t, "it is triaged too late", h.states(t, r.ID), done, late, runs)
		h.clock.Advance(time.Hour)
		if _, err := h.incidents.Reply(t.Context(), ada, r.ID, "", "We look at it."); err != nil {
			t.Fatal(err)
		}
		want(t, "it is answered", h.states(t, r.ID), done, late, done)
		tally, err := h.Tally(t.Context(), ada, obligation.Window{From: start, To: start.AddDate(0, 0, 7)})
		got := map[string][3]int{}
		for _, one := range tally {
			if one.Duty != "reports/report" || one.By != obligation.Team || one.Law != "Our service levels for reports" {
				t.Errorf("%+v", one)
			}
			got[one.Stage] = [3]int{one.Kept, one.Missed, one.Open}
		}
		if wanted := map[string][3]int{"acknowledge": {1, 1, 0}, "triage": {0, 2, 0}, "answer": {1, 0, 0}}; err != nil || !maps.Equal(got, wanted) {
			t.Errorf("kept, missed and open are %v, want %v; %v", got, wanted, err)
		}
		if _, err := h.incidents.Move(t.Context(), ada, []string{mute.ID}, incident.Reject, "noise"); err != nil {
			t.Fatal(err)
		}
		want(t, "it is rejected", h.states(t, mute.ID), late, late, "")
		if _, err := h.incidents.Move(t.Context(), ada, []string{mute.ID}, incident.Reopen, "it is none"); err != nil {
			t.Fatal(err)
		}
		want(t, "it is open again", h.states(t, mute.ID), late, late, "")
	})
}

// Who rings has spoken to somebody: it was answered as it came, and is not listed among what nobody has answered.
func TestWhoRangIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.promised(t)
		reached := incident.Reporter{Name: "Planted", Email: "planted@victim.example"}
		rang, wrote := h.reported(t, incident.Draft{Door: incident.Phone, Reporter: reached}), h.reported(t, incident.Draft{Reporter: reached})
		h.states(t, rang.ID)
		h.clock.Advance(100 * time.Hour)
		if got := h.states(t, rang.ID)["answer"]; got != obligation.Done {
			t.Errorf("who rang: %s", got)
		}
		if got := h.states(t, wrote.ID)["answer"]; got != obligation.Overdue {
			t.Errorf("who wrote: %s", got)
		}
		list, err := h.incidents.Reports(t.Context(), ada, incident.Filter{Query: "is:unanswered"})
		if err != nil || len(list.Items) != 1 || list.Items[0].ID != wrote.ID {
			t.Errorf("without an answer: %+v, %v", list.Items, err)
		}
	})
}

// A report that turns out to be urgent has less time.
func TestUrgentReportsHaveLessTime(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		h.promised(t)
		r := h.reported(t, incident.Draft{})
		h.reminded(t, h.Service)
		due := func() time.Time {
			next, err := h.NextOf(t.Context(), ada, []string{r.ID})
			if err != nil || next[r.ID].Stage != "acknowledge" && next[r.ID].Stage != "triage" {
				t.Fatalf("%+v, %v", next, err)
			}
			return next[r.ID].At
		}
		if got := due(); !got.Equal(start.Add(4 * time.Hour)) {
			t.Errorf("it is due at %s", got)
		}
		critical := triage.Critical
		if _, err := h.incidents.Edit(t.Context(), system, r.ID, 0, incident.Edit{Severity: &critical}); err != nil {
			t.Fatal(err)
		}
		h.reminded(t, h.Service)
		if got := due(); !got.Equal(start.Add(time.Hour)) {
			t.Errorf("it is critical, and due at %s", got)
		}
	})
}

// What is due of reports is reminded of once and escalated once, though nobody was there when the hour struck, and several are there after.
func TestReportsEscalateOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.promised(t)
		one, two := h.reported(t, incident.Draft{}), h.reported(t, incident.Draft{})
		if _, err := h.incidents.Assign(t.Context(), system, []string{two.ID}, "eve"); err != nil {
			t.Fatal(err)
		}
		h.reminded(t, h.Service)
		h.clock.Set(start.Add(3*time.Hour + 30*time.Minute))
		if r := h.reminded(t, h.again(t)); r.Reminders != 2 || r.Escalated != 0 {
			t.Errorf("an hour before: %+v", r)
		}
		if r := h.reminded(t, h.again(t)); r.Reminders != 0 {
			t.Errorf("it is told again: %+v", r)
		}
		h.told = nil
		h.clock.Set(start.Add(30 * time.Hour)) // nobody was there meanwhile
		var all sync.WaitGroup
		for range 3 {
			s := h.again(t)
			all.Go(func() {
				if _, err := s.Remind(t.Context(), system); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		told := map[string]int{}
		for _, n := range h.told {
			if !n.Overdue || n.Incident != "" || n.Restricted || n.Law == "" || n.Ref == one.Ref && n.People != nil || n.Ref == two.Ref && !slices.Equal(n.People, []string{"eve"}) {
				t.Errorf("%+v", n)
			}
			told[n.Report+" "+n.Stage]++
		}
		wanted := map[string]int{one.ID + " Acknowledge": 1, one.ID + " Triage": 1, two.ID + " Acknowledge": 1, two.ID + " Triage": 1}
		if !maps.Equal(told, wanted) {
			t.Errorf("the team is told %v", told)
		}
		if r := h.reminded(t, h.again(t)); r.Escalated != 0 {
			t.Errorf("it is told again: %+v", r)
		}
		if c, err := h.CountReports(t.Context(), ada); err != nil || c.Overdue != 4 {
			t.Errorf("%+v, %v", c, err)
		}
		p, err := h.ListReports(t.Context(), ada, obligation.Filter{State: obligation.Overdue})
		if err != nil || len(p.Items) != 4 || p.Items[0].Ref == "" || p.Items[0].Title != "" || p.Items[0].State != obligation.Overdue {
			t.Errorf("%+v, %v", p, err)
		}
		if c, err := h.Count(t.Context(), ada); err != nil || c.Overdue != 0 {
			t.Errorf("reports are counted as incidents: %+v, %v", c, err)
		}
	})
}

// Of a report that only members see, nobody else sees or is told what is due.
func TestLevelsOfHiddenReports(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.promised(t)
		r := h.reported(t, incident.Draft{})
		i := h.opened(t, true)
		if _, err := h.incidents.Link(t.Context(), ada, i.ID, []string{r.ID}); err != nil {
			t.Fatal(err)
		}
		other := h.reported(t, incident.Draft{})
		h.clock.Advance(40 * time.Hour)
		h.told = nil
		h.reminded(t, h.Service)
		for _, n := range h.told {
			if hidden := n.Report == r.ID; hidden != n.Restricted || hidden && !slices.Equal(n.People, []string{"ada"}) {
				t.Errorf("%+v", n)
			}
		}
		_, err := h.Levels(t.Context(), eve, r.ID)
		is(t, "eve looks", err, problem.NotFound)
		next, err := h.NextOf(t.Context(), eve, []string{r.ID, other.ID})
		if err != nil || len(next) != 1 || next[other.ID].Stage == "" {
			t.Errorf("%+v, %v", next, err)
		}
		list, err := h.ListReports(t.Context(), eve, obligation.Filter{})
		if err != nil || slices.ContainsFunc(list.Items, func(d obligation.Due) bool { return d.Report != other.ID }) {
			t.Errorf("%+v, %v", list, err)
		}
		window := obligation.Window{From: start, To: start.AddDate(0, 0, 7)}
		sum := func(tally []obligation.Tally, err error) (n int) {
			if err != nil {
				t.Error(err)
			}
			for _, one := range tally {
				n += one.Kept + one.Missed + one.Open
			}
			return n
		}
		if hers, mine := sum(h.Tally(t.Context(), eve, window)), sum(h.Tally(t.Context(), ada, window)); hers != 2 || mine != 4 {
			t.Errorf("eve counts %d, and ada %d", hers, mine)
		}
	})
}

const ownLevels = `id = "reports"
name = "Ours"
source = "The team"
status = "in force"
of = "report"
VALID
[[track]]
id = "report"
name = "Report"
[[track.stage]]
id = "acknowledge"
name = "Acknowledge"
from = "received"
within = "WITHIN"
met = ["acknowledged"]
`

// write writes a team's own levels into a file.
func write(t testing.TB, text string, change ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "levels.toml")
	if err := os.WriteFile(name, []byte(strings.NewReplacer(change...).Replace(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A team states its own, as dated data: a report keeps those that counted when it came.
func TestOwnLevelsAreDated(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		h.promised(t,
			write(t, ownLevels, "VALID", "valid_until = 2026-11-02", "WITHIN", "2 hours"),
			write(t, ownLevels, "VALID", "valid_from = 2026-11-03", "WITHIN", "30 minutes"))
		for _, c := range []struct {
			at     time.Time
			within time.Duration
		}{{start, 2 * time.Hour}, {start.AddDate(0, 0, 1), 30 * time.Minute}} {
			h.clock.Set(c.at)
			r := h.reported(t, incident.Draft{})
			h.reminded(t, h.Service)
			h.clock.Set(start.AddDate(0, 0, 3))
			list, err := h.Levels(t.Context(), ada, r.ID)
			if err != nil || len(list) != 1 || !list[0].Due.Equal(c.at.Add(c.within)) {
				t.Errorf("%+v, %v", list, err)
			}
		}
	})
}

func TestLevelsThatCannotBe(t *testing.T) {
	for name, c := range map[string][]string{
		"an anchor of incidents":   {`from = "received"`, `from = "opened"`},
		"a submission":             {`met = ["acknowledged"]`, `met = ["submitted:acknowledge"]`},
		"somebody else's":          {`from = "received"`, "by = \"constituent\"\nfrom = \"received\""},
		"a fact that nobody knows": {"[[track]]", "[[fact]]\nid = \"blue\"\nname = \"Blue\"\n[[track]]"},
		"another subject":          {`of = "report"`, `of = "weather"`},
		"reports' in an incident":  {`of = "report"`, ``},
	} {
		_, err := obligation.Load([]string{write(t, ownLevels, append([]string{"VALID", "", "WITHIN", "1 hour"}, c...)...)})
		is(t, name, err, problem.Invalid)
	}
	alone(t, func(t *testing.T, h *house) {
		_, err := h.Decide(t.Context(), ada, h.opened(t, false).ID, obligation.Decision{Duty: "reports/report", Applies: true, Reason: "x"})
		is(t, "of an incident", err, problem.Invalid)
	})
}
