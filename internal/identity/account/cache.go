package account

import (
	"context"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// fresh is how long it is remembered who an account is. A change in this process counts at once; one in another counts when this is over.
const fresh = 2 * time.Second

// mostKnown bounds what is remembered; beyond it all is forgotten.
const mostKnown = 1000

// cache remembers who accounts are.
type cache struct {
	mu   sync.Mutex
	of   map[string]known
	turn uint64 // counts what was forgotten: what was read before is not remembered after
}

// known is who an account is, and until when that counts.
type known struct {
	actor identity.Actor
	until time.Time
}

func (c *cache) get(account string, now time.Time) (a identity.Actor, turn uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.of[account]
	return k.actor, c.turn, now.Before(k.until)
}

func (c *cache) put(account string, k known, turn uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turn != turn {
		return
	}
	if len(c.of) >= mostKnown {
		clear(c.of)
	}
	c.of[account] = k
}

func (c *cache) forget(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	delete(c.of, account)
}

// Actor tells who an account acts as now, with the roles that it has now. What it says is at most two seconds old, and never older than the last
// change in this process. Error: Forbidden for an account that is not there, not active or over.
func (a *Accounts) Actor(ctx context.Context, account string) (identity.Actor, error) {
	now := a.o.Clock.Now()
	actor, turn, ok := a.get(account, now)
	if ok {
		return actor, nil
	}
	who, err := a.read(ctx, func(tx *sqldb.Tx) (Account, error) { return byID(tx, account) })
	if problem.Is(err, problem.NotFound) {
		return identity.Actor{}, errClosed
	}
	if err != nil {
		return identity.Actor{}, err
	}
	if who.State != Active || who.over(now) {
		return identity.Actor{}, errClosed
	}
	until := now.Add(fresh)
	if !who.Expires.IsZero() && who.Expires.Before(until) {
		until = who.Expires
	}
	a.put(account, known{who.actor(), until}, turn)
	return who.actor(), nil
}

// errClosed is for every account that lets nobody in.
var errClosed = problem.New(problem.Forbidden, "this account may not be used: a manager of the team can say why")

// actor is who an account acts as.
func (a Account) actor() identity.Actor {
	return identity.Actor{ID: a.ID, Name: a.Name, Kind: identity.Person, Via: "web", Roles: a.Roles, Organisation: a.Organisation}
}

// over tells whether the account's time is over.
func (a Account) over(now time.Time) bool { return !a.Expires.IsZero() && !now.Before(a.Expires) }
