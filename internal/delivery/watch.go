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

// run looks until ctx ends.
func (w *watch) run(ctx context.Context, s *Service) {
	tick := time.NewTicker(watchPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		id := w.sending()
		if id == "" {
			continue
		}
		scope, err := s.stopOf(ctx, id)
		switch {
		case err != nil && ctx.Err() == nil:
			s.Log.WarnContext(ctx, "looking for stop orders", "error", err)
		case scope != "":
			w.stop(id, problem.New(problem.Conflict, "the sending of %s is stopped", scope))
		}
	}
}

func (s *Service) stopOf(ctx context.Context, id string) (scope Scope, err error) {
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		scope, err = stopsDelivery(tx, id)
		return err
	})
	return scope, err
}
