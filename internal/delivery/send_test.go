package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// What one attempt's result leads to: the state, the task, the contact's health, whether others hear of it.
func TestOutcomes(t *testing.T) {
	contact, id := "c-soc@a.example", "ID"
	tests := []struct {
		name   string
		result Result
		change func(*Options)
		state  State
		next   time.Duration // after now
		tasks  []string
		health string
		lost   bool
		tally  Tally
	}{
		{"accepted", Result{Outcome: Accepted, Code: 250}, nil, Delivered, 0, nil, "unknown", false, Tally{Sent: 1}},
		{"deferred", Result{Outcome: Deferred, Code: 451, Status: "4.7.1", Detail: "greylisted"}, nil, Queued, time.Minute, nil, "unknown", false, Tally{Deferred: 1, Waiting: 1}},
		{"deferred, with a wish", Result{Outcome: Deferred, RetryAfter: 7 * time.Minute}, nil, Queued, 7 * time.Minute, nil, "unknown", false, Tally{Deferred: 1, Waiting: 1}},
		{"deferred, with a silly wish", Result{Outcome: Deferred, RetryAfter: 1e6 * time.Hour}, nil, Queued, 24 * time.Hour, nil, "unknown", false, Tally{Deferred: 1, Waiting: 1}},
		{"no such user", Result{Outcome: Refused, Code: 550, Status: "5.1.1", Recipient: true}, nil, Rejected, 0, []string{"refused " + contact + " x1"}, "bad", true, Tally{Failed: 1}},
		{"refused for policy", Result{Outcome: Refused, Code: 554, Status: "5.7.1"}, nil, Rejected, 0, []string{"refused-content mail:a.example x1"}, "unknown", true, Tally{Failed: 1}},
		{"in doubt", Result{Outcome: Doubtful, Detail: "connection lost"}, nil, InDoubt, time.Minute, nil, "unknown", false, Tally{Doubtful: 1, Waiting: 1}},
		{"in doubt, to be held", Result{Outcome: Doubtful}, func(o *Options) { o.Doubt = Hold }, Held, 0, []string{"in-doubt " + id + " x1"}, "unknown", false, Tally{Held: 1}},
		{"no outcome is doubt", Result{}, nil, InDoubt, time.Minute, nil, "unknown", false, Tally{Doubtful: 1, Waiting: 1}},
		{"down", Result{Outcome: Down, Detail: "no route"}, nil, Queued, 0, nil, "unknown", false, Tally{Waiting: 1, Down: "mail: no route"}},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register(contact)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := newHouse(t, db)
				wiped(t, db)
				if tt.change != nil {
					h.s = h.service(tt.change)
				}
				name := h.put("soc@a.example")
				h.mail.answer = answers(tt.result)
				got := h.drain()
				got.Next = time.Time{}
				if got != tt.tally {
					t.Errorf("tally %+v, want %+v", got, tt.tally)
				}
				d := h.is(name, tt.state)
				if !tt.state.Final() && !d.Next.Equal(start.Add(tt.next)) {
					t.Errorf("due %v, want %v later", d.Next, tt.next)
				}
				want := strings.ReplaceAll(strings.Join(tt.tasks, ","), " "+id+" ", " "+name+" ")
				if tasks := strings.Join(h.tasks(), ","); tasks != want {
					t.Errorf("tasks %q, want %q", tasks, want)
				}
				if health := h.texts(`SELECT health FROM contact`); health[0] != tt.health {
					t.Errorf("the contact is %s, want %s", health, tt.health)
				}
				if posted := h.posted(); (len(posted) == 1 && posted[0] == name) != tt.lost {
					t.Errorf("others hear of %q, lost: %v", posted, tt.lost)
				}
				if failed := h.texts(`SELECT object FROM audit_payload WHERE operation = 'delivery.fail'`); (len(failed) == 1) != (len(tt.tasks) == 1) {
					t.Errorf("audited: %q", failed)
				}
			})
		}
	})
}

// wiped empties what a test before left, but for the register.
func wiped(t testing.TB, db *sqldb.DB) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, table := range []string{
			"delivery", "delivery_body", "delivery_feed", "delivery_attempt", "delivery_down", "stop_order", "task", "outbox", "lease", "audit_payload", "audit_entry",
		} {
			if _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE contact SET health = 'unknown'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBackOffUntilGivenUp(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, func(o *Options) { o.GiveUp = map[string]time.Duration{"mail": 11 * time.Hour} })
		name := h.put("soc@a.example")
		h.mail.answer = func(context.Context, Item) Result {
			return Result{Outcome: Deferred, Code: 451, Status: "4.2.0", Detail: "later"}
		}
		want := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour, 4 * time.Hour}
		for i, wait := range want {
			h.drain()
			h.drain() // nothing is due
			if i == len(want)-1 {
				break
			}
			d := h.is(name, Queued)
			if got := d.Next.Sub(h.clock.Now()); got != wait || d.Attempts != i+1 {
				t.Fatalf("attempt %d: waits %v, want %v", d.Attempts, got, wait)
			}
			h.clock.Set(d.Next.Add(-time.Second))
			h.drain()
			h.clock.Advance(time.Second)
		}
		if d := h.is(name, Rejected); d.Attempts != 9 || d.Status != "4.2.0" {
			t.Errorf("given up after %d attempts: %+v", d.Attempts, d)
		}
		if tasks := h.tasks(); !slices.Equal(tasks, []string{"given-up c-soc@a.example x1"}) || len(h.posted()) != 1 {
			t.Errorf("tasks %q, others hear of %q", tasks, h.posted())
		}
		if _, history, _ := h.s.Get(t.Context(), tester, name); len(history) != 9 {
			t.Errorf("%d attempts are remembered", len(history))
		}
	})
}

// A channel that does not work costs no message an attempt, is shown to others, and is forgotten when it works again.
func TestDown(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		a, b := h.put("a@a.example"), h.put("b@b.example")
		h.mail.answer = answers(Result{Outcome: Down, Detail: "TLS was asked for and refused"})
		if got := h.drain(); got.Down != "mail: TLS was asked for and refused" || got.Waiting != 2 || len(h.mail.given) != 1 {
			t.Fatalf("tally %+v after %d attempts", got, len(h.mail.given))
		}
		for _, name := range []string{a, b} {
			if d := h.is(name, Queued); d.Attempts != 0 || !d.First.IsZero() {
				t.Errorf("an attempt was counted: %+v", d)
			}
		}
		if o, err := h.s.Count(t.Context(), tester); err != nil || !strings.Contains(o.Down, "TLS was asked for") || o.States[Queued] != 2 {
			t.Errorf("others see %+v, %v", o, err)
		}
		if got := h.drain(); got.Down != "" || got.Sent != 2 {
			t.Errorf("tally %+v when it works again", got)
		}
		if o, _ := h.s.Count(t.Context(), tester); o.Down != "" {
			t.Errorf("others still see %q", o.Down)
		}
	})
}

// Run survives a channel that is down and sends what comes meanwhile.
func TestRun(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	h.mail.answer = answers(Result{Outcome: Down, Detail: "refused"})
	first := h.put("a@a.example")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- h.s.Run(ctx, tester) }()
	eventually(t, func() bool {
		o, err := h.s.Count(ctx, tester)
		return err == nil && strings.Contains(o.Down, "refused")
	})
	h.clock.Advance(firstDown)
	eventually(t, func() bool { return h.get(first).State == Delivered })
	second := h.put("b@b.example")
	eventually(t, func() bool { return h.get(second).State == Delivered })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func eventually(t testing.TB, what func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !what(); {
		if time.Now().After(end) {
			t.Fatal("it did not happen")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A process that is told to end cuts the message off, and the message stays.
func TestEndWhileSending(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		name := h.put("a@a.example")
		ctx, cancel := context.WithCancel(t.Context())
		h.mail.answer = func(ctx context.Context, _ Item) Result {
			cancel()
			<-ctx.Done()
			return Result{Outcome: Deferred, Detail: ctx.Err().Error()}
		}
		if _, err := h.s.Drain(ctx, tester, nil); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if d := h.is(name, Queued); d.Attempts != 0 {
			t.Errorf("an attempt was counted: %+v", d)
		}
	})
}

// What waits for its hour does, and what is due goes in the order of its time.
func TestNotBefore(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		later := h.put("a@a.example", func(d *Draft) { d.NotBefore = start.Add(time.Hour) })
		if got := h.drain(); got.Sent != 0 || got.Waiting != 1 || !got.Next.Equal(start.Add(time.Hour)) {
			t.Errorf("tally %+v", got)
		}
		h.clock.Advance(time.Hour)
		h.drain()
		h.is(later, Delivered)
	})
}

// Every attempt sends the very bytes and ids that were enqueued, and bytes that cannot be read any more are told, not sent.
func TestBytesStay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		text := strings.Repeat("\x00\xff= \r\n.\r\nFrom x\n", 1000)
		name := h.put("a@a.example", func(d *Draft) { d.Text = text })
		h.mail.answer = answers(Result{Outcome: Deferred}, Result{Outcome: Doubtful}, Result{Outcome: Down})
		for range 4 {
			h.drain()
			h.clock.Advance(time.Hour)
		}
		h.is(name, Delivered)
		want := string(composed(h.draft("a@a.example", func(d *Draft) { d.ID, d.Text = name, text })).Bytes)
		for i, m := range h.mail.given {
			if string(m.Bytes) != want || m.MessageID != "<"+name+"@cert.example>" || m.ReturnPath != "bounce+"+name+"@cert.example" {
				t.Errorf("attempt %d sent other bytes or ids: %q", i, m.MessageID)
			}
		}
		if b, err := h.s.Bytes(t.Context(), tester, name); err != nil || string(b) != want {
			t.Errorf("%d bytes are kept, %v", len(b), err)
		}
		damaged := h.put("b@b.example")
		h.ok(db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE delivery_body SET bytes = $2 WHERE delivery = $1`, damaged, []byte("not zstd"))
			return err
		}))
		h.drain()
		if d := h.is(damaged, Rejected); !strings.Contains(d.Detail, "damaged") || h.mail.sent()[damaged] != 0 {
			t.Errorf("damaged bytes: %+v", d)
		}
	})
}

func TestDrainAsksWho(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx, nobody := t.Context(), identity.Actor{}
	for name, do := range map[string]func() error{
		"drain":   func() error { _, err := h.s.Drain(ctx, nobody, nil); return err },
		"run":     func() error { return h.s.Run(ctx, nobody) },
		"list":    func() error { _, err := h.s.List(ctx, nobody, Query{}); return err },
		"count":   func() error { _, err := h.s.Count(ctx, nobody); return err },
		"get":     func() error { _, _, err := h.s.Get(ctx, nobody, "x"); return err },
		"bytes":   func() error { _, err := h.s.Bytes(ctx, nobody, "x"); return err },
		"release": func() error { return h.s.Release(ctx, nobody, "x") },
		"cancel":  func() error { return h.s.Cancel(ctx, nobody, "x", "why") },
		"forget":  func() error { _, err := h.s.Forget(ctx, nobody, 0); return err },
		"stop":    func() error { return h.s.Stop(ctx, nobody, All, "why") },
		"resume":  func() error { return h.s.Resume(ctx, nobody, All) },
		"stops":   func() error { _, err := h.s.Stops(ctx, nobody); return err },
		"bounced": func() error { return h.s.Bounced(ctx, nobody, "x", Bounce{}) },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s by nobody: %v", name, err)
		}
	}
}

// BenchmarkDrain enqueues 10,000 messages in batches and drains them through a channel that does nothing.
func BenchmarkDrain(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			h := newHouse(b, sqldbtest.Open(b, engine))
			const messages, batch = 10_000, 500
			text := strings.Repeat("192.0.2.1,2026-11-22T09:00:00Z,open-telnet,23\r\n", 100)
			var put, drain time.Duration
			for range b.N {
				begun := time.Now()
				for from := 0; from < messages; from += batch {
					h.ok(h.db.Write(b.Context(), func(tx *sqldb.Tx) error {
						for i := range batch {
							d := h.draft(fmt.Sprintf("soc@org%d.example", from+i), feeds("shadowserver"), func(d *Draft) { d.Text = text })
							if err := registerIn(tx, d.To.ID); err != nil {
								return err
							}
							if err := h.s.enqueue(tx, "decision", composed(d)); err != nil {
								return err
							}
						}
						return nil
					}))
				}
				put += time.Since(begun)
				begun = time.Now()
				if got := h.drain(); got.Sent != messages {
					b.Fatalf("%+v", got)
				}
				drain += time.Since(begun)
			}
			b.ReportMetric(float64(b.N)*messages/put.Seconds(), "enqueued/s")
			b.ReportMetric(float64(b.N)*messages/drain.Seconds(), "sent/s")
		})
	}
}
