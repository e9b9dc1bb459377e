package desk

import (
	"context"
	"sync"
	"time"
)

// Part is one piece of what a page shows, with how it was got. Pieces fail and are late by themselves: the others are shown all the same.
type Part[T any] struct {
	Value   T
	At      time.Time // when it was asked
	Pending bool      // there is no answer yet: ask again soon
	Err     error     // why there is none, or why it is old
}

// keeper asks one question for all readers: at most one at a time, and not more often than its cost allows.
type keeper[T any] struct {
	ask   func(ctx context.Context) (T, error)
	rest  time.Duration // between two questions, at least
	asked time.Time     // when the last one ended, on the monotonic clock: how fresh an answer is has nothing to do with the time of day
	cost  time.Duration

	mu      sync.Mutex
	have    Part[T]
	known   bool
	running chan struct{} // closed when the question under way has ended
}

// costShare bounds how much of one processor a question may take: a tenth.
const costShare = 10

// get gives the answer: the kept one while it is fresh, else a new one if it comes within patience, else the old one.
func (k *keeper[T]) get(s *still, now time.Time, patience time.Duration) Part[T] {
	k.mu.Lock()
	if k.known && time.Since(k.asked) < max(k.rest, costShare*k.cost) {
		defer k.mu.Unlock()
		return k.have
	}
	if k.running == nil {
		k.running = make(chan struct{})
		if !s.run(func(ctx context.Context) { k.renew(ctx, now) }) {
			k.running = nil
			defer k.mu.Unlock()
			return k.old()
		}
	}
	ended := k.running
	k.mu.Unlock()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-ended:
	case <-wait.C:
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.old()
}

// old is what is known, fresh or not.
func (k *keeper[T]) old() Part[T] {
	if !k.known {
		return Part[T]{Pending: true}
	}
	return k.have
}

// renew asks. A failure keeps the old answer, and says so.
func (k *keeper[T]) renew(ctx context.Context, now time.Time) {
	from := time.Now()
	v, err := k.ask(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cost, k.asked, k.known = time.Since(from), time.Now(), true
	if k.have.Err = err; err == nil {
		k.have = Part[T]{Value: v, At: now}
	}
	close(k.running)
	k.running = nil
}

// still runs questions in the background until it is stopped.
type still struct {
	mu      sync.Mutex
	stopped bool
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func newStill() *still {
	s := &still{}
	s.ctx, s.cancel = context.WithCancel(context.Background()) //nolint:gosec // stop calls it
	return s
}

// longestAsk bounds one question.
const longestAsk = time.Minute

// run runs f beside the caller; false when it was stopped.
func (s *still) run(f func(ctx context.Context)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.running.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, longestAsk)
		defer cancel()
		f(ctx)
	})
	return true
}

// stop ends what runs, and waits for it.
func (s *still) stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
}
