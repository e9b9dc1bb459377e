package app

import (
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A database of a newer Firehall is refused with words, and what was opened before is let go again.
func TestNewerDatabaseIsRefused(t *testing.T) {
	h := newHouse(t)
	a, stop := h.open()
	if err := a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	stop()
	for range 2 { // the second time shows that the lock was given back
		o := h.options()
		o.Write = true
		_, err := New(context.WithoutCancel(t.Context()), o)
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "newer Firehall") {
			t.Fatalf("got %v", err)
		}
	}
}
