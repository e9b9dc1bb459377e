package desk

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var partNow = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// TestKeeperAsksOnce: many readers cost one question.
func TestKeeperAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		k := &keeper[int64]{rest: time.Hour, ask: func(context.Context) (int64, error) { return asked.Add(1), nil }}
		s := newStill()
		defer s.stop()
		var readers sync.WaitGroup
		for range 50 {
			readers.Go(func() {
				if p := k.get(s, partNow, time.Second); p.Value != 1 || p.Pending || !p.At.Equal(partNow) {
					t.Errorf("got %+v", p)
				}
			})
		}
		readers.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// TestKeeperPatience: a slow question keeps no page waiting, and its answer is there later.
func TestKeeperPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		k := &keeper[string]{ask: func(context.Context) (string, error) { <-let; return "done", nil }}
		s := newStill()
		defer s.stop()
		if p := k.get(s, partNow, time.Millisecond); !p.Pending {
			t.Fatalf("got %+v", p)
		}
		close(let)
		if p := k.get(s, partNow, 5*time.Second); p.Value != "done" || p.Pending {
			t.Errorf("got %+v", p)
		}
	})
}

// TestKeeperFailure: a failure keeps the old answer and says so; the next success clears it.
func TestKeeperFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err error
		k := &keeper[int]{ask: func(context.Context) (int, error) { return 7, err }}
		s := newStill()
		defer s.stop()
		old := func() { // an answer is fresh for as long as its cost asks for, however little that is
			k.mu.Lock()
			defer k.mu.Unlock()
			k.asked = time.Time{}
		}
		k.get(s, partNow, time.Second)
		old()
		err = errors.New("broken")
		if p := k.get(s, partNow, time.Second); p.Value != 7 || p.Err == nil {
			t.Errorf("got %+v", p)
		}
		old()
		err = nil
		if p := k.get(s, partNow, time.Second); p.Value != 7 || p.Err != nil {
			t.Errorf("got %+v", p)
		}
	})
}

// TestKeeperCost: an expensive question is asked less often than a cheap one.
func TestKeeperCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		k := &keeper[int64]{ask: func(context.Context) (int64, error) { time.Sleep(20 * time.Millisecond); return asked.Add(1), nil }}
		s := newStill()
		defer s.stop()
		k.get(s, partNow, time.Second)
		if p := k.get(s, partNow, time.Second); p.Value != 1 {
			t.Errorf("asked again at once: %+v", p)
		}
	})
}

// TestStill: what is stopped asks nothing, and gives what it knows.
func TestStill(t *testing.T) {
	s := newStill()
	ended := make(chan struct{})
	k := &keeper[int]{ask: func(ctx context.Context) (int, error) { <-ctx.Done(); close(ended); return 0, ctx.Err() }}
	k.get(s, partNow, 0)
	s.stop()
	<-ended
	fresh := &keeper[int]{ask: func(context.Context) (int, error) { return 1, nil }}
	if p := fresh.get(s, partNow, time.Second); !p.Pending {
		t.Errorf("got %+v", p)
	}
}
