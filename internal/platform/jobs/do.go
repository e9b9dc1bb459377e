package jobs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// do runs one task from claim to end. stop is the queue's context.
func (q *Queue) do(stop context.Context, t *Task) {
	defer q.leave(t)
	began := time.Now()
	err := stop.Err()
	if err == nil {
		err = t.attempt(stop)
	}
	o := q.judge(stop, t, err)
	q.figures.ended.WithLabelValues(t.Kind, o.name).Inc()
	q.figures.seconds.WithLabelValues(t.Kind).Observe(time.Since(began).Seconds())
	q.settle(stop, t, o)
}

// attempt does the work, with signs of life meanwhile.
func (t *Task) attempt(stop context.Context) error {
	ctx, cancel := context.WithCancelCause(stop)
	defer cancel(nil)
	over := make(chan struct{})
	beating := make(chan struct{})
	go func() { defer close(beating); t.keep(context.WithoutCancel(stop), cancel, over) }()
	err := t.contained(ctx)
	close(over)
	<-beating
	return err
}

// contained calls Do and makes an error of its panic.
func (t *Task) contained(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.queue.Log.ErrorContext(ctx, "a job panicked", "kind", t.Kind, "job", t.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = problem.New(problem.Internal, "it panicked: %v; the log has the stack", p)
		}
	}()
	return t.kind.Do(ctx, t)
}

// keep gives signs of life until the work is over, also while it winds down after the end was asked for. If the lease is lost, or the job is
// cut, the work's context ends with the reason as its cause; passing faults of the database do not end it.
func (t *Task) keep(ctx context.Context, lost context.CancelCauseFunc, over <-chan struct{}) {
	tick := time.NewTicker(min(t.beatPause(), time.Second))
	defer tick.Stop()
	last, cut := time.Now(), t.cut
	for {
		select {
		case <-over:
			return
		case <-cut:
			cut = nil
			lost(t.lost())
		case <-tick.C:
			if !t.news() && time.Since(last) < t.beatPause() {
				continue
			}
			last = time.Now()
			if !t.beat(ctx) {
				lost(t.lost())
				return
			}
		}
	}
}

// news reports whether there is progress to write.
func (t *Task) news() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fresh
}

// beat writes a sign of life. It is false if the job was taken away; one that was ended in the work's own transaction was not.
func (t *Task) beat(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	t.mu.Lock()
	t.fresh = false
	t.mu.Unlock()
	var n int64
	err := t.queue.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		n, err = tx.Exec(`UPDATE job SET beat = beat + 1, progress = $3 WHERE id = $1 AND epoch = $2 AND state = 'running'`, t.ID, t.epoch, t.said())
		return err
	})
	if err != nil {
		t.queue.Log.WarnContext(ctx, "a job's sign of life was not written", "kind", t.Kind, "job", t.ID, "error", err)
		return true
	}
	return n > 0 || t.hasEnded()
}

func (t *Task) hasEnded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// outcome is how an attempt came out.
type outcome struct {
	name  string // done, failed, dead, returned
	text  string // the error
	pause time.Duration
}

// judge decides what becomes of the job.
func (q *Queue) judge(stop context.Context, t *Task, err error) outcome {
	switch {
	case err == nil:
		return outcome{name: "done"}
	case stop.Err() != nil:
		return outcome{name: "returned"}
	case isFinal(err) || t.Attempts >= t.kind.Attempts:
		return outcome{name: "dead", text: clean(err.Error(), maxText)}
	}
	return outcome{name: "failed", text: clean(err.Error(), maxText), pause: t.kind.pause(t.Attempts)}
}

// pause is the time after the n-th attempt, a little different each time, so that what failed together does not come back together.
func (k Kind) pause(n int) time.Duration {
	d := max(k.Backoff(n), time.Millisecond)
	return d + rand.N(d/4+1)
}

// settle writes the outcome, however long the database is away while the queue runs.
func (q *Queue) settle(stop context.Context, t *Task, o outcome) {
	ctx := context.WithoutCancel(stop)
	for try := 1; ; try++ {
		n, err := q.write(ctx, t, o)
		if err == nil {
			q.tell(ctx, t, o, n)
			return
		}
		q.Log.ErrorContext(ctx, "a job's end was not written", "kind", t.Kind, "job", t.ID, "outcome", o.name, "error", err)
		if try >= 3 && (stop.Err() != nil || !problem.Is(err, problem.Unavailable)) {
			return // it goes to another after its lease
		}
		time.Sleep(faultPause)
	}
}

func (q *Queue) write(ctx context.Context, t *Task, o outcome) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	err = q.DB.Write(ctx, func(tx *sqldb.Tx) error {
		switch o.name {
		case "done":
			n, err = t.done(tx)
		case "returned":
			n, err = tx.Exec(`UPDATE job SET state = 'waiting', holder = '', attempts = attempts - 1 WHERE id = $1 AND epoch = $2 AND state = 'running'`,
				t.ID, t.epoch)
		case "dead":
			n, err = bury(tx, q.Clock.Now(), t.Job, o.text)
		default:
			n, err = putOff(tx, q.Clock.Now(), t.Job, o.pause, o.text)
		}
		return err
	})
	return n, err
}

// tell logs what people should hear of.
func (q *Queue) tell(ctx context.Context, t *Task, o outcome, n int64) {
	log := q.Log.With("kind", t.Kind, "job", t.ID, "subject", t.Subject, "attempt", t.Attempts)
	switch {
	case n == 0 && t.hasEnded(): // in the work's own transaction
	case n == 0:
		log.WarnContext(ctx, "a job was taken away before its end; another does it, or it was discarded")
	case o.name == "dead":
		log.ErrorContext(ctx, "a job is dead, and waits for a person to retry or discard it", "error", o.text)
	case o.name == "failed":
		log.WarnContext(ctx, "a job failed and is tried again", "error", o.text, "after", o.pause.Round(time.Millisecond))
	}
}
