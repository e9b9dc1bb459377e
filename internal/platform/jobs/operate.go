package jobs

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Retry lets a dead job, or one that waits for its next attempt, be tried again at once with all its attempts; it returns the job as it was.
// Call Wake after the commit. Errors: NotFound; Conflict if it runs or is done, or if another like it, which must be the only one, waits.
func Retry(tx *sqldb.Tx, name string) (Job, error) {
	j, err := load(tx, name)
	if err != nil {
		return j, err
	}
	if j.State == Running || j.State == Done {
		return j, problem.New(problem.Conflict, "the job %s %s is %s: only one that is dead, or waits, can be tried again", j.Kind, j.ID, j.State)
	}
	n, err := tx.Exec(`UPDATE job SET state = 'waiting', due = 0, attempts = 0, again = -1 WHERE id = $1 AND epoch = $2 AND state = $3`,
		name, j.epoch, string(j.State))
	if problem.Is(err, problem.Conflict) {
		return j, problem.Wrap(problem.Conflict, err, "another job %s %s waits or runs already, which does the same: discard this one", j.Kind, j.Subject)
	}
	return j, raced(n, err, j)
}

// Discard removes a job that is not done, and returns it as it was. One that runs loses its lease: its context ends within moments in this
// process (see Queue.Cut), and with its next sign of life in another. Errors: NotFound; Conflict if it is done.
func Discard(tx *sqldb.Tx, name string) (Job, error) {
	j, err := load(tx, name)
	if err != nil {
		return j, err
	}
	if j.State == Done {
		return j, problem.New(problem.Conflict, "the job %s %s is done already: nothing is left to discard", j.Kind, j.ID)
	}
	n, err := tx.Exec(`DELETE FROM job WHERE id = $1 AND state <> 'done'`, name)
	return j, raced(n, err, j)
}

// raced tells of a change that came in between.
func raced(n int64, err error, j Job) error {
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "the job %s %s has changed just now: look at it again", j.Kind, j.ID)
	}
	return err
}

// Cut ends the context of a job that runs in this process: for one that was discarded.
func (q *Queue) Cut(name string) {
	q.mu.Lock()
	t := q.tasks[name]
	q.mu.Unlock()
	if t != nil {
		t.stop()
	}
}

// forgetChunk bounds what one transaction removes, so that others need not wait long.
const forgetChunk = 5000

// Forget removes jobs that were done longer ago than age, and returns how many. Dead ones stay until somebody has looked at them.
func (q *Queue) Forget(ctx context.Context, age time.Duration) (total int64, err error) {
	before := q.Clock.Now().Add(-age)
	for {
		var n int64
		err := q.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM job WHERE state = 'done' AND id IN (
				SELECT id FROM job WHERE state = 'done' AND ended < $1 ORDER BY ended LIMIT $2)`, before, forgetChunk)
			return err
		})
		total += n
		if err != nil || n < forgetChunk {
			return total, err
		}
	}
}
