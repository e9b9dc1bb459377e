package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// watchPause lies between two looks for stop orders while a message is being sent: an order acts within a second.
const watchPause = 250 * time.Millisecond

// lookLimit is how long one look may take: a database that does not answer must not hide an order.
const lookLimit = 2 * time.Second

// watch looks whether somebody stops the message that a lane is sending.
type watch struct {
	mu     sync.Mutex
	id     string // being sent, "" for none
	cancel context.CancelCauseFunc
}

func (w *watch) begin(id string, cancel context.CancelCauseFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.id, w.cancel = id, cancel
}

func (w *watch) end() { w.begin("", nil) }

func (w *watch) sending() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id
}

// stop cancels the sending of a message, if it is still that one.
func (w *watch) stop(id string, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.id == id && w.cancel != nil {
		w.cancel(why)
	}
}

// run looks until ctx ends. When nobody could look for a third of the lease, the message is cut off as if it were stopped: an order may stand that
// cannot be seen, and so may another process that has taken the lane over.
func (w *watch) run(ctx context.Context, s *Service) {
	tick := time.NewTicker(watchPause)
	defer tick.Stop()
	for seen := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		id := w.sending()
		if id == "" {
			seen = time.Now()
			continue
		}
		scope, err := s.look(ctx, id)
		switch {
		case err == nil && scope != "":
			w.stop(id, problem.New(problem.Conflict, "the sending of %s is stopped", scope))
		case err == nil:
			seen = time.Now()
		case ctx.Err() == nil:
			s.Log.WarnContext(ctx, "looking for stop orders", "error", err)
			if time.Since(seen) >= s.Lease/3 {
				w.stop(id, problem.Wrap(problem.Unavailable, err, "nobody can see whether the sending is stopped"))
			}
		}
	}
}

// look finds an order that stands for a message.
func (s *Service) look(ctx context.Context, id string) (scope Scope, err error) {
	ctx, end := context.WithTimeout(ctx, lookLimit)
	defer end()
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		scope, err = stopsDelivery(tx, id)
		return err
	})
	return scope, err
}
