package delivery

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestPace(t *testing.T) {
	p := newPace(3)
	for i := range 3 {
		if wait, _ := p.wait("a", start); wait != 0 {
			t.Fatalf("message %d waits %v", i, wait)
		}
		p.took("a", start.Add(time.Duration(i)*time.Second))
	}
	if wait, cold := p.wait("a", start.Add(10*time.Second)); wait != 50*time.Second || cold {
		t.Errorf("the fourth waits %v", wait)
	}
	if wait, _ := p.wait("b", start); wait != 0 {
		t.Errorf("another domain waits %v", wait)
	}
	if wait, _ := p.wait("a", start.Add(time.Minute)); wait != 0 {
		t.Errorf("a minute later it waits %v", wait)
	}
	p.forget(start.Add(61 * time.Second))
	if len(p.domains) != 1 {
		t.Error("forgotten too early")
	}
	p.forget(start.Add(63 * time.Second))
	if len(p.domains) != 0 {
		t.Error("the memory grows")
	}
}

func TestFailingHostsCoolDown(t *testing.T) {
	p := newPace(0)
	var waits []time.Duration
	for range 8 {
		p.ended("h", start, Result{Outcome: Deferred}, true)
		wait, cold := p.wait("h", start)
		if !cold {
			t.Fatal("it is not left alone")
		}
		waits = append(waits, wait)
	}
	if waits[0] != firstCooling || waits[1] != 2*firstCooling || waits[7] != longestCooling {
		t.Errorf("left alone for %v", waits)
	}
	p.ended("h", start, Result{Outcome: Accepted}, true)
	if wait, _ := p.wait("h", start); wait != 0 {
		t.Errorf("it works again and waits %v", wait)
	}
	p.ended("h", start, Result{Outcome: Deferred}, false)
	if wait, _ := p.wait("h", start); wait != 0 {
		t.Errorf("a relay's deferral concerns one message, and its domain waits %v", wait)
	}
	p.ended("h", start, Result{Outcome: Deferred, RetryAfter: 30 * time.Second}, false)
	if wait, _ := p.wait("h", start); wait != 30*time.Second {
		t.Errorf("it asked for 30 s and gets %v", wait)
	}
}

// A domain that has to wait keeps no other waiting, whatever came first; and one minute later it goes on.
func TestPaceIsFair(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, func(o *Options) { o.Pace = 5 })
		for range 12 {
			h.put("x@large.example")
		}
		for _, d := range []string{"a", "b", "c"} {
			h.put("x@" + d + ".example")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan Tally)
		go func() { tally, _ := h.s.Drain(ctx, tester, nil); done <- tally }()
		for minutes, want := range []int{8, 13, 15} {
			if minutes > 0 {
				h.clock.Advance(time.Minute)
			}
			eventually(t, func() bool { return len(h.mail.sent()) == want })
			time.Sleep(50 * time.Millisecond)
			if got := len(h.mail.sent()); got != want {
				t.Fatalf("after %d minutes %d were sent", minutes, got)
			}
		}
		if tally := <-done; tally.Sent != 15 {
			t.Errorf("%+v", tally)
		}
		first := map[string]bool{}
		for _, m := range h.mail.given[:4] {
			first[m.Domain] = true
		}
		if len(first) != 4 {
			t.Errorf("the first four went to %v", first)
		}
	})
}

// A host that fails is left alone, and a drain does not wait for it.
func TestDrainLeavesFailingHostAlone(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	h.mail.traits = Traits{Idempotent: true, PerHost: true}
	h.mail.answer = func(_ context.Context, m Item) Result {
		if m.Domain == "dead.example" {
			return Result{Outcome: Deferred, Detail: "timeout"}
		}
		return Result{Outcome: Accepted}
	}
	for range 3 {
		h.put("x@dead.example")
	}
	h.put("x@good.example")
	if got := h.drain(); got.Sent != 1 || got.Deferred != 1 || got.Waiting != 3 {
		t.Errorf("%+v", got)
	}
}

// A channel on this machine has no pace.
func TestLocalChannelHasNoPace(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), func(o *Options) { o.Pace = 1 })
	h.mail.traits = Traits{Local: true}
	for range 5 {
		h.put("x@a.example")
	}
	if got := h.drain(); got.Sent != 5 {
		t.Errorf("%+v", got)
	}
}

// The line gives each domain its turn, and outlives what is taken out of it.
func TestLine(t *testing.T) {
	l := &line{domains: []*waiting{{"a", []string{"a1", "a2", "a3"}}, {"b", []string{"b1"}}, {"c", []string{"c1", "c2"}}}}
	p := newPace(0)
	var order []string
	for {
		picks := l.picks(start, p)
		if len(picks) == 0 {
			break
		}
		order = append(order, picks[0].id)
		l.drop(picks[:1])
	}
	if got := strings.Join(order, " "); got != "a1 b1 c1 a2 c2 a3" {
		t.Errorf("order %s", got)
	}
}
