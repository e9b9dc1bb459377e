package figure

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"pgregory.net/rapid"
)

// keepClocks opens the room of clocks, and lets the figures count them as the program does.
func (h *team) keepClocks(t testing.TB) {
	t.Helper()
	h.laws = must(obligation.Shipped())
	h.clocks = must(obligation.New(obligation.Options{DB: h.db, Clock: h.clock, Incidents: h.incidents, Laws: h.laws, Zone: zone}))
	h.o.Clocks = func(ctx context.Context, actor identity.Actor, q Question, from, to time.Time) (out []Clock, err error) {
		list, err := h.clocks.Tally(ctx, actor, obligation.Window{From: from, To: to, Organisation: q.Organisation, Incidents: q.Incidents})
		for _, t := range list {
			out = append(out, Clock{Duty: t.Duty, Stage: t.Stage, Kept: t.Kept, Missed: t.Missed, Open: t.Open})
		}
		return out, err
	}
}

// duties are those that chaos decides about, with a stage that is submitted and what it hangs on.
var duties = []string{"nis2/incident", "gdpr/breach", "service/incident"}

// ticking does a random thing with the clocks of an incident.
func (c *chaos) ticking(t *testing.T, rt *rapid.T, who identity.Actor, one string) []func() error {
	ctx, s := t.Context(), c.team.clocks
	view := must(s.View(ctx, system, one))
	list := []func() error{
		func() error {
			d := obligation.Decision{Duty: rapid.SampledFrom(duties).Draw(rt, "duty"), Applies: rapid.Bool().Draw(rt, "applies"), Reason: "because"}
			return only(s.Decide(ctx, who, one, d))
		},
		func() error {
			at := c.clock.Now().Add(-time.Duration(rapid.IntRange(0, 100).Draw(rt, "ago")) * time.Hour)
			return s.State(ctx, who, one, obligation.Statement{Anchor: obligation.Aware, At: at}, "they said so")
		},
	}
	if len(view.Obligations) == 0 {
		return list
	}
	o := rapid.SampledFrom(view.Obligations).Draw(rt, "obligation")
	list = append(list, func() error {
		d := obligation.Decision{Obligation: o.ID, Version: o.Version, Applies: !o.Applies, Reason: "after all"}
		return only(s.Decide(ctx, who, one, d))
	})
	if len(o.Stages) > 0 {
		stage := rapid.SampledFrom(o.Stages).Draw(rt, "stage").ID
		list = append(list, func() error {
			at := c.clock.Now().Add(-time.Duration(rapid.IntRange(0, 30).Draw(rt, "before")) * time.Hour)
			return only(s.Submit(ctx, who, one, obligation.Proof{Obligation: o.ID, Stage: stage, At: at, To: "them"}))
		})
	}
	for _, sent := range o.Submissions {
		list = append(list, func() error { return s.Withdraw(ctx, who, one, sent.ID, "not sent") })
	}
	return list
}

// owed is what the record says of the clocks of an incident.
type owed struct {
	restricted     bool
	opened, closed time.Time
	decided        map[string]said      // by obligation
	anchors        map[string]time.Time // of the whole incident
	sent           map[string]sent      // by submission
}

type said struct {
	Obligation, Duty string
	Applies          bool
	Facts            []string
}

type sent struct {
	Obligation, Stage, Submission string
	At                            time.Time
	Withdrawn                     bool
}

// clocksOf follows the record.
func clocksOf(lines []audit.Line) map[string]*owed {
	all := map[string]*owed{}
	for _, l := range lines {
		if l.Operation == string(incident.OpIncidentOpen) {
			var f fields
			_ = json.Unmarshal(l.After, &f)
			all[l.Object] = &owed{opened: l.At, restricted: f.Restricted != nil && *f.Restricted, decided: map[string]said{}, anchors: map[string]time.Time{}, sent: map[string]sent{}}
		}
	}
	for _, l := range lines {
		if one := all[l.Object]; one != nil {
			one.line(l)
		}
	}
	return all
}

func (o *owed) line(l audit.Line) {
	switch l.Operation {
	case string(incident.OpIncidentMove):
		var f fields
		_ = json.Unmarshal(l.After, &f)
		if o.closed = l.At; !over(f.State) {
			o.closed = time.Time{}
		}
	case string(obligation.OpDecide):
		var d said
		_ = json.Unmarshal(l.After, &d)
		o.decided[d.Obligation] = d
	case string(obligation.OpAnchor):
		var a struct {
			Anchor string
			At     time.Time
		}
		_ = json.Unmarshal(l.After, &a)
		o.anchors[a.Anchor] = a.At
	case string(obligation.OpSubmit):
		o.submit(l)
	}
}

func (o *owed) submit(l audit.Line) {
	var before, after sent
	_ = json.Unmarshal(l.Before, &before)
	_ = json.Unmarshal(l.After, &after)
	if after.Withdrawn {
		delete(o.sent, before.Submission)
		return
	}
	o.sent[after.Submission] = after
}

// stages calculates the stages of an obligation from the record alone.
func (o *owed) stages(laws *obligation.Laws, d said, now time.Time) []obligation.Stage {
	c := obligation.Case{Now: now, Zone: zone, Facts: d.Facts, Submitted: map[string][]time.Time{}, Anchors: map[obligation.Anchor]time.Time{
		obligation.Opened: o.opened, obligation.Closed: o.closed,
	}}
	for a, at := range o.anchors {
		c.Anchors[obligation.Anchor(a)] = at
	}
	for _, s := range o.sent {
		if s.Obligation == d.Obligation {
			c.Submitted[s.Stage] = append(c.Submitted[s.Stage], s.At)
		}
	}
	when := c.Anchors[obligation.Aware]
	if when.IsZero() {
		when = o.opened
	}
	law, track, err := laws.Duty(d.Duty, when)
	if err != nil {
		return nil
	}
	return law.Stages(track.ID, c)
}

// kept counts what fell due in a time by the record alone.
func kept(h *team, all map[string]*owed, f *Figures, counts func(*owed) bool) map[Clock]bool {
	found := map[[2]string]*Clock{}
	for _, o := range all {
		for _, d := range o.decided {
			if !counts(o) || !d.Applies {
				continue
			}
			for _, s := range o.stages(h.laws, d, h.clock.Now()) {
				if s.Due.IsZero() || s.Due.Before(f.From) || !s.Due.Before(f.To) {
					continue
				}
				k := [2]string{d.Duty, s.ID}
				if found[k] == nil {
					found[k] = &Clock{Duty: d.Duty, Stage: s.ID}
				}
				found[k].count(s.State)
			}
		}
	}
	out := map[Clock]bool{}
	for _, c := range found {
		out[*c] = true
	}
	return out
}

func (c *Clock) count(s obligation.State) {
	switch s {
	case obligation.Done:
		c.Kept++
	case obligation.Late, obligation.Overdue:
		c.Missed++
	case obligation.Running:
		c.Open++
	}
}

// Whatever is decided, stated, submitted and withdrawn, the figures count the clocks that the audit record gives.
func TestClocksEqualTheRecord(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	total := 0
	rapid.Check(t, func(rt *rapid.T) {
		clear(t, db)
		c := &chaos{team: build(t, db)}
		c.keepClocks(t)
		for i := range rapid.IntRange(1, 3).Draw(rt, "incidents") {
			c.incidents = append(c.incidents, c.open(t, incident.Opening{Restricted: i == 1}))
		}
		for range rapid.IntRange(5, 30).Draw(rt, "acts") {
			c.tick(t, rt)
		}
		if _, err := c.clocks.Remind(t.Context(), system); err != nil {
			rt.Fatal(err)
		}
		total += c.compareClocks(t, rt)
	})
	if total == 0 {
		t.Error("no clock was counted")
	}
}

func (c *chaos) tick(t *testing.T, rt *rapid.T) {
	c.clock.Advance(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "minutes")) * time.Minute)
	one := rapid.SampledFrom(c.incidents).Draw(rt, "incident")
	acts := append(c.ticking(t, rt, ada, one), func() error {
		move := rapid.SampledFrom([]incident.MoveName{incident.Resolve, incident.Reopen}).Draw(rt, "turn")
		return only(c.team.incidents.MoveIncident(t.Context(), ada, one, move, "because"))
	})
	if err := rapid.SampledFrom(acts).Draw(rt, "what")(); !tolerable(err) {
		rt.Fatal(err)
	}
}

func (c *chaos) compareClocks(t *testing.T, rt *rapid.T) (total int) {
	all := clocksOf(recorded(t, c.team))
	for _, step := range Steps() {
		q := Question{Step: step, Periods: 20}
		for who, counts := range map[string]func(*owed) bool{"all": func(*owed) bool { return true }, "eve": func(o *owed) bool { return !o.restricted }} {
			actor := system
			if who == "eve" {
				actor = eve
			}
			f := c.ask(t, actor, q)
			got := map[Clock]bool{}
			for _, k := range f.Clocks {
				if k.Kept+k.Missed+k.Open > 0 {
					got[k] = true
				}
			}
			if want := kept(c.team, all, &f, counts); !maps.Equal(got, want) {
				rt.Fatalf("%s by %s:\n%+v\nand by the record\n%+v", who, step, got, want)
			}
			total += len(got)
		}
	}
	return total
}
