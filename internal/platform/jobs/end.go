package jobs

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// putOff lets a job that runs wait for its next attempt; a pause of 0 is at once. It gives 0 if the job was taken away.
func putOff(tx *sqldb.Tx, now time.Time, j Job, pause time.Duration, text string) (int64, error) {
	due := int64(0)
	if pause > 0 {
		due = sqldb.Millis(now.Add(pause))
	}
	return tx.Exec(`UPDATE job SET state = 'waiting', holder = '', due = $3, ended = $4, error = $5 WHERE id = $1 AND epoch = $2 AND state = 'running'`,
		j.ID, j.epoch, due, now, text)
}

// bury makes a job that runs dead. The run that was posted to follow it becomes a job of its own: a failure does not end a series.
func bury(tx *sqldb.Tx, now time.Time, j Job, text string) (int64, error) {
	var again int64
	err := tx.QueryRow(`UPDATE job SET state = 'dead', holder = '', ended = $3, error = $4 WHERE id = $1 AND epoch = $2 AND state = 'running'
		RETURNING again`, j.ID, j.epoch, now, text).Scan(&again)
	if sqldb.NoRows(err) {
		return 0, nil
	}
	if err == nil && again != none {
		_, err = Enqueue(tx, now, Post{Kind: j.Kind, Subject: j.Subject, Body: j.Body, Due: sqldb.Time(again), Unique: true})
	}
	return 1, err
}
