package delivery

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

const (
	lineLength = 10_000           // ids that a lane keeps in memory
	lineAge    = 30 * time.Second // then it looks for what is due anew
	picksATurn = 4                // candidates of one claim: the first may have been cancelled, or stopped
)

// line is what waits before a lane: ids of due messages by domain, so that one domain that must wait keeps nobody else waiting.
type line struct {
	domains []*waiting
	next    int // the domain whose turn it is
	read    time.Time
}

// waiting are the due messages of one domain, in their order.
type waiting struct {
	domain string
	ids    []string
}

// candidate is a message that may be claimed.
type candidate struct{ id, domain string }

// due reads the messages of a channel that may be sent now: in the first place the first of each domain, then the second of each, and so on.
func due(tx *sqldb.Tx, now time.Time, channel string, perDomain int) (*line, error) {
	l := &line{read: now}
	byDomain := map[string]*waiting{}
	err := tx.Each(`SELECT id, domain FROM (
			SELECT d.id, d.domain, d.next_at, row_number() OVER (PARTITION BY d.domain ORDER BY d.next_at, d.id) AS nth
			FROM delivery d WHERE d.channel = $1 AND d.state IN ('queued', 'doubtful') AND d.next_at <= $2 AND NOT `+stopped+`) AS q
		WHERE nth <= $3 ORDER BY nth, next_at, id LIMIT $4`,
		[]any{channel, now, perDomain, lineLength}, func(scan func(...any) error) error {
			var c candidate
			if err := scan(&c.id, &c.domain); err != nil {
				return err
			}
			w := byDomain[c.domain]
			if w == nil {
				w = &waiting{domain: c.domain}
				byDomain[c.domain] = w
				l.domains = append(l.domains, w)
			}
			w.ids = append(w.ids, c.id)
			return nil
		})
	return l, err
}

// picks gives the first messages of a few domains that may be sent to now.
func (l *line) picks(now time.Time, p *pace) (out []candidate) {
	for i := range l.domains {
		w := l.domains[(l.next+i)%len(l.domains)]
		if wait, _ := p.wait(w.domain, now); wait > 0 {
			continue
		}
		if out = append(out, candidate{w.ids[0], w.domain}); len(out) == picksATurn {
			break
		}
	}
	return out
}

// drop takes candidates out that have been tried; the domain behind the last of them is next.
func (l *line) drop(tried []candidate) {
	for _, c := range tried {
		for k := range l.domains {
			i := (l.next + k) % len(l.domains)
			w := l.domains[i]
			if w.domain != c.domain {
				continue
			}
			w.ids = w.ids[1:]
			l.next = i + 1
			if len(w.ids) == 0 {
				l.domains = append(l.domains[:i], l.domains[i+1:]...)
				l.next = i
			}
			break
		}
	}
	if l.next >= len(l.domains) {
		l.next = 0
	}
}

// wait is how long it takes until the pace lets one go; false if none waits for the pace alone.
func (l *line) wait(now time.Time, p *pace) (shortest time.Duration, any bool) {
	for _, w := range l.domains {
		if wait, cold := p.wait(w.domain, now); !cold && (!any || wait < shortest) {
			shortest, any = wait, true
		}
	}
	return shortest, any
}
