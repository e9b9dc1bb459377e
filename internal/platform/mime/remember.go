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
)

// Remember returns a resolver that asks r and uses its answers again for a while, faults for a shorter one: a burst of mail of one domain asks
// once, and a DNS that is down does not hold up every mail. now tells the time.
func Remember(r Resolver, now func() time.Time) Resolver {
	return &remembering{r: r, now: now, known: map[string]remembered{}}
}

type remembering struct {
	r     Resolver
	now   func() time.Time
	mu    sync.Mutex
	known map[string]remembered
}

type remembered struct {
	value any
	err   error
	until time.Time
}

// once gives what is known, or asks. Two who ask at the same time may both ask.
func once[T any](m *remembering, key string, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	a, ok := m.known[key]
	m.mu.Unlock()
	if ok && m.now().Before(a.until) {
		return a.value.(T), a.err //nolint:forcetypeassert // the key names the type
	}
	v, err := ask()
	m.keep(key, v, err)
	return v, err
}

func (m *remembering) keep(key string, v any, err error) {
	span := rememberFor
	var fault *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return
	case err != nil && !(errors.As(err, &fault) && fault.IsNotFound):
		span = rememberFault
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= maxRemembered {
		clear(m.known)
	}
	m.known[key] = remembered{v, err, m.now().Add(span)}
}

// LookupTXT implements Resolver.
func (m *remembering) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return once(m, "txt "+name, func() ([]string, error) { return m.r.LookupTXT(ctx, name) })
}

// LookupMX implements Resolver.
func (m *remembering) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return once(m, "mx "+name, func() ([]*net.MX, error) { return m.r.LookupMX(ctx, name) })
}

// LookupIPAddr implements Resolver.
func (m *remembering) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return once(m, "ip "+host, func() ([]net.IPAddr, error) { return m.r.LookupIPAddr(ctx, host) })
}

// LookupAddr implements Resolver.
func (m *remembering) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return once(m, "ptr "+addr, func() ([]string, error) { return m.r.LookupAddr(ctx, addr) })
}
