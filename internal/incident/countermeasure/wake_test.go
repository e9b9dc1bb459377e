package countermeasure

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
)

// end closes the incident.
func (h *house) end(t testing.TB) {
	t.Helper()
	if _, err := h.o.Incidents.MoveIncident(t.Context(), ada, h.about, incident.Resolve, "done"); err != nil {
		t.Fatal(err)
	}
}

func (h *house) stage(t testing.TB) (stage string) {
	t.Helper()
	h.text(t, &stage, `SELECT state FROM incident WHERE id = $1`, h.about)
	return stage
}

// What comes back after its incident was closed opens that again, and its party is written to at once, in the dialogue that was theirs.
func TestWhatComesBackWakesItsIncident(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		h.must(t, c.ID, Moving{Move: MoveVerify, Reason: "looked"})
		h.end(t)
		if _, err := h.Note(t.Context(), ada, c.ID, Present, "a customer called"); err != nil {
			t.Fatal(err)
		}
		if got := h.stage(t); got != "open" {
			t.Errorf("the incident is %s", got)
		}
		h.later(t, 0)
		c = h.see(t, c.ID)
		if c.State != Chased || c.Stuck || len(c.Messages) != 2 || !strings.Contains(c.Messages[1].Text, "is back") || len(c.Turns) != 1 {
			t.Fatalf("%+v", c)
		}
		var state string
		h.text(t, &state, `SELECT state FROM investigation WHERE id = $1`, c.Turns[0].Dialogue)
		if n := h.count(t, `SELECT count(*) FROM incident_message WHERE about = $1`, c.Turns[0].Dialogue); state != "open" || n != 2 {
			t.Errorf("the dialogue is %s and has %d messages", state, n)
		}
		if n := h.count(t, `SELECT count(*) FROM incident_entry WHERE incident = $1 AND code IN ('incident.woken', 'dialogue.open')`, h.about); n != 2 {
			t.Errorf("%d lines on the timeline", n)
		}
	})
}

// What is begun anew beneath a closed incident opens that again, and its party can be asked.
func TestBegunAnewWakesItsIncident(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		h.must(t, c.ID, Moving{Move: MoveWithdraw, Reason: "a mistake"})
		h.end(t)
		h.must(t, c.ID, Moving{Move: MoveReopen, Reason: "none"})
		if got := h.stage(t); got != "open" {
			t.Errorf("the incident is %s", got)
		}
		if c = h.must(t, c.ID, Moving{Move: MoveAsk, Party: hoster()}); c.State != Asked || len(c.Turns) != 2 {
			t.Errorf("%+v", c)
		}
	})
}

// The police may object after somebody was asked: nobody is written to again, by itself or by hand, until they agree.
func TestThePoliceObjectAfterAsking(t *testing.T) {
	tests := []struct {
		name string
		bad  func(t *testing.T, h *house, id string)
		next State // once they agree
		text string
	}{
		{"before it is chased", func(*testing.T, *house, string) {}, Chased, "still seems to be there"},
		{"before it is back", func(t *testing.T, h *house, id string) {
			h.must(t, id, Moving{Move: MoveVerify, Reason: "looked"})
			h.must(t, id, Moving{Move: MoveRelapse, Reason: "a new report"})
		}, Chased, "is back"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sqlite(t, nil, func(t *testing.T, h *house) {
				c := h.asked(t, nil)
				objects := whole()
				objects.Police, objects.PoliceAsked = Objects, "the secret squad"
				if _, err := h.Edit(t.Context(), ada, c.ID, 0, Plan{Checklist: objects}); err != nil {
					t.Fatal(err)
				}
				tt.bad(t, h, c.ID)
				h.later(t, 73*time.Hour)
				h.later(t, 73*time.Hour)
				c = h.see(t, c.ID)
				if !c.Stuck || c.State == Chased || len(c.Messages) != 1 {
					t.Fatalf("%+v", c)
				}
				if _, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveChase}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "object") {
					t.Errorf("by hand: %v", err)
				}
				if n := h.count(t, `SELECT count(*) FROM incident_entry WHERE incident = $1 AND code = 'takedown.held'`, h.about); n != 1 {
					t.Errorf("%d lines on the timeline", n)
				}
				if n := h.count(t, `SELECT count(*) FROM task WHERE object = $1 AND detail LIKE '%secret%'`, c.ID); n != 0 {
					t.Error("the queue tells what is sealed")
				}
				if _, err := h.Edit(t.Context(), ada, c.ID, 0, Plan{Checklist: whole()}); err != nil {
					t.Fatal(err)
				}
				h.later(t, 0)
				if c = h.see(t, c.ID); c.State != tt.next || len(c.Messages) != 2 || !strings.Contains(c.Messages[1].Text, tt.text) {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

// A request that waits for an abuse API is not sent while the police object.
func TestThePoliceObjectBeforeTheAPIAnswers(t *testing.T) {
	api := abuseAPI(t)
	sqlite(t, api.knows, func(t *testing.T, h *house) {
		c := h.draft(t, nil)
		h.must(t, c.ID, Moving{Move: MoveAsk, Party: bighost()})
		objects := whole()
		objects.Police = Objects
		if _, err := h.Edit(t.Context(), ada, c.ID, 0, Plan{Checklist: objects}); err != nil {
			t.Fatal(err)
		}
		if d := h.later(t, 0); d.Posted != 0 || len(api.keys) != 0 {
			t.Errorf("posted %d", len(api.keys))
		}
		if _, err := h.Edit(t.Context(), ada, c.ID, 0, Plan{Checklist: whole()}); err != nil {
			t.Fatal(err)
		}
		if d := h.later(t, postHeld); d.Posted != 1 || len(api.keys) != 1 {
			t.Errorf("posted %d", len(api.keys))
		}
	})
}

// Who made a thing for its purpose is not warned, unless a person says why.
func TestOwnersOfWhatIsMalicious(t *testing.T) {
	owner := func() *Party {
		return &Party{Party: incident.Party{Name: "Shop", Email: "owner@shop.example"}, Role: Owner}
	}
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.draft(t, nil)
		if _, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveAsk, Party: owner()}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "owner") {
			t.Errorf("got %v", err)
		}
		c = h.must(t, c.ID, Moving{Move: MoveAsk, Party: owner(), Reason: "a stolen account, they told us"})
		if c.History[0].Reason != "a stolen account, they told us" {
			t.Errorf("%+v", c.History)
		}
		h.later(t, 72*time.Hour)
		if c = h.see(t, c.ID); c.State != Chased {
			t.Errorf("the reason does not hold for the chase: %+v", c)
		}
		victim := whole()
		victim.Origin = Compromised
		later := h.draft(t, func(p *Plan) { p.Checklist = victim })
		h.must(t, later.ID, Moving{Move: MoveAsk, Party: owner()})
		if _, err := h.Edit(t.Context(), ada, later.ID, 0, Plan{Checklist: whole()}); err != nil { // it turns out
			t.Fatal(err)
		}
		h.later(t, 72*time.Hour)
		if later = h.see(t, later.ID); later.State != Asked || !later.Stuck {
			t.Errorf("%+v", later)
		}
		next := h.asked(t, func(p *Plan) { p.Ladder = &[]Party{*owner()} })
		for range 3 {
			h.later(t, 72*time.Hour)
		}
		if next = h.see(t, next.ID); next.State != Chased || !next.Stuck || next.Party.Role != Hoster {
			t.Errorf("the ladder leads to the owner: %+v", next)
		}
	})
}

// A block is in force until somebody confirms that it is off.
func TestLifting(t *testing.T) {
	block := func(p *Plan) { p.Kind = ptr(Block) }
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, block)
		h.must(t, c.ID, Moving{Move: MoveVerify, Reason: "in force"})
		c = h.must(t, c.ID, Moving{Move: MoveLift, Reason: "mended"})
		if c.State != Lifting || !c.Standing() || c.Due.IsZero() || !strings.Contains(c.Messages[1].Text, "please lift the block") || c.Messages[1].XARF != "" {
			t.Fatalf("%+v", c)
		}
		if got := h.refs(t, ada, Filter{Waiting: true}); !slices.Equal(got, []string{c.Ref}) {
			t.Errorf("waiting: %v", got)
		}
		for range 4 { // two reminders, then a person
			h.later(t, 72*time.Hour)
		}
		if c = h.see(t, c.ID); c.State != Lifting || !c.Stuck || len(c.Messages) != 4 || !strings.Contains(c.Messages[3].Text, "if it is still in force") || c.Turns[0].Chases != 2 {
			t.Fatalf("%+v", c)
		}
		c = h.must(t, c.ID, Moving{Move: MoveKeep, Reason: "not mended"})
		if c.State != Gone || !c.Due.IsZero() || !strings.Contains(c.Messages[4].Text, "please keep the block") {
			t.Fatalf("%+v", c)
		}
		h.must(t, c.ID, Moving{Move: MoveLift, Reason: "mended now", Silent: true})
		h.later(t, 73*time.Hour) // nothing was written: a person finds out
		if c = h.see(t, c.ID); !c.Stuck || len(c.Messages) != 5 {
			t.Errorf("%+v", c)
		}
		if _, err := h.Move(t.Context(), ada, c.ID, Moving{Move: MoveConfirm}); !problem.Is(err, problem.Invalid) {
			t.Errorf("confirmed without a reason: %v", err)
		}
		c = h.must(t, c.ID, Moving{Move: MoveConfirm, Reason: "looked"})
		if c.State != Lifted || c.Stuck || len(c.Messages) != 5 || !c.Due.IsZero() || c.Standing() {
			t.Errorf("%+v", c)
		}
	})
}

// Closing an incident asks about a block that is being lifted, and leaves it to the queue: it is in force until somebody confirms.
func TestClosingLeavesWhatIsBeingLifted(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		block := h.asked(t, func(p *Plan) { p.Kind = ptr(Block) })
		h.must(t, block.ID, Moving{Move: MoveVerify, Reason: "in force"})
		if _, err := h.o.Incidents.MoveIncident(t.Context(), ada, h.about, incident.Resolve, "done"); !problem.Is(err, problem.Conflict) {
			t.Errorf("closed silently: %v", err)
		}
		if _, err := h.o.Incidents.MoveIncidentWith(t.Context(), ada, h.about, incident.Resolve, "done", incident.Agreed{Lift: true}); err != nil {
			t.Fatal(err)
		}
		if d := h.later(t, 1000*time.Hour); d.Due != 0 {
			t.Errorf("%+v", d)
		}
		if block = h.see(t, block.ID); block.State != Lifting || !block.Stuck || h.stage(t) != "resolved" {
			t.Fatalf("%s, %+v", h.stage(t), block)
		}
		if n := h.count(t, `SELECT count(*) FROM task WHERE object = $1`, block.ID); n != 1 {
			t.Errorf("%d tasks", n)
		}
		if block = h.must(t, block.ID, Moving{Move: MoveConfirm, Reason: "they called"}); block.State != Lifted || h.stage(t) != "resolved" {
			t.Errorf("%s, %+v", h.stage(t), block)
		}
	})
}

// No sequence of moves leaves a take-down open, or a block in force, beneath a closed incident, save a block that waits to be confirmed as lifted.
func TestNothingIsOpenBeneathWhatIsClosed(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		names := []string{h.asked(t, nil).ID, h.draft(t, func(p *Plan) { p.Kind = ptr(Block) }).ID}
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			if round++; round > 5 {
				return // each round is many transactions
			}
			for range 30 {
				h.clock.Advance(time.Hour)
				h.random(t, rt, names)
				n := h.count(t, `SELECT count(*) FROM countermeasure c JOIN incident k ON k.id = c.incident JOIN incident i ON i.id = k.root WHERE i.state <> 'open'
					AND (c.state IN ('draft', 'asked', 'chased', 'escalated', 'relapsed', 'refused') OR c.kind = 'block' AND c.state = 'gone')`)
				if n != 0 {
					rt.Fatalf("%d are open beneath what is closed", n)
				}
			}
		})
	})
}

// random does something; what is refused is refused with a reason.
func (h *house) random(t *testing.T, rt *rapid.T, names []string) {
	var err error
	switch rapid.IntRange(0, 4).Draw(rt, "what") {
	case 0:
		move := rapid.SampledFrom([]incident.MoveName{incident.Resolve, incident.Abandon, incident.Reopen}).Draw(rt, "of the incident")
		_, err = h.o.Incidents.MoveIncidentWith(t.Context(), ada, h.about, move, "x", incident.Agreed{Lift: rapid.Bool().Draw(rt, "with")})
	case 1:
		_, err = h.Note(t.Context(), ada, rapid.SampledFrom(names).Draw(rt, "seen"), rapid.SampledFrom([]Outcome{Clean, Present}).Draw(rt, "outcome"), "x")
	case 2:
		h.later(t, 80*time.Hour)
	default:
		m := Moving{Move: rapid.SampledFrom(Moves()).Draw(rt, "move").Name, Reason: "x", Silent: rapid.Bool().Draw(rt, "silent")}
		if m.Move == MoveAsk || m.Move == MoveEscalate {
			m.Party = hoster()
		}
		_, err = h.Move(t.Context(), ada, rapid.SampledFrom(names).Draw(rt, "countermeasure"), m)
	}
	if err != nil && !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Invalid) {
		rt.Fatal(err)
	}
}
