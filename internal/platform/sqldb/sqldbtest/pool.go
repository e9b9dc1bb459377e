package sqldbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The migrated databases of a server are copies of one template, numbered from 0. A test has one to itself for as long as its process holds the advisory
// lock of that number; whoever has it next empties it first, so that a process may die at any moment. There are as many as tests that ever ran at the same
// time; those of other migrations go when a template is made.

//go:embed pristine.sql
var pristine string

// templateLock is the key of the advisory lock under which one process at a time makes the template of a server; poolLock is the first key of the locks
// under which tests have its copies.
const (
	templateLock = 0x74656d706c617465
	poolLock     = 0x706f6f6c
	poolSize     = 190 // the server has connections for no more tests
)

// pool is this process's way to the databases of one server.
type pool struct {
	server   string
	template string
	admin    *sql.DB

	mu   sync.Mutex
	conn *sql.Conn // holds the locks; ends with the process
	mine map[int]bool
}

var pools = struct {
	sync.Mutex
	of map[string]*pool
}{of: map[string]*pool{}}

// poolOf gives the pool of a server, its template made.
func poolOf(ctx context.Context, server string) (*pool, error) {
	pools.Lock()
	defer pools.Unlock()
	if p := pools.of[server]; p != nil {
		return p, nil
	}
	name, err := templateName()
	if err != nil {
		return nil, err
	}
	p := &pool{server: server, template: name, mine: map[int]bool{}}
	if p.admin, err = sql.Open("pgx", server); err != nil {
		return nil, err
	}
	if p.conn, err = p.admin.Conn(ctx); err != nil {
		return nil, err
	}
	if err := p.makeTemplate(ctx); err != nil {
		_ = p.admin.Close()
		return nil, fmt.Errorf("make the template of the tests' databases: %w", err)
	}
	pools.of[server] = p
	return p, nil
}

// makeTemplate makes it if it is not there. Only at the end it is marked as a template: what was left half made is made anew.
func (p *pool) makeTemplate(ctx context.Context) error {
	if err := p.exec(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return err
	}
	defer func() { _ = p.exec(ctx, "SELECT pg_advisory_unlock($1)", int64(templateLock)) }()
	have, err := p.has(ctx, p.template, true)
	if err != nil || have {
		return err
	}
	if err := p.removeOld(ctx); err != nil {
		return err
	}
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + p.template + " WITH (FORCE)", "CREATE DATABASE " + p.template + " TEMPLATE template0 ENCODING 'UTF8'"} {
		if err := p.exec(ctx, statement); err != nil {
			return err
		}
	}
	dsn, err := onDatabase(p.server, p.template)
	if err != nil {
		return err
	}
	if err := migrated(dsn); err != nil {
		return err
	}
	if err := within(ctx, dsn, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, pristine)
		return err
	}); err != nil {
		return err
	}
	return p.exec(ctx, "ALTER DATABASE "+p.template+" IS_TEMPLATE true")
}

// removeOld drops the copies of other templates that nobody has; one that is in use stays.
func (p *pool) removeOld(ctx context.Context) error {
	rows, err := p.conn.QueryContext(ctx, "SELECT datname FROM pg_database WHERE datname LIKE 'firehall\\_pool\\_%' AND datname NOT LIKE $1", p.copyName("%"))
	if err != nil {
		return err
	}
	defer rows.Close()
	var old []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		old = append(old, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range old {
		_ = p.exec(ctx, "DROP DATABASE "+name) // refused where somebody is connected
	}
	return nil
}

func (p *pool) copyName(number any) string {
	return fmt.Sprintf("firehall_pool_%s_%v", p.template[len(p.template)-16:], number)
}

func (p *pool) exec(ctx context.Context, statement string, args ...any) error {
	_, err := p.conn.ExecContext(ctx, statement, args...)
	return err
}

// has tells whether there is a database, and whether it is a template if that is asked.
func (p *pool) has(ctx context.Context, name string, template bool) (bool, error) {
	var n int
	err := p.conn.QueryRowContext(ctx, "SELECT count(*) FROM pg_database WHERE datname = $1 AND (datistemplate OR NOT $2)", name, template).Scan(&n)
	return n > 0, err
}

// take gives the address of an empty database, and what gives it back.
func (p *pool) take(ctx context.Context) (dsn string, giveBack func() error, err error) {
	n, err := p.reserve(ctx)
	if err != nil {
		return "", nil, err
	}
	giveBack = func() error { return p.giveBack(context.WithoutCancel(ctx), n) }
	if dsn, err = p.ready(ctx, p.copyName(n)); err != nil {
		_ = giveBack()
		return "", nil, err
	}
	return dsn, giveBack, nil
}

// reserve finds a number that nobody has. The locks are of one connection, to which its own are never in the way: what this process has it knows.
func (p *pool) reserve(ctx context.Context) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range poolSize {
		if p.mine[n] {
			continue
		}
		var free bool
		if err := p.conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1, $2)", poolLock, n).Scan(&free); err != nil {
			return 0, err
		}
		if free {
			p.mine[n] = true
			return n, nil
		}
	}
	return 0, fmt.Errorf("all %d databases are in use", poolSize)
}

func (p *pool) giveBack(ctx context.Context, n int) error {
	_, err := p.admin.ExecContext(ctx, leave, p.copyName(n))
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.mine, n)
	if failed := p.exec(ctx, "SELECT pg_advisory_unlock($1, $2)", poolLock, n); failed != nil {
		err = failed
	}
	return err
}

// leave ends the connections to a database.
const leave = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"

// ready makes a database if it is not there, and else empties it.
func (p *pool) ready(ctx context.Context, name string) (dsn string, err error) {
	if dsn, err = onDatabase(p.server, name); err != nil {
		return "", err
	}
	p.mu.Lock()
	there, err := p.has(ctx, name, false)
	p.mu.Unlock()
	if err != nil {
		return "", err
	}
	if there {
		if _, err := p.admin.ExecContext(ctx, leave, name); err != nil {
			return "", err
		}
		var sound bool
		err := within(ctx, dsn, func(db *sql.DB) error { return db.QueryRowContext(ctx, "SELECT pristine.reset()").Scan(&sound) })
		if err == nil && sound {
			return dsn, nil
		}
		if _, err := p.admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			return "", err
		}
	}
	_, err = p.admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE "+p.template+" ENCODING 'UTF8'")
	return dsn, err
}

// within opens a database for one thing.
func within(ctx context.Context, dsn string, do func(*sql.DB) error) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

// postgresServer is the server of the tests; without one the test is skipped, or fails.
func postgresServer(t testing.TB) string {
	t.Helper()
	server := os.Getenv(ServerVariable)
	if server == "" {
		if os.Getenv(RequireVariable) == "1" {
			t.Fatalf("%s is not set, and %s=1 asks for PostgreSQL: run eval \"$(test/postgres.sh start)\"", ServerVariable, RequireVariable)
		}
		t.Skipf("no PostgreSQL: %s is not set; eval \"$(test/postgres.sh start)\" starts one", ServerVariable)
	}
	return server
}

// takePostgres gives the address of a migrated, empty database of the test's own.
func takePostgres(t testing.TB) string {
	t.Helper()
	p, err := poolOf(context.Background(), postgresServer(t))
	if err != nil {
		t.Fatalf("%s: %v", ServerVariable, err)
	}
	dsn, giveBack, err := p.take(context.Background())
	if err != nil {
		t.Fatalf("take a database of %s: %v", ServerVariable, err)
	}
	t.Cleanup(func() {
		if err := giveBack(); err != nil {
			t.Errorf("give the test's database back: %v", err)
		}
	})
	return dsn
}

// templateName is that of a template by what is migrated, and by what else it has.
var templateName = sync.OnceValues(func() (string, error) {
	sum := sha256.New()
	fmt.Fprint(sum, pristine)
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
