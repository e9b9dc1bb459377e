package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Tally is what a run of sending has done so far, and what remains.
type Tally struct {
	Sent     int64 `json:"sent"`     // accepted
	Deferred int64 `json:"deferred"` // attempts that have to be made again
	Failed   int64 `json:"failed"`   // refused or given up
	Doubtful int64 `json:"doubtful"` // attempts in doubt, to be repeated
	Held     int64 `json:"held"`     // in doubt, and held for a person
	// What remains, counted at the end of a run:
	Waiting int64 `json:"waiting"` // due later, or now behind the pace
	Stopped int64 `json:"stopped"` // kept by a stop order
	// Withheld are those that release keeps back: held, and never sent.
	Withheld int64     `json:"withheld,omitempty"`
	Next     time.Time `json:"next,omitzero"`  // when the first of those waiting is due; zero if none is
	Down     string    `json:"down,omitempty"` // why channels do not work, "" if all do
}

func (t *Tally) add(v verdict) {
	switch v.move.Name {
	case moveAccept.Name:
		t.Sent++
	case moveDefer.Name:
		t.Deferred++
	case moveRefuse.Name:
		t.Failed++
	case moveDoubt.Name:
		t.Doubtful++
	case moveHold.Name:
		t.Held++
	}
}

// run is one call of Drain or Run.
type run struct {
	s        *Service
	actor    identity.Actor
	forever  bool
	progress func(Tally)
	mu       sync.Mutex
	tally    Tally
	down     []string
}

// Drain sends until nothing is due now, by all channels at once; progress, if not nil, hears of each step. A channel that does not work ends
// its lane, and Tally.Down says why. When ctx ends, what is being sent is cut off before its end, and stays.
//
// Errors: Forbidden; Unavailable if the database fails.
func (s *Service) Drain(ctx context.Context, actor identity.Actor, progress func(Tally)) (Tally, error) {
	if err := actor.Authorise(OpSend, ""); err != nil {
		return Tally{}, err
	}
	r := &run{s: s, actor: actor, progress: progress}
	var running sync.WaitGroup
	errs := make([]error, len(s.Channels))
	for i, c := range s.Channels {
		running.Go(func() {
			if busy, err := s.busy(ctx, c.Name()); err != nil || !busy {
				errs[i] = err
				return
			}
			errs[i] = r.lane(ctx, c)
		})
	}
	running.Wait()
	return r.end(ctx, errors.Join(errs...))
}

// end counts what remains, and records what was done.
func (r *run) end(ctx context.Context, err error) (Tally, error) {
	ctx = context.WithoutCancel(ctx)
	left := r.s.DB.Read(ctx, func(tx *sqldb.Tx) error { return r.s.remains(tx, &r.tally, r.down) })
	return r.tally, errors.Join(err, left)
}

// busy reports whether a channel has anything to do now.
func (s *Service) busy(ctx context.Context, channel string) (busy bool, err error) {
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM delivery WHERE channel = $1 AND state = 'sending')
			OR EXISTS (SELECT 1 FROM delivery WHERE channel = $1 AND state IN ('queued', 'doubtful') AND next_at <= $2)
			OR EXISTS (SELECT 1 FROM delivery WHERE `+asleep+`)`,
			channel, sqldb.Millis(s.Clock.Now())).Scan(&busy)
	})
	return busy, err
}

// Run sends what becomes due until ctx ends, through all faults.
func (s *Service) Run(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(OpSend, ""); err != nil {
		return err
	}
	r := &run{s: s, actor: actor, forever: true}
	var running sync.WaitGroup
	for _, c := range s.Channels {
		running.Go(func() {
			for ctx.Err() == nil {
				if err := r.lane(ctx, c); err != nil && ctx.Err() == nil {
					s.Log.ErrorContext(ctx, "sending", "channel", c.Name(), "error", err)
				}
				_ = sleep(ctx, firstDown)
			}
		})
	}
	running.Wait()
	return nil
}

// lane takes a channel's lease and sends.
func (r *run) lane(ctx context.Context, c Channel) error {
	token, err := r.acquire(ctx, c.Name())
	if problem.Is(err, problem.Conflict) && !r.forever {
		r.notWorking(c.Name(), err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	held, giveBack := r.s.leases.Keep(ctx, token, r.s.Lease)
	before := r.sums()
	l := &lane{
		s: r.s, channel: c, name: c.Name(), policy: r.s.policyOf(c.Name()), actor: r.actor, token: token, pace: r.s.paceOf(c.Name()),
		forever: r.forever, report: r.report, line: &line{},
	}
	err = l.loop(held)
	if lost := context.Cause(held); err == nil && ctx.Err() == nil {
		err = lost // nil unless somebody else has the lease
	}
	if l.down != "" {
		r.notWorking(c.Name(), l.down)
	}
	return errors.Join(err, r.record(ctx, c.Name(), before), giveBack())
}

// acquire takes the lease of a lane. That of a process that died ends by itself, so it is waited for a while.
func (r *run) acquire(ctx context.Context, channel string) (t lease.Token, err error) {
	name := "delivery:" + channel
	if r.s.Alone {
		return r.s.leases.Seize(ctx, name, r.s.Holder, r.s.Lease)
	}
	for end := time.Now().Add(r.s.Lease + time.Second); ; {
		t, err = r.s.leases.Acquire(ctx, name, r.s.Holder, r.s.Lease)
		if !problem.Is(err, problem.Conflict) || !r.forever && time.Now().After(end) {
			return t, err
		}
		if stop := sleep(ctx, pollPause); stop != nil {
			return t, cmp.Or(err, stop)
		}
	}
}

func (r *run) report(_ Result, v verdict) {
	r.mu.Lock()
	r.tally.add(v)
	t := r.tally
	r.mu.Unlock()
	if r.progress != nil {
		r.progress(t)
	}
}

func (r *run) sums() Tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tally
}

func (r *run) notWorking(channel, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = append(r.down, channel+": "+why)
}

// record leaves in the audit record what a lane sent. Each message's own row says when it was sent and by which decision.
func (r *run) record(ctx context.Context, channel string, before Tally) error {
	t := r.sums()
	if t == before {
		return nil
	}
	return r.s.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		return r.actor.Audit(tx, r.s.Clock.Now(), OpSend, "channel:"+channel, nil, t)
	})
}

// remains counts what is still to be sent, and why channels do not work.
func (s *Service) remains(tx *sqldb.Tx, t *Tally, down []string) error {
	var next int64
	err := tx.QueryRow(`SELECT count(*) FILTER (WHERE halted = 0), count(*) FILTER (WHERE halted = 1), coalesce(min(next_at) FILTER (WHERE halted = 0), 0)
		FROM (SELECT d.next_at, CASE WHEN `+stopped+` THEN 1 ELSE 0 END AS halted FROM delivery d WHERE d.state IN ('queued', 'doubtful')) AS w`).
		Scan(&t.Waiting, &t.Stopped, &next)
	if err != nil {
		return err
	}
	t.Next = sqldb.Time(next)
	if err := tx.QueryRow(`SELECT count(*) FROM delivery WHERE withheld <> '' AND state = 'held'`).Scan(&t.Withheld); err != nil {
		return err
	}
	err = tx.Each(`SELECT DISTINCT channel FROM delivery WHERE state IN ('queued', 'doubtful') ORDER BY channel`, nil, func(scan func(...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		if _, known := s.channels[name]; !known {
			down = append(down, fmt.Sprintf("%s: messages wait, and the configuration names no such way out", name))
		}
		return nil
	})
	t.Down = strings.Join(down, "; ")
	return err
}
