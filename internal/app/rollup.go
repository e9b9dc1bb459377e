package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/identity"
)

// The pauses between two looks for what is owed, and for segments to be joined: a feed that is pushed in small pieces makes thousands of
// them in an hour, and each question opens each of them.
const (
	countPause = time.Minute
	joinPause  = 5 * time.Minute
)

// joinSegments joins small segments, between the rounds of housekeeping.
func (a *App) joinSegments(ctx context.Context) error {
	_, err := a.Keeper(false).Compact(ctx, identity.System("housekeeping"), false)
	if problem.KindOf(err) == problem.Conflict {
		return nil // another keeper works
	}
	return err
}

// Rollup gives the counts kept of events.
func (a *App) Rollup() *rollup.Store {
	return rollup.New(rollup.Options{DB: a.DB, FS: a.FS, Events: a.layout.Events(), Clock: a.Clock, Log: a.Log})
}

// keepCounts makes days of old hours and counts anew what is owed: after an erasure, or after an upgrade from a version without counts.
func (a *App) keepCounts(ctx context.Context) error {
	r := a.Rollup()
	if err := r.Fold(ctx); err != nil {
		return err
	}
	return r.Settle(ctx, func(p rollup.Progress) {
		a.Log.InfoContext(ctx, "counting events anew", "parts", p.Done, "of", p.Of)
	})
}

// A second query engine does what takes its time: it stands back for the first, and is there only while it is needed.
const (
	slowMemory = 256 << 20
	slowNice   = 10
	slowIdle   = 30 * time.Second
)

// openDuck makes the clients of the query engines, which start with the first question.
func (a *App) openDuck() error {
	abs, err := filepath.Abs(a.layout.Events())
	if err != nil {
		return err
	}
	q := a.Config.Query
	o := duck.Options{
		Segments: abs, Temp: filepath.Join(filepath.Dir(abs), "tmp"), Memory: int64(q.Memory), Threads: q.Threads, Deadline: q.Deadline,
		MaxRows: int64(q.MaxRows), Command: a.Options.Duck, Log: a.Log,
	}
	a.Duck = duck.New(o)
	o.Memory, o.Threads, o.Nice, o.Idle = min(o.Memory, slowMemory), 1, slowNice, slowIdle
	a.Slow = duck.New(o)
	return nil
}

// closeDuck ends the questions under way and the engines.
func (a *App) closeDuck() error {
	if a.Desk != nil {
		a.Desk.Close()
	}
	var errs []error
	for _, c := range []*duck.Client{a.Duck, a.Slow} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
