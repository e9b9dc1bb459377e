package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestEnqueueRefuses(t *testing.T) {
	tests := []struct {
		name string
		post Post
		want problem.Kind
	}{
		{"no kind", Post{}, problem.Invalid},
		{"a long kind", Post{Kind: strings.Repeat("k", maxKind+1)}, problem.Invalid},
		{"a zero byte", Post{Kind: "test", Subject: "a\x00b"}, problem.Invalid},
		{"no UTF-8", Post{Kind: "test", Subject: "a\xffb"}, problem.Invalid},
		{"a long subject", Post{Kind: "test", Subject: strings.Repeat("s", maxSubject+1)}, problem.Invalid},
		{"a large body", Post{Kind: "test", Body: strings.Repeat("b", maxBody)}, problem.Invalid},
		{"no JSON", Post{Kind: "test", Body: func() {}}, problem.Internal},
		{"again, and not unique", Post{Kind: "test", Again: true}, problem.Internal},
	}
	each(t, func(s *shop) {
		for _, tt := range tests {
			err := s.write(func(tx *sqldb.Tx) error { _, err := Enqueue(tx, noon, tt.post); return err })
			if err == nil || problem.KindOf(err) != tt.want {
				s.t.Errorf("%s: got %v", tt.name, err)
			}
		}
	})
}

// A job is there if and only if the change is that posted it.
func TestEnqueueGoesWithItsTransaction(t *testing.T) {
	each(t, func(s *shop) {
		_ = s.write(func(tx *sqldb.Tx) error { _, _ = Enqueue(tx, noon, Post{Kind: "test"}); return errBoom })
		if n, err := s.queue().Counts(context.Background()); err != nil || n[Waiting] != 0 {
			s.t.Errorf("%v, %v", n, err)
		}
		name := s.post(Post{Kind: "test", Subject: "a", Body: map[string]int{"n": 1}})
		if j := s.is(name, Waiting); string(j.Body) != `{"n":1}` || j.Subject != "a" || !j.Posted.Equal(noon) || !j.Due.Equal(noon) {
			s.t.Errorf("%+v", j)
		}
	})
}

func TestUnique(t *testing.T) {
	hour := noon.Add(time.Hour)
	tests := []struct {
		name  string
		first Post
		again Post
		same  bool
		due   time.Time
	}{
		{"posting again is nothing", Post{Unique: true}, Post{Unique: true}, true, noon},
		{"earlier wins", Post{Unique: true, Due: hour}, Post{Unique: true}, true, noon},
		{"earlier wins, at a time", Post{Unique: true, Due: hour.Add(1)}, Post{Unique: true, Due: noon.Add(time.Minute)}, true, noon.Add(time.Minute)},
		{"later does not", Post{Unique: true}, Post{Unique: true, Due: hour}, true, noon},
		{"another subject", Post{Unique: true}, Post{Unique: true, Subject: "b"}, false, noon},
		{"another kind", Post{Unique: true}, Post{Unique: true, Kind: "other"}, false, noon},
		{"not unique besides", Post{Unique: true}, Post{}, false, noon},
	}
	each(t, func(s *shop) {
		for _, tt := range tests {
			s.ok(s.write(func(tx *sqldb.Tx) error { _, err := tx.Exec(`DELETE FROM job`); return err }))
			if tt.first.Kind = "test"; tt.again.Kind == "" {
				tt.again.Kind = "test"
			}
			first := s.post(tt.first)
			if again := s.post(tt.again); (first == again) != tt.same {
				s.t.Errorf("%s: %s and %s", tt.name, first, again)
			}
			if j := s.is(first, Waiting); !j.Due.Equal(tt.due) {
				s.t.Errorf("%s: due %s", tt.name, j.Due)
			}
		}
	})
}

// While one runs, posting is nothing, unless it asks for another run.
func TestUniqueWhileRunning(t *testing.T) {
	tests := []struct {
		name string
		post Post
		fail error
		want State
		runs int // in all, after an hour and a bit
		due  time.Time
	}{
		{"nothing", Post{}, nil, Done, 1, noon},
		{"again at once", Post{Again: true}, nil, Waiting, 2, noon},
		{"again in an hour", Post{Again: true, Due: noon.Add(time.Hour)}, nil, Waiting, 2, noon.Add(time.Hour)},
		{"again after a death", Post{Again: true}, Final(errBoom), Dead, 2, noon},
	}
	each(t, func(s *shop) {
		for _, tt := range tests {
			s.ok(s.write(func(tx *sqldb.Tx) error { _, err := tx.Exec(`DELETE FROM job`); return err }))
			s.clock.Set(noon)
			q, runs := s.queue(), 0
			q.Handle(doing(func(_ context.Context, t *Task) error {
				if runs++; runs == 1 {
					tt.post.Kind, tt.post.Unique = "test", true
					s.post(tt.post)
					s.post(tt.post)
					return tt.fail
				}
				return nil
			}))
			name := s.post(Post{Kind: "test", Unique: true})
			s.round(q)
			if j := s.is(name, tt.want); !j.Due.Equal(tt.due) || tt.want == Waiting && j.Attempts != 0 {
				s.t.Errorf("%s: %+v", tt.name, j)
			}
			s.clock.Advance(time.Hour)
			for s.round(q) > 0 {
			}
			if runs != tt.runs {
				s.t.Errorf("%s: ran %d times", tt.name, runs)
			}
		}
	})
}

// A post does not shorten the pause after a failure.
func TestUniqueLeavesThePause(t *testing.T) {
	each(t, func(s *shop) {
		q := s.queue()
		q.Handle(doing(func(context.Context, *Task) error { return errBoom }))
		name := s.post(Post{Kind: "test", Unique: true})
		s.round(q)
		s.post(Post{Kind: "test", Unique: true})
		if j := s.is(name, Waiting); !j.Due.After(noon) || s.round(q) != 0 {
			s.t.Errorf("%+v", j)
		}
	})
}
