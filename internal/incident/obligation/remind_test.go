package obligation_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
)

// What is due is reminded of once at each time before it, and escalated once, though nobody was there when the hour struck, and though two are there after.
func TestRemindAndEscalate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		o := h.decided(t, i.ID, "gdpr")
		h.stated(t, i.ID, obligation.Aware, start)
		steps := []struct {
			after             time.Duration
			reminders, escape int
			before            time.Duration
		}{
			{hour, 0, 0, 0},
			{48*hour - time.Second, 0, 0, 0},
			{48 * hour, 1, 0, 24 * hour},
			{49 * hour, 0, 0, 0},
			{71*hour + time.Minute, 1, 0, hour},
			{71*hour + 2*time.Minute, 0, 0, 0},
			{72 * hour, 0, 0, 0},
			{100 * hour, 0, 1, 0},
			{101 * hour, 0, 0, 0},
		}
		for _, step := range steps {
			h.clock.Set(start.Add(step.after))
			h.told = nil
			later := h.again(t) // a start after that time
			r := h.reminded(t, later)
			if r.Reminders != step.reminders || r.Escalated != step.escape || len(h.told) != step.reminders+step.escape {
				t.Errorf("after %s: %+v, %+v", step.after, r, h.told)
			}
			if len(h.told) == 1 && (h.told[0].Before != step.before || h.told[0].Ref != i.Ref || h.told[0].Law != "GDPR" || h.told[0].Overdue != (step.escape == 1)) {
				t.Errorf("after %s: %+v", step.after, h.told[0])
			}
		}
		if n := h.count(t, `SELECT count(*) FROM incident_entry WHERE incident = $1 AND code = 'clock.overdue'`, i.ID); n != 1 {
			t.Errorf("the timeline tells of it %d times", n)
		}
		h.submitted(t, i.ID, o.ID, "notification", start.Add(100*hour))
		if list, err := h.List(t.Context(), ada, obligation.Filter{}); err != nil || len(list.Items) != 0 {
			t.Errorf("what is done is due: %+v, %v", list.Items, err)
		}
	})
}

// Processes that find the same clock overdue at the same time tell of it once.
func TestManyEscalateOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const clocks, processes = 3, 4
		for range clocks {
			i := h.opened(t, false)
			h.decided(t, i.ID, "gdpr")
			h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
		}
		h.clock.Set(start.Add(90 * hour))
		var all sync.WaitGroup
		sums := make([]int, processes)
		for n := range processes {
			s := h.again(t)
			all.Go(func() {
				r, err := s.Remind(t.Context(), system)
				if err != nil {
					t.Error(err)
				}
				sums[n] = r.Escalated
			})
		}
		all.Wait()
		total := 0
		for _, n := range sums {
			total += n
		}
		if total != clocks || len(h.told) != clocks {
			t.Errorf("%d clocks were escalated %v times, and told %d times", clocks, sums, len(h.told))
		}
	})
}

// A clock whose due time moves ahead is told of anew.
func TestMovedClockIsToldAnew(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		h.decided(t, i.ID, "gdpr")
		h.stated(t, i.ID, obligation.Aware, start.Add(-100*hour))
		if r := h.reminded(t, h.Service); r.Escalated != 1 {
			t.Errorf("%+v", r)
		}
		h.stated(t, i.ID, obligation.Aware, start.Add(-90*hour)) // overdue still
		if r := h.reminded(t, h.Service); r.Escalated != 0 {
			t.Errorf("%+v", r)
		}
		h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
		h.clock.Set(start.Add(200 * hour))
		if r := h.reminded(t, h.Service); r.Escalated != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// The members of a restricted incident are told, and else who it is assigned to.
func TestWhoIsTold(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i := h.opened(t, true)
		h.decided(t, i.ID, "gdpr")
		h.stated(t, i.ID, obligation.Aware, start)
		h.clock.Set(start.Add(80 * hour))
		h.reminded(t, h.Service)
		if len(h.told) != 1 || !h.told[0].Restricted || len(h.told[0].People) != 1 || h.told[0].People[0] != "ada" {
			t.Errorf("%+v", h.told)
		}
	})
}

// The team's own service levels apply to each new incident by themselves where it says so, and end with the incident.
func TestAlways(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := h.opened(t, false)
		h.clock.Advance(30 * 24 * hour)
		h.options.Always = []string{"service"}
		s := h.again(t)
		i := h.opened(t, false)
		if r := h.reminded(t, s); r.Begun != 1 {
			t.Errorf("%+v", r)
		}
		if r := h.reminded(t, s); r.Begun != 0 {
			t.Errorf("it began twice: %+v", r)
		}
		if list, _ := s.Of(t.Context(), ada, old.ID); len(list) != 0 {
			t.Errorf("an old incident has %+v", list)
		}
		if one := h.stage(t, i.ID, "triage"); one.State != obligation.Running || one.By != obligation.Team || one.Due.Sub(i.Opened) != 4*hour {
			t.Errorf("%+v", one)
		}
		h.clock.Advance(30 * time.Minute)
		if _, err := h.incidents.MoveIncident(t.Context(), ada, i.ID, incident.Resolve, "It was nothing."); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(100 * hour)
		if r := h.reminded(t, s); r.Renewed == 0 || r.Escalated != 0 {
			t.Errorf("%+v", r)
		}
		if one := h.stage(t, i.ID, "acknowledge"); one.State != obligation.Done {
			t.Errorf("%+v", one)
		}
	})
	_, err := obligation.New(obligation.Options{Laws: mustLoad(t), Always: []string{"nothing"}})
	is(t, "no such duty", err, problem.Invalid)
}

func mustLoad(t *testing.T) *obligation.Laws {
	t.Helper()
	laws, err := obligation.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return laws
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for n := range 3 {
			i := h.opened(t, false)
			h.decided(t, i.ID, "nis2")
			h.stated(t, i.ID, obligation.Aware, start.Add(-time.Duration(20+n)*hour))
		}
		h.clock.Set(start.Add(3 * hour)) // the last two early warnings are due at start+2h..4h
		for name, c := range map[string]struct {
			f    obligation.Filter
			want int
		}{
			"all":             {obligation.Filter{}, 6},
			"overdue":         {obligation.Filter{State: obligation.Overdue}, 1},
			"running":         {obligation.Filter{State: obligation.Running}, 5},
			"soon":            {obligation.Filter{Within: 2 * hour}, 3},
			"ours":            {obligation.Filter{Side: obligation.Team}, 0},
			"of a law":        {obligation.Filter{Law: "nis2"}, 6},
			"of a duty":       {obligation.Filter{Law: "nis2/incident"}, 6},
			"of none":         {obligation.Filter{Law: "%"}, 0},
			"of constituents": {obligation.Filter{Side: obligation.Constituent}, 6},
		} {
			if p, err := h.List(ctx, aud, c.f); err != nil || len(p.Items) != c.want {
				t.Errorf("%s: %d, %v", name, len(p.Items), err)
			}
		}
		_, err := h.List(ctx, aud, obligation.Filter{State: "x"})
		is(t, "no state", err, problem.Invalid)
		for _, latest := range []bool{false, true} {
			f, seen := obligation.Filter{Latest: latest}, []time.Time{}
			for f.Limit = 2; ; {
				p, err := h.List(ctx, aud, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range p.Items {
					seen = append(seen, d.At)
					if d.Title == "" || d.Who != "Waterworks" || d.Law != "NIS2" || d.Name == d.Stage {
						t.Errorf("%+v", d)
					}
				}
				if f.After = p.Next; p.Next == "" {
					break
				}
			}
			for n := 1; n < len(seen); n++ {
				if seen[n-1].After(seen[n]) != latest {
					t.Errorf("latest %v: %v", latest, seen)
				}
			}
			if len(seen) != 6 {
				t.Errorf("pages have %d", len(seen))
			}
		}
		if c, err := h.Count(ctx, aud); err != nil || c.Overdue != 1 || c.Running != 5 || c.Soon != 2 || !c.Next.Equal(start.Add(3*hour)) {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// The quarter's summary counts what was notified in it for the first time, and names nobody.
func TestSummary(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		for n := range 3 {
			i := h.opened(t, false)
			o := h.decided(t, i.ID, "nis2")
			h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
			if n > 0 {
				h.submitted(t, i.ID, o.ID, "early-warning", start)
			}
		}
		s, err := h.Summarise(t.Context(), aud, "", "2026-Q4")
		if err != nil || s.Total != 2 {
			t.Fatalf("%+v, %v", s, err)
		}
		text, _ := json.Marshal(s)
		for _, want := range []string{
			`{"question":"entity","answer":"essential","count":2}`, `{"question":"kind","answer":"significant","count":2}`, `{"question":"month","answer":"2026-11","count":2}`,
			`{"question":"stage early-warning","answer":"done","count":2}`, `{"question":"suspected-crime","answer":"unknown","count":2}`,
		} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s is not in %s", want, text)
			}
		}
		if strings.Contains(string(text), "Waterworks") || strings.Contains(string(text), "I-") {
			t.Errorf("it names somebody: %s", text)
		}
		if s, err := h.Summarise(t.Context(), aud, "nis2", "2026-Q3"); err != nil || s.Total != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		for _, wrong := range []string{"", "2026", "2026-Q5", "Q4", "x-Q1"} {
			_, err := h.Summarise(t.Context(), aud, "", wrong)
			is(t, wrong, err, problem.Invalid)
		}
		_, err = h.Summarise(t.Context(), aud, "nis3", "2026-Q4")
		is(t, "no law", err, problem.Invalid)
	})
}

// Two incidents that are merged have the clocks of both.
func TestMerged(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		a, b := h.opened(t, false), h.opened(t, false)
		h.decided(t, a.ID, "gdpr")
		o := h.decided(t, b.ID, "nis2")
		h.stated(t, b.ID, obligation.Aware, start)
		if _, err := h.incidents.MergeIncident(t.Context(), ada, b.ID, a.ID, "The same."); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(hour)
		h.reminded(t, h.Service)
		if s := h.stage(t, a.ID, "early-warning"); s.State != obligation.Running {
			t.Errorf("%+v", s)
		}
		h.submitted(t, a.ID, o.ID, "early-warning", h.clock.Now())
		list, err := h.List(t.Context(), ada, obligation.Filter{})
		if err != nil || len(list.Items) != 3 {
			t.Errorf("%+v, %v", list.Items, err)
		}
		for _, d := range list.Items {
			if d.Incident != a.ID || d.Ref != a.Ref {
				t.Errorf("%+v", d)
			}
		}
	})
}
