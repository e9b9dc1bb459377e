package sqldb_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var adding = sqldb.Upsert{
	Table: "thing", Columns: []string{"name", "n", "note"}, Key: []string{"name"},
	Set: []string{"n = t.n + excluded.n", "note = excluded.note"},
}

func upsert(t testing.TB, db *sqldb.DB, spec sqldb.Upsert, rows iter.Seq[[]any]) {
	t.Helper()
	if err := db.Write(ctx, func(tx *sqldb.Tx) error { return tx.BulkUpsert(spec, rows) }); err != nil {
		t.Fatal(err)
	}
}

func things(t *testing.T, db *sqldb.DB) (out []string) {
	t.Helper()
	err := db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT name, n, coalesce(note, '-') FROM thing ORDER BY n, name`, nil, func(scan func(...any) error) error {
			var name, note string
			var n int64
			if err := scan(&name, &n, &note); err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%s=%d %s", name, n, note))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBulkUpsert(t *testing.T) {
	keep, narrow := adding, adding
	keep.Set = nil
	narrow.Where = "t.n < 10"
	tests := []struct {
		name string
		spec sqldb.Upsert
		rows [][]any
		want []string
	}{
		{"nothing", adding, nil, []string{"old=20 -"}},
		{"new rows", adding, [][]any{{"a", 1, "x"}, {"b", 2, nil}}, []string{"a=1 x", "b=2 -", "old=20 -"}},
		{"merges with what is there", adding, [][]any{{"old", 5, "seen"}}, []string{"old=25 seen"}},
		{
			"a key many times, in order", adding,
			[][]any{{"a", 1, "first"}, {"old", 1, "o"}, {"a", 2, "second"}, {"a", 4, "third"}},
			[]string{"a=7 third", "old=21 o"},
		},
		{"nothing is set", keep, [][]any{{"old", 5, "seen"}, {"a", 1, "x"}, {"a", 2, "y"}}, []string{"a=1 x", "old=20 -"}},
		{"only where", narrow, [][]any{{"old", 5, "seen"}, {"a", 9, "x"}, {"a", 9, "y"}, {"a", 9, "z"}}, []string{"a=18 y", "old=20 -"}},
		{"bool is 0 or 1", adding, [][]any{{"a", true, "x"}, {"b", false, "x"}}, []string{"b=0 x", "a=1 x", "old=20 -"}},
	}
	each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				exec(t, db, `DELETE FROM thing`)
				exec(t, db, `INSERT INTO thing (name, n) VALUES ('old', 20)`)
				upsert(t, db, tt.spec, slices.Values(tt.rows))
				if diff := cmp.Diff(tt.want, things(t, db)); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestBulkUpsertManyTimesInOneTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			for range 3 {
				if err := tx.BulkUpsert(adding, slices.Values([][]any{{"a", 1, "x"}})); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a=3 x"}, things(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBulkUpsertCountsWhatIsNew(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `INSERT INTO thing (name, n) VALUES ('old', 20)`)
		rows := [][]any{{"a", 1, "x"}, {"old", 1, "x"}, {"a", 2, "y"}, {"b", 1, "x"}}
		for _, want := range []int64{2, 0} {
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				fresh, err := tx.BulkUpsertNew(adding, slices.Values(rows))
				if fresh != want {
					t.Errorf("%d are new, want %d", fresh, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestBulkUpsertErrors(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		tests := []struct {
			name string
			spec sqldb.Upsert
			row  []any
		}{
			{"too few values", adding, []any{"a", 1}},
			{"null where none may be", adding, []any{"a", nil, "x"}},
			{"no key", sqldb.Upsert{Table: "thing", Columns: []string{"name"}}, []any{"a"}},
			{"no such column", sqldb.Upsert{Table: "thing", Columns: []string{"nom"}, Key: []string{"nom"}}, []any{"a"}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := db.Write(ctx, func(tx *sqldb.Tx) error {
					_ = tx.BulkUpsert(tt.spec, slices.Values([][]any{tt.row}))
					return nil // the transaction must not commit although the error was ignored
				})
				if err == nil || problem.KindOf(err) != problem.Internal {
					t.Errorf("got %v", err)
				}
			})
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows were left", n)
		}
	})
}

func BenchmarkBulkUpsert(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			db := sqldbtest.Open(b, engine)
			exec(b, db, `CREATE TABLE thing (name TEXT PRIMARY KEY, n BIGINT NOT NULL, note TEXT)`)
			const batch = 5000
			row := make([]any, 3)
			for i := 0; b.Loop(); i++ {
				upsert(b, db, adding, func(yield func([]any) bool) {
					for k := range batch {
						row[0], row[1], row[2] = fmt.Sprintf("%016x", (i*batch+k)*2654435761%(20*batch)), 1, "a note of usual length"
						if !yield(row) {
							return
						}
					}
				})
			}
			b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
