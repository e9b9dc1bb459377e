package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Writes at the same time stand or fall alone, though they share transactions.
func TestGroup(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		g := sqldb.NewGroup(db)
		errOdd := errors.New("odd")
		results := make([]error, 40)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				results[i] = g.Write(t.Context(), func(tx *sqldb.Tx) error {
					_, err := tx.Exec(`INSERT INTO mail_answered (sender, at) VALUES ($1, 1)`, fmt.Sprint(i))
					if err == nil && i%8 == 1 {
						return errOdd
					}
					return err
				})
			})
		}
		all.Wait()
		for i, err := range results {
			if want := i%8 == 1; errors.Is(err, errOdd) != want || !want && err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		}
		if n := answered(t, db); n != 35 {
			t.Errorf("%d rows instead of 35", n)
		}
	})
}

func TestGroupRefuses(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	g := sqldb.NewGroup(db)
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		return g.Write(tx.Context(), func(*sqldb.Tx) error { return nil })
	})
	if problem.KindOf(err) != problem.Internal {
		t.Errorf("a write inside a write: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Write(ended, func(*sqldb.Tx) error { return nil }); err == nil {
		t.Error("whose time was over has written")
	}
	if err := g.Write(t.Context(), func(*sqldb.Tx) error { panic("boom") }); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("a write that panics: %v", err)
	}
	if err := g.Write(t.Context(), func(*sqldb.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

func answered(t *testing.T, db *sqldb.DB) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM mail_answered`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
