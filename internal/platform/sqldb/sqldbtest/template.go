package sqldbtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A migrated, empty database is made once and then copied, since a test of two engines spends more time on migrating than on anything else: SQLite's
// once a process, PostgreSQL's once a server and set of migrations, see pool.go.

// sqliteTemplate are the bytes of a migrated database.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqldbtest")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "state.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return nil, fmt.Errorf("%s was not written whole", path)
	}
	return os.ReadFile(path)
})

// migrated brings the database of an address up to date.
func migrated(dsn string) error {
	db, err := sqldb.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	if err := db.Migrate(context.Background()); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

// renew gives a copy an identity of its own, as a database that was migrated has.
func renew(t testing.TB, db *sqldb.DB) {
	t.Helper()
	err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec("UPDATE installation SET id = $1", strings.ToLower(rand.Text()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Seed puts a migrated, empty SQLite database where there is none: what opens it need not make it anew.
func Seed(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	writeSQLite(t, path)
	db, err := sqldb.Open(context.Background(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	renew(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func writeSQLite(t testing.TB, path string) {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make a database: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copySQLite gives the address of a migrated database of a test's own.
func copySQLite(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	writeSQLite(t, path)
	return "sqlite:" + path
}
