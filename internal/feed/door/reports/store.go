package reports

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// waiting is a report that is still to be fetched.
type waiting struct {
	item
	tries int
}

// announce notes the reports that are not known yet, and gives how many those are.
func announce(tx *sqldb.Tx, feed string, list []item, now time.Time) (fresh int64, err error) {
	for _, i := range list {
		n, err := tx.Exec(`INSERT INTO feed_report (feed, report, file, kind, day, state, tries, intake, announced, settled, error)
			VALUES ($1, $2, $3, $4, $5, 'waiting', 0, '', $6, 0, '') ON CONFLICT (feed, report) DO NOTHING`, feed, i.ID, i.File, i.Kind, i.Day, now)
		if err != nil {
			return fresh, err
		}
		fresh += n
	}
	return fresh, nil
}

// open lists what is still to be fetched, the oldest day first.
func open(tx *sqldb.Tx, feed string) (list []waiting, err error) {
	err = tx.Each(`SELECT report, file, kind, day, tries FROM feed_report WHERE feed = $1 AND state = 'waiting' ORDER BY day, report`, []any{feed},
		func(scan func(...any) error) error {
			var w waiting
			err := scan(&w.ID, &w.File, &w.Kind, &w.Day, &w.tries)
			list = append(list, w)
			return err
		})
	return list, err
}

// settle notes that a report was taken.
func settle(tx *sqldb.Tx, feed, report, intake string, now time.Time) error {
	_, err := tx.Exec(`UPDATE feed_report SET state = 'taken', intake = $1, settled = $2, error = '', tries = tries + 1
		WHERE feed = $3 AND report = $4`, intake, now, feed, report)
	return err
}

// failed notes that a report could not be had; after so many tries it is given up.
func failed(tx *sqldb.Tx, feed, report, why string, most int, now time.Time) error {
	_, err := tx.Exec(`UPDATE feed_report SET tries = tries + 1, error = $1, state = CASE WHEN tries + 1 >= $2 THEN 'given up' ELSE state END,
		settled = CASE WHEN tries + 1 >= $2 THEN CAST($3 AS BIGINT) ELSE settled END WHERE feed = $4 AND report = $5`,
		clean(why), most, now, feed, report)
	return err
}
