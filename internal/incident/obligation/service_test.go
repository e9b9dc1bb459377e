package obligation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const hour = time.Hour

// One incident through NIS2: decided, aware, warned, answered, notified; what hangs on a submission is pending until then.
func TestLifeOfAnObligation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		o := h.decided(t, i.ID, "nis2")
		if o.Duty != "nis2/incident" || !o.InForce || h.stage(t, i.Ref, "early-warning").State != obligation.Pending {
			t.Errorf("%+v", o)
		}
		h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
		if s := h.stage(t, i.ID, "early-warning"); s.State != obligation.Running || !s.Due.Equal(start.Add(23*hour)) {
			t.Errorf("%+v", s)
		}
		if s := h.stage(t, i.ID, "answer"); s.State != obligation.Pending {
			t.Errorf("%+v", s)
		}
		h.submitted(t, i.ID, o.ID, "early-warning", start)
		if s := h.stage(t, i.ID, "answer"); s.State != obligation.Running || !s.Due.Equal(start.Add(24*hour)) || s.By != obligation.Team {
			t.Errorf("%+v", s)
		}
		h.clock.Set(start.Add(80 * hour))
		h.submitted(t, i.ID, o.ID, "notification", start.Add(72*hour))
		if s := h.stage(t, i.ID, "notification"); s.State != obligation.Late {
			t.Errorf("%+v", s)
		}
		if s := h.stage(t, i.ID, "final"); s.State != obligation.Running || !s.Due.Equal(time.Date(2026, 12, 5, 9, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", s)
		}
		if _, err := h.Forward(t.Context(), ada, i.ID, obligation.Passing{Obligation: o.ID, Target: obligation.Authority, Party: incident.Party{Name: "Regulator"}}); err != nil {
			t.Error(err)
		}
		v, err := h.View(t.Context(), aud, i.ID)
		if err != nil || len(v.Obligations) != 1 || len(v.Obligations[0].Submissions) != 2 || len(v.Records) != 5 || len(v.Anchors) != 1 {
			t.Errorf("%+v, %v", v, err)
		}
		if n := h.count(t, `SELECT count(*) FROM incident_entry WHERE incident = $1 AND code LIKE 'clock.%'`, i.ID); n != 5 {
			t.Errorf("the timeline tells of %d", n)
		}
	})
}

// An anchor that moves makes due times anew, and what was said before stays; one that contradicts a submission is refused, and nothing changes.
func TestAnchorMoves(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		o := h.decided(t, i.ID, "nis2")
		h.stated(t, i.ID, obligation.Aware, start.Add(-10*hour))
		h.stated(t, i.ID, obligation.Aware, start.Add(-8*hour))
		if s := h.stage(t, i.ID, "early-warning"); !s.Due.Equal(start.Add(16 * hour)) {
			t.Errorf("%+v", s)
		}
		sent := h.submitted(t, i.ID, o.ID, "early-warning", start.Add(-6*hour))
		err := h.State(t.Context(), ada, i.ID, obligation.Statement{Anchor: obligation.Aware, At: start.Add(-hour)}, "Another log.")
		if is(t, "after the submission", err, problem.Conflict); err == nil || !strings.Contains(err.Error(), "correct or withdraw") {
			t.Error(err)
		}
		is(t, "taken back", h.State(t.Context(), ada, i.ID, obligation.Statement{Anchor: obligation.Aware}, "Nobody knows."), problem.Conflict)
		is(t, "ahead", h.State(t.Context(), ada, i.ID, obligation.Statement{Anchor: obligation.Aware, At: start.Add(hour)}, "x"), problem.Invalid)
		is(t, "no reason", h.State(t.Context(), ada, i.ID, obligation.Statement{Anchor: obligation.Aware, At: start}, " "), problem.Invalid)
		is(t, "of the incident", h.State(t.Context(), ada, i.ID, obligation.Statement{Anchor: obligation.Opened, At: start}, "x"), problem.Invalid)
		is(t, "of nothing", h.State(t.Context(), ada, i.ID, obligation.Statement{Obligation: "x", Anchor: obligation.Aware, At: start}, "x"), problem.NotFound)
		v, _ := h.View(t.Context(), ada, i.ID)
		if len(v.Anchors) != 1 || !v.Anchors[0].At.Equal(start.Add(-8*hour)) || v.Records[1].Before != "2026-11-01T23:00:00Z" || v.Records[1].After != "2026-11-02T01:00:00Z" {
			t.Errorf("%+v %+v", v.Anchors, v.Records)
		}
		if err := h.Withdraw(t.Context(), ada, i.ID, sent.ID, "It was a draft."); err != nil {
			t.Fatal(err)
		}
		is(t, "withdrawn twice", h.Withdraw(t.Context(), ada, i.ID, sent.ID, "x"), problem.Conflict)
		h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
		if s := h.stage(t, i.ID, "early-warning"); s.State != obligation.Running || !s.Due.Equal(start.Add(23*hour)) {
			t.Errorf("%+v", s)
		}
	})
}

// An edit of the incident moves an anchor under the same rule: what contradicts a submission is refused and leaves all as it was, all else counts anew
// at once.
func TestEditMovesAnchor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.incidents.Hang(h.Part())
		i := h.opened(t, false)
		o := h.decided(t, i.ID, "nis2")
		edit := func(r incident.Revision) error {
			whole, err := h.incidents.Incident(t.Context(), ada, i.ID)
			if err == nil {
				_, err = h.incidents.EditIncident(t.Context(), ada, i.ID, whole.Version, r)
			}
			return err
		}
		at := func(d time.Duration) *time.Time { when := start.Add(d); return &when }
		if err := edit(incident.Revision{Aware: at(-10 * hour)}); err != nil {
			t.Fatal(err)
		}
		if n := h.count(t, `SELECT count(*) FROM obligation_clock WHERE stage = 'early-warning' AND due = $1`, start.Add(14*hour)); n != 1 {
			t.Error("the clock was not counted anew with the edit")
		}
		sent := h.submitted(t, i.ID, o.ID, "early-warning", start.Add(-6*hour))
		title := "Another title"
		for name, r := range map[string]incident.Revision{
			"after the submission": {Title: &title, Aware: at(-hour)},
			"taken back":           {Title: &title, Aware: new(time.Time)},
		} {
			err := edit(r)
			is(t, name, err, problem.Conflict)
			if err == nil || !strings.Contains(err.Error(), "withdraw") {
				t.Errorf("%s: %v does not say what to do", name, err)
			}
		}
		whole, err := h.incidents.Incident(t.Context(), ada, i.ID)
		if err != nil || whole.Title == title || !whole.Aware.Equal(start.Add(-10*hour)) {
			t.Errorf("%+v, %v", whole, err)
		}
		if err := edit(incident.Revision{Aware: at(-8 * hour)}); err != nil {
			t.Errorf("earlier than the submission: %v", err)
		}
		if err := h.Withdraw(t.Context(), ada, i.ID, sent.ID, "It was a draft."); err != nil {
			t.Fatal(err)
		}
		if err := edit(incident.Revision{Aware: new(time.Time)}); err != nil {
			t.Errorf("nothing hangs on it: %v", err)
		}
		if s := h.stage(t, i.ID, "early-warning"); s.State != obligation.Pending {
			t.Errorf("%+v", s)
		}
	})
}

// What is said of one obligation goes before what is said of the incident.
func TestOwnAnchor(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		h.decided(t, i.ID, "gdpr")
		h.clock.Advance(time.Millisecond)
		other, err := h.Decide(t.Context(), ada, i.ID, obligation.Decision{Duty: "gdpr/breach", Applies: true, Who: "Hospital", Reason: "Patients' data."})
		if err != nil {
			t.Fatal(err)
		}
		h.stated(t, i.ID, obligation.Aware, start.Add(-2*hour))
		if err := h.State(t.Context(), ada, i.ID, obligation.Statement{Obligation: other.ID, Anchor: obligation.Aware, At: start.Add(-hour)}, "They said so."); err != nil {
			t.Fatal(err)
		}
		list, err := h.Of(t.Context(), ada, i.ID)
		if err != nil || len(list) != 2 || !list[0].Due.Equal(start.Add(70*hour)) || !list[1].Due.Equal(start.Add(71*hour)) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestDecisions(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i, ctx := h.opened(t, false), t.Context()
		o := h.decided(t, i.ID, "nis2")
		for name, d := range map[string]obligation.Decision{
			"no reason":    {Duty: "gdpr", Applies: true},
			"no such law":  {Duty: "nis3", Reason: "x"},
			"no such fact": {Duty: "dora", Facts: []string{"ongoing"}, Reason: "x"},
			"no kind":      {Duty: "dora", Kind: "x", Reason: "x"},
			"no entity":    {Duty: "dora", Entity: "x", Reason: "x"},
			"no answer":    {Duty: "dora", Crime: "perhaps", Reason: "x"},
			"too long":     {Duty: "dora", Reason: strings.Repeat("x", 5000)},
		} {
			_, err := h.Decide(ctx, ada, i.ID, d)
			is(t, name, err, problem.Invalid)
		}
		_, err := h.Decide(ctx, ada, i.ID, obligation.Decision{Duty: "nis2", Who: "Waterworks", Reason: "x"})
		is(t, "twice", err, problem.Conflict)
		_, err = h.Decide(ctx, ada, i.ID, obligation.Decision{Obligation: o.ID, Version: 7, Reason: "x"})
		is(t, "another version", err, problem.Conflict)
		_, err = h.Decide(ctx, ada, i.ID, obligation.Decision{Obligation: "x", Version: 1, Reason: "x"})
		is(t, "of nothing", err, problem.NotFound)
		h.clock.Advance(time.Millisecond)
		not, err := h.Decide(ctx, ada, i.ID, obligation.Decision{Obligation: o.ID, Version: 1, Who: "Waterworks", Crossing: obligation.No, Reason: "Nobody was without water."})
		if err != nil || not.Applies || not.Version != 2 || not.Reason != "Nobody was without water." {
			t.Errorf("%+v, %v", not, err)
		}
		if list, err := h.Of(ctx, ada, i.ID); err != nil || len(list) != 0 {
			t.Errorf("what does not apply has clocks: %+v, %v", list, err)
		}
		v, _ := h.View(ctx, ada, i.ID)
		if r := v.Records[0]; r.What != "decided" || r.Before != "applies, significant, essential, Waterworks" || r.After != "not, Waterworks, cross-border: no" || r.By != "ada" {
			t.Errorf("%+v", r)
		}
		is(t, "submitted", func() error {
			_, err := h.Submit(ctx, ada, i.ID, obligation.Proof{Obligation: o.ID, Stage: "early-warning", At: start, To: "x"})
			return err
		}(), problem.Conflict)
	})
}

func TestSubmitRefuses(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i, ctx := h.opened(t, false), t.Context()
		o := h.decided(t, i.ID, "nis2")
		submit := func(p obligation.Proof) error {
			if p.Obligation == "" {
				p.Obligation = o.ID
			}
			_, err := h.Submit(ctx, ada, i.ID, p)
			return err
		}
		is(t, "nobody is aware", submit(obligation.Proof{Stage: "notification", At: start, To: "x"}), problem.Conflict)
		h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
		is(t, "before the notification", submit(obligation.Proof{Stage: "final", At: start, To: "x"}), problem.Conflict)
		is(t, "before awareness", submit(obligation.Proof{Stage: "notification", At: start.Add(-2 * hour), To: "x"}), problem.Conflict)
		is(t, "ahead", submit(obligation.Proof{Stage: "notification", At: start.Add(hour), To: "x"}), problem.Invalid)
		is(t, "never", submit(obligation.Proof{Stage: "notification", To: "x"}), problem.Invalid)
		is(t, "no proof", submit(obligation.Proof{Stage: "notification", At: start}), problem.Invalid)
		is(t, "no stage", submit(obligation.Proof{Stage: "progress", At: start, To: "x"}), problem.Invalid)
		is(t, "no file", submit(obligation.Proof{Stage: "notification", At: start, Item: "x"}), problem.NotFound)
		is(t, "no obligation", submit(obligation.Proof{Obligation: "x", Stage: "notification", At: start, To: "x"}), problem.NotFound)
		item, err := h.incidents.Attach(ctx, ada, i.ID, incident.File{Name: "receipt.txt", Body: strings.NewReader("received")})
		if err != nil {
			t.Fatal(err)
		}
		if err := submit(obligation.Proof{Stage: "notification", At: start, Item: item.ID}); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Minute)
		last := h.submitted(t, i.ID, o.ID, "final", h.clock.Now())
		v, _ := h.View(ctx, ada, i.ID)
		is(t, "what another hangs on", h.Withdraw(ctx, ada, i.ID, v.Obligations[0].Submissions[0].ID, "x"), problem.Conflict)
		if err := h.Withdraw(ctx, ada, i.ID, last.ID, "x"); err != nil {
			t.Error(err)
		}
		is(t, "of nothing", h.Withdraw(ctx, ada, i.ID, "x", "x"), problem.NotFound)
	})
}

func TestForward(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i, ctx := h.opened(t, false), t.Context()
		o := h.decided(t, i.ID, "nis2")
		f, err := h.Forward(ctx, ada, i.ID, obligation.Passing{Obligation: o.ID, Target: obligation.Authority, Party: incident.Party{Name: "Regulator"}, Note: "by phone"})
		if err != nil || f.Dialogue != "" {
			t.Errorf("%+v, %v", f, err)
		}
		h.clock.Advance(time.Second)
		_, err = h.Forward(ctx, ada, i.ID, obligation.Passing{Obligation: o.ID, Target: obligation.ContactPoint, Party: incident.Party{Name: "SPOC", Email: "spoc@example.org"}, Subject: "S", Text: "T"})
		if v, _ := h.View(ctx, ada, i.ID); err != nil || len(h.sent) != 1 || len(v.Obligations[0].Forwards) != 2 || v.Obligations[0].Forwards[1].Dialogue != "dialogue-1" {
			t.Errorf("%+v, %v, %v", v, h.sent, err)
		}
		_, err = h.Forward(ctx, ada, i.ID, obligation.Passing{Obligation: o.ID, Target: "press", Party: incident.Party{Name: "x"}})
		is(t, "to the press", err, problem.Invalid)
		_, err = h.Forward(ctx, ada, i.ID, obligation.Passing{Obligation: "x", Target: obligation.CSIRT, Party: incident.Party{Name: "x"}})
		is(t, "of nothing", err, problem.NotFound)
	})
}

// A restricted incident has no clocks for who does not see it: not found, not listed, not counted.
func TestRestricted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, open, hidden := t.Context(), h.opened(t, false), h.opened(t, true)
		for _, i := range []incident.Incident{open, hidden} {
			o := h.decided(t, i.ID, "nis2")
			h.stated(t, i.ID, obligation.Aware, start.Add(-hour))
			h.submitted(t, i.ID, o.ID, "early-warning", start)
		}
		for who, want := range map[*identity.Actor]int{&ada: 4, &eve: 2, &aud: 2, &system: 4} {
			list, err := h.List(ctx, *who, obligation.Filter{})
			counts, err2 := h.Count(ctx, *who)
			if err != nil || err2 != nil || len(list.Items) != want || counts.Running != want {
				t.Errorf("%s: %+v, %+v, %v, %v", who.ID, list.Items, counts, err, err2)
			}
		}
		_, err := h.View(ctx, eve, hidden.ID)
		is(t, "view", err, problem.NotFound)
		_, err = h.Of(ctx, eve, hidden.Ref)
		is(t, "of", err, problem.NotFound)
		_, err = h.Decide(ctx, eve, hidden.ID, obligation.Decision{Duty: "gdpr", Reason: "x"})
		is(t, "decide", err, problem.NotFound)
		_, err = h.Submit(ctx, eve, hidden.ID, obligation.Proof{Obligation: "x", Stage: "x", At: start, To: "x"})
		is(t, "submit", err, problem.NotFound)
		is(t, "state", h.State(ctx, eve, hidden.ID, obligation.Statement{Anchor: obligation.Aware, At: start}, "x"), problem.NotFound)
		is(t, "withdraw", h.Withdraw(ctx, eve, hidden.ID, "x", "x"), problem.NotFound)
		if s, err := h.Summarise(ctx, eve, "", "2026-Q4"); err != nil || s.Total != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		if n := h.count(t, `SELECT count(*) FROM audit_payload WHERE operation = 'obligation.read' AND object = $1 AND actor = 'eve'`, hidden.ID); n != 0 {
			t.Errorf("%d readings are on record of who could not read", n)
		}
	})
}

func TestRoles(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i, ctx := h.opened(t, false), t.Context()
		nobody := identity.Actor{}
		for who, actor := range map[string]identity.Actor{"an auditor": aud, "nobody": nobody} {
			_, err := h.Decide(ctx, actor, i.ID, obligation.Decision{Duty: "gdpr", Reason: "x"})
			is(t, who+" decides", err, problem.Forbidden)
			is(t, who+" states", h.State(ctx, actor, i.ID, obligation.Statement{Anchor: obligation.Aware, At: start}, "x"), problem.Forbidden)
			_, err = h.Submit(ctx, actor, i.ID, obligation.Proof{})
			is(t, who+" submits", err, problem.Forbidden)
			is(t, who+" withdraws", h.Withdraw(ctx, actor, i.ID, "x", "x"), problem.Forbidden)
			_, err = h.Forward(ctx, actor, i.ID, obligation.Passing{})
			is(t, who+" forwards", err, problem.Forbidden)
			_, err = h.Remind(ctx, actor)
			is(t, who+" reminds", err, problem.Forbidden)
		}
		_, err := h.View(ctx, nobody, i.ID)
		is(t, "nobody looks", err, problem.Forbidden)
		_, err = h.List(ctx, nobody, obligation.Filter{})
		is(t, "nobody lists", err, problem.Forbidden)
		_, err = h.Count(ctx, nobody)
		is(t, "nobody counts", err, problem.Forbidden)
		_, err = h.Summarise(ctx, nobody, "", "2026-Q4")
		is(t, "nobody exports", err, problem.Forbidden)
	})
}

// What cannot be recorded is not done.
func TestWhatCannotBeAuditedIsRefused(t *testing.T) {
	alone(t, func(t *testing.T, h *house) {
		i, ctx := h.opened(t, false), t.Context()
		o := h.decided(t, i.ID, "nis2")
		h.stated(t, i.ID, obligation.Aware, start.Add(-25*hour))
		sent := h.submitted(t, i.ID, o.ID, "notification", start)
		if err := h.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`CREATE TRIGGER no_record BEFORE INSERT ON audit_payload BEGIN SELECT RAISE(ABORT, 'no record'); END`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		sum := func() int {
			return h.count(t, `SELECT (SELECT sum(version) FROM obligation) + (SELECT sum(at) FROM obligation_anchor) + (SELECT count(*) FROM obligation_submission WHERE withdrawn = 0)
				+ (SELECT count(*) FROM obligation_forward) + (SELECT count(*) FROM obligation_record) + (SELECT count(*) FROM obligation_clock WHERE escalated > 0)`)
		}
		before := sum()
		for name, do := range map[string]func() error{
			"decide": func() error {
				_, err := h.Decide(ctx, ada, i.ID, obligation.Decision{Duty: "gdpr", Reason: "x"})
				return err
			},
			"state": func() error {
				return h.State(ctx, ada, i.ID, obligation.Statement{Anchor: obligation.Aware, At: start.Add(-hour)}, "x")
			},
			"submit": func() error {
				_, err := h.Submit(ctx, ada, i.ID, obligation.Proof{Obligation: o.ID, Stage: "early-warning", At: start, To: "x"})
				return err
			},
			"withdraw": func() error { return h.Withdraw(ctx, ada, i.ID, sent.ID, "x") },
			"forward": func() error {
				_, err := h.Forward(ctx, ada, i.ID, obligation.Passing{Obligation: o.ID, Target: obligation.CSIRT, Party: incident.Party{Name: "x"}})
				return err
			},
			"remind": func() error { _, err := h.Remind(ctx, system); return err },
			"export": func() error { _, err := h.Summarise(ctx, ada, "", "2026-Q4"); return err },
		} {
			if err := do(); err == nil || !strings.Contains(err.Error(), "no record") {
				t.Errorf("%s: %v", name, err)
			}
			if after := sum(); after != before {
				t.Errorf("%s was refused, and changed something", name)
			}
		}
	})
}
