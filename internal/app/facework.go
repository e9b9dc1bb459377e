package app

import (
	"context"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/audit"
	"github.com/firehall/firehall/internal/web/feeds"
	"github.com/firehall/firehall/internal/web/jobs"
	"github.com/firehall/firehall/internal/web/notifications"
	"github.com/firehall/firehall/internal/web/stops"
	"github.com/firehall/firehall/internal/web/templates"
)

// workOptions says what the pages ask that people work with: messages, what stops them, feeds, texts, jobs.
func (a *App) workOptions(o *web.Options) {
	o.Notifications = notifications.Options{
		Notify: a.Notify, Orders: a.Orders, Delivery: a.Delivery, Release: a.Release, Queue: a.Queue, React: a.React, Names: a.Register.Names,
		Told: a.toldOfMessage, Plan: a.planned, Live: a.Live,
	}
	o.Feeds = feeds.Options{
		Feeds: a.Feeds, Tokens: a.Tokens, Report: a.KnowsReport, Wake: a.Jobs.Wake, Limit: int64(a.Config.Push.MaxSize), Live: a.Live,
		Terms: func(name string) (config.Feed, error) { _, terms, err := a.format(name); return terms, err },
	}
	o.Templates = templates.Options{Texts: a.Texts, Notify: a.Notify}
	o.Releases = a.releaseOptions()
	o.Stops = stops.Options{Delivery: a.Delivery, Feeds: a.feedNames, Batches: a.Notify.Batches, Live: a.Live}
	o.Audit = audit.Options{Record: a.Record}
	o.Jobs = jobs.Options{Jobs: a.JobDesk()}
}

// toldOfMessage lists the findings of a message, at most so many. One that is gone meanwhile is left out.
func (a *App) toldOfMessage(ctx context.Context, actor identity.Actor, message string, most int) (out []desk.FindingView, err error) {
	if err := actor.Authorise(delivery.OpRead, message); err != nil {
		return nil, err
	}
	keys, err := a.Findings.ToldIn(ctx, message, most)
	for _, key := range keys {
		detail, err := a.Desk.ShowFinding(ctx, actor, key.ID())
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, detail.Finding)
	}
	return out, err
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
