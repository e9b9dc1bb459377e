package app

import (
	"context"

	"github.com/firehall/firehall/internal/event/rollup"
)

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
