package feed

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Days is what came of a feed on each of the last days, UTC, the oldest first.
type Days struct {
	Rows, Events, Aside []int64
	Undecided           int64     // inputs of these days that a person must settle
	Last                time.Time // when an input came last
}

// Days counts what came in the last days, today included, by feed.
func (s *Service) Days(ctx context.Context, actor identity.Actor, days int) (map[string]Days, error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	out := map[string]Days{}
	from := s.Clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(out)
		const query = `SELECT feed, (arrived_at - $1) / 86400000, CAST(sum(row_count) AS BIGINT), CAST(sum(events) AS BIGINT), CAST(sum(set_aside) AS BIGINT),
			count(*) FILTER (WHERE state = 'undecided'), max(arrived_at) FROM intake WHERE arrived_at >= $1 GROUP BY 1, 2`
		return tx.Each(query, []any{from.UnixMilli()}, func(scan func(...any) error) error {
			var feed string
			var day, rows, events, aside, undecided, last int64
			if err := scan(&feed, &day, &rows, &events, &aside, &undecided, &last); err != nil {
				return err
			}
			d := out[feed]
			if d.Rows == nil {
				d = Days{Rows: make([]int64, days), Events: make([]int64, days), Aside: make([]int64, days)}
			}
			if day >= 0 && day < int64(days) { // a clock that was set back leaves inputs of the future
				d.Rows[day] += rows
				d.Events[day] += events
				d.Aside[day] += aside
			}
			d.Undecided += undecided
			d.Last = latest(d.Last, sqldb.Time(last))
			out[feed] = d
			return nil
		})
	})
	return out, err
}
