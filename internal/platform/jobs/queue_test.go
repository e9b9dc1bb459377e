package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestOutcomes(t *testing.T) {
	long := strings.Repeat("x", 3*maxText)
	tests := []struct {
		name  string
		do    func(ctx context.Context, t *Task) error
		state State
		text  string // of the error
	}{
		{"done", nothing, Done, ""},
		{"failed", func(context.Context, *Task) error { return errBoom }, Waiting, "boom"},
		{"final", func(context.Context, *Task) error { return fmt.Errorf("w: %w", Final(errBoom)) }, Dead, "w: boom"},
		{"a panic", func(context.Context, *Task) error { panic("ouch") }, Waiting, "it panicked: ouch; the log has the stack"},
		{"a body that does not fit", func(_ context.Context, t *Task) error { var n int; return t.Into(&n) }, Dead, "the body of"},
		{"a hostile error", func(context.Context, *Task) error { return errors.New("a\x00\n\x1b[31m\u202e\xffb") }, Waiting, "a [31m?b"},
		{"a long error", func(context.Context, *Task) error { return errors.New(long) }, Waiting, long[:maxText]},
	}
	each(t, func(s *shop) {
		for i, tt := range tests {
			q := s.queue()
			kind := fmt.Sprint("kind", i)
			q.Handle(Kind{Name: kind, Do: tt.do, Attempts: 2})
			name := s.post(Post{Kind: kind, Body: "text"})
			s.round(q)
			j := s.is(name, tt.state)
			if !strings.HasPrefix(j.Error, tt.text) || (j.Error == "") != (tt.text == "") || len(j.Error) > maxText+3 || j.Attempts != 1 || j.Holder != "" {
				s.t.Errorf("%s: %+v", tt.name, j)
			}
		}
	})
}

// A poison job is tried as often as its kind says, with growing pauses, and then waits for a person.
func TestPoison(t *testing.T) {
	each(t, func(s *shop) {
		q, runs := s.queue(), 0
		q.Handle(Kind{Name: "test", Attempts: 4, Do: func(context.Context, *Task) error { runs++; return errBoom }})
		name := s.post(Post{Kind: "test"})
		for n := 1; n < 4; n++ {
			s.round(q)
			d := s.is(name, Waiting).Due.Sub(s.clock.Now())
			if low := doubling(n); d < low || d > low+low/4+1 {
				s.t.Errorf("pause %s after attempt %d", d, n)
			}
			s.clock.Advance(d)
		}
		s.round(q)
		if j := s.is(name, Dead); j.Attempts != 4 || runs != 4 {
			s.t.Errorf("%d runs, %+v", runs, j)
		}
		s.ok(s.write(func(tx *sqldb.Tx) error { _, err := Retry(tx, name); return err }))
		s.round(q)
		if j := s.is(name, Waiting); j.Attempts != 1 || runs != 5 {
			s.t.Errorf("%d runs, %+v", runs, j)
		}
	})
}

func TestDoubling(t *testing.T) {
	for n, want := range map[int]time.Duration{-1: firstBackoff, 1: firstBackoff, 2: 2 * firstBackoff, 3: 4 * firstBackoff, 20: lastBackoff, 1 << 40: lastBackoff} {
		if got := doubling(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// A job that was due at once is so by any clock; one with a time waits for it.
func TestClockJumps(t *testing.T) {
	each(t, func(s *shop) {
		q := s.queue()
		q.Handle(doing(nothing))
		now, later := s.post(Post{Kind: "test"}), s.post(Post{Kind: "test", Due: noon.Add(time.Hour)})
		s.clock.Set(noon.AddDate(-3, 0, 0))
		s.round(q)
		s.is(now, Done)
		s.is(later, Waiting)
		s.clock.Set(noon.AddDate(3, 0, 0))
		s.round(q)
		s.is(later, Done)
	})
}

// Those whose time has come go first, then in the order of posting.
func TestOrder(t *testing.T) {
	each(t, func(s *shop) {
		q := s.queue()
		var got []string
		q.Handle(doing(func(_ context.Context, t *Task) error { got = append(got, t.Subject); return nil }))
		for _, subject := range []string{"a", "b", "c"} {
			s.post(Post{Kind: "test", Subject: subject})
			s.clock.Advance(time.Second)
		}
		s.post(Post{Kind: "test", Subject: "timed", Due: s.clock.Now().Add(time.Second)})
		s.clock.Advance(time.Minute)
		for s.round(q) > 0 {
		}
		if !slices.Equal(got, []string{"timed", "a", "b", "c"}) {
			s.t.Errorf("%v", got)
		}
	})
}

// A flood of one kind leaves the places of others free.
func TestKindsHavePlacesOfTheirOwn(t *testing.T) {
	each(t, func(s *shop) {
		q, block := s.queue(), make(chan struct{})
		var over, now, quick atomic.Int64
		q.Handle(Kind{Name: "flood", Concurrency: 3, Do: func(context.Context, *Task) error {
			if now.Add(1) > 3 {
				over.Add(1)
			}
			<-block
			now.Add(-1)
			return nil
		}})
		q.Handle(Kind{Name: "quick", Do: func(context.Context, *Task) error { quick.Add(1); return nil }})
		for range 20 {
			s.post(Post{Kind: "flood"})
		}
		stop := s.start(q)
		defer stop()
		s.until("three run", func() bool { return now.Load() == 3 })
		for range 5 {
			s.post(Post{Kind: "quick"})
		}
		q.Wake()
		s.until("the others are done", func() bool { return quick.Load() == 5 })
		close(block)
		s.until("all are done", func() bool { n, err := q.Counts(context.Background()); return err == nil && n[Done] == 25 })
		if n := over.Load(); n != 0 {
			s.t.Errorf("%d times more than three at a time", n)
		}
	})
}

// Stopping ends the contexts, and hands back without counting an attempt.
func TestStopHandsBack(t *testing.T) {
	each(t, func(s *shop) {
		q := s.queue()
		began := make(chan struct{})
		q.Handle(doing(func(ctx context.Context, t *Task) error {
			close(began)
			<-ctx.Done()
			return fmt.Errorf("cut off: %w", ctx.Err())
		}))
		name := s.post(Post{Kind: "test"})
		stop := s.start(q)
		<-began
		stop()
		if j := s.is(name, Waiting); j.Attempts != 0 || j.Error != "" || j.Holder != "" {
			s.t.Errorf("%+v", j)
		}
	})
}

// A task that does not heed its context does not keep the process from ending.
func TestStopDoesNotWaitForever(t *testing.T) {
	each(t, func(s *shop) {
		q := s.queue(func(o *Options) { o.Grace = 50 * time.Millisecond })
		began, block, ended := make(chan struct{}), make(chan struct{}), make(chan error)
		q.Handle(doing(func(context.Context, *Task) error { close(began); <-block; return nil }))
		name := s.post(Post{Kind: "test"})
		ctx, cancel := context.WithCancel(context.Background())
		go func() { ended <- q.Run(ctx) }()
		<-began
		cancel()
		if err := <-ended; !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), name) {
			s.t.Errorf("got %v", err)
		}
		close(block)
		s.until("it ends after all", func() bool { return s.get(name).State == Done })
	})
}

func TestProgressAndBeats(t *testing.T) {
	each(t, func(s *shop) {
		q, go1 := s.queue(), make(chan struct{})
		q.Handle(Kind{Name: "test", Lease: 150 * time.Millisecond, Do: func(_ context.Context, t *Task) error {
			t.Progress("half\nway")
			<-go1
			t.Progress("all")
			return nil
		}})
		name := s.post(Post{Kind: "test"})
		stop := s.start(q)
		defer stop()
		s.until("progress is seen", func() bool { return s.get(name).Progress == "half way" })
		s.until("signs of life", func() bool { return s.get(name).beat >= 3 })
		close(go1)
		s.until("it ends", func() bool { j := s.get(name); return j.State == Done && j.Progress == "all" })
	})
}

// What another process posts is seen within a second, though nobody wakes this one.
func TestPollSeesWhatOthersPost(t *testing.T) {
	each(t, func(s *shop) {
		q := s.queue()
		q.Handle(doing(nothing))
		if _, pause := q.claim(context.Background()); pause <= 0 || pause > time.Second {
			s.t.Errorf("it rests for %s", pause)
		}
		stop := s.start(q)
		defer stop()
		time.Sleep(50 * time.Millisecond)
		name := s.post(Post{Kind: "test"})
		s.until("it is done", func() bool { return s.get(name).State == Done })
	})
}

func TestFigures(t *testing.T) {
	each(t, func(s *shop) {
		r := prometheus.NewRegistry()
		q := s.queue(func(o *Options) { o.Metrics = r })
		q.Handle(doing(nothing))
		s.post(Post{Kind: "test"})
		s.round(q)
		q.gauge(context.Background())
		got, err := r.Gather()
		if err != nil || len(got) != 3 {
			s.t.Errorf("%v, %v", got, err)
		}
	})
}

func TestHandleRefusesDefects(t *testing.T) {
	for _, k := range []Kind{{}, {Name: "a"}, {Name: "known", Do: nothing}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", k.Name)
				}
			}()
			q := New(Options{})
			q.Handle(Kind{Name: "known", Do: nothing})
			q.Handle(k)
		}()
	}
}
