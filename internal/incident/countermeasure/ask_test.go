package countermeasure

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestNobodyIsAskedBeforeTheChecklistIsAnswered(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Checklist)
		says   string
	}{
		{"compromised or malicious", func(c *Checklist) { c.Origin = "" }, "compromised or maliciously"},
		{"evidence", func(c *Checklist) { c.NoEvidence = "" }, "evidence"},
		{"police", func(c *Checklist) { c.PoliceAsked = "" }, "police"},
		{"requester", func(c *Checklist) { c.Requester = " " }, "requester"},
		{"the police object", func(c *Checklist) { c.Police = Objects }, "object"},
	}
	sqlite(t, nil, func(t *testing.T, h *house) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				list := whole()
				tt.change(list)
				c := h.draft(t, func(p *Plan) { p.Checklist = list })
				_, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk, Party: hoster()})
				if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v", err)
				}
				if n := h.count(t, `SELECT count(*) FROM countermeasure_message WHERE countermeasure = $1`, c.ID); n != 0 {
					t.Errorf("%d messages", n)
				}
			})
		}
	})
}

func TestAsking(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		if c.State != Asked || c.Party.Name != "Hoster" || !c.Due.Equal(start.Add(72*time.Hour)) || len(c.Turns) != 1 || c.Turns[0].Dialogue == "" {
			t.Fatalf("%+v", c)
		}
		m := c.Messages[0]
		if m.Delivery == "" || !strings.Contains(m.Text, "hxxp://shop[.]example/login") || !strings.Contains(m.Text, c.Ref) || !strings.Contains(m.XARF, `"phishing"`) {
			t.Errorf("%+v", m)
		}
		if n := h.count(t, `SELECT count(*) FROM investigation WHERE id = $1`, c.Turns[0].Dialogue); n != 1 {
			t.Error("there is no dialogue")
		}
		if n := h.count(t, `SELECT count(*) FROM incident_entry WHERE incident = $1 AND code IN ('takedown.opened', 'takedown.ask')`, h.about); n != 2 {
			t.Errorf("%d lines on the timeline", n)
		}
		record, err := audit.New(h.db, h.clock).List(t.Context(), audit.Query{Operation: string(OpMove)})
		if err != nil || len(record.Items) != 1 || strings.Contains(string(record.Items[0].After), "shop") {
			t.Errorf("audit: %+v, %v", record.Items, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.draft(t, nil)
		tests := []struct {
			name string
			do   func() error
			want problem.Kind
		}{
			{"no party", func() error { _, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk}); return err }, problem.Invalid},
			{"a party without an address", func() error {
				_, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk, Party: &Party{Party: incident.Party{Name: "x"}}})
				return err
			}, problem.Invalid},
			{"a provider that nobody knows", func() error {
				_, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk, Party: &Party{Provider: "x"}})
				return err
			}, problem.Invalid},
			{"withdrawn without a reason", func() error { _, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveWithdraw}); return err }, problem.Invalid},
			{"an auditor", func() error { _, err := h.Move(t.Context(), aud, c.ID, Moving{Move: MoveAsk}); return err }, problem.Forbidden},
			{"a volunteer opens", func() error { _, err := h.Open(t.Context(), vol, h.about, Plan{}); return err }, problem.Forbidden},
			{"a person does what is due", func() error { _, err := h.Run(t.Context(), ada); return err }, problem.Forbidden},
			{"an older version", func() error {
				_, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk, Party: hoster(), Version: 7})
				return err
			}, problem.Conflict},
			{"no such one", func() error { _, err := h.Move(t.Context(), ada, "C-XXXXXX", Moving{Move: MoveAsk}); return err }, problem.NotFound},
			{"an item of evidence of nobody", func() error {
				_, err := h.Edit(t.Context(), ada, c.ID, 0, Plan{Checklist: &Checklist{Evidence: "x"}})
				return err
			}, problem.Invalid},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if err := tt.do(); err == nil || problem.KindOf(err) != tt.want {
					t.Errorf("got %v", err)
				}
			})
		}
	})
}

// What is due is done once, by whichever process looks first, and also if none looked at the time.
func TestChasedOnceAlsoAfterARestart(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		if d := h.later(t, 71*time.Hour); d.Due != 0 {
			t.Errorf("chased too early: %+v", d)
		}
		h.clock.Advance(100 * time.Hour) // nobody was there when the hour struck
		other := New(h.o)
		for _, s := range []*Service{other, h.Service, other} {
			if _, err := s.Run(t.Context(), system); err != nil {
				t.Fatal(err)
			}
		}
		c = h.see(t, c.ID)
		if c.State != Chased || c.Turns[0].Chases != 1 || len(c.Messages) != 2 || !c.Due.Equal(h.clock.Now().Add(72*time.Hour)) {
			t.Errorf("%+v", c)
		}
		if c.Messages[1].Delivery == "" || c.Messages[1].By != system.ID || !strings.Contains(c.Messages[1].Text, "22 November 2026") {
			t.Errorf("%+v", c.Messages[1])
		}
	})
}

func TestEscalatedAlongTheLadder(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		up := Party{Party: incident.Party{Name: "Upstream", Email: "noc@upstream.example"}, Role: Upstream}
		c := h.asked(t, func(p *Plan) { p.Ladder = &[]Party{up} })
		for range 3 { // two chases, then the next
			h.later(t, 72*time.Hour)
		}
		c = h.see(t, c.ID)
		if c.State != Escalated || c.Party.Name != "Upstream" || len(c.Turns) != 2 || len(c.Ladder) != 0 || c.Turns[1].Dialogue == c.Turns[0].Dialogue {
			t.Fatalf("%+v", c)
		}
		for range 5 {
			h.later(t, 72*time.Hour)
		}
		c = h.see(t, c.ID)
		if !c.Stuck || !c.Overdue || c.Turns[1].Chases != 2 || len(c.Messages) != 6 {
			t.Errorf("nobody is left to ask: %+v", c)
		}
		if n := h.count(t, `SELECT count(*) FROM task WHERE kind = 'countermeasure' AND object = $1`, c.ID); n != 1 {
			t.Errorf("%d tasks", n)
		}
	})
}

func TestChasingByHand(t *testing.T) {
	sqlite(t, func(o *Options) { o.Policy.ByHand = true }, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		h.later(t, 100*time.Hour)
		h.later(t, 100*time.Hour)
		if c = h.see(t, c.ID); !c.Stuck || len(c.Messages) != 1 {
			t.Errorf("%+v", c)
		}
		if c = h.must(t, c.ID, Moving{Move: MoveChase}); c.Stuck || len(c.Messages) != 2 || c.Overdue {
			t.Errorf("%+v", c)
		}
	})
}

// What cannot be sent waits for a person, and keeps nothing else from being done.
func TestWhatCannotBeSentWaitsForAPerson(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		stuck, fine := h.asked(t, nil), h.asked(t, nil)
		h.exec(t, `UPDATE investigation SET state = 'resolved' WHERE id = $1`, stuck.Turns[0].Dialogue)
		h.later(t, 73*time.Hour)
		if stuck, fine = h.see(t, stuck.ID), h.see(t, fine.ID); !stuck.Stuck || stuck.State != Asked || fine.State != Chased {
			t.Errorf("%+v, %+v", stuck, fine)
		}
	})
}

func TestWhatIsRedGoesToNobody(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.draft(t, nil)
		h.exec(t, `UPDATE incident SET tlp = $2 WHERE id = $1`, h.about, int64(tlp.Red))
		if _, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk, Party: hoster()}); !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWithdrawnRefusedReopened(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		if c = h.must(t, c.ID, Moving{Move: MoveRefuse, Reason: "they want a court's order"}); c.State != Refused || len(c.Messages) != 1 {
			t.Errorf("%+v", c)
		}
		next := &Party{Party: incident.Party{Name: "Registrar", Email: "abuse@registrar.example"}, Role: Registrar}
		c = h.must(t, c.ID, Moving{Move: MoveEscalate, Party: next})
		c = h.must(t, c.ID, Moving{Move: MoveWithdraw, Reason: "a mistake"})
		if c.State != Withdrawn || len(c.Messages) != 3 || c.Messages[2].XARF != "" || !c.Due.IsZero() {
			t.Errorf("%+v", c)
		}
		if d := h.later(t, 1000*time.Hour); d.Due != 0 {
			t.Errorf("%+v", d)
		}
		if c = h.must(t, c.ID, Moving{Move: MoveReopen, Reason: "not a mistake"}); c.State != Draft || len(c.History) != 5 || c.Party != nil {
			t.Errorf("%+v", c)
		}
	})
}

func TestBulk(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		one, two, draft := h.asked(t, nil), h.asked(t, nil), h.draft(t, nil)
		got, err := h.MoveAll(t.Context(), ada, []string{one.ID, two.ID, draft.ID, "x", one.ID}, Moving{Move: MoveChase})
		if err != nil || len(got.Moved) != 2 || len(got.Unmoved) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		for _, m := range []Moving{{Move: MoveVerify}, {Move: MoveWithdraw}} {
			if _, err := h.MoveAll(t.Context(), ada, []string{one.ID}, m); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", m.Move, err)
			}
		}
	})
}

// Closing an incident asks about what is active, and never ends it silently.
func TestClosingAsks(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		active, draft := h.asked(t, nil), h.draft(t, nil)
		block := h.asked(t, func(p *Plan) { p.Kind = ptr(Block) })
		block = h.must(t, block.ID, Moving{Move: MoveVerify, Reason: "seen"})
		part := h.Part()
		err := h.o.Incidents.Work(t.Context(), ada, h.about, func(tx *sqldb.Tx, in *incident.Inside) error {
			list, err := part.Open(tx, in)
			if len(list) != 3 || slices.ContainsFunc(list, func(x incident.Hanging) bool { return x.Active == (x.Ref == draft.Ref) }) {
				t.Errorf("%+v", list)
			}
			if err != nil {
				return err
			}
			return part.Close(tx, ada, in, "", false)
		})
		if err != nil {
			t.Fatal(err)
		}
		if a, d, b := h.see(t, active.ID), h.see(t, draft.ID), h.see(t, block.ID); a.State != Asked || d.State != Withdrawn || b.State != Gone {
			t.Errorf("%s, %s, %s", a.State, d.State, b.State)
		}
		err = h.o.Incidents.Work(t.Context(), ada, h.about, func(tx *sqldb.Tx, in *incident.Inside) error { return part.Close(tx, ada, in, "over", true) })
		if a, b := h.see(t, active.ID), h.see(t, block.ID); err != nil || a.State != Withdrawn || b.State != Lifting {
			t.Errorf("%s, %s, %v", a.State, b.State, err)
		}
	})
}
