package feed

import (
	"time"

	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// vitals reads what is known of all feeds.
func (s *Service) vitals(tx *sqldb.Tx, now time.Time) (map[string]*vitals, error) {
	all := map[string]*vitals{}
	for name, terms := range s.Feeds {
		all[name] = &vitals{feed: name, terms: terms, named: true}
	}
	of := func(feed string) *vitals {
		v := all[feed]
		if v == nil {
			v = &vitals{feed: feed, terms: config.DefaultFeed()}
			all[feed] = v
		}
		return v
	}
	for _, read := range []func(*sqldb.Tx, time.Time, func(string) *vitals) error{readHeard, readInputs, readOpen, readFetches, readColumns} {
		if err := read(tx, now, of); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// readHeard finds out when each feed came last: by its runs, and for what came before runs were kept by its intakes.
func readHeard(tx *sqldb.Tx, _ time.Time, of func(string) *vitals) error {
	const query = `SELECT feed, max(at), COALESCE(max(at) FILTER (WHERE outcome IN ('new', 'known')), 0) FROM feed_run WHERE outcome <> 'failed' GROUP BY feed
		UNION ALL SELECT feed, max(arrived_at), max(arrived_at) FROM intake GROUP BY feed`
	return tx.Each(query, nil, func(scan func(...any) error) error {
		var feed string
		var heard, changed int64
		err := scan(&feed, &heard, &changed)
		v := of(feed)
		v.heard, v.changed = latest(v.heard, sqldb.Time(heard)), latest(v.changed, sqldb.Time(changed))
		return err
	})
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// readInputs compares the last visible input of each feed with those before it.
func readInputs(tx *sqldb.Tx, _ time.Time, of func(string) *vitals) error {
	const query = `SELECT feed, name, arrived_at, row_count, place FROM (SELECT feed, name, arrived_at, row_count,
			row_number() OVER (PARTITION BY feed ORDER BY id DESC) AS place FROM intake WHERE state = 'done') AS t
		WHERE place <= $1 ORDER BY feed, place`
	return tx.Each(query, []any{usualRuns + 1}, func(scan func(...any) error) error {
		var feed, name string
		var at, rows, place int64
		err := scan(&feed, &name, &at, &rows, &place)
		v := of(feed)
		v.inputs++
		if place == 1 {
			v.lastName, v.lastAt, v.rows = name, sqldb.Time(at), rows
		} else {
			v.usual = max(v.usual, rows)
		}
		return err
	})
}

// readOpen counts what waits for a person, and what should long have become visible.
func readOpen(tx *sqldb.Tx, now time.Time, of func(string) *vitals) error {
	const query = `SELECT feed, state, count(*), min(arrived_at) FROM intake
		WHERE state = 'accepted' AND arrived_at < $1 OR state = 'undecided' AND arrived_at > $2 GROUP BY feed, state`
	return tx.Each(query, []any{now.Add(-stuckAfter), now.Add(-undecidedFor)}, func(scan func(...any) error) error {
		var feed, state string
		var n int
		var first int64
		err := scan(&feed, &state, &n, &first)
		if v := of(feed); State(state) == Undecided {
			v.undecided, v.firstUnd = n, sqldb.Time(first)
		} else {
			v.stuck, v.firstStk = n, sqldb.Time(first)
		}
		return err
	})
}

func readColumns(tx *sqldb.Tx, _ time.Time, of func(string) *vitals) error {
	list, err := listColumns(tx, "", "")
	for _, m := range list {
		v := of(m.Feed)
		v.columns = append(v.columns, m)
	}
	return err
}

func readFetches(tx *sqldb.Tx, _ time.Time, of func(string) *vitals) error {
	list, err := ListFetched(tx, "")
	for _, f := range list {
		of(f.Feed).fetch = f
	}
	return err
}
