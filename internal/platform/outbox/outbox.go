// Package outbox carries word of a change from the room that made it to those that must react.
//
// Post writes a row in the transaction of the change, so that both are there or neither is. Each hands a topic's rows to a function and
// removes a row in the function's own transaction, so that each row takes effect once, also with several processes on one database. Rows of
// a topic come in about the order of their posting, and a reader must not rely on more.
package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Row is one word of a change.
type Row struct {
	ID, Topic, Subject string
	At                 time.Time
}

// Post leaves word of topic about subject, an id, for those who read the topic.
func Post(tx *sqldb.Tx, now time.Time, topic, subject string) error {
	_, err := tx.Exec(`INSERT INTO outbox (id, topic, subject, at) VALUES ($1, $2, $3, $4)`, id.NewAt(now), topic, subject, sqldb.Millis(now))
	return err
}

// Each handles the rows of a topic that are there, at most limit of them, each in a transaction of its own in which the row is removed; it
// returns how many. handle must do what the row asks for by the transaction only. A row that it fails for stays for the next time, and does not
// keep those behind it waiting; the errors come back together. An Unavailable database or the end of ctx ends the reading.
func Each(ctx context.Context, db *sqldb.DB, topic string, limit int, handle func(tx *sqldb.Tx, r Row) error) (n int, err error) {
	rows, err := list(ctx, db, topic, limit)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, r := range rows {
		did := false
		err := db.Write(ctx, func(tx *sqldb.Tx) (err error) {
			did, err = take(tx, r, handle)
			return err
		})
		if err != nil {
			failed = append(failed, problem.Wrap(problem.KindOf(err), err, "%s of %s", topic, r.Subject))
		}
		if problem.KindOf(err) == problem.Unavailable && err != nil || ctx.Err() != nil {
			break
		}
		if did && err == nil {
			n++
		}
	}
	return n, errors.Join(failed...)
}

func list(ctx context.Context, db *sqldb.DB, topic string, limit int) (rows []Row, err error) {
	err = db.Read(ctx, func(tx *sqldb.Tx) error {
		rows = nil
		return tx.Each(`SELECT id, topic, subject, at FROM outbox WHERE topic = $1 ORDER BY id LIMIT $2`, []any{topic, limit},
			func(scan func(...any) error) error {
				var r Row
				var at int64
				if err := scan(&r.ID, &r.Topic, &r.Subject, &at); err != nil {
					return err
				}
				r.At = sqldb.Time(at)
				rows = append(rows, r)
				return nil
			})
	})
	return rows, err
}

// take removes a row, which locks it against other processes until the transaction ends, and handles it if it was still there.
func take(tx *sqldb.Tx, r Row, handle func(tx *sqldb.Tx, r Row) error) (bool, error) {
	n, err := tx.Exec(`DELETE FROM outbox WHERE id = $1`, r.ID)
	if err != nil || n == 0 {
		return false, err
	}
	return true, handle(tx, r)
}

// Discard removes the rows of a topic that nobody reads, and returns how many there were.
func Discard(ctx context.Context, db *sqldb.DB, topic string) (n int64, err error) {
	err = db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err = tx.Exec(`DELETE FROM outbox WHERE topic = $1`, topic)
		return err
	})
	return n, err
}
