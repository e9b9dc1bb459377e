package desk

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpSeen is saying that one has seen what is new.
const OpSeen identity.Operation = "desk.seen"

// seenCritical names what was seen: the critical findings of the overview.
const seenCritical = "critical"

// Seen gives when the reader last said that the critical findings are seen; zero for never.
func (b *Board) Seen(ctx context.Context, actor identity.Actor) (at time.Time, err error) {
	if err := actor.Authorise(OpOverview, "overview"); err != nil {
		return at, err
	}
	err = b.o.Desk.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var ms int64
		err := tx.QueryRow(`SELECT at FROM seen WHERE person = $1 AND what = $2`, actor.ID, seenCritical).Scan(&ms)
		if sqldb.NoRows(err) {
			return nil
		}
		at = sqldb.Time(ms)
		return err
	})
	return at, err
}

// SetSeen notes that the reader has seen the critical findings as they stood at a time: what the page showed, not what came since.
func (b *Board) SetSeen(ctx context.Context, actor identity.Actor, at time.Time) error {
	if err := actor.Authorise(OpSeen, seenCritical); err != nil {
		return err
	}
	d := b.o.Desk
	if now := d.o.Clock.Now(); at.IsZero() || at.After(now) {
		at = now
	}
	return d.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO seen (person, what, at) VALUES ($1, $2, $3)
			ON CONFLICT (person, what) DO UPDATE SET at = excluded.at WHERE seen.at < excluded.at`, actor.ID, seenCritical, at)
		if err != nil {
			return err
		}
		return actor.Audit(tx, d.o.Clock.Now(), OpSeen, seenCritical, nil, nil)
	})
}
