package desk

import (
	"context"
	"sync"
	"time"
)

// costly remembers answers about findings that cost much. An answer is good for costlyAge while nothing changes. Findings may change all the
// time, so after a change it is good for a while that grows with its cost; but nothing is from before somebody's own move: who moves a finding
// sees it at once.
type costly struct {
	mu    sync.Mutex
	list  map[string]*costlyAnswer
	moves int // of people, so far
}

// signFunc tells how what an answer depends on stands: as long as the text is the same, nothing has changed. Nil, and "": that is not known.
type signFunc func(ctx context.Context) string

func (f signFunc) ask(ctx context.Context) string {
	if f == nil {
		return ""
	}
	return f(ctx)
}

// costlyAnswer is the answer to one question.
type costlyAnswer struct {
	value any
	at    time.Time // when it was asked
	cost  time.Duration
	moves int
	sign  string        // how things stood before it was asked
	asked chan struct{} // closed once the question under way is answered; nil if none is
	used  time.Time
}

// What costs less than cheap is asked each time. After a change an answer is good for costShare times its cost, and for as long again while a
// new one is being asked for, but never for longer than costlyAge.
const (
	cheap      = 80 * time.Millisecond
	costlyAge  = time.Minute
	costlyMost = 128 // answers remembered
)

// costlyAsk gives the answer to a question: a remembered one while it is good. ask must not depend on who asks, save by the question.
func costlyAsk[T any](ctx context.Context, c *costly, question string, signs signFunc, ask func(context.Context) (T, error)) (T, error) {
	for {
		now := ""
		if c.dear(question) {
			now = signs.ask(ctx)
		}
		v, a, wait, mine := c.look(question, now)
		if known, ok := v.(T); ok {
			if mine {
				go func() { _, _ = renew(context.WithoutCancel(ctx), c, a, signs, ask) }()
			}
			return known, nil
		}
		if mine {
			return renew(ctx, c, a, signs, ask)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		}
	}
}

// dear tells whether an answer is remembered that may be given again.
func (c *costly) dear(question string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.list[question]
	return a != nil && a.value != nil && a.cost >= cheap
}

// look gives what is known, if that is still good; mine tells the caller to ask for it anew, and else wait is when somebody else has.
func (c *costly) look(question, sign string) (v any, a *costlyAnswer, wait <-chan struct{}, mine bool) {
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
	age, good := now.Sub(a.at), a.good(sign)
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

// good is how long the answer can be given without being asked for anew.
func (a *costlyAnswer) good(sign string) time.Duration {
	if sign != "" && sign == a.sign {
		return costlyAge
	}
	return min(costShare*a.cost, costlyAge/2)
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
func renew[T any](ctx context.Context, c *costly, a *costlyAnswer, signs signFunc, ask func(context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	moves, sign := c.moves, ""
	dear := a.at.IsZero() || a.cost >= cheap
	c.mu.Unlock()
	if dear {
		sign = signs.ask(ctx)
	}
	from := time.Now()
	v, err := ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.value = nil; err == nil {
		a.value, a.at, a.cost, a.moves, a.sign = v, from, time.Since(from), moves, sign
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

// Dear is a question of another room that costs much, of which the desk remembers the answer.
type Dear struct {
	Text   string   // what is asked; two with the same text have the same answer for everybody
	Of     []string // the topics (LiveFindings, ...) that the answer depends on: while they do not change it is good for a minute
	AtOnce []string // those of which no change may be missed: an answer from before it is never given
}

// Remembered gives the answer to a question, which must not depend on who asks: whether they may is for the caller to see to. The answer is
// shared and only to be read.
func Remembered[T any](ctx context.Context, d *Desk, q Dear, ask func(context.Context) (T, error)) (T, error) {
	now := d.signOf(q.AtOnce...).ask(ctx)
	if now == "" {
		return ask(ctx)
	}
	return costlyAsk(ctx, &d.costly, q.Text+"\x00"+now, d.signOf(q.Of...), ask)
}
