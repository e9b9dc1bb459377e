package mime

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// How long answers of the DNS are used again, and how many. The resolvers behind heed what zones ask for; a burst of mail asks the same.
const (
	rememberFor   = 5 * time.Minute
	rememberFault = 30 * time.Second
	maxRemembered = 5000
	askTime       = 1500 * time.Millisecond // of one question
	maxSilent     = 6                       // questions without an answer, one after the other, until the DNS counts as down
)

// errDown is temporary: the mail is not to blame.
var errDown = &net.DNSError{Err: "the DNS does not answer", IsTemporary: true, IsTimeout: true}

// Remember returns a resolver that asks r and uses its answers again for a while, faults for a shorter one: a burst of mail of one domain asks
// once. Each question has a time of its own, so that what one mail makes us wait for is not held against another. While the DNS is down one question
// at a time tries it, and all others fail at once: mail is not held up. now tells the time.
func Remember(r Resolver, now func() time.Time) Resolver {
	return &remembering{r: r, now: now, known: map[string]*remembered{}}
}

type remembering struct {
	r     Resolver
	now   func() time.Time
	mu    sync.Mutex
	known map[string]*remembered

	silent  int  // questions in a row that nobody answered
	probing bool // one is under way while the DNS is down
}

type remembered struct {
	done  chan struct{} // closed when the rest is there
	value any
	err   error
	until time.Time
}

// once gives what is known, or waits for who asks, or asks.
func once[T any](ctx context.Context, m *remembering, key string, ask func(context.Context) (T, error)) (none T, err error) {
	if err := ctx.Err(); err != nil {
		return none, err
	}
	a, mine, err := m.enter(key)
	if err != nil {
		return none, err
	}
	if mine {
		go m.find(ctx, a, key, func(ctx context.Context) (any, error) { return ask(ctx) })
	}
	select {
	case <-a.done:
		return a.value.(T), a.err //nolint:forcetypeassert // the key names the type
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// enter finds an answer, or a question that is under way, or makes it the caller's to ask.
func (m *remembering) enter(key string) (a *remembered, mine bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.known[key]; a != nil && (a.until.IsZero() || m.now().Before(a.until)) {
		return a, false, nil
	}
	if m.silent >= maxSilent {
		if m.probing {
			return nil, false, errDown
		}
		m.probing = true
	}
	if len(m.known) >= maxRemembered {
		clear(m.known)
	}
	a = &remembered{done: make(chan struct{})}
	m.known[key] = a
	return a, true, nil
}

// find asks, within a time that the mail's does not shorten.
func (m *remembering) find(ctx context.Context, a *remembered, key string, ask func(context.Context) (any, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
	defer cancel()
	value, err := ask(ctx)
	span := rememberFor
	var fault *net.DNSError
	isFault := errors.As(err, &fault)
	if err != nil && !(isFault && fault.IsNotFound) {
		span = rememberFault
	}
	unanswered := ctx.Err() != nil || isFault && (fault.IsTimeout || fault.IsTemporary)
	m.mu.Lock()
	defer m.mu.Unlock()
	a.value, a.err, a.until = value, err, m.now().Add(span)
	m.probing = false
	if m.silent++; !unanswered {
		m.silent = 0
	}
	if m.silent >= maxSilent {
		delete(m.known, key) // it is asked again when the DNS is back
	}
	close(a.done)
}

// LookupTXT implements Resolver.
func (m *remembering) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return once(ctx, m, "txt "+name, func(ctx context.Context) ([]string, error) { return m.r.LookupTXT(ctx, name) })
}

// LookupMX implements Resolver.
func (m *remembering) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return once(ctx, m, "mx "+name, func(ctx context.Context) ([]*net.MX, error) { return m.r.LookupMX(ctx, name) })
}

// LookupIPAddr implements Resolver.
func (m *remembering) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return once(ctx, m, "ip "+host, func(ctx context.Context) ([]net.IPAddr, error) { return m.r.LookupIPAddr(ctx, host) })
}

// LookupAddr implements Resolver.
func (m *remembering) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return once(ctx, m, "ptr "+addr, func(ctx context.Context) ([]string, error) { return m.r.LookupAddr(ctx, addr) })
}
