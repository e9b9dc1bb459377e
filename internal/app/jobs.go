package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// openJobs makes the queue of work that is done once, whoever does it, and the hub that tells pages of changes. Only a server runs them.
func (a *App) openJobs() error {
	a.Jobs = jobs.New(jobs.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Holder: a.holder(), Metrics: a.Metrics,
		Alone: a.lock != nil && a.DB.Engine() == sqldb.SQLite, Grace: a.Config.Serve.StopTimeout,
	})
	a.Jobs.Handle(jobs.Kind{Name: tellDaily, Do: a.tellDaily})
	a.Jobs.Handle(jobs.Kind{Name: embargoEnds, Do: a.embargoEnded})
	a.Live = live.New(a.DB, a.Clock, 0)
	a.Live.Log(a.Log)
	return nil
}

// holder names this process to others.
func (a *App) holder() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// keepJobs is how long a job that is done can be looked at.
const keepJobs = 24 * time.Hour

// JobDesk is where people see the queue of jobs, and decide about those that failed.
func (a *App) JobDesk() *desk.Jobs {
	return &desk.Jobs{DB: a.DB, Clock: a.Clock, Queue: a.Jobs, Unknown: a.unknownWork}
}

// unknownWork tells which ids are of work that the actor may not know of.
func (a *App) unknownWork(ctx context.Context, actor identity.Actor, ids []string) (map[string]bool, error) {
	if a.Incidents == nil {
		return nil, nil
	}
	return a.Incidents.Unknown(ctx, actor, ids)
}
