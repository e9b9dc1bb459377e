package app

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/core/problem"
)

// Loop is one of the things that run by themselves, as the overview and the figures show it.
type Loop struct {
	Name      string
	Vital     bool      // the server is not ready while this fails
	Since     time.Time // when it began, or last came back after a failure
	LastRun   time.Time // when its last round ended; zero before the first
	LastError string    // why its last round failed; empty if it did not
	Failures  int       // rounds that failed one after the other
}

// The pauses after a round that failed: twice as long each time.
const (
	firstBackoff = time.Second
	lastBackoff  = 5 * time.Minute
)

// task is what a loop does.
type task struct {
	name  string
	every time.Duration // between the end of a round and the next; 0: one round lasts until ctx ends
	soon  bool          // the first round comes at once, not after a pause
	vital bool
	wake  <-chan struct{} // begins a round before its time; may be nil
	do    func(context.Context) error
}

// loops are those of one process.
type loops struct {
	mu   sync.Mutex
	list []*Loop
}

// Loops tells how the things that run by themselves are, in the order in which they began.
func (a *App) Loops() []Loop {
	a.loops.mu.Lock()
	defer a.loops.mu.Unlock()
	out := make([]Loop, len(a.loops.list))
	for i, l := range a.loops.list {
		out[i] = *l
	}
	return out
}

// loop runs a task until ctx ends. Pauses are measured on the clock that nobody sets, so a jump of the time of day neither stalls a loop nor
// makes it storm.
func (a *App) loop(ctx context.Context, t task) {
	l := &Loop{Name: t.name, Vital: t.vital, Since: a.Clock.Now()}
	a.loops.mu.Lock()
	a.loops.list = append(a.loops.list, l)
	a.loops.mu.Unlock()
	a.running.Go(func() {
		for pause := t.first(); rest(ctx, pause, t.wake); {
			pause = a.note(ctx, l, t, round(ctx, t))
		}
	})
}

func (t task) first() time.Duration {
	if t.soon || t.every == 0 {
		return 0
	}
	return t.every
}

// rest waits for so long, or until woken. It reports false when ctx has ended.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	}
	return ctx.Err() == nil
}

// round does a task once. A panic is an error of this task: the others go on.
func round(ctx context.Context, t task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = problem.New(problem.Internal, "%s: panic: %v\n%s", t.name, p, debug.Stack())
		}
	}()
	err = t.do(ctx)
	if t.every == 0 && err == nil && ctx.Err() == nil {
		err = problem.New(problem.Internal, "%s ended by itself", t.name)
	}
	return err
}

// note keeps what came of a round and gives the pause before the next. That another process does the same at this moment is no failure.
func (a *App) note(ctx context.Context, l *Loop, t task, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	now := a.Clock.Now()
	a.loops.mu.Lock()
	defer a.loops.mu.Unlock()
	l.LastRun = now
	if err == nil || problem.Is(err, problem.Conflict) {
		if l.Failures > 0 {
			a.Log.InfoContext(ctx, "it works again", "loop", l.Name, "after_failures", l.Failures)
			l.Failures, l.LastError, l.Since = 0, "", now
		}
		return max(t.every, firstBackoff/10)
	}
	l.Failures++
	l.LastError = err.Error()
	pause := min(firstBackoff<<min(l.Failures-1, 10), lastBackoff)
	a.Log.ErrorContext(ctx, "a loop failed and is tried again", "loop", l.Name, "error", err, "failures", l.Failures, "pause", pause)
	return max(pause, t.every)
}

// unready names the vital loops that fail.
func (a *App) unready() (out []string) {
	for _, l := range a.Loops() {
		if l.Vital && l.Failures > 0 {
			out = append(out, fmt.Sprintf("%s: %s", l.Name, l.LastError))
		}
	}
	return out
}

// loopFigures tells Prometheus of the loops.
type loopFigures struct{ a *App }

var (
	loopFailures = prometheus.NewDesc("firehall_loop_failures", "Rounds of a loop that failed one after the other; 0 is well.", []string{"loop"}, nil)
	loopLast     = prometheus.NewDesc("firehall_loop_last_round_timestamp_seconds", "When a loop's last round ended.", []string{"loop"}, nil)
)

// Describe names the figures.
func (f loopFigures) Describe(out chan<- *prometheus.Desc) {
	out <- loopFailures
	out <- loopLast
}

// Collect reads the figures.
func (f loopFigures) Collect(out chan<- prometheus.Metric) {
	for _, l := range f.a.Loops() {
		out <- prometheus.MustNewConstMetric(loopFailures, prometheus.GaugeValue, float64(l.Failures), l.Name)
		if !l.LastRun.IsZero() {
			out <- prometheus.MustNewConstMetric(loopLast, prometheus.GaugeValue, float64(l.LastRun.UnixMilli())/1000, l.Name)
		}
	}
}
