package notification

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

const hour = time.Hour

// each runs a test on both engines, in a house with a hospital that owns 192.0.2.1 and 192.0.2.2, and a shop that owns 192.0.2.3.
func each(t *testing.T, fn func(t *testing.T, h *house, hospital, shop string)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, plain)
		hospital := h.organisation("City Hospital", constituency.Constituent, "soc@hospital.example")
		shop := h.organisation("Shop", constituency.Constituent, "abuse@shop.example")
		h.owners["192.0.2.1"], h.owners["192.0.2.2"], h.owners["192.0.2.3"] = hospital, hospital, shop
		fn(t, h, hospital, shop)
	})
}

var (
	first  = sight{feed: "green", ip: "192.0.2.1", ago: hour}
	second = sight{feed: "green", ip: "192.0.2.2", ago: hour}
	third  = sight{feed: "green", ip: "192.0.2.3", ago: hour}
)

// Nothing goes before a person approved it; then all of it goes, once.
func TestApproveAndSend(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first, second, third)
		if r := h.send(); r.Messages != 0 || r.Waiting != 2 || len(h.queued()) != 0 {
			t.Fatalf("sent before anybody approved: %+v", r)
		}
		plan := h.plan()
		if len(plan) != 2 || plan[0].Approved || !slices.Equal(plan[0].Waits, []string{"class vulnerable-system", "feed green", "organisation City Hospital"}) {
			t.Fatalf("%+v", plan)
		}
		if list := h.approve(); len(list) != 4 || list[0].By != person.ID {
			t.Fatalf("%+v", list)
		}
		if list := h.approve(); len(list) != 0 {
			t.Fatalf("approved twice: %+v", list)
		}
		r := h.send()
		if r.Messages != 2 || r.Findings != 3 || r.Events != 3 || r.Waiting != 0 || len(r.Held) != 0 || len(h.queued()) != 2 {
			t.Fatalf("%+v", r)
		}
		for _, id := range h.queued() {
			if d := h.post.drafts[id]; d.Label != tlp.Green || d.Batch != r.ID || !slices.Equal(d.Feeds, []string{"green"}) || !strings.Contains(d.Text, "Green Feed") {
				t.Errorf("%+v", d)
			}
		}
		if r := h.send(); r.Messages != 0 || len(h.plan()) != 0 {
			t.Errorf("a second run: %+v", r)
		}
		if f := h.get(first); f.State != finding.Notified || !f.Told.Equal(noon) {
			t.Errorf("%+v", f)
		}
	})
}

func TestApprovalsAreNarrow(t *testing.T) {
	each(t, func(t *testing.T, h *house, hospital, _ string) {
		amber := first
		amber.feed = "amber"
		h.see(first, amber, third)
		list, err := h.Approve(ctx, person, ApproveOptions{Organisation: "city hospital", Feed: "GREEN"})
		h.must(err)
		var got []string
		for _, a := range list {
			got = append(got, a.Kind+" "+a.Value)
		}
		if !slices.Equal(got, []string{"class vulnerable-system", "feed green", "organisation " + hospital}) {
			t.Fatalf("%q", got)
		}
		// What only the other feed showed is left out, and said to be so.
		if p := h.plan(); !p[0].Goes() || !slices.Equal(p[0].Waits, []string{"feed amber"}) || p[0].Label != "TLP:GREEN" {
			t.Fatalf("%+v", p[0])
		}
		if r := h.send(); r.Messages != 1 || r.Events != 1 {
			t.Fatalf("%+v", r)
		}
		if list := h.approve(); len(list) != 1 || list[0].Value == "amber" { // the shop
			t.Errorf("%+v", list)
		}
	})
}

// What cannot go is not approved beforehand.
func TestNothingIsApprovedThatCannotGo(t *testing.T) {
	each(t, func(t *testing.T, h *house, hospital, _ string) {
		red := first
		red.feed = "red"
		h.see(red)
		h.owners["192.0.2.9"] = h.organisation("Nobody Home", constituency.Constituent)
		h.see(sight{feed: "green", ip: "192.0.2.9"})
		if list := h.approve(); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		p := h.plan()
		if len(p) != 2 || p[0].Held == "" || p[1].Held == "" || p[1].Channel != ChannelQueue || p[1].Advice == "" {
			t.Errorf("%+v", p)
		}
		if r := h.send(); r.Messages != 0 || len(r.Held) != 2 {
			t.Errorf("%+v", r)
		}
		if kinds := h.texts(`SELECT kind FROM task ORDER BY kind`); !slices.Equal(kinds, []string{taskNoContact, taskRefused}) {
			t.Errorf("%q", kinds)
		}
	})
}

// Of sources that a recipient may not see it reads nothing: no event, no time, no severity; events with a stricter label of their own are left
// out or raise the label.
func TestOnlyWhatMayBeShown(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		red, personal, strict := first, first, second
		red.feed, red.ago, red.severity = "red", 7*time.Minute, "critical"
		personal.tlp, strict.tlp = "red", "amber"
		old := first
		old.ago = 30 * hour
		h.see(old, red, personal, strict)
		h.approve()
		r := h.send()
		if r.Messages != 1 || r.Findings != 2 || r.Events != 2 {
			t.Fatalf("%+v", r)
		}
		d := h.post.drafts[h.queued()[0]]
		all := said(d)
		for _, hidden := range []string{"critical", "secret_report", "11:53:00"} {
			if strings.Contains(all, hidden) {
				t.Errorf("%q is in it:\n%s", hidden, all)
			}
		}
		for i, e := range h.events {
			in := h.intakes[e.Intake]
			shown := strings.Contains(all, e.Fields["extra.mark"])
			if may := in.Label != tlp.Red && e.Label != "red"; shown != may {
				t.Errorf("event %d of %s (%q): shown %v", i, in.Feed, e.Label, shown)
			}
		}
		if d.Label != tlp.Amber {
			t.Errorf("label %s", d.Label)
		}
	})
}

// Where all that is new is of others, nobody is told of anything, and the run says so.
func TestNothingNewToShow(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first)
		h.approve()
		h.send()
		h.clock.Advance(31 * 24 * hour)
		red := first
		red.feed = "red"
		h.see(red)
		if r := h.send(); r.Messages != 0 || len(r.Held) != 1 || !strings.Contains(r.Held[0].Held, "sources") {
			t.Errorf("%+v", r)
		}
		h.see(first)
		if r := h.send(); r.Messages != 1 || r.Events != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// A reminder shows what is new, in a thread that ends after thirty days of silence.
func TestReminder(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		bot := sight{feed: "green", ip: "192.0.2.1", class: "infected-system", ago: hour}
		h.see(bot)
		h.approve()
		h.send()
		one := h.post.drafts[h.queued()[0]]
		h.clock.Advance(6 * 24 * hour)
		h.see(bot)
		if r := h.send(); r.Messages != 0 {
			t.Fatalf("again after six days: %+v", r)
		}
		h.clock.Advance(24 * hour)
		h.see(bot)
		if r := h.send(); r.Messages != 1 || r.Events != 2 {
			t.Fatalf("%+v", r)
		}
		two := h.post.drafts[h.queued()[1]]
		if two.Ticket != one.Ticket || two.Thread.InReplyTo != "<"+one.ID+"@cert.example>" || strings.Contains(said(two), "mark-0.") {
			t.Errorf("%+v", two.Thread)
		}
		h.clock.Advance(31 * 24 * hour)
		h.see(bot)
		h.send()
		if three := h.post.drafts[h.queued()[2]]; three.Ticket == one.Ticket || three.Thread.InReplyTo != "" {
			t.Errorf("%+v", three)
		}
	})
}

func TestOldEventsCauseNoMessage(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		old := first
		old.ago = 8 * 24 * hour
		h.see(old)
		if p := h.plan(); len(p) != 0 {
			t.Errorf("%+v", p)
		}
	})
}

// Without its events at hand a finding is told by itself.
func TestWithoutEvents(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first)
		h.events = nil
		h.approve()
		if r := h.send(); r.Messages != 1 || r.Events != 1 || !strings.Contains(h.post.drafts[h.queued()[0]].Text, "192.0.2.1") {
			t.Errorf("%+v", r)
		}
	})
}

// A network that has another owner now is the new one's to know; what the old one's events say stays out.
func TestNewOwner(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, shop string) {
		h.see(first)
		h.approve()
		h.owners["192.0.2.1"] = shop
		if r := h.send(); r.Messages != 0 || r.Moved != 1 || r.Waiting != 1 {
			t.Fatalf("%+v", r)
		}
		h.approve()
		if r := h.send(); r.Messages != 1 {
			t.Fatalf("%+v", r)
		}
		if d := h.post.drafts[h.queued()[0]]; d.ToName != "Shop" || strings.Contains(said(d), "mark-0.") {
			t.Errorf("%s", said(d))
		}
	})
}

func TestGrant(t *testing.T) {
	each(t, func(t *testing.T, h *house, hospital, shop string) {
		h.see(first)
		g, err := h.Release.Grant(ctx, person, release.Grant{About: hospital, To: shop, Reason: "they look after it"})
		h.must(err)
		h.approve()
		h.asked = func() { h.must(h.Release.Revoke(ctx, person, g.ID, "a mistake")) } // between plan and commit
		if r := h.send(); r.Messages != 0 || len(h.queued()) != 0 {
			t.Fatalf("sent by a grant that was revoked: %+v", r)
		}
		h.asked = nil
		if r := h.send(); r.Messages != 1 || h.post.drafts[h.queued()[0]].ToName != "City Hospital" {
			t.Errorf("%+v", r)
		}
	})
}

// Two contacts of one organisation, and the owner of a grant, are each told of the same.
func TestTwoRecipients(t *testing.T) {
	each(t, func(t *testing.T, h *house, hospital, shop string) {
		_, err := h.Register.AddContact(ctx, system, constituency.Contact{Organisation: hospital, Address: "https://hospital.example/hook", Purpose: constituency.Abuse})
		h.must(err)
		_, err = h.Release.Grant(ctx, person, release.Grant{About: hospital, To: shop, Reason: "they look after it"})
		h.must(err)
		h.see(first)
		h.approve()
		r := h.send()
		var to []string
		for _, id := range h.queued() {
			to = append(to, h.post.drafts[id].To.Address)
		}
		slices.Sort(to)
		if !slices.Equal(to, []string{"abuse@shop.example", "soc@hospital.example"}) {
			t.Errorf("%q, %+v", to, r)
		}
	})
}

// A finding that is muted between plan and commit leaves its organisation out; the others go.
func TestMutedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first, second, third)
		h.approve()
		h.asked = func() {
			h.asked = nil
			h.move(finding.Muted, first)
		}
		if r := h.send(); r.Messages != 1 || r.Findings != 1 {
			t.Fatalf("%+v", r)
		}
		r := h.send()
		if r.Messages != 1 || r.Findings != 1 || len(h.queued()) != 2 {
			t.Fatalf("%+v", r)
		}
		for _, id := range h.queued() {
			if strings.Contains(said(h.post.drafts[id]), "192.0.2.1") {
				t.Error("the muted one is told")
			}
		}
	})
}

// A finding that is muted while its message waits keeps the message from being sent; what else it tells goes again at once.
func TestMutedInTheOutbox(t *testing.T) {
	for _, to := range []finding.State{finding.Muted, finding.Fixed} {
		t.Run(string(to), func(t *testing.T) {
			each(t, func(t *testing.T, h *house, _, _ string) {
				h.see(first, second, third)
				h.approve()
				h.send()
				h.move(to, first)
				if n := len(h.queued()); n != 1 {
					t.Fatalf("%d messages wait", n)
				}
				if r := h.send(); r.Messages != 1 || r.Findings != 1 || len(h.queued()) != 2 {
					t.Fatalf("%+v", r)
				}
				for _, id := range h.queued() {
					if strings.Contains(said(h.post.drafts[id]), "192.0.2.1 ") {
						t.Error("it is told")
					}
				}
				h.drain()
				h.move(to, second) // has been sent
			})
		})
	}
}

// One message that cannot be made stops no other, and the team is told.
func TestBrokenContact(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first, third)
		h.approve()
		h.post.broken = "soc@hospital.example"
		r := h.send()
		if r.Messages != 1 || len(r.Held) != 1 || !strings.Contains(r.Held[0].Held, "cannot be read") {
			t.Fatalf("%+v", r)
		}
		if kinds := h.texts(`SELECT kind FROM task`); !slices.Equal(kinds, []string{taskCannotMake}) {
			t.Errorf("%q", kinds)
		}
		h.post.broken = ""
		if r := h.send(); r.Messages != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// Who loses the lease commits nothing any more; who is interrupted stops; the next run does what is left.
func TestInterrupted(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first, third)
		h.approve()
		h.asked = func() {
			_, err := h.leases.Seize(ctx, leaseName, "another", leaseTime)
			h.must(err)
		}
		if _, err := h.Send(ctx, system, nil); !problem.Is(err, problem.Conflict) || len(h.queued()) != 0 {
			t.Fatalf("%v", err)
		}
		stop, cancel := context.WithCancel(ctx)
		h.asked = cancel
		if _, err := h.Send(stop, system, nil); err == nil || len(h.queued()) != 0 {
			t.Fatalf("%v", err)
		}
		h.asked = nil
		if r := h.send(); r.Messages != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// Two runs of one process take turns: neither takes the other's lease.
func TestRunsTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.see(first, third)
		h.approve()
		second := make(chan error, 1)
		h.asked = func() {
			h.asked = nil
			go func() {
				_, err := h.Send(ctx, system, nil)
				second <- err
			}()
			time.Sleep(100 * time.Millisecond)
		}
		if r := h.send(); r.Messages != 2 {
			t.Errorf("%+v", r)
		}
		h.must(<-second)
	})
}

func TestOneRunAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		h.Alone = false
		_, err := h.leases.Acquire(ctx, leaseName, "another", leaseTime)
		h.must(err)
		if _, err := h.Send(ctx, system, nil); !problem.Is(err, problem.Conflict) {
			t.Error(err)
		}
	})
}

// A message that comes back makes what it told due again, at once and with its events, for whoever can be told then.
func TestBounce(t *testing.T) {
	each(t, func(t *testing.T, h *house, hospital, _ string) {
		h.see(first)
		h.approve()
		h.send()
		h.drain()
		h.must(h.Delivery.Bounced(ctx, system, h.texts(`SELECT id FROM delivery`)[0], delivery.Bounce{Permanent: true, Status: "5.1.1"}))
		h.react()
		if r := h.send(); r.Messages != 0 || len(r.Held) != 1 || r.Held[0].Channel != ChannelQueue {
			t.Fatalf("%+v", r)
		}
		_, err := h.Register.AddContact(ctx, system, constituency.Contact{Organisation: hospital, Address: "new@hospital.example", Purpose: constituency.Abuse})
		h.must(err)
		if r := h.send(); r.Messages != 1 || r.Events != 1 || !strings.Contains(said(h.post.drafts[h.queued()[0]]), "mark-0.") {
			t.Errorf("%+v", r)
		}
	})
}

func TestNobodyMayDoAnything(t *testing.T) {
	each(t, func(t *testing.T, h *house, _, _ string) {
		var nobody identity.Actor
		_, plan := h.Plan(ctx, nobody, PlanOptions{})
		_, approve := h.Approve(ctx, nobody, ApproveOptions{})
		_, send := h.Send(ctx, nobody, nil)
		_, recall := h.Recall(ctx, nobody)
		for what, err := range map[string]error{"plan": plan, "approve": approve, "send": send, "recall": recall} {
			if !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
