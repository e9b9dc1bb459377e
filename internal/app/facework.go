package app

import (
	"context"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/jobs"
	"github.com/firehall/firehall/internal/web/stops"
)

// workOptions says what the pages ask that people work with: messages, what stops them, feeds, texts, jobs.
func (a *App) workOptions(o *web.Options) {
	o.Stops = stops.Options{Delivery: a.Delivery, Feeds: a.feedNames, Batches: a.Notify.Batches, Live: a.Live}
	o.Jobs = jobs.Options{Jobs: a.JobDesk()}
}

// feedNames are the feeds of the configuration, and those that ever came.
func (a *App) feedNames(ctx context.Context, actor identity.Actor) ([]string, error) {
	conditions, err := a.Feeds.Health(ctx, actor)
	names := map[string]bool{}
	for _, c := range conditions {
		names[c.Feed] = true
	}
	return slices.Sorted(maps.Keys(names)), err
}
