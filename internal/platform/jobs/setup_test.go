package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errBoom = errors.New("boom")
)

// shop is a database with a clock for queues.
type shop struct {
	t     testing.TB
	db    *sqldb.DB
	clock *clock.Fixed
}

// each runs fn on both engines.
func each(t *testing.T, fn func(s *shop)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(&shop{t, db, clock.At(noon)}) })
}

func (s *shop) queue(change ...func(*Options)) *Queue {
	o := Options{DB: s.db, Clock: s.clock, Log: slog.New(slog.DiscardHandler), Holder: "test", Grace: 2 * time.Minute}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

func alone(o *Options) { o.Alone = true }

func (s *shop) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) write(fn func(tx *sqldb.Tx) error) error { return s.db.Write(context.Background(), fn) }

func (s *shop) post(p Post) (name string) {
	s.t.Helper()
	s.ok(s.write(func(tx *sqldb.Tx) (err error) {
		name, err = Enqueue(tx, s.clock.Now(), p)
		return err
	}))
	return name
}

func (s *shop) get(name string) Job {
	s.t.Helper()
	j, err := s.queue().Get(context.Background(), name)
	s.ok(err)
	return j
}

// is fails unless the job is in a state, and returns it.
func (s *shop) is(name string, want State) Job {
	s.t.Helper()
	j := s.get(name)
	if j.State != want {
		s.t.Fatalf("job %s %s is %s (%q), want %s", j.Kind, j.Subject, j.State, j.Error, want)
	}
	return j
}

// round claims what is due now and does it, in this goroutine's time.
func (s *shop) round(q *Queue) (n int) {
	tasks, _ := q.claim(context.Background())
	var doing sync.WaitGroup
	for _, t := range tasks {
		doing.Go(func() { q.do(context.Background(), t) })
	}
	doing.Wait()
	return len(tasks)
}

// start runs a queue until the function it gives is called.
func (s *shop) start(q *Queue) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
}

// until waits for a condition.
func (s *shop) until(what string, fn func() bool) {
	s.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !fn(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func doing(fn func(ctx context.Context, t *Task) error) Kind { return Kind{Name: "test", Do: fn} }

func nothing(context.Context, *Task) error { return nil }

func clockAtNoon() *clock.Fixed { return clock.At(noon) }
