package session

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/problem"
)

// How many wrong links one address may try: at once, and again after a pause each. Guessing a link is hopeless anyway; this keeps guessers
// from keeping the database busy.
const (
	wrongAtOnce = 10
	wrongPause  = 6 * time.Second
	// maxAddresses bounds what is remembered; beyond it all is forgotten, since an attacker who has so many addresses is not held by this.
	maxAddresses = 10_000
)

// limiter counts attempts by address.
type limiter struct {
	mu  sync.Mutex
	all map[netip.Prefix]*rate.Limiter
}

func newLimiter() *limiter { return &limiter{all: map[netip.Prefix]*rate.Limiter{}} }

// attempt is one try, counted as a wrong one until it is forgiven.
type attempt struct{ *rate.Reservation }

func (a attempt) forgive(now time.Time) {
	if a.Reservation != nil {
		a.CancelAt(now)
	}
}

// attempt counts a try from a remote address ("192.0.2.1:4711"). Error: Unavailable when there were too many.
func (l *limiter) attempt(now time.Time, remote string) (attempt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := neighbours(remote)
	one := l.all[from]
	if one == nil {
		if len(l.all) >= maxAddresses {
			clear(l.all)
		}
		one = rate.NewLimiter(rate.Every(wrongPause), wrongAtOnce)
		l.all[from] = one
	}
	r := one.ReserveN(now, 1)
	if r.DelayFrom(now) > 0 {
		r.CancelAt(now)
		return attempt{}, problem.New(problem.Unavailable, "too many login links were refused that came from your address: wait a minute, or use a new one")
	}
	return attempt{r}, nil
}

// neighbours is who counts as one address: IPv6 hands whole networks to one person.
func neighbours(remote string) netip.Prefix {
	addr, err := netip.ParseAddr(host(remote))
	if err != nil {
		return netip.Prefix{}
	}
	bits := addr.Unmap().BitLen()
	if addr.Unmap().Is6() {
		bits = 64
	}
	p, _ := addr.Unmap().WithZone("").Prefix(bits)
	return p
}

// host is the address without the port.
func host(remote string) string {
	if ap, err := netip.ParseAddrPort(remote); err == nil {
		return ap.Addr().Unmap().String()
	}
	return clean(remote, 60)
}
