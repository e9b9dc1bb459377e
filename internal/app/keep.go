package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/keep"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/backup"
)

// housekeepingPause lies between two rounds of housekeeping.
const housekeepingPause = time.Hour

// Keeper looks after visible events. With alone nothing else may run in this process; whether other processes may is known here.
func (a *App) Keeper(alone bool) *keep.Keeper {
	host, _ := os.Hostname()
	return keep.New(keep.Options{
		DB: a.DB, FS: a.FS, Dir: a.Config.Data.Dir, Clock: a.Clock, Retention: a.Config.Retention, Feeds: a.Config.Feeds,
		DedupeWindow: a.Config.Ingest.DedupeWindow, Deadline: a.Config.Query.Deadline,
		Alone: alone && a.alone(), Holder: fmt.Sprintf("%s/%d", host, os.Getpid()), Log: a.Log,
	})
}

// Erase erases the events that a query in the query language means.
func (a *App) Erase(ctx context.Context, actor identity.Actor, text string, e keep.Erasure) (keep.Erased, error) {
	zone, err := a.zone()
	if err != nil {
		return keep.Erased{}, err
	}
	if e.Where, err = query.Parse(text, query.Options{Now: a.Clock.Now(), Zone: zone}); err != nil {
		return keep.Erased{}, err
	}
	names, err := a.Register.Names(ctx, actor)
	if err != nil {
		return keep.Erased{}, err
	}
	e.Organisations = func(t query.Text) []string { return desk.Fitting(names, t) }
	erased, err := a.Keeper(true).Erase(ctx, actor, e)
	if err == nil && !e.Dry { // what was counted of them goes too; should that fail, housekeeping does it later, and nobody asks the counts till then
		if err := a.Rollup().Settle(ctx, nil); err != nil {
			a.Log.WarnContext(ctx, "counting events anew after an erasure", "error", err)
		}
	}
	return erased, err
}

// housekeeping is one round: what is too old goes, leftovers go, small segments are joined.
func (a *App) housekeeping(ctx context.Context) error {
	k, actor := a.Keeper(false), identity.System("housekeeping")
	dropped, err := k.Expire(ctx, actor, false)
	if problem.KindOf(err) == problem.Conflict {
		return nil // another process keeps
	}
	if err != nil {
		return err
	}
	swept, err := k.Sweep(ctx, actor, false)
	if err != nil {
		return err
	}
	joined, err := k.Compact(ctx, actor, false)
	a.Log.InfoContext(ctx, "housekeeping", "dropped_rows", dropped.Rows, "dropped_segments", dropped.Segments, "swept_bytes", swept.Bytes,
		"joined_segments", joined.Segments, "into", joined.Into)
	return errors.Join(err, a.forgetMessages(ctx, actor), backup.Forget(ctx, a.DB))
}
