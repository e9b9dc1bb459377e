package sqldb_test

import (
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestMigrateTwiceChangesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		have, want, err := db.Schema(ctx)
		if err != nil || have != want || have == 0 {
			t.Errorf("schema %d of %d, %v", have, want, err)
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, $1)`, "true")
		err := db.Migrate(ctx)
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "newer Firehall") {
			t.Errorf("got %v, want a conflict that names the newer program", err)
		}
	})
}

// Nodes that start at the same moment on one PostgreSQL migrate once.
func TestManyMigrateAtOnce(t *testing.T) {
	dsn := sqldbtest.URL(t, sqldb.Postgres)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := sqldb.Open(ctx, dsn)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if err := db.Migrate(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Both engines hold the same tables and columns, and get there by migrations of the same names.
func TestEnginesHaveTheSameSchema(t *testing.T) {
	if diff := cmp.Diff(files(t, sqldb.SQLite), files(t, sqldb.Postgres)); diff != "" {
		t.Error(diff)
	}
	lite := columns(t, sqldb.SQLite, `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2`)
	pg := columns(t, sqldb.Postgres, `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`)
	for name := range lite {
		if pg[name] == "" && textIndex.MatchString(name) {
			delete(lite, name)
		}
	}
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Error(diff)
	}
}

// textIndex are the tables of SQLite's index of words; PostgreSQL's is a column's.
var textIndex = regexp.MustCompile(`_fts(_|$)`)

func files(t *testing.T, engine sqldb.Engine) (names []string) {
	t.Helper()
	dir, err := sqldb.Migrations(engine)
	if err == nil {
		err = fs.WalkDir(dir, ".", func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, d.Name())
			}
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// columns are the names of each table's columns, with blanks.
func columns(t *testing.T, engine sqldb.Engine, query string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := sqldbtest.Open(t, engine).Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(query, nil, func(scan func(...any) error) error {
			var table, column string
			err := scan(&table, &column)
			out[table] += column + " "
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
