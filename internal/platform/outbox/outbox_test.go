package outbox_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func post(t *testing.T, db *sqldb.DB, topic string, n int) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		for i := range n {
			if err := outbox.Post(tx, now.Add(time.Duration(i)*time.Second), topic, fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Rows come in their order, once; one that a handler fails for stays, and keeps none of the others.
func TestEach(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		post(t, db, "a", 5)
		post(t, db, "b", 1)
		var got []string
		broken := errors.New("broken")
		handle := func(_ *sqldb.Tx, r outbox.Row) error {
			if r.Subject == "3" && broken != nil {
				return broken
			}
			got = append(got, r.Subject)
			return nil
		}
		if n, err := outbox.Each(t.Context(), db, "a", 2, handle); n != 2 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if n, err := outbox.Each(t.Context(), db, "a", 10, handle); n != 2 || !errors.Is(err, broken) {
			t.Errorf("%d, %v", n, err)
		}
		down := func(*sqldb.Tx, outbox.Row) error { return problem.New(problem.Unavailable, "the database is down") }
		if n, err := outbox.Each(t.Context(), db, "b", 10, down); n != 0 || !problem.Is(err, problem.Unavailable) {
			t.Errorf("%d, %v", n, err)
		}
		broken = nil
		if n, err := outbox.Each(t.Context(), db, "a", 10, handle); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if want := "[0 1 2 4 3]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
		if n, err := outbox.Discard(t.Context(), db, "b"); n != 1 || err != nil {
			t.Errorf("discarded %d, %v", n, err)
		}
	})
}

// Many readers handle each row once.
func TestEachOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		post(t, db, "a", 50)
		var running sync.WaitGroup
		for range 4 {
			running.Go(func() {
				_, err := outbox.Each(t.Context(), db, "a", 100, func(tx *sqldb.Tx, r outbox.Row) error { return outbox.Post(tx, r.At, "handled", r.Subject) })
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		seen := map[string]int{}
		_, err := outbox.Each(t.Context(), db, "handled", 1000, func(_ *sqldb.Tx, r outbox.Row) error { seen[r.Subject]++; return nil })
		if err != nil || len(seen) != 50 {
			t.Errorf("%d rows, %v", len(seen), err)
		}
		for subject, n := range seen {
			if n != 1 {
				t.Errorf("row %s was handled %d times", subject, n)
			}
		}
	})
}
