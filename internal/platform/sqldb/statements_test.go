package sqldb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// lite is a database with a table of numbers.
func lite(tb testing.TB) *DB {
	tb.Helper()
	db, err := Open(tb.Context(), "sqlite:"+filepath.Join(tb.TempDir(), "state.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	must(tb, db, `CREATE TABLE number (n INTEGER PRIMARY KEY)`)
	for n := range 5 {
		must(tb, db, `INSERT INTO number (n) VALUES ($1)`, n)
	}
	return db
}

func must(tb testing.TB, db *DB, query string, args ...any) {
	tb.Helper()
	if err := db.Write(tb.Context(), func(tx *Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		tb.Fatal(err)
	}
}

// held tells how many statements the writing connection keeps.
func held(t *testing.T, db *DB) (n int) {
	t.Helper()
	conn, err := db.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error { n = len(c.(*keeper).kept); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// The same query within a loop over its own rows sees all of them.
func TestStatementWithinItself(t *testing.T) {
	db := lite(t)
	seen := 0
	err := db.Write(t.Context(), func(tx *Tx) error {
		const all = `SELECT n FROM number ORDER BY n`
		return tx.Each(all, nil, func(scan func(...any) error) error {
			var outer, inner int
			if err := scan(&outer); err != nil {
				return err
			}
			return tx.Each(all, nil, func(scan func(...any) error) error { seen++; return scan(&inner) })
		})
	})
	if err != nil || seen != 25 {
		t.Fatalf("%d of 25: %v", seen, err)
	}
}

// A statement that was kept knows a schema that changed since, by itself or by another connection.
func TestStatementKnowsNewSchema(t *testing.T) {
	db := lite(t)
	columns := func(read func(context.Context, func(*Tx) error) error) (n int) {
		err := read(t.Context(), func(tx *Tx) error {
			rows, err := tx.Query(`SELECT * FROM number`)
			if err != nil {
				return err
			}
			defer rows.Close()
			names, err := rows.Columns()
			n = len(names)
			return errors.Join(err, rows.Err())
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := [2]int{columns(db.Write), columns(db.Read)}
	must(t, db, `ALTER TABLE number ADD COLUMN name TEXT NOT NULL DEFAULT ''`)
	if after := [2]int{columns(db.Write), columns(db.Read)}; before != [2]int{1, 1} || after != [2]int{2, 2} {
		t.Fatalf("%v columns, then %v", before, after)
	}
}

// What is kept has its bound, and a long statement is not kept.
func TestStatementsAreBounded(t *testing.T) {
	db := lite(t)
	for i := range 3 * keptStatements {
		must(t, db, fmt.Sprintf(`UPDATE number SET n = n WHERE n = $1 AND %d = %d`, i, i), 1)
	}
	if n := held(t, db); n != keptStatements {
		t.Errorf("%d statements are kept, not %d", n, keptStatements)
	}
	long := fmt.Sprintf(`UPDATE number SET n = n WHERE n = $1 AND '%*s' <> ''`, keptLength, "x")
	must(t, db, long, 1)
	conn, err := db.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error {
		if c.(*keeper).kept[long] != nil {
			return errors.New("the long statement is kept")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// A statement that failed is not used again, and one that was broken off does not hold up the next.
func TestStatementThatFailed(t *testing.T) {
	db := lite(t)
	before := held(t, db)
	for range 2 {
		err := db.Write(t.Context(), func(tx *Tx) error { _, err := tx.Exec(`INSERT INTO number (n) VALUES (5 - $1)`, 1); return err })
		if err == nil {
			t.Fatal("a key came twice")
		}
	}
	if after := held(t, db); after != before {
		t.Errorf("%d statements are kept, then %d", before, after)
	}
	const endless = `WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < $1) SELECT count(*) FROM up`
	count := func(ctx context.Context, to int64) (n int64, err error) {
		err = db.Write(ctx, func(tx *Tx) error { return tx.QueryRow(endless, to).Scan(&n) })
		return n, err
	}
	if n, err := count(t.Context(), 10); n != 10 || err != nil {
		t.Fatal(n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := count(ctx, 1<<40); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("it was not broken off: %v", err)
	}
	if n, err := count(t.Context(), 10); n != 10 || err != nil {
		t.Fatal(n, err)
	}
}

// Rows that nobody reads to their end leave the statement for the next.
func TestStatementLeftHalfway(t *testing.T) {
	db := lite(t)
	for range 3 {
		var first int
		if err := db.Write(t.Context(), func(tx *Tx) error { return tx.QueryRow(`SELECT n FROM number ORDER BY n`).Scan(&first) }); err != nil || first != 0 {
			t.Fatal(first, err)
		}
	}
	must(t, db, `DROP TABLE number`) // SQLite refuses while a statement still reads it
}

// BenchmarkStatement runs a short statement that is kept, and one that is new each time.
func BenchmarkStatement(b *testing.B) {
	for _, kept := range []bool{true, false} {
		b.Run(map[bool]string{true: "kept", false: "new"}[kept], func(b *testing.B) {
			db := lite(b)
			err := db.Write(b.Context(), func(tx *Tx) error {
				for i := 0; b.Loop(); i++ {
					query := `UPDATE number SET n = n WHERE n = $1`
					if !kept {
						query += fmt.Sprintf(` AND %d = %d`, i, i)
					}
					if _, err := tx.Exec(query, i%5); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
