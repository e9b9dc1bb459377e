package shell

import (
	"context"
	"sync"

	"github.com/firehall/firehall/internal/core/problem"
)

// How much of one person's is answered at the same time, streams not counted, and how much may be asked and wait. All share few query processes:
// one browser that runs wild, or a script, must not make everybody else wait behind it.
const (
	crowdAtOnce = 16
	crowdMost   = 256
)

// crowd knows who asks now.
type crowd struct {
	mu sync.Mutex
	by map[string]*places
}

// places are one person's.
type places struct {
	taken chan struct{}
	asked int // under way or waiting
}

// enter waits for a place; leave, which may be called more than once, gives it to the next. Errors: Unavailable when too much waits already; the
// context's own.
func (c *crowd) enter(ctx context.Context, who string) (leave func(), err error) {
	p := c.ask(who)
	if p == nil {
		return nil, problem.New(problem.Unavailable, "you asked for %d things at once, and they are not all answered yet: wait a little", crowdMost)
	}
	select {
	case p.taken <- struct{}{}:
		return sync.OnceFunc(func() { <-p.taken; c.done(who) }), nil
	case <-ctx.Done():
		c.done(who)
		return nil, ctx.Err()
	}
}

func (c *crowd) ask(who string) *places {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.by[who]
	if p == nil {
		p = &places{taken: make(chan struct{}, crowdAtOnce)}
		c.by[who] = p
	}
	if p.asked >= crowdMost {
		return nil
	}
	p.asked++
	return p
}

// done forgets who asks for nothing any more.
func (c *crowd) done(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.by[who]; p.asked > 1 {
		p.asked--
		return
	}
	delete(c.by, who)
}
