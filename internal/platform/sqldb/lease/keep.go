package lease

import (
	"context"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Keep renews a lease in the background until it is given back. The context that it gives ends when the lease is lost, with the reason as
// its cause. giveBack ends the renewing and releases the lease, also when ctx has ended; its error is a matter for the log.
func (l *Leases) Keep(ctx context.Context, t Token, ttl time.Duration) (held context.Context, giveBack func() error) {
	held, cancel := context.WithCancelCause(ctx)
	var done sync.WaitGroup
	done.Go(func() { l.renewing(held, cancel, t, ttl) })
	return held, func() error {
		cancel(nil)
		done.Wait()
		return l.Release(context.WithoutCancel(ctx), t)
	}
}

// renewing goes on through passing faults: only somebody else's holding ends it.
func (l *Leases) renewing(ctx context.Context, lost context.CancelCauseFunc, t Token, ttl time.Duration) {
	tick := time.NewTicker(ttl / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := l.Renew(ctx, t, ttl); problem.KindOf(err) == problem.Conflict {
				lost(err)
				return
			}
		}
	}
}
