// Package sqldbtest gives tests a real, migrated, empty database on each engine.
package sqldbtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The environment that decides about PostgreSQL: the URL of a server on which
// the tests may CREATE DATABASE, and whether its absence fails the test.
const (
	ServerVariable  = "FIREHALL_TEST_POSTGRES"
	RequireVariable = "FIREHALL_TEST_REQUIRE"
)

// Each runs fn as the subtests "sqlite" and "postgres", each on a database of
// its own that goes away at the end. Without a server in FIREHALL_TEST_POSTGRES
// the second is skipped, or fails if FIREHALL_TEST_REQUIRE=1.
func Each(t *testing.T, fn func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) { fn(t, Open(t, engine)) })
	}
}

// Open returns a migrated, empty database of one engine; see Each.
func Open(t testing.TB, engine sqldb.Engine) *sqldb.DB {
	t.Helper()
	db := connect(t, Migrated(t, engine))
	renew(t, db)
	return db
}

// Migrated returns the address of a migrated, empty database, for tests that open it themselves; see Each.
func Migrated(t testing.TB, engine sqldb.Engine) string {
	t.Helper()
	if engine == sqldb.SQLite {
		return copySQLite(t)
	}
	return takePostgres(t)
}

// URL returns the address of an empty database that is not migrated yet, for
// tests that open it themselves; see Each.
func URL(t testing.TB, engine sqldb.Engine) string {
	t.Helper()
	if engine == sqldb.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "state.db")
	}
	return createPostgres(t)
}

func connect(t testing.TB, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), dsn)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// createPostgres makes an empty database on the test server, and drops it at the end.
func createPostgres(t testing.TB) string {
	t.Helper()
	admin, err := sql.Open("pgx", postgresServer(t))
	if err != nil {
		t.Fatalf("%s: %v", ServerVariable, err)
	}
	name := "firehall_test_" + id.New()
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		t.Fatalf("create a database on %s: %v", ServerVariable, err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	dsn, err := onDatabase(postgresServer(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func onDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("%s: %w", ServerVariable, err)
	}
	u.Path = "/" + name
	return u.String(), nil
}
