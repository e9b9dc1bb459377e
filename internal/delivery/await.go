package delivery

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The pauses of Await: between two looks, and after which it holds that what is due waits for its pace.
const (
	awaitLook  = 200 * time.Millisecond
	awaitStill = 3 * time.Second
)

// Await waits while Run, in this process or another, sends what is due, and tells like Drain what came of it; progress, if not nil, hears of
// each step. It ends when nothing is due, or when nothing moves any more: what is left waits for its pace, a stop order or a channel.
// When ctx ends, the sending goes on.
//
// Errors: Forbidden; Unavailable if the database fails.
func (s *Service) Await(ctx context.Context, actor identity.Actor, progress func(Tally)) (t Tally, err error) {
	if err := actor.Authorise(OpSend, ""); err != nil {
		return t, err
	}
	since := s.Clock.Now()
	moved := time.Now()
	for {
		before := t
		now, busy, err := s.sentSince(ctx, since)
		if t = now; err != nil {
			return t, err
		}
		if t != before {
			moved = time.Now()
		}
		if progress != nil {
			progress(t)
		}
		if !busy || time.Since(moved) > cmp.Or(s.still, awaitStill) || sleep(ctx, awaitLook) != nil {
			return t, nil
		}
	}
}

// sentSince tells what happened to messages since then, and whether any is being sent or could be now.
func (s *Service) sentSince(ctx context.Context, since time.Time) (t Tally, busy bool, err error) {
	err = s.DB.Read(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		t = Tally{}
		if err := tx.QueryRow(`SELECT count(*) FILTER (WHERE state = 'accepted'), count(*) FILTER (WHERE state = 'refused')
			FROM delivery WHERE settled_at > 0 AND settled_at >= $1`, sqldb.Millis(since)).Scan(&t.Sent, &t.Failed); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'doubtful'), count(*) FILTER (WHERE state = 'held')
			FROM delivery WHERE state IN ('queued', 'doubtful', 'held') AND attempt > 0 AND last_at >= $1`, sqldb.Millis(since)).
			Scan(&t.Deferred, &t.Doubtful, &t.Held); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'sending')
			OR EXISTS (SELECT 1 FROM delivery d WHERE d.state IN ('queued', 'doubtful') AND d.next_at <= $1 AND NOT (`+stopped+`)
				AND NOT EXISTS (SELECT 1 FROM delivery_down w WHERE w.channel = d.channel))`, sqldb.Millis(s.Clock.Now())).Scan(&busy); err != nil {
			return err
		}
		down, err := downNow(tx)
		if err != nil {
			return err
		}
		return s.remains(tx, &t, down)
	})
	return t, busy, err
}

// downNow names the channels that do not work, and why.
func downNow(tx *sqldb.Tx) (out []string, err error) {
	err = tx.Each(`SELECT channel, reason FROM delivery_down ORDER BY channel`, nil, func(scan func(...any) error) error {
		var channel, reason string
		err := scan(&channel, &reason)
		out = append(out, fmt.Sprintf("%s: %s", channel, reason))
		return err
	})
	return out, err
}
