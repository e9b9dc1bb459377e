package rollup

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// hoursKept is for how long hours are kept, of both times: a day is compared with those of the weeks before it.
const hoursKept = 35 * 24 * time.Hour

// Fold makes days of hours that are old. It may be run at any time.
func (s *Store) Fold(ctx context.Context) error {
	day := event.DayOf(s.Clock.Now().Add(-hoursKept))
	want := head{day, day}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := serialise(tx); err != nil {
			return err
		}
		has, err := readHead(tx)
		if err != nil || want.observed <= has.observed && want.arrived <= has.arrived {
			return err
		}
		want.observed, want.arrived = max(want.observed, has.observed), max(want.arrived, has.arrived)
		return want.fold(tx)
	})
}

// fold rewrites the hours before the head's days.
func (h head) fold(tx *sqldb.Tx) error {
	const old = `(observed >= 0 AND observed < $1 AND observed % 24 <> 0 OR arrived >= 0 AND arrived < $2 AND arrived % 24 <> 0)`
	args := []any{h.observed * 24, h.arrived * 24}
	_, err := tx.Exec(`INSERT INTO rollup_hour (day, feed, taxonomy, arrived, observed, report, kind, attributed, events)
		SELECT day, feed, taxonomy, CASE WHEN arrived >= 0 AND arrived < $2 THEN arrived - arrived % 24 ELSE arrived END AS a,
			CASE WHEN observed >= 0 AND observed < $1 THEN observed - observed % 24 ELSE observed END AS o, report, kind, attributed, CAST(sum(events) AS BIGINT)
		FROM rollup_hour WHERE `+old+` GROUP BY day, feed, taxonomy, a, o, report, kind, attributed
		ON CONFLICT (day, feed, taxonomy, arrived, observed, report, kind, attributed) DO UPDATE SET events = rollup_hour.events + excluded.events`, args...)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM rollup_hour WHERE `+old, args...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE rollup_head SET observed_from = $1, arrived_from = $2 WHERE one = 1`, h.observed, h.arrived)
	return err
}
