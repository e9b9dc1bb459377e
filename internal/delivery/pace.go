package delivery

import (
	"sync"
	"time"
)

// minute is what the pace counts in.
const minute = time.Minute

// The pause that a failing host gets, doubled with each failure.
const (
	firstCooling   = 5 * time.Second
	longestCooling = 5 * time.Minute
	longestCold    = time.Hour // that a host may ask for
)

// pace keeps the messages to one domain below so many a minute, and leaves hosts alone that fail. It is kept in memory: a process that is
// started again begins anew.
type pace struct {
	mu      sync.Mutex
	limit   int // messages a minute; 0 is no limit
	domains map[string]*domainPace
}

// domainPace is what is known of one domain.
type domainPace struct {
	sent    []time.Time // a ring of the latest attempts, as many as the limit
	at      int
	cooling time.Duration
	cold    time.Time // left alone until then
}

func newPace(limit int) *pace { return &pace{limit: limit, domains: map[string]*domainPace{}} }

func (p *pace) of(domain string) *domainPace {
	d := p.domains[domain]
	if d == nil {
		d = &domainPace{}
		p.domains[domain] = d
	}
	return d
}

// wait is how long the domain has to be left alone; cold tells that it is because its host fails.
func (p *pace) wait(domain string, now time.Time) (wait time.Duration, cold bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.domains[domain]
	if d == nil {
		return 0, false
	}
	if cold := d.cold.Sub(now); cold > 0 && cold <= longestCold { // a longer one means that the clock was set back
		return cold, true
	}
	if p.limit > 0 && len(d.sent) == p.limit && !d.sent[d.at].After(now) {
		return max(d.sent[d.at].Add(minute).Sub(now), 0), false
	}
	return 0, false
}

// took counts an attempt.
func (p *pace) took(domain string, now time.Time) {
	if p.limit <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.of(domain)
	if len(d.sent) < p.limit {
		d.sent = append(d.sent, now)
		return
	}
	d.sent[d.at] = now
	d.at = (d.at + 1) % p.limit
}

// ended hears how an attempt went: a failing host is left alone for a while, longer each time, or for as long as it asked.
func (p *pace) ended(domain string, now time.Time, r Result, perHost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.Outcome == Deferred && r.RetryAfter > 0:
		d := p.of(domain)
		d.cold = now.Add(min(r.RetryAfter, longestCold))
	case perHost && (r.Outcome == Deferred || r.Outcome == Doubtful):
		d := p.of(domain)
		d.cooling = min(max(2*d.cooling, firstCooling), longestCooling)
		d.cold = now.Add(d.cooling)
	case r.Outcome == Accepted && p.domains[domain] != nil:
		d := p.domains[domain]
		d.cooling, d.cold = 0, time.Time{}
	}
}

// forget drops what no longer matters, so that the memory follows what was sent in the last minutes.
func (p *pace) forget(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, d := range p.domains {
		last := d.cold.Add(longestCooling)
		for _, t := range d.sent {
			if end := t.Add(minute); end.After(last) {
				last = end
			}
		}
		if now.After(last) {
			delete(p.domains, name)
		}
	}
}
