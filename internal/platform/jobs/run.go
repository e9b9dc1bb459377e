package jobs

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// The pauses of the loops.
const (
	pollPause   = 500 * time.Millisecond // between looks for work that others posted
	watchPause  = time.Second            // between looks at the beats of others
	faultPause  = time.Second            // after the database failed
	rivalPause  = 20 * time.Millisecond  // about, after others were faster
	writeWithin = 10 * time.Second       // for a transaction that the end of Run must not cut off
)

// Run claims jobs of the kinds that were added, and does them, until ctx ends; then it waits for what runs to hand itself back. Passing faults
// of the database are logged and outlived. A Queue runs once at a time.
//
// Errors: Unavailable if tasks did not heed the end of their context within Options.Grace. Their jobs are taken by others after the lease.
func (q *Queue) Run(ctx context.Context) error {
	var watching, doing sync.WaitGroup
	taken := make(chan struct{})
	watching.Go(func() { q.watch(ctx, taken) })
	<-taken
	for ctx.Err() == nil {
		tasks, pause := q.claim(ctx)
		for _, t := range tasks {
			doing.Go(func() { q.do(ctx, t) })
		}
		q.rest(ctx, pause)
	}
	watching.Wait()
	return q.finish(&doing)
}

// rest waits for so long, for a call of Wake or for the end.
func (q *Queue) rest(ctx context.Context, pause time.Duration) {
	if pause <= 0 {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-q.wake:
	case <-timer.C:
	}
}

// finish waits for the tasks that still run.
func (q *Queue) finish(doing *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() { doing.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-time.After(q.Grace):
		return problem.New(problem.Unavailable, "still at work %s after the end was asked for: %s; these jobs are done again later", q.Grace, q.under())
	}
}

// under names what runs in this process.
func (q *Queue) under() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var names []string
	for _, t := range q.tasks {
		names = append(names, t.Kind+" "+t.ID)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// claim takes what is due for the places that are free, and tells how long to rest before the next look.
func (q *Queue) claim(ctx context.Context) ([]*Task, time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin) // a claim that is cut off would be held by nobody
	defer cancel()
	places, err := q.wanted(ctx, q.places())
	if err == nil && len(places) == 0 {
		return nil, pollPause
	}
	var jobs []Job
	if err == nil {
		jobs, err = q.take(ctx, places)
	}
	switch {
	case err != nil:
		q.Log.ErrorContext(ctx, "jobs: looking for work", "error", err)
		return nil, faultPause
	case len(jobs) == 0:
		return nil, rivalPause/2 + rand.N(rivalPause)
	}
	return q.enter(jobs), 0
}

// enter makes tasks of claimed jobs and gives them their places.
func (q *Queue) enter(jobs []Job) []*Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	tasks := make([]*Task, len(jobs))
	for i, j := range jobs {
		w := q.kinds[j.Kind]
		w.running++
		tasks[i] = &Task{Job: j, queue: q, kind: w, cut: make(chan struct{})}
		q.tasks[j.ID] = tasks[i]
	}
	return tasks
}

// leave frees a task's place.
func (q *Queue) leave(t *Task) {
	q.mu.Lock()
	t.kind.running--
	if q.tasks[t.ID] == t {
		delete(q.tasks, t.ID)
	}
	q.mu.Unlock()
	q.Wake()
}
