package queue_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	now    = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	tester = identity.Actor{ID: "os:1000", Name: "tester", Kind: identity.OSUserKind}
)

func raise(t *testing.T, db *sqldb.DB, at time.Time, task queue.Task) (name string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) (err error) {
		name, err = queue.Raise(tx, at, task)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// One task is open for the same kind and object, and it counts; once it is done, the next is a new one.
func TestRaiseAndDone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		q, ctx := queue.New(db, clock.At(now.Add(time.Hour))), t.Context()
		task := queue.Task{Kind: "bounce", Object: "c1", Contact: "c1", Organisation: "o1", Title: "first", Advice: "ask"}
		one := raise(t, db, now, task)
		task.Title = "second"
		if again := raise(t, db, now.Add(time.Minute), task); again != one {
			t.Errorf("a second task %s is open", again)
		}
		raise(t, db, now, queue.Task{Kind: "bounce", Object: "c2", Title: "x"})
		list, err := q.List(ctx, tester, false, 0)
		if err != nil || len(list) != 2 || list[0].ID != one || list[0].Count != 2 || list[0].Title != "second" || !list[0].Raised.Equal(now) || !list[0].Last.Equal(now.Add(time.Minute)) {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := q.Done(ctx, tester, one, "they have a new address"); err != nil {
			t.Fatal(err)
		}
		if err := q.Done(ctx, tester, one, "again"); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "new address") {
			t.Errorf("done twice: %v", err)
		}
		if next := raise(t, db, now.Add(time.Hour), task); next == one {
			t.Error("a task that is done was raised again")
		}
		all, err := q.List(ctx, tester, true, 0)
		if open, _ := q.List(ctx, tester, false, 0); err != nil || len(all) != 3 || len(open) != 2 {
			t.Errorf("%d of %d are open, %v", len(open), len(all), err)
		}
	})
}

func TestErrors(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		q, ctx := queue.New(db, clock.At(now)), t.Context()
		if _, err := q.List(ctx, identity.Actor{}, false, 0); !problem.Is(err, problem.Forbidden) {
			t.Errorf("list by nobody: %v", err)
		}
		if err := q.Done(ctx, identity.Actor{}, "x", "y"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("done by nobody: %v", err)
		}
		if err := q.Done(ctx, tester, "x", "y"); !problem.Is(err, problem.NotFound) {
			t.Errorf("done with nothing: %v", err)
		}
		if err := q.Done(ctx, tester, "x", " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("done without words: %v", err)
		}
		err := db.Write(ctx, func(tx *sqldb.Tx) error { _, err := queue.Raise(tx, now, queue.Task{Kind: "x"}); return err })
		if !problem.Is(err, problem.Internal) {
			t.Errorf("a task without an object: %v", err)
		}
	})
}

// Words from outside are bounded and cannot move the terminal's cursor.
func TestHostileWords(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		raise(t, db, now, queue.Task{Kind: "k", Object: "o", Title: "a\x1b[2J\r\x00b\xff" + strings.Repeat("x", 1<<20), Detail: strings.Repeat("ä", 1<<20)})
		list, err := queue.New(db, clock.At(now)).List(t.Context(), tester, false, 1)
		if err != nil || len(list) != 1 || len(list[0].Title) > 400 || len(list[0].Detail) > 5000 || strings.ContainsAny(list[0].Title, "\x1b\r\x00") {
			t.Errorf("%v, %d tasks", err, len(list))
		}
	})
}

// Rooms that raise the same at once make one task.
func TestRaiseAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
					_, err := queue.Raise(tx, now, queue.Task{Kind: "k", Object: "o", Title: "t"})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		list, err := queue.New(db, clock.At(now)).List(t.Context(), tester, true, 0)
		if err != nil || len(list) != 1 || list[0].Count != 8 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
