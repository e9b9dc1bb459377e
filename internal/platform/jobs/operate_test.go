package jobs

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// put makes a job of each state.
func (s *shop) put() map[State]string {
	s.t.Helper()
	q := s.queue()
	q.Handle(Kind{Name: "test", Concurrency: 2, Do: func(_ context.Context, t *Task) error {
		if t.Subject == string(Dead) {
			return Final(errBoom)
		}
		return nil
	}})
	names := map[State]string{}
	for _, state := range []State{Done, Dead} {
		names[state] = s.post(Post{Kind: "test", Subject: string(state), Unique: true})
	}
	s.round(q)
	names[Running] = s.post(Post{Kind: "test", Subject: string(Running), Unique: true})
	s.die(q, 1)
	names[Waiting] = s.post(Post{Kind: "test", Subject: string(Waiting), Due: noon.Add(time.Hour), Unique: true})
	for state, name := range names {
		s.is(name, state)
	}
	return names
}

func TestRetryAndDiscard(t *testing.T) {
	tests := []struct {
		state          State
		retry, discard bool
	}{
		{Waiting, true, true},
		{Running, false, true},
		{Done, false, false},
		{Dead, true, true},
	}
	each(t, func(s *shop) {
		for _, tt := range tests {
			s.ok(s.write(func(tx *sqldb.Tx) error { _, err := tx.Exec(`DELETE FROM job`); return err }))
			name := s.put()[tt.state]
			err := s.write(func(tx *sqldb.Tx) error { _, err := Retry(tx, name); return err })
			if tt.retry != (err == nil) || err != nil && !problem.Is(err, problem.Conflict) {
				s.t.Errorf("%s: retry: %v", tt.state, err)
			}
			if tt.retry && !s.is(name, Waiting).Due.Equal(noon) {
				s.t.Errorf("%s: not due", tt.state)
			}
			err = s.write(func(tx *sqldb.Tx) error { _, err := Discard(tx, name); return err })
			if tt.discard != (err == nil) || err != nil && !problem.Is(err, problem.Conflict) {
				s.t.Errorf("%s: discard: %v", tt.state, err)
			}
			if _, err := s.queue().Get(context.Background(), name); tt.discard != problem.Is(err, problem.NotFound) {
				s.t.Errorf("%s: %v", tt.state, err)
			}
		}
		for _, fn := range []func(*sqldb.Tx, string) (Job, error){Retry, Discard} {
			if err := s.write(func(tx *sqldb.Tx) error { _, err := fn(tx, "nobody"); return err }); !problem.Is(err, problem.NotFound) {
				s.t.Errorf("got %v", err)
			}
		}
	})
}

// A dead job is not tried again beside its successor.
func TestRetryOfASuperseded(t *testing.T) {
	each(t, func(s *shop) {
		name := s.put()[Dead]
		s.post(Post{Kind: "test", Subject: string(Dead), Unique: true})
		err := s.write(func(tx *sqldb.Tx) error { _, err := Retry(tx, name); return err })
		if !problem.Is(err, problem.Conflict) {
			s.t.Errorf("got %v", err)
		}
		s.is(name, Dead)
	})
}

// A job that runs and is discarded loses its context and its lease: here at once, elsewhere with the next sign of life.
func TestDiscardEndsTheWork(t *testing.T) {
	for _, cut := range []bool{true, false} {
		each(t, func(s *shop) {
			q, cause := s.queue(), make(chan error, 1)
			began := make(chan struct{})
			q.Handle(Kind{Name: "test", Lease: 900 * time.Millisecond, Do: func(ctx context.Context, _ *Task) error {
				close(began)
				<-ctx.Done()
				cause <- context.Cause(ctx)
				return ctx.Err()
			}})
			name := s.post(Post{Kind: "test"})
			stop := s.start(q)
			defer stop()
			<-began
			s.ok(s.write(func(tx *sqldb.Tx) error { _, err := Discard(tx, name); return err }))
			if cut {
				q.Cut(name)
				q.Cut(name)
			}
			q.Cut("nobody")
			if err := <-cause; !problem.Is(err, problem.Conflict) {
				s.t.Errorf("got %v", err)
			}
		})
	}
}

func TestListAndCounts(t *testing.T) {
	each(t, func(s *shop) {
		names := s.put()
		q := s.queue()
		s.post(Post{Kind: "other"})
		tests := []struct {
			name   string
			filter Filter
			want   int
		}{
			{"all", Filter{}, 5},
			{"a state", Filter{State: Dead}, 1},
			{"a kind", Filter{Kind: "test"}, 4},
			{"a subject", Filter{Subject: "done"}, 1},
			{"all of them", Filter{State: Done, Kind: "test", Subject: "done"}, 1},
			{"nothing", Filter{State: Done, Kind: "other"}, 0},
		}
		for _, tt := range tests {
			if got, err := q.List(t.Context(), tt.filter); err != nil || len(got.Items) != tt.want {
				s.t.Errorf("%s: %d, %v", tt.name, len(got.Items), err)
			}
		}
		n, err := q.Counts(t.Context())
		if err != nil || n[Waiting] != 2 || n[Running] != 1 || n[Done] != 1 || n[Dead] != 1 {
			s.t.Errorf("%v, %v", n, err)
		}
		if j := s.get(names[Running]); j.Holder == "" || !j.Began.Equal(noon) || !j.Ended.IsZero() {
			s.t.Errorf("%+v", j)
		}
	})
}

func TestListInPages(t *testing.T) {
	each(t, func(s *shop) {
		q, seen := s.queue(), map[string]bool{}
		for i := range 7 {
			s.post(Post{Kind: "test", Subject: fmt.Sprint(i)})
		}
		f := Filter{Request: page.Request{Limit: 3}}
		for range 3 {
			p, err := q.List(t.Context(), f)
			s.ok(err)
			for _, j := range p.Items {
				seen[j.ID] = true
			}
			f.After = p.Next
		}
		if len(seen) != 7 || f.After != "" {
			s.t.Errorf("%d, %q", len(seen), f.After)
		}
		if _, err := q.List(t.Context(), Filter{Request: page.Request{After: "!"}}); !problem.Is(err, problem.Invalid) {
			s.t.Errorf("got %v", err)
		}
	})
}

func TestForget(t *testing.T) {
	each(t, func(s *shop) {
		names := s.put()
		q := s.queue()
		for _, want := range []int64{0, 1, 0} {
			if n, err := q.Forget(t.Context(), 24*time.Hour); err != nil || n != want {
				s.t.Errorf("%d, %v", n, err)
			}
			s.clock.Advance(25 * time.Hour)
		}
		s.is(names[Dead], Dead)
		s.is(names[Waiting], Waiting)
	})
}

func TestFinalOfNothing(t *testing.T) {
	if Final(nil) != nil || isFinal(errBoom) || !errors.Is(Final(errBoom), errBoom) || problem.KindOf(Final(problem.New(problem.Invalid, "x"))) != problem.Invalid {
		t.Error("Final")
	}
}
