package delivery

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestScopeOf(t *testing.T) {
	tests := []struct {
		kind, name string
		want       Scope
	}{
		{"all", "", All},
		{"feed", "shadowserver", "feed:shadowserver"},
		{"channel", "mail", "channel:mail"},
		{"batch", "b1", "batch:b1"},
		{"all", "mail", ""},
		{"feed", "", ""},
		{"organisation", "x", ""},
		{"feed", strings.Repeat("x", 201), ""},
	}
	for _, tt := range tests {
		got, err := ScopeOf(tt.kind, tt.name)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s %s: %q, %v", tt.kind, tt.name, got, err)
		}
	}
	if w := Scope("feed:a:b").Words(); !slices.Equal(w, []string{"feed", "a:b"}) || Scope("feed:a").String() != "feed a" {
		t.Errorf("words %q", w)
	}
}

// An order stops what it covers and nothing else, in every process, until it is lifted.
func TestStopCovers(t *testing.T) {
	tests := []struct {
		scope Scope
		sent  []string
	}{
		{All, nil},
		{"channel:mail", nil},
		{"channel:webhook", []string{"a", "b", "c"}},
		{"feed:x", []string{"b", "c"}},
		{"feed:y", []string{"c"}},
		{"batch:1", []string{"c"}},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(string(tt.scope), func(t *testing.T) {
				wiped(t, db)
				h := newHouse(t, db)
				names := map[string]string{
					h.put("a@a.example", feeds("x", "y"), func(d *Draft) { d.Batch = "1" }): "a", h.put("b@b.example", feeds("y"), func(d *Draft) { d.Batch = "1" }): "b",
					h.put("c@c.example", func(d *Draft) { d.Batch = "2" }): "c",
				}
				h.ok(h.s.Stop(t.Context(), tester, tt.scope, "wrong texts"))
				tally := h.drain()
				var sent []string
				for name := range h.mail.sent() {
					sent = append(sent, names[name])
				}
				slices.Sort(sent)
				if !slices.Equal(sent, tt.sent) || tally.Stopped != int64(3-len(tt.sent)) || tally.Waiting != 0 {
					t.Errorf("sent %q, tally %+v", sent, tally)
				}
				orders, err := h.s.Stops(t.Context(), tester)
				if err != nil || len(orders) != 1 || orders[0].Waiting != tally.Stopped || orders[0].By != tester.String() || orders[0].Reason != "wrong texts" || !orders[0].At.Equal(start) {
					t.Errorf("orders %+v, %v", orders, err)
				}
				for name := range names {
					if d := h.get(name); d.State == Queued && d.Stopped != tt.scope {
						t.Errorf("it does not say what stops it: %+v", d)
					}
				}
				h.ok(h.s.Resume(t.Context(), tester, tt.scope))
				h.drain()
				if got := h.mail.sent(); len(got) != 3 {
					t.Errorf("after resume %d were sent", len(got))
				}
				if ops := h.texts(`SELECT operation FROM audit_payload WHERE object = $1 ORDER BY id`, string(tt.scope)); !slices.Contains(ops, "delivery.stop") || !slices.Contains(ops, "delivery.resume") {
					t.Errorf("audited: %q", ops)
				}
			})
		}
	})
}

// A stop from another process ends what is being sent, within a second, and costs no attempt.
func TestStopWhileSending(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		for range 3 {
			h.put("a@a.example", feeds("x"))
		}
		other := h.service(func(o *Options) { o.Channels = nil })
		begun, ended := make(chan bool, 1), make(chan bool, 1)
		h.mail.answer = func(ctx context.Context, _ Item) Result {
			begun <- true
			<-ctx.Done()
			ended <- true
			return Result{Outcome: Stopped}
		}
		done := make(chan Tally)
		go func() { tally, _ := h.s.Drain(t.Context(), tester, nil); done <- tally }()
		<-begun
		h.ok(other.Stop(t.Context(), tester, "feed:x", "now"))
		<-ended
		if quiet, err := other.Quiet(t.Context(), 2*time.Minute); err != nil || !quiet {
			t.Errorf("quiet: %v, %v", quiet, err)
		}
		if watchPause > time.Second {
			t.Errorf("it looks only every %v", watchPause)
		}
		if tally := <-done; tally.Stopped != 3 || len(h.mail.given) != 1 {
			t.Errorf("tally %+v, %d attempts", tally, len(h.mail.given))
		}
		list, err := h.s.List(t.Context(), tester, Query{State: Queued})
		h.ok(err)
		for _, d := range list.Items {
			if d.Attempts != 0 {
				t.Errorf("an attempt was counted: %+v", d)
			}
		}
		if len(list.Items) != 3 {
			t.Errorf("%d wait", len(list.Items))
		}
	})
}

func TestStopErrors(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		ctx := t.Context()
		if err := h.s.Stop(ctx, tester, All, " \r\n"); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := h.s.Resume(ctx, tester, All); !problem.Is(err, problem.NotFound) {
			t.Errorf("nothing to lift: %v", err)
		}
		h.ok(h.s.Stop(ctx, tester, All, "first"))
		h.ok(h.s.Stop(ctx, tester, All, "second"))
		if orders, err := h.s.Stops(ctx, tester); err != nil || len(orders) != 1 || orders[0].Reason != "first" {
			t.Errorf("%+v, %v", orders, err)
		}
		h.put("a@a.example")
		h.ok(db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE delivery SET state = 'sending'`)
			return err
		}))
		if quiet, err := h.s.Quiet(ctx, 60*time.Millisecond); err != nil || quiet {
			t.Errorf("what a dead process was sending: %v, %v", quiet, err)
		}
	})
}
