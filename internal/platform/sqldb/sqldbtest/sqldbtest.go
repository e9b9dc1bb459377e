// Package sqldbtest gives tests a real, migrated, empty database on each engine.
package sqldbtest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
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
	var dsn string
	if engine == sqldb.SQLite {
		dsn = copySQLite(t)
	} else {
		dsn = createPostgres(t, true)
	}
	db := connect(t, dsn)
	renew(t, db)
	return db
}

// URL returns the address of an empty database that is not migrated yet, for
// tests that open it themselves; see Each.
func URL(t testing.TB, engine sqldb.Engine) string {
	t.Helper()
	if engine == sqldb.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "state.db")
	}
	return createPostgres(t, false)
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

// createPostgres makes a database on the test server, migrated or empty, and
// drops it at the end.
func createPostgres(t testing.TB, migrated bool) string {
	t.Helper()
	server := os.Getenv(ServerVariable)
	if server == "" {
		if os.Getenv(RequireVariable) == "1" {
			t.Fatalf("%s is not set, and %s=1 asks for PostgreSQL: run eval \"$(test/postgres.sh start)\"", ServerVariable, RequireVariable)
		}
		t.Skipf("no PostgreSQL: %s is not set; eval \"$(test/postgres.sh start)\" starts one", ServerVariable)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatalf("%s: %v", ServerVariable, err)
	}
	name, template := "firehall_test_"+id.New(), "template0"
	if migrated {
		template = postgresTemplate(t, server)
	}
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + template + " ENCODING 'UTF8'"); err != nil {
		t.Fatalf("create a database on %s: %v", ServerVariable, err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return onDatabase(t, server, name)
}

func onDatabase(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", ServerVariable, err)
	}
	u.Path = "/" + name
	return u.String()
}
