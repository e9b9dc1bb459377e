package report

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/clock"
)

// How much is taken. Addresses are counted in memory only, and forgotten with it; many people may share one, such as the last relay of an
// anonymising network, so a handful of reports at once is nothing odd.
const (
	pagesAtOnce  = 120 // answers of one address
	pagesPause   = 500 * time.Millisecond
	sendsAtOnce  = 10 // reports of one address
	sendsPause   = 2 * time.Minute
	allAtOnce    = 200 // reports of all
	allPause     = time.Second
	codesAtOnce  = 30 // tries at codes of all
	codesPause   = 200 * time.Millisecond
	triesAtOnce  = 10 // tries at codes of one address, so that no handful of them uses up what all may try
	triesPause   = 5 * time.Second
	formsAtOnce  = 4      // forms with files that come in from one address at a time: who sends slowly holds the memory of all
	mostCounted  = 10_000 // addresses or codes; beyond it all are forgotten, since who has so many is not held by this
	longestDelay = 8 * time.Second
)

// paces are the limits.
type paces struct {
	clock clock.Clock
	pages counted
	sends counted
	tries counted
	all   *rate.Limiter
	codes *rate.Limiter

	mu    sync.Mutex
	forms map[netip.Addr]int // that come in now, with files
	wrong map[[8]byte]int    // wrong tries in a row, by a digest of a code's beginning
}

func newPaces(c clock.Clock) *paces {
	return &paces{
		clock: c, pages: counted{every: pagesPause, burst: pagesAtOnce}, sends: counted{every: sendsPause, burst: sendsAtOnce},
		tries: counted{every: triesPause, burst: triesAtOnce},
		all:   rate.NewLimiter(rate.Every(allPause), allAtOnce), codes: rate.NewLimiter(rate.Every(codesPause), codesAtOnce),
		forms: map[netip.Addr]int{}, wrong: map[[8]byte]int{},
	}
}

// counted limits each of many.
type counted struct {
	every time.Duration
	burst int

	mu sync.Mutex
	by map[netip.Addr]*rate.Limiter
}

// allow counts one of an address, of IPv6 of its network; false if that is too much for now.
func (c *counted) allow(remote string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= mostCounted {
		c.by = map[netip.Addr]*rate.Limiter{}
	}
	who := network(remote)
	if c.by[who] == nil {
		c.by[who] = rate.NewLimiter(rate.Every(c.every), c.burst)
	}
	return c.by[who].AllowN(now, 1)
}

func network(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	who := at.Addr().Unmap().WithZone("")
	if who.Is6() {
		prefix, _ := who.Prefix(64) // fits each
		return prefix.Addr()
	}
	return who
}

// send counts a report.
func (p *paces) send(remote string) bool {
	now := p.clock.Now()
	return p.sends.allow(remote, now) && p.all.AllowN(now, 1)
}

// enter lets a form with files come in from an address; leave is called when it is done. false: so many of it come in already.
func (p *paces) enter(remote string) (leave func(), ok bool) {
	who := network(remote)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.forms[who] >= formsAtOnce {
		return nil, false
	}
	p.forms[who]++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.forms[who]--; p.forms[who] == 0 {
			delete(p.forms, who)
		}
	}), true
}

// try counts a try at a code, and tells how long to wait before it is looked at: longer after each wrong one of the same beginning, whoever tries.
// false: too many try at this moment, from this address or together.
func (p *paces) try(code, remote string) (time.Duration, bool) {
	if now := p.clock.Now(); !p.tries.allow(remote, now) || !p.codes.AllowN(now, 1) {
		return 0, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.wrong[beginning(code)]
	if n == 0 {
		return 0, true
	}
	return min(longestDelay, 125*time.Millisecond<<min(n, 6)), true
}

// tried notes how a try ended.
func (p *paces) tried(code string, right bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case right:
		delete(p.wrong, beginning(code))
	case len(p.wrong) >= mostCounted:
		p.wrong = map[[8]byte]int{}
		fallthrough
	default:
		p.wrong[beginning(code)]++
	}
}

// beginning stands for the part of a code that names its mailbox.
func beginning(code string) (out [8]byte) {
	code = strings.ToUpper(strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r <= ' ' }), ""))
	sum := sha256.Sum256([]byte(code[:min(len(code), 6)]))
	copy(out[:], sum[:])
	return out
}
