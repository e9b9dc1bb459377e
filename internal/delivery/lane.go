package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// The pause of a lane whose channel does not work, doubled each time.
const (
	firstDown   = 5 * time.Second
	longestDown = 5 * time.Minute
)

// maxDetail bounds the words of the other side that are kept, in bytes.
const maxDetail = 1000

// settleTime is how long the commit of a result may take, also when the process is told to end.
const settleTime = 30 * time.Second

// lane sends the messages of one channel, one at a time. It holds the channel's lease: no other process sends on it meanwhile.
//
// A turn is one transaction: it ends the message that was sent last and claims the next. The claim is committed before the first byte of the
// message leaves, so what a dead process was sending is known.
type lane struct {
	s       *Service
	channel Channel
	name    string
	policy  policy
	actor   identity.Actor
	token   lease.Token
	pace    *pace
	watch   watch
	forever bool // Run: waits for what becomes due, and for a channel to come back
	report  func(Result, verdict)

	line      *line
	tried     int    // candidates that the latest turn looked at
	down      string // why the channel does not work now
	downPause time.Duration
	downUntil time.Time
	upStored  bool // the store says that the channel works
	unsure    bool // a commit failed: something may stand claimed that was never sent
}

// loop sends until nothing is due, or for ever.
func (l *lane) loop(ctx context.Context) error {
	if err := l.takeOver(ctx); err != nil {
		return err
	}
	watching, end := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { l.watch.run(watching, l.s) })
	defer watcher.Wait()
	defer end()
	var last *flight
	for {
		next, err := l.turn(ctx, last)
		if err != nil {
			return err
		}
		if last = next; next != nil {
			next.result = l.send(ctx, next)
			l.heard(ctx, next)
			continue
		}
		if l.tried > 0 { // all were stopped or cancelled: others may be due
			continue
		}
		if more, err := l.rest(ctx); !more || err != nil {
			return err
		}
	}
}

// takeOver decides about what a dead process was sending on this channel.
func (l *lane) takeOver(ctx context.Context) error {
	return l.s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, l.token); err != nil {
			return err
		}
		left, err := claimed(tx, l.name)
		if err != nil {
			return err
		}
		for _, f := range left {
			v := l.policy.abandoned(l.s.Clock.Now(), f)
			if _, err := l.settle(tx, f, v); err != nil {
				return err
			}
			l.s.Log.WarnContext(ctx, "a message was being sent by a process that ended", "delivery", f.item.ID, "now", string(v.move.To))
		}
		return nil
	})
}

// turn settles the last message and claims the next; nil if there is none to claim now.
func (l *lane) turn(ctx context.Context, last *flight) (*flight, error) {
	picks, err := l.picks(ctx)
	if last == nil && (err != nil || len(picks) == 0) {
		l.tried = 0
		return nil, err
	}
	var next *flight
	var v verdict
	err = l.write(ctx, func(tx *sqldb.Tx) (err error) {
		if err := lease.Check(tx, l.token); err != nil {
			return err
		}
		if last != nil {
			v = l.policy.judge(l.s.Clock.Now(), last)
			if err := l.settleLast(tx, last, v); err != nil {
				return err
			}
		}
		if err := l.giveBack(tx); err != nil {
			return err
		}
		next, l.tried, err = l.claim(tx, picks)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.turned(last, next, v)
	l.line.drop(picks[:l.tried])
	return next, nil
}

// turned takes note of a turn that was committed.
func (l *lane) turned(last, next *flight, v verdict) {
	l.unsure = false
	if last != nil {
		l.upStored = last.result.Outcome != Down && (l.upStored || last.result.Outcome != Stopped)
		l.report(last.result, v)
	}
	if next != nil {
		l.pace.took(next.item.Domain, l.s.Clock.Now())
	}
}

// giveBack returns claims whose commit was not heard of: nothing of them was sent.
func (l *lane) giveBack(tx *sqldb.Tx) error {
	if !l.unsure {
		return nil
	}
	left, err := claimed(tx, l.name)
	if err != nil {
		return err
	}
	for _, f := range left {
		if _, err := settle(tx, l.s.Clock.Now(), f, verdict{move: moveReturn}); err != nil {
			return err
		}
	}
	return nil
}

// write runs a transaction although ctx may have ended: what was sent has to be remembered. Passing faults of the database are waited for.
func (l *lane) write(ctx context.Context, fn func(tx *sqldb.Tx) error) error {
	for try := 1; ; try++ {
		within, end := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		err := l.s.DB.Write(within, fn)
		end()
		if !problem.Is(err, problem.Unavailable) || try >= 5 && (!l.forever || ctx.Err() != nil) {
			return err
		}
		l.unsure = true
		l.s.Log.ErrorContext(ctx, "settling a message; it is tried again", "error", err)
		if ctx.Err() == nil {
			_ = sleep(ctx, time.Second)
		}
	}
}

// picks gives candidates; none when sending has to wait.
func (l *lane) picks(ctx context.Context) ([]candidate, error) {
	now := l.s.Clock.Now()
	if ctx.Err() != nil || l.down != "" && (!l.forever || now.Before(l.downUntil) && l.downUntil.Sub(now) <= longestDown) {
		return nil, nil
	}
	if len(l.line.domains) == 0 || now.Sub(l.line.read) >= lineAge {
		if err := l.read(ctx, now); err != nil {
			return nil, err
		}
	}
	return l.line.picks(now, l.pace), nil
}

func (l *lane) read(ctx context.Context, now time.Time) error {
	l.pace.forget(now)
	if err := l.wake(ctx, now); err != nil {
		return err
	}
	each := lineLength
	if l.pace.limit > 0 {
		each = l.pace.limit
	}
	return l.s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		l.line, err = due(tx, now, l.name, each)
		return err
	})
}

// settleLast ends the message that was sent last.
func (l *lane) settleLast(tx *sqldb.Tx, last *flight, v verdict) error {
	stood, err := l.settle(tx, last, v)
	if err != nil {
		return err
	}
	if !stood {
		l.s.Log.WarnContext(tx.Context(), "a message that was sent had moved on meanwhile", "delivery", last.item.ID, "outcome", last.result.Outcome.String())
	}
	return l.noteDown(tx, last.result)
}

// settle ends one claim, with all that follows from it.
func (l *lane) settle(tx *sqldb.Tx, f *flight, v verdict) (bool, error) {
	now := l.s.Clock.Now()
	stood, err := settle(tx, now, f, v)
	if err != nil || !stood {
		return false, err
	}
	if name := v.move.Name; name != moveAccept.Name && name != moveReturn.Name {
		a := Attempt{Outcome: f.result.Outcome.String(), Code: f.result.Code, Status: f.result.Status, Detail: f.result.Detail}
		if err := insertAttempt(tx, now, f.item.ID, a); err != nil {
			return false, err
		}
	}
	if v.fail != nil {
		return true, v.fail.report(tx, now, l.actor, OpFail, f, Sending, v.move.To)
	}
	return true, nil
}

// claim takes the first of the candidates that may be sent; tried is how many it looked at.
func (l *lane) claim(tx *sqldb.Tx, picks []candidate) (f *flight, tried int, err error) {
	for i, c := range picks {
		if scope, err := stopsDelivery(tx, c.id); err != nil {
			return nil, 0, err
		} else if scope != "" {
			continue
		}
		f, ok, err := claim(tx, l.s.Clock.Now(), l.s.Holder, c.id)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			continue
		}
		if recalled, err := l.s.recall(tx, l.actor, f); err != nil {
			return nil, 0, err
		} else if recalled {
			continue
		}
		f.item.Bytes, err = l.s.codec.load(tx, c.id)
		if err != nil && problem.KindOf(err) == problem.Unavailable {
			return nil, 0, err
		}
		f.unreadable = err
		return f, i + 1, nil
	}
	return nil, len(picks), nil
}

// send hands a message to the channel.
func (l *lane) send(ctx context.Context, f *flight) Result {
	if f.unreadable != nil {
		return Result{Outcome: Refused, Detail: lineOf(f.unreadable.Error(), maxDetail)}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.watch.begin(f.item.ID, cancel)
	defer l.watch.end()
	r := l.channel.Send(ctx, f.item)
	switch {
	case ctx.Err() != nil && (r.Outcome == Deferred || r.Outcome == Down):
		r.Outcome = Stopped // it failed because it was told to end
	case ctx.Err() == nil && r.Outcome == Stopped:
		r = Result{Outcome: Down, Detail: "the channel stopped by itself: " + r.Detail}
	}
	r.Status, r.Detail = lineOf(r.Status, 20), lineOf(r.Detail, maxDetail)
	f.item.Bytes = nil
	return r
}
