package delivery

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// pollPause is how often an idle lane looks for what has become due.
const pollPause = 500 * time.Millisecond

// heard takes note of how the channel and the other side are.
func (l *lane) heard(ctx context.Context, f *flight) {
	now := l.s.Clock.Now()
	r := f.result
	l.pace.ended(f.item.Domain, now, r, l.policy.traits.PerHost)
	switch r.Outcome {
	case Down:
		l.down = r.words()
		l.downPause = min(max(2*l.downPause, firstDown), longestDown)
		l.downUntil = now.Add(l.downPause)
		l.line = &line{}
		l.s.Log.WarnContext(ctx, "a channel does not work", "channel", l.name, "reason", l.down, "again", l.downUntil)
	case Stopped:
		l.line = &line{} // what else the order covers is not to be tried one by one
	default:
		l.down, l.downPause = "", 0
	}
}

// noteDown stores whether the channel works, for those who ask in another process.
func (l *lane) noteDown(tx *sqldb.Tx, r Result) error {
	switch {
	case r.Outcome == Down:
		_, err := tx.Exec(`INSERT INTO delivery_down AS t (channel, reason, since) VALUES ($1, $2, $3)
			ON CONFLICT (channel) DO UPDATE SET reason = excluded.reason`, l.name, r.words(), l.s.Clock.Now())
		return err
	case r.Outcome == Stopped || l.upStored:
		return nil
	}
	_, err := tx.Exec(`DELETE FROM delivery_down WHERE channel = $1`, l.name)
	return err
}

// rest waits for something to do; false means that there is nothing more to wait for.
func (l *lane) rest(ctx context.Context) (more bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	wait := pollPause
	if !l.forever {
		if l.down != "" {
			return false, nil
		}
		paced, any := l.line.wait(l.s.Clock.Now(), l.pace)
		if !any {
			return false, nil
		}
		wait = min(paced, pollPause)
	}
	_ = sleep(ctx, max(wait, time.Millisecond))
	return true, nil
}
