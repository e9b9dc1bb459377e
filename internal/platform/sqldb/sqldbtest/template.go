package sqldbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A migrated, empty database is made once and then copied, since a test of two engines spends more time on migrating than on anything else: SQLite's
// once a process, PostgreSQL's once a server and set of migrations.

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

// copySQLite gives the address of a migrated database of a test's own.
func copySQLite(t testing.TB) string {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make a database: %v", err)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// templateLock is the key of the advisory lock under which one process at a time makes the template of a server.
const templateLock = 0x74656d706c617465

// postgresTemplate gives the name of a migrated database that can be copied.
func postgresTemplate(t testing.TB, server string) string {
	t.Helper()
	ctx := context.Background()
	name, err := templateName()
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	conn, err := admin.Conn(ctx)
	if err != nil {
		t.Fatalf("%s: %v", ServerVariable, err)
	}
	defer conn.Close() // and the lock goes
	if err := makeTemplate(ctx, conn, onDatabase(t, server, name), name); err != nil {
		t.Fatalf("make the template of the tests' databases: %v", err)
	}
	return name
}

// makeTemplate makes it if it is not there. Only at the end it is marked as a template: what was left half made is made anew.
func makeTemplate(ctx context.Context, conn *sql.Conn, dsn, name string) error {
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return err
	}
	var have int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM pg_database WHERE datname = $1 AND datistemplate", name).Scan(&have); err != nil || have == 1 {
		return err
	}
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := migrated(dsn); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true")
	return err
}

// templateName is that of a template by what is migrated.
var templateName = sync.OnceValues(func() (string, error) {
	sum := sha256.New()
	files, err := sqldb.Migrations(sqldb.Postgres)
	if err != nil {
		return "", err
	}
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	return "firehall_template_" + hex.EncodeToString(sum.Sum(nil)[:8]), err
})
