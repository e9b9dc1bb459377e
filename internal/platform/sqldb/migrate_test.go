package sqldb_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

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

// Both engines hold the same tables and columns.
func TestEnginesHaveTheSameSchema(t *testing.T) {
	lite, pg := tables(t, "migrations/sqlite"), tables(t, "migrations/postgres")
	for name, body := range lite {
		if pg[name] != body {
			t.Errorf("migration %s differs:\nsqlite   %s\npostgres %s", name, body, pg[name])
		}
	}
	if len(lite) != len(pg) {
		t.Errorf("%d migrations for SQLite, %d for PostgreSQL", len(lite), len(pg))
	}
}

var (
	tableStart = regexp.MustCompile(`(?i)^\s*CREATE TABLE\s+(\w+)`)
	columnName = regexp.MustCompile(`(?i)^\s*([a-z_0-9]+)\s+(TEXT|INTEGER|BIGINT|SMALLINT|BLOB|BYTEA|REAL|DOUBLE)`)
)

// tables reads each migration down to its table and column names.
func tables(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		var words []string
		for line := range strings.Lines(string(text)) {
			if m := tableStart.FindStringSubmatch(line); m != nil {
				words = append(words, "|", m[1]+":")
			} else if m := columnName.FindStringSubmatch(line); m != nil {
				words = append(words, m[1])
			}
		}
		out[d.Name()] = strings.Join(words, " ")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
