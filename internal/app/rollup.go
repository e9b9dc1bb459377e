package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/keep"
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

// RollupCheck is what became of the counts kept of events.
type RollupCheck struct {
	Parts    int   `json:"parts"`     // counted anew: the events of a feed and a class that arrived on a day
	Events   int64 `json:"events"`    // counted
	Segments int64 `json:"segments"`  // events in segments, as the query engine counts them
	Wrong    int   `json:"different"` // types of which the two differ
	Complete bool  `json:"complete"`  // nothing is owed, and nothing was counted under another name
}

// CheckRollup counts anew what is owed, or with again everything, and compares the counts with those of the query engine.
func (a *App) CheckRollup(ctx context.Context, actor identity.Actor, again bool, tell func(rollup.Progress)) (out RollupCheck, err error) {
	if err := actor.Authorise(keep.OpCompact, "counts"); err != nil {
		return out, err
	}
	r := a.Rollup()
	if again {
		if err := r.OweAll(ctx); err != nil {
			return out, err
		}
	}
	err = r.Settle(ctx, func(p rollup.Progress) {
		out.Parts = p.Done
		if tell != nil {
			tell(p)
		}
	})
	if err != nil {
		return out, err
	}
	return out, a.compareRollup(ctx, actor, r, &out)
}

func (a *App) compareRollup(ctx context.Context, actor identity.Actor, r *rollup.Store, out *RollupCheck) error {
	kept, err := r.Ask(ctx, rollup.Question{By: rollup.ByType, Step: rollup.Whole})
	if err != nil {
		return err
	}
	groups, err := a.Desk.Count(ctx, actor, desk.EventQuery{By: []string{event.FieldType}})
	if err != nil {
		return err
	}
	left := map[string]int64{}
	for _, g := range groups {
		out.Segments += g.Count
		left[g.Values[0]] += g.Count
	}
	for _, s := range kept.Series {
		out.Events += s.Events
		left[s.Value] -= s.Events
	}
	for _, n := range left {
		if n != 0 {
			out.Wrong++
		}
	}
	out.Complete = kept.Complete
	return nil
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
