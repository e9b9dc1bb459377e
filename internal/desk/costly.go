package desk

import (
	"context"
	"sync"
	"time"
)

// costly remembers answers about findings that cost much. Findings change all the time, so it remembers only for a while that grows with the
// cost, and nothing from before somebody's own move: who moves a finding sees it at once.
type costly struct {
	mu    sync.Mutex
	list  map[string]*costlyAnswer
	moves int // of people, so far
}

// costlyAnswer is the answer to one question.
type costlyAnswer struct {
	value any
	at    time.Time // when it was asked
	cost  time.Duration
	moves int
	asked chan struct{} // closed once the question under way is answered; nil if none is
	used  time.Time
}

// What costs less than cheap is asked each time. An answer is good for costShare times its cost, and for as long again while a new one is
// being asked for, but never for longer than costlyAge.
const (
	cheap      = 80 * time.Millisecond
	costlyAge  = time.Minute
	costlyMost = 128 // answers remembered
)

// costlyAsk gives the answer to a question: a remembered one while it is good. ask must not depend on who asks, save by the question.
func costlyAsk[T any](ctx context.Context, c *costly, question string, ask func(context.Context) (T, error)) (T, error) {
	for {
		v, a, wait, mine := c.look(question)
		if known, ok := v.(T); ok {
			if mine {
				go func() { _, _ = renew(context.WithoutCancel(ctx), c, a, ask) }()
			}
			return known, nil
		}
		if mine {
			return renew(ctx, c, a, ask)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		}
	}
}

// look gives what is known, if that is still good; mine tells the caller to ask for it anew, and else wait is when somebody else has.
func (c *costly) look(question string) (v any, a *costlyAnswer, wait <-chan struct{}, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list == nil {
		c.list = map[string]*costlyAnswer{}
	}
	if a = c.list[question]; a == nil {
		c.room()
		a = &costlyAnswer{}
		c.list[question] = a
	}
	now := time.Now()
	a.used = now
	age, good := now.Sub(a.at), min(costShare*a.cost, costlyAge/2)
	if a.value != nil && a.moves == c.moves && a.cost >= cheap && age < 2*good {
		v = a.value
	}
	if v != nil && age < good {
		return v, a, nil, false
	}
	if a.asked == nil {
		a.asked, mine = make(chan struct{}), true
	}
	return v, a, a.asked, mine
}

// room forgets what nobody asked for longest.
func (c *costly) room() {
	for len(c.list) >= costlyMost {
		oldest := ""
		for q, a := range c.list {
			if oldest == "" || a.used.Before(c.list[oldest].used) {
				oldest = q
			}
		}
		delete(c.list, oldest)
	}
}

// renew asks, and remembers the answer if it was dear.
func renew[T any](ctx context.Context, c *costly, a *costlyAnswer, ask func(context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	moves := c.moves
	c.mu.Unlock()
	from := time.Now()
	v, err := ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.value = nil; err == nil {
		a.value, a.at, a.cost, a.moves = v, from, time.Since(from), moves
	}
	close(a.asked)
	a.asked = nil
	return v, err
}

// moved forgets all: somebody changed findings.
func (c *costly) moved() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves++
}
