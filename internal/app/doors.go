package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/fetch"
	"github.com/firehall/firehall/internal/feed/door/push"
	"github.com/firehall/firehall/internal/feed/door/reports"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The pauses of the doors' loops.
const (
	requeuePause = time.Minute      // between looks for inputs whose job is missing
	postPause    = 10 * time.Minute // between looks for feeds whose fetching is not posted
	uploadPause  = time.Hour        // between looks for pushes that nobody goes on with
	healthPause  = 5 * time.Minute  // between looks at how the feeds are
)

// keepRuns is how long runs that brought nothing can be looked at.
const keepRuns = 90 * 24 * time.Hour

// openDoors makes the ways in that a server has, and the jobs behind them. It comes after the feeds and the queue of jobs.
func (a *App) openDoors() error {
	a.Tokens = &token.Tokens{DB: a.DB, Clock: a.Clock}
	a.pushes = push.New(push.Options{
		DB: a.DB, Clock: a.Clock, Feeds: a.Feeds, Tokens: a.Tokens, Config: a.Config.Push, Log: a.Log, Accepted: a.Jobs.Wake,
	})
	a.Push = a.pushes.Handler()
	a.Fetch = fetch.New(fetch.Options{
		DB: a.DB, Clock: a.Clock, Feeds: a.Feeds, Log: a.Log, Accepted: a.Jobs.Wake, Service: a.reportsService,
	})
	for _, k := range []jobs.Kind{
		{Name: feed.JobProcess, Attempts: 20, Backoff: shortBackoff, Lease: doorLease, Concurrency: 2, Do: a.processJob},
		{Name: feed.JobReplay, Attempts: 5, Do: a.replayJob},
		{Name: fetch.Job, Attempts: 20, Backoff: shortBackoff, Lease: doorLease, Concurrency: 4, Do: a.fetchJob},
	} {
		a.Jobs.Handle(k)
	}
	return nil
}

// doorLease is how long after the death of one server another goes on with what it took in.
const doorLease = 15 * time.Second

// shortBackoff is for work whose hindrance is soon over: another process that has the feed, a disk that is full.
func shortBackoff(n int) time.Duration { return min(time.Second<<min(n-1, 20), 10*time.Minute) }

// enqueue posts a job of the feeds.
func enqueue(tx *sqldb.Tx, now time.Time, kind, subject string, body any) error {
	_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: kind, Subject: subject, Body: body, Unique: true})
	return err
}

func (a *App) reportsService(name string, terms config.Feed) fetch.Asker {
	return reports.New(reports.Options{
		Feed: name, Terms: terms, DB: a.DB, Clock: a.Clock, Feeds: a.Feeds, Log: a.Log, Accepted: a.Jobs.Wake,
	})
}

// processJob makes an accepted input visible.
func (a *App) processJob(ctx context.Context, t *jobs.Task) error {
	acc, err := a.Feeds.Process(ctx, identity.System("feeds"), t.Subject)
	if problem.Is(err, problem.NotFound) {
		return jobs.Final(err)
	}
	if err == nil {
		a.Log.InfoContext(ctx, "an input is visible", "intake", acc.Intake, "rows", acc.Rows, "events", acc.Events, "duplicates", acc.Duplicates,
			"set_aside", acc.SetAside)
		a.Live.Wake()
	}
	return err
}

// replayJob reads rows that were set aside once more.
func (a *App) replayJob(ctx context.Context, t *jobs.Task) error {
	var order feed.ReplayOrder
	if err := t.Into(&order); err != nil {
		return err
	}
	_, err := a.Feeds.Replay(ctx, identity.System("feeds"), t.Subject, order.Report)
	switch problem.KindOf(err) {
	case problem.Invalid, problem.NotFound:
		if err != nil {
			return jobs.Final(err)
		}
	}
	return err
}

// fetchJob asks a feed's source.
func (a *App) fetchJob(ctx context.Context, t *jobs.Task) error {
	return a.Fetch.Fetch(ctx, identity.System("fetch"), t.Subject, t.Fence)
}

// doorTasks are the loops of the doors, for a server.
func (a *App) doorTasks() []task {
	system := identity.System("doors")
	return []task{
		{name: "order what was accepted", every: requeuePause, soon: true, do: func(ctx context.Context) error {
			n, err := a.Feeds.Requeue(ctx, system)
			if n > 0 {
				a.Jobs.Wake()
			}
			return err
		}},
		{name: "post what is to be fetched", every: postPause, soon: true, do: func(ctx context.Context) error { return a.Fetch.Post(ctx, system) }},
		{name: "forget pushes that nobody goes on with", every: uploadPause, do: func(ctx context.Context) error {
			_, err := a.pushes.Sweep(ctx, system)
			_, old := a.Feeds.ForgetRuns(ctx, system, keepRuns)
			return errors.Join(err, old)
		}},
		{name: "tell the team how the feeds are", every: healthPause, do: a.tellHealth},
		{name: "take what is dropped", do: a.watchDrops},
	}
}

// watchDrops accepts what is put into the drop folders of the configuration, until ctx ends.
func (a *App) watchDrops(ctx context.Context) error {
	var drops []Drop
	if root := a.Config.Ingest.Drop; root != "" {
		drops = append(drops, Drop{Dir: root})
	}
	for name, f := range a.Config.Feeds {
		if f.Drop != "" {
			drops = append(drops, Drop{Feed: name, Dir: f.Drop})
		}
	}
	ended := make(chan error, len(drops))
	for _, d := range drops {
		d.Dir, d.Accept, d.Done = filepath.Clean(d.Dir), true, a.dropped
		go func() { ended <- a.Watch(ctx, identity.System("drop"), d) }()
	}
	var errs []error
	for range drops {
		errs = append(errs, <-ended)
	}
	if len(drops) == 0 {
		<-ctx.Done()
	}
	return errors.Join(errs...)
}

// dropped tells what became of a file. Names come from outside; the log writes them as text in quotes.
func (a *App) dropped(name string, res feed.Result, err error) {
	a.Jobs.Wake()
	if err != nil {
		a.Log.Warn("a file was not taken in", "file", shown(name), "error", err)
		return
	}
	a.Log.Info("a file was accepted", "file", shown(name), "intakes", len(res.Intakes))
}
