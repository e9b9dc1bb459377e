package lease_test

import (
	"context"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// A lease that is kept outlives its time; one that somebody seizes ends the work that it protected, and says why.
func TestKeep(t *testing.T) {
	each(t, func(f fixture) {
		const short = 30 * time.Millisecond
		token := f.acquire("one")
		held, giveBack := f.Keep(context.Background(), token, short)
		f.clock.Advance(2 * ttl) // its time is over, but it is renewed
		deadline := time.After(2 * time.Minute)
		for {
			list, err := f.Held(context.Background())
			if err != nil {
				f.t.Fatal(err)
			}
			if len(list) == 1 {
				break
			}
			select {
			case <-deadline:
				f.t.Fatal("it was not renewed")
			case <-time.After(time.Millisecond):
			}
		}
		if held.Err() != nil {
			f.t.Fatal("the work was ended though the lease was kept")
		}
		if _, err := f.Seize(context.Background(), "sweep", "two", ttl); err != nil {
			f.t.Fatal(err)
		}
		select {
		case <-held.Done():
		case <-time.After(2 * time.Minute):
			f.t.Fatal("the work goes on without the lease")
		}
		if problem.KindOf(context.Cause(held)) != problem.Conflict {
			f.t.Fatalf("ended by %v", context.Cause(held))
		}
		if err := giveBack(); err != nil {
			f.t.Fatalf("giving back what is lost: %v", err)
		}
	})
}

func TestKeepGivesBack(t *testing.T) {
	each(t, func(f fixture) {
		ctx, cancel := context.WithCancel(context.Background())
		held, giveBack := f.Keep(ctx, f.acquire("one"), ttl)
		cancel()
		<-held.Done()
		if err := giveBack(); err != nil {
			f.t.Fatal(err)
		}
		f.acquire("two")
	})
}
