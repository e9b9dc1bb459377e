package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

// watcher is who looks for indicators.
var watcher = identity.System("indicator")

// openWatcher makes what looks for indicators in events, and the jobs in which it does.
func (a *App) openWatcher() {
	a.watcher = indicator.NewWatcher(a.Indicators, indicator.WatchOptions{
		FS: a.FS, Events: a.dir("events"), Ask: a.askPast, Tell: tellSeen, Back: a.Config.Indicators.Back,
	})
	lease := 2 * time.Minute
	a.Jobs.Handle(jobs.Kind{Name: indicator.JobPast, Lease: lease, Attempts: 20, Do: func(ctx context.Context, t *jobs.Task) error {
		_, err := a.watcher.Past(ctx, watcher, t.Fence)
		return err
	}})
	a.Jobs.Handle(jobs.Kind{Name: indicator.JobWatch, Lease: lease, Attempts: 20, Do: func(ctx context.Context, t *jobs.Task) error {
		_, err := a.watcher.Watch(ctx, watcher, t.Fence)
		return err
	}})
}

// lookFor posts a job that looks for indicators; there is one of each kind.
func lookFor(kind string) func(tx *sqldb.Tx, now time.Time) error {
	return func(tx *sqldb.Tx, now time.Time) error {
		_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: kind, Subject: "indicators", Unique: true, Again: true})
		return err
	}
}

// watchEvents posts the job that searches segments, if any came.
func (a *App) watchEvents(ctx context.Context) error {
	waits, err := a.watcher.Waits(ctx, watcher)
	if err != nil || !waits {
		return err
	}
	if err := a.DB.Write(ctx, func(tx *sqldb.Tx) error { return lookFor(indicator.JobWatch)(tx, a.Clock.Now()) }); err != nil {
		return err
	}
	a.Jobs.Wake()
	return nil
}

// askPast asks about all events that are there, in the child that does not keep pages waiting.
func (a *App) askPast(ctx context.Context, q plan.Request, sink answer.Sink) error {
	segments, err := a.Manifest.Segments(ctx, event.Filter{})
	if err != nil {
		return err
	}
	q.Files = plan.FromManifest(segments, a.dir("events"))
	p, err := plan.Make(q)
	if err != nil || p.Empty {
		return err
	}
	_, err = a.Slow.Query(ctx, p, sink)
	return err
}

// tellSeen puts into the team's queue that indicators were seen.
func tellSeen(tx *sqldb.Tx, now time.Time, list []indicator.Indicator, more int) error {
	const advice = "Open the indicator, look at the events, and find out whose machines they are about. If it is a false positive, say so there."
	for i := range list {
		one := &list[i]
		what := one.Value
		if what == "" {
			what = "a pattern"
		}
		t := queue.Task{
			Kind: "indicator-seen", Object: one.ID, Title: "An indicator was seen in events: " + what, Advice: advice,
			Detail: strings.TrimSpace(one.Name + "\n" + one.ID + "\nstrength " + strconv.Itoa(one.Strength) + ", " + string(one.State)),
		}
		if _, err := queue.Raise(tx, now, t); err != nil {
			return err
		}
	}
	if more == 0 {
		return nil
	}
	_, err := queue.Raise(tx, now, queue.Task{
		Kind: "indicator-seen", Object: "more", Title: strconv.Itoa(more) + " other indicators were seen in events", Advice: "Open the indicators that were seen.",
	})
	return err
}
