package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/firehall/firehall/internal/core/problem"
)

// SQLite's result codes that we tell apart (https://www.sqlite.org/rescode.html).
// The low byte is the primary code, the rest the extension.
const (
	sqliteBusy             = 5
	sqliteLocked           = 6
	sqliteReadOnly         = 8
	sqliteIOErr            = 10
	sqliteFull             = 13
	sqliteCantOpen         = 14
	sqliteConstraintForeig = 787
	sqliteConstraintKey    = 1555
	sqliteConstraintUnique = 2067
)

// translate gives an engine's error the kind that our rooms know. Errors that
// carry a kind already, and those nobody knows, stay as they are.
func (db *DB) translate(err error) error {
	switch {
	case err == nil, problem.KindOf(err) != problem.Internal:
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case NoRows(err):
		return problem.Wrap(problem.NotFound, err, "not found")
	}
	kind, what := classify(err)
	if what == "" {
		return err
	}
	return problem.Wrap(kind, err, "%s: %s", db, what)
}

// classify returns the kind of an engine's error and what it means; an empty
// text means that it is not one of the known.
func classify(err error) (problem.Kind, string) {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return classifySQLite(lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return classifyPostgres(pg.Code)
	}
	var dial *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &dial) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err) {
		return problem.Unavailable, "the connection to the database failed"
	}
	return problem.Internal, ""
}

func classifySQLite(code int) (problem.Kind, string) {
	switch code {
	case sqliteConstraintKey, sqliteConstraintUnique:
		return problem.Conflict, "it exists already"
	case sqliteConstraintForeig:
		return problem.Conflict, "something refers to what is not there"
	}
	switch code & 0xff {
	case sqliteBusy, sqliteLocked:
		return problem.Unavailable, "another process keeps the database busy"
	case sqliteFull:
		return problem.Unavailable, "the disk is full"
	case sqliteIOErr, sqliteCantOpen, sqliteReadOnly:
		return problem.Unavailable, "the database file cannot be read or written"
	}
	return problem.Internal, ""
}

// classifyPostgres knows the SQLSTATE classes of PostgreSQL's Appendix A.
func classifyPostgres(state string) (problem.Kind, string) {
	switch state {
	case "23505":
		return problem.Conflict, "it exists already"
	case "23503":
		return problem.Conflict, "something refers to what is not there"
	case "40001", "40P01", "55P03":
		return problem.Unavailable, "transactions collided"
	case "22021", "22P05": // SQLite would take it: what came from outside is to blame, and not we
		return problem.Invalid, "a text holds what is none: a zero character, or bytes that are not UTF-8"
	}
	switch state[:min(2, len(state))] {
	case "08", "53", "57", "58":
		return problem.Unavailable, "the database server is in trouble"
	}
	return problem.Internal, ""
}

// collided reports whether running the whole transaction again may help.
func collided(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff
		return code == sqliteBusy || code == sqliteLocked
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
