package sqldb

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"

	"github.com/firehall/firehall/internal/core/problem"
)

// openSQLite opens a file with one connection that writes and several that
// read. SQLite lets one transaction write at a time: a single connection makes
// writers queue in Go, where waiting honours the context, and not by retrying.
func openSQLite(path string) (*DB, error) {
	if path == "" || path == ":memory:" {
		return nil, problem.New(problem.Invalid, "the database URL sqlite: needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the database path")
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	// Upserts of findings touch pages all over a large table. With the usual thousand pages of log it is copied back every other
	// transaction: 26,000 a second with the defaults, 62,000 with these, over 200,000 rows on two busy cores.
	write, err := pool(sqliteURL(path, "immediate",
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-131072)", "wal_autocheckpoint(16000)", "temp_store(2)"))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "open the database %s", path)
	}
	write.SetMaxOpenConns(1)
	read, err := pool(sqliteURL(path, "deferred", "query_only(1)", "foreign_keys(1)"))
	if err != nil {
		write.Close()
		return nil, problem.Wrap(problem.Unavailable, err, "open the database %s", path)
	}
	readers := max(4, runtime.NumCPU())
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{engine: SQLite, name: path, write: write, read: read}, nil
}

// pool gives connections that keep their statements and sync with fdatasync, as other builds of SQLite do: a commit is as durable, and its time is
// not written to the disk with it.
func pool(url string) (*sql.DB, error) {
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return nil, err
	}
	c, err := sqlite.NewConnector(url)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeping{c}), nil
}

// sqliteURL builds the driver's name for a file, whatever characters its path
// holds.
func sqliteURL(path, lock string, pragmas ...string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return u.String()
}

// createPrivate makes the file for its owner only; SQLite gives its journal the
// same rights.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "create the database file")
	}
	return f.Close()
}
