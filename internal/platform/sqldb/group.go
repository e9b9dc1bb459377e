package sqldb

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Bounds of a group's transactions.
const (
	groupSize   = 50
	groupWithin = time.Minute
)

// Group runs writes that come at the same time in one transaction: they share its commit, which is what durability costs. One that is alone does
// not wait for others. It is safe for concurrent use.
type Group struct {
	db *DB

	mu      sync.Mutex
	waiting []*write
	busy    bool // somebody commits what waits
}

// write is one caller's part of a transaction.
type write struct {
	ctx  context.Context //nolint:containedctx // of one call of Write
	fn   func(tx *Tx) error
	done chan error // buffered
}

// NewGroup returns a group of writes to a database.
func NewGroup(db *DB) *Group { return &Group{db: db} }

// Write is DB.Write, in a transaction that others may share: fn stands or falls alone, since where one fails each is run again by itself. fn may
// therefore run several times, as always. An error after ctx has ended does not tell whether it was committed.
func (g *Group) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if ctx.Value(inside{g.db}) != nil {
		return problem.New(problem.Internal, "a write transaction was opened inside another one")
	}
	w := &write{ctx, fn, make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	lead := !g.busy
	g.busy = true
	g.mu.Unlock()
	if lead {
		go g.work()
	}
	return <-w.done // not earlier: fn writes to what is the caller's
}

// work commits what waits, until nothing does.
func (g *Group) work() {
	for batch := g.next(); len(batch) > 0; batch = g.next() {
		if len(batch) > 1 && g.together(batch) {
			continue
		}
		for _, w := range batch {
			w.done <- g.write(w.ctx, w.fn)
		}
	}
}

// together tries to commit all of a batch at once.
func (g *Group) together(batch []*write) bool {
	ctx, cancel := context.WithTimeout(context.Background(), groupWithin)
	defer cancel()
	err := g.write(ctx, func(tx *Tx) error {
		for _, w := range batch {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			if err := w.fn(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	for _, w := range batch {
		w.done <- nil
	}
	return true
}

// write is DB.Write; a panic of fn, which would end the process here since no caller is above it, becomes an error of who called.
func (g *Group) write(ctx context.Context, fn func(tx *Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = problem.New(problem.Internal, "a write panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return g.db.Write(ctx, fn)
}

// next takes the next batch; where nothing waits, the next write finds nobody at work.
func (g *Group) next() []*write {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), groupSize)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	if n == 0 {
		g.busy, g.waiting = false, nil
	}
	return batch
}
