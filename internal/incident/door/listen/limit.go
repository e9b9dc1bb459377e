package listen

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/clock"
)

// maxRemembered bounds the addresses whose pace is remembered.
const maxRemembered = 20_000

// rates says who comes too fast.
type rates struct {
	clock clock.Clock
	pace  int // a minute
	mu    sync.Mutex
	of    map[netip.Prefix]*rate.Limiter
}

func newRates(c clock.Clock, pace int) *rates {
	return &rates{clock: c, pace: pace, of: map[netip.Prefix]*rate.Limiter{}}
}

// network is what counts as one sender: an IPv4 address, or the network that one IPv6 customer has.
func network(ip netip.Addr) netip.Prefix {
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits)
	return p
}

func (r *rates) allow(ip netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	key := network(ip)
	l := r.of[key]
	if l == nil {
		r.forget(now)
		l = rate.NewLimiter(rate.Limit(float64(r.pace)/60), r.pace)
		r.of[key] = l
	}
	return l.AllowN(now, 1)
}

// forget drops those who would be allowed everything again; if that is nobody, all: better generous than slow.
func (r *rates) forget(now time.Time) {
	if len(r.of) < maxRemembered {
		return
	}
	for k, l := range r.of {
		if l.TokensAt(now) >= float64(r.pace) {
			delete(r.of, k)
		}
	}
	if len(r.of) >= maxRemembered {
		clear(r.of)
	}
}

// gate lets only so many connections in, together and from one address; others are told to come again.
type gate struct {
	net.Listener
	all, each int
	mu        sync.Mutex
	open      int
	of        map[netip.Prefix]int
}

func newGate(l net.Listener, most int) *gate {
	return &gate{Listener: l, all: most, each: max(2, most/10), of: map[netip.Prefix]int{}}
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		key := network(addressOf(c.RemoteAddr()))
		if g.enter(key) {
			return &guest{Conn: c, leave: func() { g.leave(key) }}, nil
		}
		go turnAway(c)
	}
}

func turnAway(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	_, _ = c.Write([]byte("421 4.7.0 Too many connections, come again later\r\n"))
	_ = c.Close()
}

func (g *gate) enter(key netip.Prefix) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open >= g.all || key.IsValid() && g.of[key] >= g.each {
		return false
	}
	g.open++
	g.of[key]++
	return true
}

func (g *gate) leave(key netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if g.of[key]--; g.of[key] <= 0 {
		delete(g.of, key)
	}
}

// guest is a connection that is counted until it is closed.
type guest struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close implements net.Conn.
func (c *guest) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}

// places are those for large mails: few, so that memory is not used up, and each for a time only.
type places struct {
	clock clock.Clock
	mu    sync.Mutex
	taken int
	of    map[netip.Prefix]int
}

func newPlaces(c clock.Clock) *places { return &places{clock: c, of: map[netip.Prefix]int{}} }

// enter takes a place for a network, which must leave it; false: there is none, or the network has its share.
func (p *places) enter(ip netip.Addr) (leave func(), ok bool) {
	key := network(ip)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= largePlaces || key.IsValid() && p.of[key] >= largeEach {
		return nil, false
	}
	p.taken++
	p.of[key]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken--
		if p.of[key]--; p.of[key] <= 0 {
			delete(p.of, key)
		}
	}, true
}

// until tells whether the time of a place that is taken now is over.
func (p *places) until() (over func() bool) {
	end := p.clock.Now().Add(largeWithin)
	return func() bool { return p.clock.Now().After(end) }
}

// timed is a mail that must be read within a time.
type timed struct {
	io.Reader
	over func() bool
}

// Read implements io.Reader.
func (t *timed) Read(b []byte) (int, error) {
	if t.over() {
		return 0, errSlow
	}
	return t.Reader.Read(b)
}
