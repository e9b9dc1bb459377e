package delivery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// kill leaves a message as a process does that dies while it sends it: claimed, and given to the channel or not.
func (h *house) kill(id string) {
	h.t.Helper()
	h.ok(h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		_, ok, err := claim(tx, h.clock.Now(), "a dead process", id)
		if err == nil && !ok {
			h.t.Fatalf("message %s could not be claimed", id)
		}
		return err
	}))
}

// What a dead process was sending is repeated once, held, or simply repeated.
func TestKilledWhileSending(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options, *fake)
		state  State
		doubts int
		sent   int
		task   bool
	}{
		{"repeated", func(*Options, *fake) {}, Delivered, 1, 1, false},
		{"held", func(o *Options, _ *fake) { o.Doubt = Hold }, Held, 1, 0, true},
		{"a channel that knows repeats", func(o *Options, f *fake) { o.Doubt, f.traits = Hold, Traits{Idempotent: true} }, Delivered, 0, 1, false},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				wiped(t, db)
				h := newHouse(t, db)
				h.s = h.service(func(o *Options) { tt.change(o, h.mail) })
				name := h.put("a@a.example")
				h.kill(name)
				h.drain()
				if d := h.is(name, tt.state); d.Doubts != tt.doubts || h.mail.sent()[name] != tt.sent {
					t.Errorf("%d doubts, sent %d times", d.Doubts, h.mail.sent()[name])
				}
				if got := h.tasks(); (len(got) == 1) != tt.task {
					t.Errorf("tasks %q", got)
				}
				if !tt.task {
					return
				}
				h.ok(h.s.Release(t.Context(), tester, name))
				h.drain()
				h.is(name, Delivered)
			})
		}
	})
}

// A lane that lost its lease, because it stood still too long, settles nothing: another decides.
func TestLaneThatLostItsLease(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		name := h.put("a@a.example")
		h.mail.answer = func(ctx context.Context, _ Item) Result {
			_, err := lease.New(db, h.clock).Seize(t.Context(), "delivery:mail", "another", time.Minute)
			if err != nil {
				t.Error(err)
			}
			return Result{Outcome: Accepted}
		}
		if _, err := h.s.Drain(t.Context(), tester, nil); !problem.Is(err, problem.Conflict) {
			t.Fatalf("got %v", err)
		}
		h.is(name, Sending)
		h.mail.answer = nil
		h.drain()
		if d := h.is(name, Delivered); d.Doubts != 1 {
			t.Errorf("%+v", d)
		}
	})
}

// A claim whose commit was not heard of goes back without an attempt.
func TestGiveBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		name := h.put("a@a.example")
		h.kill(name)
		l := &lane{s: h.s, name: "mail"}
		for _, unsure := range []bool{false, true} {
			l.unsure = unsure
			h.ok(db.Write(t.Context(), l.giveBack))
		}
		if d := h.is(name, Queued); d.Attempts != 0 || d.Doubts != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// Many processes on one database send each message once.
func TestManyProcesses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		const messages = 60
		for i := range messages {
			h.put(fmt.Sprintf("soc@org%d.example", i))
		}
		var running sync.WaitGroup
		tallies := make([]Tally, 4)
		for i := range tallies {
			running.Go(func() {
				s := h.service(func(o *Options) { o.Alone, o.Lease = false, 5*time.Second })
				var err error
				if tallies[i], err = s.Drain(t.Context(), tester, nil); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		total := int64(0)
		for _, tally := range tallies {
			total += tally.Sent
		}
		sent := h.mail.sent()
		if total != messages || len(sent) != messages || slices.Max(slices.Collect(maps.Values(sent))) != 1 {
			t.Errorf("%d counted as sent, %d messages given to the channel %v", total, len(sent), sent)
		}
	})
}

// A drain waits for the lease of another that sends, for a while, and then says who does.
func TestAnotherSends(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), func(o *Options) { o.Alone, o.Lease = false, 100*time.Millisecond })
	h.put("a@a.example")
	if _, err := lease.New(h.db, h.clock).Acquire(t.Context(), "delivery:mail", "node7/1", time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := h.drain(); got.Sent != 0 || got.Waiting != 1 || got.Down == "" {
		t.Errorf("%+v", got)
	}
}

// Whatever outcomes and kills come in whatever order: no message is lost, none is invented, the bytes and ids never change, and each is on the
// wire at most once for each kill, doubt or deferral, and once for its end.
func TestNothingIsLost(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			wiped(t, db)
			h := newHouse(t, db)
			w := &world{h: h, rt: rt, put: map[string]string{}, extra: map[string]int{}}
			h.mail.answer = w.answer
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				w.step()
			}
			w.finish()
		})
	})
}

// world is what the property test knows.
type world struct {
	h     *house
	rt    *rapid.T
	put   map[string]string // id -> bytes
	extra map[string]int    // attempts that may be followed by another
	ended bool
}

func (w *world) answer(_ context.Context, m Item) Result {
	if w.put[m.ID] != string(m.Bytes) || m.MessageID != "<"+m.ID+"@cert.example>" {
		w.rt.Errorf("message %q was invented or changed", m.ID)
	}
	if w.ended {
		return Result{Outcome: Accepted}
	}
	o := Outcome(rapid.IntRange(0, int(Stopped)).Draw(w.rt, "outcome"))
	if o != Accepted && o != Refused {
		w.extra[m.ID]++
	}
	return Result{Outcome: o, Recipient: o == Refused}
}

func (w *world) step() {
	h := w.h
	switch rapid.SampledFrom([]string{"put", "put", "drain", "drain", "kill", "time", "stop", "resume"}).Draw(w.rt, "step") {
	case "put":
		d := h.draft(fmt.Sprintf("soc%d@", len(w.put)) + rapid.SampledFrom([]string{"a", "b"}).Draw(w.rt, "domain") + ".example")
		h.store(d)
		w.put[d.ID] = string(composed(d).Bytes)
	case "drain":
		h.drain()
	case "kill":
		for _, name := range slices.Sorted(maps.Keys(w.put)) {
			if s := h.get(name).State; s == Queued || s == InDoubt {
				h.ok(h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error { _, _, err := claim(tx, h.clock.Now(), "dead", name); return err }))
				w.extra[name]++
				return
			}
		}
	case "time":
		h.clock.Advance(time.Duration(rapid.Int64Range(0, int64(6*time.Hour)).Draw(w.rt, "time")))
	case "stop":
		h.ok(h.s.Stop(h.t.Context(), tester, All, "test"))
	case "resume":
		_ = h.s.Resume(h.t.Context(), tester, All)
	}
}

// finish lets everything go, and counts.
func (w *world) finish() {
	h := w.h
	w.ended = true
	_ = h.s.Resume(h.t.Context(), tester, All)
	for range 3 {
		h.clock.Advance(25 * time.Hour)
		h.drain()
	}
	list, err := h.s.List(h.t.Context(), tester, Query{})
	h.ok(err)
	if len(list.Items) != len(w.put) {
		w.rt.Fatalf("%d messages, %d were put", len(list.Items), len(w.put))
	}
	sent := h.mail.sent()
	for _, d := range list.Items {
		if !d.State.Final() && d.State != Held {
			w.rt.Errorf("%s is %s in the end", d.ID, d.State)
		}
		if d.State == Delivered && sent[d.ID] == 0 {
			w.rt.Errorf("%s was never sent", d.ID)
		}
		if n := sent[d.ID]; n > w.extra[d.ID]+1 {
			w.rt.Errorf("%s was sent %d times, with %d reasons to repeat", d.ID, n, w.extra[d.ID])
		}
	}
}
