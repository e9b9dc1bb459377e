package evidence

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func within(t *testing.T, db *sqldb.DB, fn func(tx *sqldb.Tx) error) error {
	t.Helper()
	return db.Write(t.Context(), fn)
}

func add(t *testing.T, db *sqldb.DB, v *Vault, s Stored, at time.Time) error {
	t.Helper()
	return within(t, db, func(tx *sqldb.Tx) error {
		_, err := v.Add(tx, at, "test", s, Item{About: "r", Parent: "r", Name: "x"})
		return err
	})
}

func claim(t *testing.T, db *sqldb.DB, address string) (free bool) {
	t.Helper()
	err := within(t, db, func(tx *sqldb.Tx) (err error) {
		free, err = Claim(tx, now, address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return free
}

// Who removes a file and who notes the same content exclude each other, however their steps lie.
func TestClaim(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		v, _ := vault(t)
		used := stored(t, v, "used")
		if err := add(t, db, v, used, now); err != nil || claim(t, db, used.Address) {
			t.Fatalf("a file that an item refers to was claimed, %v", err)
		}
		if err := add(t, db, v, used, now); err != nil {
			t.Errorf("after a claim in vain: %v", err)
		}
		going := stored(t, v, "going")
		if !claim(t, db, going.Address) {
			t.Fatal("a file that nothing refers to was not claimed")
		}
		if err := add(t, db, v, going, now); !problem.Is(err, problem.Unavailable) {
			t.Errorf("between claim and removal: %v", err)
		}
		if err := v.Remove(going.Address); err != nil {
			t.Fatal(err)
		}
		if err := within(t, db, func(tx *sqldb.Tx) error { return Gone(tx, going.Address) }); err != nil {
			t.Fatal(err)
		}
		if err := add(t, db, v, going, now); !problem.Is(err, problem.Unavailable) {
			t.Errorf("after the removal: %v", err)
		}
		if err := add(t, db, v, stored(t, v, "going"), now); err != nil {
			t.Errorf("put again: %v", err)
		}
	})
}

// A claim whose holder died is finished by the sweep, and holds up nobody for long.
func TestClaimOfTheDead(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	v, _ := vault(t)
	s := stored(t, v, "x")
	claim(t, db, s.Address)
	var list []string
	err := db.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
		list, err = Claimed(tx, now.Add(time.Second))
		return err
	})
	if err != nil || len(list) != 1 || list[0] != s.Address {
		t.Errorf("%v, %v", list, err)
	}
	if err := add(t, db, v, s, now.Add(2*claimTime)); err != nil {
		t.Error(err)
	}
}

func TestOld(t *testing.T) {
	v, dir := vault(t)
	if list, err := v.Old(now, 0, 1); err != nil || len(list) != 0 {
		t.Fatalf("of a vault without files: %v %v", list, err)
	}
	old, young := stored(t, v, "old"), stored(t, v, "young")
	spooled := filepath.Join(dir, "spool", "left")
	if err := os.WriteFile(spooled, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, at := range map[string]time.Time{v.path(old.Address): now.Add(-time.Hour), v.path(young.Address): now.Add(time.Hour), spooled: now.Add(-time.Hour)} {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	var list []string
	for part := range 3 {
		some, err := v.Old(now, part, 3)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, some...)
	}
	if len(list) != 1 || list[0] != old.Address {
		t.Errorf("%v", list)
	}
	if _, err := os.Stat(spooled); err == nil {
		t.Error("the spool was not cleared")
	}
}
