package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// die claims a job as a process does that dies then.
func (s *shop) die(q *Queue, want int) []*Task {
	s.t.Helper()
	tasks, _ := q.claim(context.Background())
	if len(tasks) != want {
		s.t.Fatalf("claimed %d jobs, want %d", len(tasks), want)
	}
	return tasks
}

// survivors takes away what silent holders hold.
func (s *shop) survive(q *Queue) {
	seen := sights{of: map[string]sight{}}
	q.look(context.Background(), &seen, func(Job, time.Duration) bool { return true })
}

// Who lost the lease neither commits, nor ends the job, nor marks it as failed.
func TestFence(t *testing.T) {
	each(t, func(s *shop) {
		first, second := s.queue(), s.queue()
		for _, q := range []*Queue{first, second} {
			q.Handle(doing(nothing))
		}
		name := s.post(Post{Kind: "test"})
		old := s.die(first, 1)[0]
		s.ok(s.write(old.Fence))
		s.survive(second)
		fresh := s.die(second, 1)[0]
		for _, fn := range []func(tx *sqldb.Tx) error{old.Fence, old.End} {
			if err := s.write(fn); !problem.Is(err, problem.Conflict) {
				t.Errorf("got %v", err)
			}
		}
		for _, o := range []outcome{{name: "done"}, {name: "failed", pause: 1}, {name: "dead"}, {name: "returned"}} {
			if n, err := first.write(context.Background(), old, o); err != nil || n != 0 {
				t.Errorf("%s: %d, %v", o.name, n, err)
			}
		}
		if old.beat(context.Background()) && !old.hasEnded() {
			t.Error("a sign of life of the dead")
		}
		s.ok(s.write(fresh.End))
		if j := s.is(name, Done); j.Attempts != 2 {
			t.Errorf("%+v", j)
		}
	})
}

// The effect and the end are one: if the transaction fails, the job is as it was.
func TestEndGoesWithItsTransaction(t *testing.T) {
	each(t, func(s *shop) {
		q, n := s.queue(), 0
		q.Handle(doing(func(_ context.Context, t *Task) error {
			n++
			err := s.write(func(tx *sqldb.Tx) error {
				if err := t.End(tx); err != nil || n > 1 {
					return err
				}
				return errBoom
			})
			if n > 1 {
				return errBoom // after the end it is no matter
			}
			return err
		}))
		name := s.post(Post{Kind: "test"})
		s.round(q)
		s.is(name, Waiting)
		s.clock.Advance(time.Hour)
		s.round(q)
		s.is(name, Done)
	})
}

// A process that is alone takes at once what a dead one held; the attempt counts, so what kills its process is dead in the end.
func TestAlone(t *testing.T) {
	each(t, func(s *shop) {
		name := s.post(Post{Kind: "test", Unique: true})
		for n := 1; n <= 3; n++ {
			q := s.queue()
			q.Handle(Kind{Name: "test", Attempts: 3, Do: nothing})
			s.die(q, 1)
			q = s.queue(alone)
			q.Handle(Kind{Name: "test", Attempts: 3, Do: func(context.Context, *Task) error { t.Error("it was done"); return nil }})
			s.clock.Set(s.clock.Now().AddDate(-1, 0, 0)) // no clock is asked
			s.survive(q)
			if j := s.get(name); j.Attempts != n || !strings.Contains(j.Error, "died") {
				t.Errorf("%+v", j)
			}
			s.clock.Set(s.clock.Now().AddDate(2, 0, 0))
		}
		s.is(name, Dead)
	})
}

// The work of a dead process goes to another after the lease, whatever the clocks say, and not before.
func TestLeaseEndsBySilence(t *testing.T) {
	each(t, func(s *shop) {
		dead, q := s.queue(), s.queue()
		dead.Handle(doing(nothing))
		q.Handle(Kind{Name: "test", Lease: 1500 * time.Millisecond, Do: nothing})
		name := s.post(Post{Kind: "test"})
		s.die(dead, 1)
		s.clock.Set(noon.AddDate(1, 0, 0))
		start := time.Now()
		stop := s.start(q)
		defer stop()
		s.until("another has done it", func() bool { return s.get(name).State == Done })
		if d := time.Since(start); d < 1500*time.Millisecond {
			t.Errorf("taken after %s", d)
		}
	})
}

// A holder that gives signs of life keeps its job, however long the work takes and whatever its clock says.
func TestTheLivingKeepTheirs(t *testing.T) {
	each(t, func(s *shop) {
		holder, other, over := s.queue(), s.queue(), make(chan struct{})
		for _, q := range []*Queue{holder, other} {
			q.Handle(Kind{Name: "test", Lease: 1500 * time.Millisecond, Do: func(context.Context, *Task) error { <-over; return nil }})
		}
		name := s.post(Post{Kind: "test"})
		stop := s.start(holder)
		defer stop()
		s.until("it has begun", func() bool { return s.get(name).State == Running })
		s.clock.Advance(1000 * time.Hour)
		seen := sights{of: map[string]sight{}}
		for range 5 { // each look is longer than the lease after the one before, and there was a sign of life between
			last := s.get(name).beat
			s.until("a sign of life", func() bool { return s.get(name).beat > last })
			other.look(context.Background(), &seen, other.overdue)
			seen.last = time.Now().Add(-time.Hour)
		}
		close(over)
		s.until("it is done", func() bool { return s.get(name).State == Done })
		if j := s.get(name); j.Attempts != 1 {
			t.Errorf("%+v", j)
		}
	})
}

// Time in which nobody could look does not count as silence.
func TestSights(t *testing.T) {
	s := sights{of: map[string]sight{}, last: time.Now().Add(-time.Hour)}
	j := Job{ID: "a", epoch: 1}
	s.pass([]Job{j})
	s.last = time.Now().Add(-time.Hour)
	s.pass([]Job{j})
	if d := s.silent(j); d != 2*watchPause {
		t.Errorf("silent for %s", d)
	}
	j.beat++
	if s.pass([]Job{j}); s.silent(j) != 0 {
		t.Error("a beat was not seen")
	}
	if s.pass(nil); len(s.of) != 0 {
		t.Error("what nobody holds was not forgotten")
	}
}

// A beat that came while another waited to take the job away keeps it.
func TestTakeAwayLooksAgain(t *testing.T) {
	each(t, func(s *shop) {
		holder, other := s.queue(), s.queue()
		for _, q := range []*Queue{holder, other} {
			q.Handle(doing(nothing))
		}
		name := s.post(Post{Kind: "test"})
		task := s.die(holder, 1)[0]
		seen := s.get(name)
		s.ok(s.write(task.Fence))
		s.ok(other.takeAway(context.Background(), seen))
		s.is(name, Running)
	})
}

// A job whose claim was not heard of, or whose end could not be written, is no exception.
func TestOwnJobWithoutTask(t *testing.T) {
	s := &shop{t, sqldbtest.Open(t, sqldb.SQLite), nil}
	s.clock = clockAtNoon()
	q := s.queue()
	q.Handle(doing(nothing))
	name := s.post(Post{Kind: "test"})
	task := s.die(q, 1)[0]
	s.survive(q)
	s.is(name, Running) // there is a task
	q.leave(task)
	s.survive(q)
	s.is(name, Waiting)
}
