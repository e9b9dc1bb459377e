package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Who asks a server to send waits for its lanes, and hears what Drain would say.
func TestAwait(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.s.still = 2 * time.Minute
		for _, contact := range []string{"c-a@a.example", "c-b@b.example", "c-c@c.example"} {
			h.register(contact)
		}
		if got, err := h.s.Await(t.Context(), tester, nil); err != nil || got != (Tally{}) {
			t.Errorf("nothing to send: %+v %v", got, err)
		}
		h.mail.answer = func(_ context.Context, m Item) Result {
			if m.Address == "c@c.example" {
				return Result{Outcome: Refused, Code: 550}
			}
			return Result{Outcome: Accepted, Code: 250}
		}
		for _, address := range []string{"a@a.example", "b@b.example", "c@c.example"} {
			h.put(address)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- h.s.Run(ctx, identity.System("delivery")) }()
		steps := 0
		got, err := h.s.Await(t.Context(), tester, func(Tally) { steps++ })
		if err != nil || got.Sent != 2 || got.Failed != 1 || got.Waiting != 0 || steps == 0 {
			t.Errorf("%+v after %d steps, %v", got, steps, err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// What a stop order keeps is not waited for.
func TestAwaitDoesNotWaitForWhatIsStopped(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register("c-a@a.example")
		h.put("a@a.example")
		h.ok(h.s.Stop(t.Context(), tester, All, "wrong texts"))
		got, err := h.s.Await(t.Context(), tester, nil)
		if err != nil || got.Stopped != 1 || got.Sent != 0 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestAwaitIsForThoseWhoMaySend(t *testing.T) {
	if _, err := (&Service{}).Await(t.Context(), identity.Actor{}, nil); !problem.Is(err, problem.Forbidden) {
		t.Error(err)
	}
}
