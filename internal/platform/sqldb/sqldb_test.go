package sqldb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var ctx = context.Background()

// each runs fn on both engines with the table thing(name, n, note).
func each(t *testing.T, fn func(t *testing.T, db *sqldb.DB)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `CREATE TABLE thing (name TEXT PRIMARY KEY, n BIGINT NOT NULL, note TEXT)`)
		fn(t, db)
	})
}

func exec(t testing.TB, db *sqldb.DB, query string, args ...any) {
	t.Helper()
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func count(t *testing.T, db *sqldb.DB) (n int) {
	t.Helper()
	err := db.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM thing`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(tx *sqldb.Tx, name string, n int) error {
	_, err := tx.Exec(`INSERT INTO thing (name, n) VALUES ($1, $2)`, name, n)
	return err
}

func TestWriteCommitsOrRollsBack(t *testing.T) {
	boom := errors.New("boom")
	each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return insert(tx, "a", 1) }); err != nil {
			t.Fatal(err)
		}
		err := db.Write(ctx, func(tx *sqldb.Tx) error { return errors.Join(insert(tx, "b", 1), boom) })
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want the function's error", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.Write(ctx, func(tx *sqldb.Tx) error { _ = insert(tx, "c", 1); panic("boom") })
		}()
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows, want the one that was committed", n)
		}
	})
}

func TestNothingRunsAfterAnError(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			_ = insert(tx, "a", 1)
			_ = insert(tx, "a", 2) // collides; a caller that ignores it must not commit the rest
			_ = insert(tx, "b", 1)
			return nil
		})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v, want a conflict", err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows, want none", n)
		}
	})
}

func TestErrorsHaveKinds(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `CREATE TABLE child (thing TEXT NOT NULL REFERENCES thing (name))`)
		tests := []struct {
			name string
			fn   func(tx *sqldb.Tx) error
			want problem.Kind
		}{
			{"no row", func(tx *sqldb.Tx) error {
				var n int
				return tx.QueryRow(`SELECT n FROM thing WHERE name = $1`, "nobody").Scan(&n)
			}, problem.NotFound},
			{"unique", func(tx *sqldb.Tx) error { return errors.Join(insert(tx, "x", 1), insert(tx, "x", 1)) }, problem.Conflict},
			{"reference", func(tx *sqldb.Tx) error {
				_, err := tx.Exec(`INSERT INTO child (thing) VALUES ('nobody')`)
				return err
			}, problem.Conflict},
			{"our own kind stays", func(*sqldb.Tx) error { return problem.New(problem.Forbidden, "no") }, problem.Forbidden},
			{"bad SQL is our defect", func(tx *sqldb.Tx) error { _, err := tx.Exec(`SELEKT`); return err }, problem.Internal},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := db.Write(ctx, tt.fn)
				if err == nil || problem.KindOf(err) != tt.want {
					t.Errorf("got %v (%v), want %v", err, problem.KindOf(err), tt.want)
				}
			})
		}
	})
}

// A text that PostgreSQL cannot hold is its writer's fault: whoever sends one is told so. SQLite holds it, or finds nothing.
func TestTextsThatAreNone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for name, text := range map[string]string{"a zero character": "a\x00b", "no UTF-8": "\xff\xfe", "half a pair": "\xed\xa0\x80"} {
			err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
				var n int
				return tx.QueryRow(`SELECT count(*) FROM api_token WHERE id = $1`, text).Scan(&n)
			})
			if err != nil && !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestReadChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Read(ctx, func(tx *sqldb.Tx) error { return insert(tx, "a", 1) }); err == nil {
			t.Error("a read transaction wrote")
		}
	})
}

// A glance changes nothing either, and says so; what it reads it reads as a Read does, and a missing row is NotFound.
func TestGlance(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `INSERT INTO thing (name, n) VALUES ('x', 7)`)
		n := 0
		err := db.Glance(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT n FROM thing WHERE name = $1`, "x").Scan(&n)
		})
		if err != nil || n != 7 {
			t.Errorf("a glance reads %d, %v", n, err)
		}
		if err := db.Glance(ctx, func(tx *sqldb.Tx) error { return insert(tx, "a", 1) }); err == nil {
			t.Error("a glance wrote")
		}
		if err := db.Glance(ctx, func(tx *sqldb.Tx) error { _ = insert(tx, "a", 1); return nil }); err == nil {
			t.Error("a glance that failed to write says that all went well")
		}
		err = db.Glance(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT n FROM thing WHERE name = 'none'`).Scan(&n)
		})
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("what is not there gives %v", err)
		}
		over, end := context.WithCancel(ctx)
		end()
		if err := db.Glance(over, func(*sqldb.Tx) error { return nil }); err == nil {
			t.Error("a glance after the end of its context")
		}
	})
}

// What one statement changes is kept, also when what is read beside it is not there; a second statement is refused where no transaction would hold both.
func TestWriteOne(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.WriteOne(ctx, func(tx *sqldb.Tx) error {
			var n int
			if err := tx.QueryRow(`SELECT count(*) FROM thing`).Scan(&n); err != nil {
				return err
			}
			return insert(tx, "a", n)
		})
		if err != nil || count(t, db) != 1 {
			t.Fatal(count(t, db), err)
		}
		if err := db.WriteOne(ctx, func(tx *sqldb.Tx) error { return insert(tx, "a", 1) }); !problem.Is(err, problem.Conflict) {
			t.Errorf("the same name again: %v", err)
		}
		if err := db.Write(ctx, func(tx *sqldb.Tx) error {
			return db.WriteOne(tx.Context(), func(tx *sqldb.Tx) error { return insert(tx, "b", 1) })
		}); err == nil {
			t.Error("a write within a write")
		}
		if db.Engine() == sqldb.SQLite {
			return // where it is a Write
		}
		row := [][]any{{"d", 1}}
		for name, second := range map[string]func(tx *sqldb.Tx) error{
			"statement": func(tx *sqldb.Tx) error { return insert(tx, "d", 1) },
			"prepared":  func(tx *sqldb.Tx) error { _, err := tx.Prepare(`DELETE FROM thing`); return err },
			"bulk": func(tx *sqldb.Tx) error {
				return tx.BulkUpsert(sqldb.Upsert{Table: "thing", Columns: []string{"name", "n"}, Key: []string{"name"}}, slices.Values(row))
			},
		} {
			err := db.WriteOne(ctx, func(tx *sqldb.Tx) error { return errors.Join(insert(tx, "c "+name, 1), second(tx)) })
			if !problem.Is(err, problem.Internal) {
				t.Errorf("a second change by a %s: %v", name, err)
			}
		}
		if n := count(t, db); n != 4 {
			t.Errorf("%d things, not a and one before each second change", n)
		}
	})
}

// What collides is run again, as in a Write.
func TestWriteOneRunsAgain(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		runs, collision := 0, error(&pgconn.PgError{Code: "40001"})
		err := db.WriteOne(ctx, func(tx *sqldb.Tx) error {
			if runs++; runs == 1 {
				return collision
			}
			return insert(tx, "a", 1)
		})
		if err != nil || runs != 2 || count(t, db) != 1 {
			t.Errorf("%d runs, %d things, %v", runs, count(t, db), err)
		}
	})
}

func TestReadSeesOneState(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.Read(ctx, func(tx *sqldb.Tx) error {
			var before, after int
			if err := tx.QueryRow(`SELECT count(*) FROM thing`).Scan(&before); err != nil {
				return err
			}
			exec(t, db, `INSERT INTO thing (name, n) VALUES ('late', 1)`)
			if err := tx.QueryRow(`SELECT count(*) FROM thing`).Scan(&after); err != nil {
				return err
			}
			if before != after {
				t.Errorf("saw %d rows and then %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A context may end at any moment of a transaction, the commit and the roll-back too: the next one finds none open.
func TestAnEndedContextLeavesNothingOpen(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `INSERT INTO thing (name, n) VALUES ('x', 0)`)
		rounds := 1500
		if db.Engine() == sqldb.Postgres {
			rounds = 12 // a connection whose query was ended is made anew
		}
		for i := range rounds {
			ended, cancel := context.WithCancel(ctx)
			go func() {
				time.Sleep(time.Duration(i%300) * time.Microsecond)
				cancel()
			}()
			err := db.Write(ended, func(tx *sqldb.Tx) error {
				_, err := tx.Exec(`UPDATE thing SET n = n + 1 WHERE name = 'x'`)
				return err
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatalf("round %d: %v", i, err)
			}
			cancel()
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestWriteInsideWriteIsRefused(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			return db.Write(tx.Context(), func(*sqldb.Tx) error { return nil })
		})
		if err == nil {
			t.Error("a write inside a write was let through")
		}
	})
}

// Writers that read and then write the same row collide; none of their updates
// may be lost. PostgreSQL needs the row's own update to be relative or the row
// to be locked first, as here.
func TestConcurrentWritersLoseNothing(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `INSERT INTO thing (name, n) VALUES ('x', 0), ('y', 0)`)
		order := [][2]string{{"x", "y"}, {"y", "x"}} // opposite orders: deadlocks on PostgreSQL, to be retried
		var wg sync.WaitGroup
		const writers, rounds = 6, 5
		for w := range writers {
			wg.Go(func() {
				for range rounds {
					err := db.Write(ctx, func(tx *sqldb.Tx) error {
						for _, name := range order[w%2] {
							if _, err := tx.Exec(`UPDATE thing SET n = n + 1 WHERE name = $1`, name); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var lowest, highest int
		_ = db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT min(n), max(n) FROM thing`).Scan(&lowest, &highest)
		})
		if lowest != writers*rounds || highest != writers*rounds {
			t.Errorf("counted %d and %d, want %d", lowest, highest, writers*rounds)
		}
	})
}

func TestValuesComeBackAlike(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 2, 3, 4_000_000, time.FixedZone("", 7200))
	each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `INSERT INTO thing (name, n, note) VALUES ($1, $2, $3)`, "time", at, nil)
		exec(t, db, `INSERT INTO thing (name, n, note) VALUES ($1, $2, $3)`, "true", true, "ünï\n'\"")
		err := db.Read(ctx, func(tx *sqldb.Tx) error {
			var ms int64
			var yes bool
			var none *string
			var note string
			if err := tx.QueryRow(`SELECT n, note FROM thing WHERE name = 'time'`).Scan(&ms, &none); err != nil {
				return err
			}
			if !sqldb.Time(ms).Equal(at) || none != nil {
				t.Errorf("got %v and %v", sqldb.Time(ms), none)
			}
			if err := tx.QueryRow(`SELECT n, note FROM thing WHERE name = 'true'`).Scan(&yes, &note); err != nil {
				return err
			}
			if !yes || note != "ünï\n'\"" {
				t.Errorf("got %v and %q", yes, note)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestPrepareAndEach(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		var names []string
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			stmt, err := tx.Prepare(`INSERT INTO thing (name, n) VALUES ($1, $2) RETURNING n`)
			if err != nil {
				return err
			}
			for i, name := range []string{"b", "B", "a"} {
				var n int
				if err := stmt.QueryRow(name, i).Scan(&n); err != nil {
					return err
				}
			}
			names = nil
			return tx.Each(`SELECT name FROM thing WHERE n >= $1 ORDER BY n`, []any{0}, func(scan func(...any) error) error {
				var name string
				names = append(names, name)
				return scan(&names[len(names)-1])
			})
		})
		if err != nil || strings.Join(names, "") != "bBa" {
			t.Errorf("got %q, %v", names, err)
		}
	})
}

func TestContextEndsAWrite(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		short, cancel := context.WithCancel(ctx)
		err := db.Write(short, func(tx *sqldb.Tx) error {
			if err := insert(tx, "a", 1); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows after a cancelled write", n)
		}
	})
}

func TestMillis(t *testing.T) {
	if sqldb.Millis(time.Time{}) != 0 || !sqldb.Time(0).IsZero() {
		t.Error("the zero time is not 0")
	}
	if got := sqldb.Time(1500); got.UnixMilli() != 1500 || got.Location() != time.UTC {
		t.Errorf("got %v", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, dsn string
		want      problem.Kind
	}{
		{"unknown engine", "mysql://x", problem.Invalid},
		{"empty", "", problem.Invalid},
		{"memory", "sqlite::memory:", problem.Invalid},
		{"no folder", "sqlite:" + filepath.Join(dir, "none", "x.db"), problem.Unavailable},
		{"no server", "postgres://nobody@127.0.0.1:1/none?connect_timeout=2", problem.Unavailable},
		{"bad URL", "postgres://%zz", problem.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := sqldb.Open(ctx, tt.dsn)
			if err == nil {
				db.Close()
				t.Fatal("opened")
			}
			if problem.KindOf(err) != tt.want {
				t.Errorf("got %v (%v), want %v", err, problem.KindOf(err), tt.want)
			}
		})
	}
}

func TestSQLiteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%.db")
	db, err := sqldb.Open(ctx, "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec(t, db, `CREATE TABLE x (y INTEGER)`)
	for _, p := range []string{path, path + "-wal"} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", filepath.Base(p), info.Mode().Perm())
		}
	}
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
	_ = db.Write(ctx, func(tx *sqldb.Tx) error {
		for pragma, value := range want {
			var got string
			if err := tx.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s is %q (%v), want %q", pragma, got, err, value)
			}
		}
		return nil
	})
}
