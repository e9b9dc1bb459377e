package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// sight is what was seen of a job that another holds, and since when.
type sight struct {
	epoch, beat int64
	since       time.Duration
}

// watch looks at the beats of jobs that others hold until ctx ends, apart from the claims: taking one away may wait for a transaction of its
// holder. taken is closed when what a dead process held was taken over, so far as that can be known at once.
func (q *Queue) watch(ctx context.Context, taken chan<- struct{}) {
	seen := sights{of: map[string]sight{}, last: time.Now()}
	if q.Alone {
		q.look(ctx, &seen, func(Job, time.Duration) bool { return true })
	}
	close(taken)
	tick := time.NewTicker(watchPause)
	defer tick.Stop()
	for n := 0; ; n++ {
		if n%30 == 0 {
			q.gauge(ctx)
		}
		q.look(ctx, &seen, q.overdue)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// overdue reports whether a holder that was silent for so long has had its lease.
func (q *Queue) overdue(j Job, silent time.Duration) bool { return silent > q.kinds[j.Kind].Lease }

// look takes away the jobs of holders that gone says are dead, and remembers the beats of the rest.
func (q *Queue) look(ctx context.Context, seen *sights, gone func(Job, time.Duration) bool) {
	held, err := q.heldByOthers(ctx)
	if err == nil {
		seen.pass(held)
	}
	for _, j := range held {
		if err == nil && gone(j, seen.silent(j)) {
			err = q.takeAway(ctx, j)
		}
	}
	if err != nil && ctx.Err() == nil {
		q.Log.ErrorContext(ctx, "jobs: looking after the work of other processes", "error", err)
	}
}

// sights is what was seen of others, on a clock that runs only while somebody looks: neither an outage of the database nor a stop of the whole
// machine makes the holders look dead.
type sights struct {
	of   map[string]sight // by job
	last time.Time
	now  time.Duration
}

// pass lets time pass, and takes in what is held now.
func (s *sights) pass(held []Job) {
	s.now += min(time.Since(s.last), 2*watchPause)
	s.last = time.Now()
	of := make(map[string]sight, len(held))
	for _, j := range held {
		at, ok := s.of[j.ID]
		if !ok || at.epoch != j.epoch || at.beat != j.beat {
			at = sight{j.epoch, j.beat, s.now}
		}
		of[j.ID] = at
	}
	s.of = of
}

func (s *sights) silent(j Job) time.Duration { return s.now - s.of[j.ID].since }

// heldByOthers lists the running jobs of known kinds that no task of this process does. A job that bears this process's name without having
// a task counts: its claim, or its end, was not heard of.
func (q *Queue) heldByOthers(ctx context.Context) (out []Job, err error) {
	err = q.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`SELECT `+columns+` FROM job WHERE state = 'running' ORDER BY id`, nil, func(scan func(...any) error) error {
			j, err := scanJob(scan)
			if err == nil && q.knows(j) {
				out = append(out, j)
			}
			return err
		})
	})
	return out, err
}

// knows reports whether a job is of a kind that is done here, and none that is done just now.
func (q *Queue) knows(j Job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tasks[j.ID]
	return q.kinds[j.Kind] != nil && (t == nil || t.epoch != j.epoch)
}

// takeAway ends a dead holder's attempt. It counts, since the job may be what killed it.
func (q *Queue) takeAway(ctx context.Context, j Job) error {
	var n int64
	err := q.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		n = 0
		var beat int64
		err = tx.QueryRow(`UPDATE job SET beat = beat WHERE id = $1 AND epoch = $2 AND state = 'running' RETURNING beat`, j.ID, j.epoch).Scan(&beat)
		if sqldb.NoRows(err) || err == nil && beat != j.beat {
			return nil // it lives, or has ended
		}
		if err == nil {
			n, err = q.orphaned(tx, j)
		}
		return err
	})
	if err == nil && n > 0 {
		q.Log.WarnContext(ctx, "a job was taken from a process that died or stood still", "kind", j.Kind, "job", j.ID, "holder", j.Holder, "attempt", j.Attempts)
		q.Wake()
	}
	return err
}

// orphaned decides about a job whose holder is dead: the first attempt is made up for at once.
func (q *Queue) orphaned(tx *sqldb.Tx, j Job) (int64, error) {
	k, now := q.kinds[j.Kind].Kind, q.Clock.Now()
	text := fmt.Sprintf("%s died, or stood still for %s, in attempt %d of %d", clean(j.Holder, 200), k.Lease, j.Attempts, k.Attempts)
	switch {
	case j.Attempts >= k.Attempts:
		return bury(tx, now, j, text)
	case j.Attempts <= 1:
		return putOff(tx, now, j, 0, text)
	}
	return putOff(tx, now, j, k.pause(j.Attempts-1), text)
}

// gauge counts the jobs for the figures.
func (q *Queue) gauge(ctx context.Context) {
	if q.Metrics == nil {
		return
	}
	counts, err := q.Counts(ctx)
	if err != nil {
		return // the next look says what is wrong
	}
	for s, n := range counts {
		q.figures.states.WithLabelValues(string(s)).Set(float64(n))
	}
}
