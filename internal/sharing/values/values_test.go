package values_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/sharing/values"
)

var ctx = context.Background()

// model holds the entries as rows: what the index has to tell, by the plainest means.
type model map[values.Entry]bool

func (m model) find(mark int64, n int) (list []int64) {
	for e := range m {
		if e.Mark == mark {
			list = append(list, e.Object)
		}
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list[:min(n, len(list))]
}

func (m model) of(object int64) (marks []int64) {
	for e := range m {
		if e.Object == object {
			marks = append(marks, e.Mark)
		}
	}
	return marks
}

// extremes are marks at the ends of what there is, and between.
var extremes = []int64{-1 << 63, -7, -1, 0, 1, 7, 1<<63 - 1}

// Whatever is added and dropped, the index tells what rows would.
func TestIndexTellsWhatRowsWould(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			clear(t, db)
			m, object := model{}, int64(0)
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				if object > 0 && rapid.IntRange(0, 3).Draw(rt, "drop") == 0 {
					m.drop(t, db, rapid.Int64Range(1, object).Draw(rt, "object"))
					continue
				}
				var list []values.Entry
				for range rapid.IntRange(1, 300).Draw(rt, "objects") {
					object++
					for range object % 3 {
						list = append(list, values.Entry{Mark: rapid.SampledFrom(extremes).Draw(rt, "mark"), Object: object})
					}
				}
				m.add(t, db, list)
			}
			m.check(t, db, rapid.IntRange(1, 400).Draw(rt, "most"))
		})
	})
}

func (m model) add(t *testing.T, db *sqldb.DB, list []values.Entry) {
	for _, e := range list {
		m[e] = true
	}
	write(t, db, func(tx *sqldb.Tx) error { return values.Add(tx, list) })
}

func (m model) drop(t *testing.T, db *sqldb.DB, object int64) {
	marks := append(m.of(object), 12345) // and one that it never had
	write(t, db, func(tx *sqldb.Tx) error { return values.Drop(tx, object, marks) })
	for _, mark := range marks {
		delete(m, values.Entry{Mark: mark, Object: object})
	}
}

func (m model) check(t *testing.T, db *sqldb.DB, n int) {
	t.Helper()
	read(t, db, func(tx *sqldb.Tx) error {
		each, err := values.FindEach(tx, extremes, n)
		if err != nil {
			return err
		}
		for _, mark := range append(extremes, 3) {
			found, err := values.Find(tx, mark, n)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(m.find(mark, n), found); diff != "" {
				t.Errorf("of %d: %s", mark, diff)
			}
			if mark != 3 && !slices.Equal(each[mark], found) {
				t.Errorf("of %d: together %v, alone %v", mark, each[mark], found)
			}
		}
		entries, rows := 0, 0
		if err := tx.QueryRow(`SELECT coalesce(sum(entries), 0) FROM sharing_run`).Scan(&entries); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT coalesce(sum(length(body)), 0) FROM sharing_chunk`).Scan(&rows); err != nil {
			return err
		}
		if entries != len(m) || rows != 16*len(m) {
			t.Errorf("%d entries and %d bytes, want %d", entries, rows, len(m))
		}
		return nil
	})
}

// However much is given one by one, there are few runs, and all is found.
func TestRunsAreMerged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		m := model{}
		r := rand.New(rand.NewPCG(1, 2))
		write(t, db, func(tx *sqldb.Tx) error {
			for object := range int64(300) {
				list := []values.Entry{{Mark: 7, Object: object}}
				for range r.IntN(4) {
					list = append(list, values.Entry{Mark: r.Int64(), Object: object})
				}
				for _, e := range list {
					m[e] = true
				}
				if err := values.Add(tx, list); err != nil {
					return err
				}
			}
			return nil
		})
		m.check(t, db, 250)
		if n := runs(t, db); n > 20 {
			t.Errorf("%d runs", n)
		}
	})
}

// What was in a table of rows before is found after the migration: a run of its own, that later ones leave or merge.
func TestMigratedRows(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		m := model{}
		for k := range int64(1000) {
			m[values.Entry{Mark: extremes[k%int64(len(extremes))], Object: 5 + k/2}] = true
		}
		write(t, db, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(`CREATE TABLE sharing_value (mark BIGINT, object BIGINT)`); err != nil {
				return err
			}
			for e := range m {
				if _, err := tx.Exec(`INSERT INTO sharing_value (mark, object) VALUES ($1, $2)`, e.Mark, e.Object); err != nil {
					return err
				}
			}
			return nil
		})
		move(t, db)
		m.check(t, db, 300)
		m.add(t, db, []values.Entry{{Mark: 7, Object: 2000}, {Mark: 3, Object: 2000}, {Mark: 7, Object: 2001}})
		m.drop(t, db, 6)
		delete(m, values.Entry{Mark: 3, Object: 2000})
		m.drop(t, db, 2000)
		if n := runs(t, db); n != 2 {
			t.Errorf("%d runs", n)
		}
		m[values.Entry{Mark: 3, Object: 2000}] = true
		m.check(t, db, 300)
	})
}

func clear(t testing.TB, db *sqldb.DB) {
	write(t, db, func(tx *sqldb.Tx) error {
		for _, table := range []string{"sharing_run", "sharing_chunk"} {
			if _, err := tx.Exec(fmt.Sprintf(`DELETE FROM %s`, table)); err != nil {
				return err
			}
		}
		return nil
	})
}

func runs(t testing.TB, db *sqldb.DB) (n int) {
	read(t, db, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM sharing_run`).Scan(&n) })
	return n
}

func write(t testing.TB, db *sqldb.DB, do func(*sqldb.Tx) error) {
	t.Helper()
	if err := db.Write(ctx, do); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, db *sqldb.DB, do func(*sqldb.Tx) error) {
	t.Helper()
	if err := db.Read(ctx, do); err != nil {
		t.Fatal(err)
	}
}
