package jobs

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// maxText bounds what is kept of errors and progress, in bytes.
const maxText = 2000

// Task is a job that this process holds.
type Task struct {
	Job
	queue *Queue
	kind  *worker
	once  sync.Once
	cut   chan struct{} // closed to end the work

	mu       sync.Mutex
	progress string
	fresh    bool // progress was not written yet
	ended    bool // End was called, though its transaction may have failed
}

// Progress tells people how far the work is. It is written with the next sign of life, at most once a second, so it may be called often.
func (t *Task) Progress(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fresh = t.fresh || t.progress != text
	t.progress = text
}

// Into reads the job's body; a body that does not fit is an error that is not tried again.
func (t *Task) Into(v any) error {
	if err := json.Unmarshal(t.Body, v); err != nil {
		return Final(problem.Wrap(problem.Invalid, err, "the body of the job %s %s", t.Kind, t.ID))
	}
	return nil
}

// Fence fails the transaction with a problem.Conflict if the lease is lost, and else keeps others from taking the job until the transaction
// ends. Call it in each transaction in which the work counts. It does not end the job: a process that dies after the commit leaves the job to
// another, who does it again. Work that may not count twice, and does not find out by itself that it was done, calls End instead.
func (t *Task) Fence(tx *sqldb.Tx) error {
	// It is a sign of life too: others may have waited for the end of this transaction to take the job away.
	return t.own(tx.Exec(`UPDATE job SET beat = beat + 1 WHERE id = $1 AND epoch = $2 AND state = 'running'`, t.ID, t.epoch))
}

// End is Fence, and ends the job in the same transaction: if that commits, the work counts and the job is done, and if not, neither. Do should
// return soon after; what it returns then is no matter.
func (t *Task) End(tx *sqldb.Tx) error {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	return t.own(t.done(tx))
}

func (t *Task) own(n int64, err error) error {
	if err == nil && n == 0 {
		return t.lost()
	}
	return err
}

// lost says that somebody else has the job, or nobody.
func (t *Task) lost() error {
	return problem.New(problem.Conflict, "the job %s %s was taken away: another does it, it was discarded, or it has ended", t.Kind, t.ID)
}

// done ends the job in a transaction, or lets it wait for the run that was posted meanwhile.
func (t *Task) done(tx *sqldb.Tx) (int64, error) {
	return tx.Exec(`UPDATE job SET state = CASE WHEN again >= 0 THEN 'waiting' ELSE 'done' END, due = CASE WHEN again >= 0 THEN again ELSE due END,
			attempts = CASE WHEN again >= 0 THEN 0 ELSE attempts END, again = -1, holder = '', ended = $3, error = '', progress = $4
		WHERE id = $1 AND epoch = $2 AND state = 'running'`, t.ID, t.epoch, t.queue.Clock.Now(), t.said())
}

// said is the latest progress.
func (t *Task) said() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return clean(t.progress, maxText)
}

// final is an error that another attempt would not mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Final marks an error of Do that another attempt would not mend: the job is dead at once. nil stays nil.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return final{err}
}

func isFinal(err error) bool { return errors.As(err, new(final)) }

// stop ends the work's context.
func (t *Task) stop() { t.once.Do(func() { close(t.cut) }) }

// beatPause is how long a task may go without a sign of life.
func (t *Task) beatPause() time.Duration { return min(t.kind.Lease/3, 10*time.Second) }
