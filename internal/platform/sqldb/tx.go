package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Tx is an open transaction: what the function given to Write or Read works on.
// It uses that call's context and must not be kept or used by two goroutines.
type Tx struct {
	ctx    context.Context
	db     *DB
	conn   *sql.Conn
	inner  runner
	may    changes
	failed error // the first error; nothing runs after it
	after  []func(ctx context.Context) error
}

// changes is how many statements of a Tx may change something: where there is no transaction around them, none or one.
type changes int

const (
	many changes = iota
	one
	none
)

// runner is what statements run on: a transaction, or a connection.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// OnRollback has something done once the transaction of a Write has been rolled back for good, outside of it: for what has to be on record though
// nothing else came of it. It is called with the context of the Write, in the order given; its error is joined to the Write's.
func (tx *Tx) OnRollback(do func(ctx context.Context) error) { tx.after = append(tx.after, do) }

// Engine tells which engine the transaction runs on.
func (tx *Tx) Engine() Engine { return tx.db.engine }

// Context returns the context of the Write or Read call.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Exec runs a statement and returns how many rows it changed. Arguments may be
// strings, numbers, []byte, bool (stored as 0 or 1), time.Time (stored as
// milliseconds) and nil.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.failed != nil {
		return 0, tx.failed
	}
	if err := tx.changed(); err != nil {
		return 0, err
	}
	res, err := tx.inner.ExecContext(tx.ctx, query, plain(args)...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	return n, tx.fail(err)
}

// changed counts a statement that changes something.
func (tx *Tx) changed() error {
	if tx.may == one {
		tx.may = none
		return nil
	}
	return tx.whole()
}

// whole fails where there is no transaction around what runs.
func (tx *Tx) whole() error {
	if tx.may == many {
		return nil
	}
	return tx.fail(problem.New(problem.Internal, "no transaction holds this together with what came before it: use Write, or Read"))
}

// Query runs a statement that returns rows; the caller closes them before the
// next statement, since PostgreSQL carries one at a time.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if tx.failed != nil {
		return nil, tx.failed
	}
	rows, err := tx.inner.QueryContext(tx.ctx, query, plain(args)...)
	if err != nil {
		return nil, tx.fail(err)
	}
	return rows, nil
}

// QueryRow runs a statement that returns at most one row. Its Scan gives an
// error for which NoRows is true when there is none; returned from Write or
// Read, that error is a problem.NotFound.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	return tx.inner.QueryRowContext(tx.ctx, query, plain(args)...)
}

// Each runs a query and calls scan for every row; scan is given the row's Scan.
func (tx *Tx) Each(query string, args []any, scan func(scan func(dst ...any) error) error) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return tx.fail(rows.Err())
}

// Stmt is a statement prepared in a transaction, to be run many times.
type Stmt struct {
	tx    *Tx
	inner *sql.Stmt
}

// Prepare prepares a statement for many runs; it is closed with the transaction.
func (tx *Tx) Prepare(query string) (*Stmt, error) {
	if tx.failed != nil {
		return nil, tx.failed
	}
	if err := tx.whole(); err != nil {
		return nil, err
	}
	stmt, err := tx.inner.PrepareContext(tx.ctx, query)
	if err != nil {
		return nil, tx.fail(err)
	}
	return &Stmt{tx: tx, inner: stmt}, nil
}

// Exec runs the statement, as Tx.Exec does.
func (s *Stmt) Exec(args ...any) (int64, error) {
	if s.tx.failed != nil {
		return 0, s.tx.failed
	}
	res, err := s.inner.ExecContext(s.tx.ctx, plain(args)...)
	if err != nil {
		return 0, s.tx.fail(err)
	}
	n, err := res.RowsAffected()
	return n, s.tx.fail(err)
}

// QueryRow runs the statement, as Tx.QueryRow does.
func (s *Stmt) QueryRow(args ...any) *sql.Row {
	return s.inner.QueryRowContext(s.tx.ctx, plain(args)...)
}

// Close frees the statement before the transaction ends.
func (s *Stmt) Close() error { return s.inner.Close() }

// fail remembers the first error of the transaction and gives it a kind.
func (tx *Tx) fail(err error) error {
	if err == nil {
		return nil
	}
	err = tx.db.translate(err)
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// plain turns arguments into what both engines store alike. It works on a copy
// only if there is something to turn.
func plain(args []any) []any {
	out := args
	for i, a := range args {
		var v any
		switch a := a.(type) {
		case bool:
			v = int64(0)
			if a {
				v = int64(1)
			}
		case time.Time:
			v = Millis(a)
		default:
			continue
		}
		if &out[0] == &args[0] {
			out = append([]any(nil), args...)
		}
		out[i] = v
	}
	return out
}
