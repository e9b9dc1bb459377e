package sqldb

import (
	linked "container/list"
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/firehall/firehall/internal/core/problem"
)

// What a connection to SQLite keeps of the statements that it ran.
const (
	keptStatements = 128
	keptLength     = 8 << 10 // bytes of SQL; what is longer was made for one time
)

// keeping opens connections that keep their statements.
type keeping struct{ driver.Connector }

// Connect opens one.
func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := opened.(connection)
	if !ok {
		return nil, errors.Join(problem.New(problem.Internal, "the driver of SQLite gave a %T, which cannot keep statements", opened), opened.Close())
	}
	return &keeper{connection: inner, kept: map[string]*linked.Element{}}, nil
}

// connection is what the driver's connections are.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeper is a connection that runs a statement again without having it parsed and planned again: with our short statements that is a sixth of the
// time. PostgreSQL's driver does so itself. As any driver.Conn it is used by one goroutine at a time.
type keeper struct {
	connection
	kept  map[string]*linked.Element // of *statement, by their SQL
	order linked.List                // the one used last is first
}

// statement is one that is kept. Its rows are read before it is run again: a query within a loop over the same query's rows runs one of its own.
type statement struct {
	query string
	inner runs
	busy  bool
}

// runs is what the driver's statements are.
type runs interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// Unwrap gives the driver's connection, as the driver asks of those that wrap it.
func (k *keeper) Unwrap() driver.Conn { return k.connection }

// ExecContext runs a statement.
func (k *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.connection.ExecContext(ctx, query, args)
	}
	result, err := s.inner.ExecContext(ctx, args)
	return result, errors.Join(err, k.giveBack(s, err == nil))
}

// QueryContext runs a query.
func (k *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.connection.QueryContext(ctx, query, args)
	}
	found, err := s.inner.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, k.giveBack(s, false))
	}
	return &keptRows{Rows: found, k: k, s: s, well: true}, nil
}

// Close closes the connection with what it keeps.
func (k *keeper) Close() error {
	var err error
	for k.order.Len() > 0 {
		err = errors.Join(err, k.drop(k.order.Back()))
	}
	return errors.Join(err, k.connection.Close())
}

// take gives a statement to run, and nil for one that is not to be kept, or runs already.
func (k *keeper) take(ctx context.Context, query string) (*statement, error) {
	if len(query) > keptLength {
		return nil, nil
	}
	if e, ok := k.kept[query]; ok {
		s := e.Value.(*statement)
		if s.busy {
			return nil, nil
		}
		k.order.MoveToFront(e)
		s.busy = true
		return s, nil
	}
	made, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := made.(runs)
	if !ok {
		return nil, made.Close()
	}
	s := &statement{query: query, inner: inner, busy: true}
	k.kept[query] = k.order.PushFront(s)
	return s, k.trim()
}

// trim drops what was not used for longest.
func (k *keeper) trim() error {
	for e := k.order.Back(); e != nil && k.order.Len() > keptStatements; {
		before := e.Prev()
		if !e.Value.(*statement).busy {
			if err := k.drop(e); err != nil {
				return err
			}
		}
		e = before
	}
	return nil
}

// giveBack has a statement kept for the next time, or dropped where its run went wrong.
func (k *keeper) giveBack(s *statement, well bool) error {
	s.busy = false
	e, there := k.kept[s.query]
	if well || !there {
		return nil
	}
	return k.drop(e)
}

func (k *keeper) drop(e *linked.Element) error {
	s := k.order.Remove(e).(*statement)
	delete(k.kept, s.query)
	return s.inner.Close()
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	driver.Rows
	k    *keeper
	s    *statement
	well bool
}

// Next reads a row.
func (r *keptRows) Next(dst []driver.Value) error {
	err := r.Rows.Next(dst)
	if err != nil && !errors.Is(err, io.EOF) {
		r.well = false
	}
	return err
}

// Close ends the query.
func (r *keptRows) Close() error {
	err := r.Rows.Close()
	return errors.Join(err, r.k.giveBack(r.s, r.well && err == nil))
}
