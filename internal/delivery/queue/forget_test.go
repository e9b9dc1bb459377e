package queue_test

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// What is done goes some day; what is open stays until somebody looks at it.
func TestForget(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := clock.At(now)
		q, ctx := queue.New(db, c), t.Context()
		done := raise(t, db, now, queue.Task{Kind: "bounce", Object: "c1", Title: "x"})
		open := raise(t, db, now, queue.Task{Kind: "bounce", Object: "c2", Title: "y"})
		if err := q.Done(ctx, tester, done, "mended"); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{0, 1, 0} {
			if n, err := q.Forget(ctx, tester, time.Hour); err != nil || n != want {
				t.Errorf("%d were forgotten, want %d, %v", n, want, err)
			}
			c.Advance(61 * time.Minute)
		}
		if list, err := q.List(ctx, tester, true, 0); err != nil || len(list) != 1 || list[0].ID != open {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestNobodyMayDoAnything(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	q, ctx, nobody := queue.New(db, clock.At(now)), t.Context(), identity.Actor{}
	task := raise(t, db, now, queue.Task{Kind: "bounce", Object: "c1", Title: "x"})
	for name, do := range map[string]func() error{
		"List":   func() error { _, err := q.List(ctx, nobody, true, 0); return err },
		"Done":   func() error { return q.Done(ctx, nobody, task, "x") },
		"Forget": func() error { _, err := q.Forget(ctx, nobody, 0); return err },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
