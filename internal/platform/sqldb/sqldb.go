// Package sqldb keeps Firehall's relational state on SQLite or PostgreSQL, with
// one set of SQL for both.
//
// A room opens a transaction by Write or Read and runs its SQL on the Tx. The
// SQL keeps to what both engines mean alike: $N placeholders, text ids, times as
// whole milliseconds (Millis, Time), booleans as 0 and 1, ON CONFLICT ..
// RETURNING, CTEs, windows, FILTER, partial indexes; and not ILIKE, = ANY, SKIP
// LOCKED or INTERVAL. BulkUpsert is the one place where the engines differ.
//
// Guarantees: Write commits everything or nothing, and its commit is durable
// (SQLite: WAL with synchronous=FULL). After an error inside a transaction
// nothing more runs in it, on either engine, and it is rolled back. The function
// given to Write may run several times, so it must have no effect outside its
// transaction. Read sees one consistent state.
package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Engine names a database engine.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// attempts is how often Write runs its function before it gives up on a
// database that keeps telling us to try again.
const attempts = 10

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine Engine
	name   string // for messages: a path, or a URL without its password
	write  *sql.DB
	read   *sql.DB
	again  chan struct{} // held by the one transaction that runs again
}

// Open opens the database at dsn: "sqlite:" and a file path (the file is made,
// readable by its owner only, if it is missing; its folder must be there), or a
// "postgres://" URL. It does not change the schema: see Migrate.
//
// Errors: Invalid for a dsn that cannot be understood, Unavailable when the
// database does not answer.
func Open(ctx context.Context, dsn string) (*DB, error) {
	var db *DB
	var err error
	switch scheme, rest, _ := strings.Cut(dsn, ":"); scheme {
	case "sqlite":
		db, err = openSQLite(rest)
	case "postgres", "postgresql":
		db, err = openPostgres(dsn)
	default:
		return nil, problem.New(problem.Invalid, "the database URL must start with sqlite: or postgres://, not %q", scheme)
	}
	if err != nil {
		return nil, err
	}
	db.again = make(chan struct{}, 1)
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Engine tells which engine this is.
func (db *DB) Engine() Engine { return db.engine }

// String names the database for messages, without a password.
func (db *DB) String() string { return string(db.engine) + " " + db.name }

// Ping asks the database for a sign of life, on both pools.
func (db *DB) Ping(ctx context.Context) error {
	for _, pool := range []*sql.DB{db.write, db.read} {
		if err := pool.PingContext(ctx); err != nil {
			return problem.Wrap(problem.Unavailable, err, "the database %s does not answer", db)
		}
	}
	return nil
}

// Close closes the database; transactions still open fail.
func (db *DB) Close() error {
	err := db.write.Close()
	if db.read != db.write {
		err = errors.Join(db.read.Close(), err)
	}
	return err
}

// inside marks the context of an open write transaction of a database.
type inside struct{ db *DB }

// Write runs fn in one transaction and commits it. An error of fn, or a panic,
// rolls back. When the engine reports that transactions collided
// (serialization failure, deadlock, busy) fn is run again, up to a bound.
// A Write inside a Write of the same database is refused: it would wait for
// itself.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return db.change(ctx, func(ctx context.Context, fn func(*Tx) error) error {
		return db.once(ctx, db.write, &sql.TxOptions{}, fn)
	}, fn)
}

// WriteOne is Write for what one statement changes: fn calls Tx.Exec once at most, and fails before it or not at all. On PostgreSQL that statement is the
// transaction, which saves the two ways to the server that beginning and ending one takes; what fn reads beside it may be of another moment. On SQLite it
// is a Write.
func (db *DB) WriteOne(ctx context.Context, fn func(tx *Tx) error) error {
	if db.engine != Postgres {
		return db.Write(ctx, fn)
	}
	return db.change(ctx, func(ctx context.Context, fn func(*Tx) error) error { return db.bare(ctx, one, fn) }, fn)
}

// change makes attempts of a transaction until it does not collide with another.
func (db *DB) change(ctx context.Context, attempt func(context.Context, func(*Tx) error) error, fn func(tx *Tx) error) error {
	if ctx.Value(inside{db}) != nil {
		return problem.New(problem.Internal, "a write transaction was opened inside another one")
	}
	var last *Tx
	remembering := func(tx *Tx) error { last = tx; return fn(tx) }
	within := context.WithValue(ctx, inside{db}, true)
	err := attempt(within, remembering)
	if collided(err) {
		err = db.retry(within, attempt, remembering)
	}
	if err != nil && last != nil {
		for _, do := range last.after {
			err = errors.Join(err, do(ctx))
		}
	}
	return db.translate(err)
}

// retry runs a transaction again that collided. Of this process's transactions
// one at a time does so, or many rivals for the same rows would collide with
// each other over and over.
func (db *DB) retry(ctx context.Context, attempt func(context.Context, func(*Tx) error) error, fn func(tx *Tx) error) error {
	select {
	case db.again <- struct{}{}:
		defer func() { <-db.again }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for try := 2; ; try++ {
		if err := pause(ctx, try); err != nil {
			return err
		}
		err := attempt(ctx, fn)
		if !collided(err) {
			return err
		}
		if try == attempts {
			return problem.Wrap(problem.Unavailable, err, "the database is too busy: gave up after %d attempts", try)
		}
	}
}

// Read runs fn in a transaction that changes nothing and sees one consistent
// state of the database.
func (db *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	opts := &sql.TxOptions{}
	if db.engine == Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return db.translate(db.once(ctx, db.read, opts, fn))
}

// Glance runs fn, which changes nothing, where each statement may see a state of its own: for a few small questions that do not hang together. On PostgreSQL
// it saves the two ways to the server that a transaction takes; on SQLite it is a Read.
func (db *DB) Glance(ctx context.Context, fn func(tx *Tx) error) error {
	if db.engine != Postgres {
		return db.Read(ctx, fn)
	}
	return db.translate(db.bare(ctx, none, fn))
}

// bare runs fn on a connection without a transaction, and lets so many statements change something.
func (db *DB) bare(ctx context.Context, may changes, fn func(tx *Tx) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx := &Tx{ctx: ctx, db: db, conn: conn, inner: conn, may: may}
	if err = fn(tx); err == nil {
		err = tx.failed
	}
	return ended(ctx, err)
}

// once runs one attempt of a transaction.
func (db *DB) once(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(*Tx) error) (err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	committed := false
	defer func() {
		if !committed {
			db.clear(ctx, conn)
			err = ended(ctx, err)
		}
	}()
	inner, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer inner.Rollback() // after a commit this does nothing
	tx := &Tx{ctx: ctx, db: db, conn: conn, inner: inner}
	if err := fn(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	err = inner.Commit()
	committed = err == nil
	return err
}

// clear sees to it that nothing is left open on a connection of SQLite before another transaction has it. When a context ends, the driver
// interrupts whatever runs at that moment, which may be the commit or the roll-back: database/sql takes the transaction for ended then, though
// it is not.
func (db *DB) clear(ctx context.Context, conn *sql.Conn) {
	if db.engine != SQLite {
		return
	}
	_, err := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	if err != nil && !strings.Contains(err.Error(), "no transaction is active") {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool closes it, which rolls back
	}
}

// ended names the context's end as the cause where the engine reports it in
// words of its own ("interrupted", "transaction has already been rolled back").
func ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// pause waits before an attempt, longer each time and never the same for two
// rivals.
func pause(ctx context.Context, try int) error {
	wait := time.Duration(1<<min(try, 9)) * time.Millisecond
	timer := time.NewTimer(wait/2 + rand.N(wait))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Millis returns t as milliseconds since 1970 in UTC, and 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time returns the time of ms milliseconds since 1970 in UTC, and the zero time
// for 0.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// NoRows reports whether err says that a query found no row.
func NoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// quote returns an identifier in quotes. Names come from our own code, so a
// name with a quote in it is a defect.
func quote(name string) string {
	if name == "" || strings.ContainsAny(name, "\"\x00") {
		panic(fmt.Sprintf("sqldb: %q is no name of a table or column", name))
	}
	return `"` + name + `"`
}
