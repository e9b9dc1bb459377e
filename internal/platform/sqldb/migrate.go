package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"github.com/firehall/firehall/internal/core/problem"
)

// One folder an engine, the same tables and columns in both.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// schemaLock is the key of PostgreSQL's advisory lock under which one process
// at a time changes the schema ("firehall" in ASCII).
const schemaLock = 0x6669726568616c6c

// Migrate brings the schema up to what this program expects. Several processes
// may call it at once.
//
// A schema newer than the program is a problem.Conflict: an older program must
// not write what it does not understand.
func (db *DB) Migrate(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	if err := db.known(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return problem.Wrap(problem.KindOf(db.translate(err)), err, "bring the schema of %s up to date", db)
	}
	return nil
}

// Schema returns the version of the database's schema and the version that this
// program brings, for `firehall doctor`.
func (db *DB) Schema(ctx context.Context) (have, want int64, err error) {
	p, err := db.provider()
	if err != nil {
		return 0, 0, err
	}
	have, err = p.GetDBVersion(ctx)
	if err != nil {
		return 0, 0, problem.Wrap(problem.Unavailable, err, "read the schema's version of %s", db)
	}
	return have, newest(p), nil
}

// known refuses a schema from the future.
func (db *DB) known(ctx context.Context, p *goose.Provider) error {
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "read the schema's version of %s", db)
	}
	if want := newest(p); have > want {
		return problem.New(problem.Conflict, "the database %s has schema version %d, and this program knows versions up to %d: "+
			"it was used by a newer Firehall; run that one, or restore a backup made before", db, have, want)
	}
	return nil
}

func newest(p *goose.Provider) int64 {
	var v int64
	for _, s := range p.ListSources() {
		v = max(v, s.Version)
	}
	return v
}

// Migrations gives the files by which the schema of an engine came to be.
func Migrations(e Engine) (fs.FS, error) { return fs.Sub(migrations, "migrations/"+string(e)) }

func (db *DB) provider() (*goose.Provider, error) {
	folder, err := Migrations(db.engine)
	if err != nil {
		return nil, err
	}
	dialect := database.DialectSQLite3
	var opts []goose.ProviderOption
	if db.engine == Postgres {
		dialect = database.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(schemaLock), lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	return newProvider(dialect, db.write, folder, opts)
}

func newProvider(dialect database.Dialect, pool *sql.DB, folder fs.FS, opts []goose.ProviderOption) (*goose.Provider, error) {
	p, err := goose.NewProvider(dialect, pool, folder, opts...)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "read the embedded migrations")
	}
	return p, nil
}

// MigrateTo brings the schema up to a version and no further: for a restore of what an older program wrote, and for tests of upgrades.
// Errors: Conflict for a version that this program does not know.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	if want := newest(p); version > want {
		return problem.New(problem.Conflict, "schema version %d is newer than this program, which knows versions up to %d: use a newer Firehall", version, want)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return problem.Wrap(problem.KindOf(db.translate(err)), err, "bring the schema of %s to version %d", db, version)
	}
	return nil
}
