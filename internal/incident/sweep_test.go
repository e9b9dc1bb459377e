package incident

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What a failed Accept left goes after a day, and nothing else does.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if _, err := h.Sweep(t.Context(), vol); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a volunteer: %v", err)
		}
		r, err := h.Accept(t.Context(), system, Draft{Door: Form, Subject: "s", Text: "t", Files: []File{{Name: "kept", Body: strings.NewReader("kept")}}})
		if err != nil {
			t.Fatal(err)
		}
		stray, err := h.vault.Put(strings.NewReader("stray"), 100, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		old := h.clock.Now().Add(-2 * strayGrace)
		for _, path := range vaultFiles(t, h.dir) {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		removed := 0
		for range sweepParts {
			n, err := h.Sweep(t.Context(), system)
			if err != nil {
				t.Fatal(err)
			}
			removed += n
			h.clock.Advance(time.Hour)
		}
		left := vaultFiles(t, h.dir)
		if removed != 1 || len(left) != 1 || strings.Contains(left[0], stray.Address) {
			t.Errorf("%d removed, left %v", removed, left)
		}
		_, body, err := h.Evidence(t.Context(), boss, h.see(t, boss, r.ID).Files[0].ID, "test")
		if err == nil {
			err = body.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// Nobody sweeps beside another.
func TestSweepIsOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease (name, holder, epoch, expires) VALUES ('sweep evidence', 'another', 1, $1)`, h.clock.Now().Add(time.Hour))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := h.Sweep(t.Context(), system); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// vaultFiles lists the vault's.
func vaultFiles(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*", "*.age"))
	deep, more := filepath.Glob(filepath.Join(dir, "*", "*", "*.age"))
	if err := errors.Join(err, more); err != nil {
		t.Fatal(err)
	}
	return append(list, deep...)
}
