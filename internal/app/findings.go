package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// openFindings makes the store of findings; what it must know of an intake it asks the feed room.
func (a *App) openFindings() error {
	host, _ := os.Hostname()
	a.Findings = finding.New(finding.Options{
		DB: a.DB, FS: a.FS, Dir: a.dir(), Clock: a.Clock, Log: a.Log, Holder: fmt.Sprintf("%s/%d", host, os.Getpid()),
		Alone: a.alone(), Intake: a.intakeFacts,
	})
	return nil
}

// intakeFacts tells the findings of an intake.
func (a *App) intakeFacts(ctx context.Context, id string) (finding.IntakeFacts, error) {
	in, err := a.Feeds.Get(ctx, identity.System("findings"), id)
	if err != nil {
		return finding.IntakeFacts{}, err
	}
	return factsOf(in), nil
}

// factsOf is what findings have to know of an intake. One whose label cannot be read is as strict as can be.
func factsOf(in feed.Intake) finding.IntakeFacts {
	label, err := tlp.Parse(in.Terms.TLP)
	if err != nil {
		label = tlp.Red
	}
	pap := tlp.PAPClear
	if in.Terms.PAP != "" {
		pap, _ = tlp.ParsePAP(in.Terms.PAP) // what is no label is read as the strictest
	}
	return finding.IntakeFacts{
		ID: in.ID, PAP: pap, IEP: in.Terms.IEP, Feed: in.Feed, Report: in.Report, Label: label, Receivers: in.Terms.Receivers, Attribution: in.Terms.Attribution,
		Complete: in.Terms.Complete, Whole: in.State == feed.Done && in.Counts.SetAside == 0, Rows: in.Counts.Rows, Arrived: in.Arrived,
	}
}

// ApplyFindings applies the facts that wait to the findings. An installation that was opened to be read takes the data folder's lock for as
// long as that takes; if another process has it, the error is Conflict and nothing was done. Inside one process callers wait for each other;
// on PostgreSQL the findings' lease keeps processes apart, and nothing else is needed.
func (a *App) ApplyFindings(ctx context.Context, actor identity.Actor, progress func(done, all int64)) (done finding.Applied, err error) {
	select {
	case a.applying <- struct{}{}:
		defer func() { <-a.applying }()
	case <-ctx.Done():
		return done, context.Cause(ctx)
	}
	if a.lock != nil || a.shared() {
		return a.Findings.Apply(ctx, actor, progress)
	}
	once, cancel := context.WithCancel(ctx)
	cancel() // one attempt
	l, err := takeLock(once, a.dir("lock"), slog.New(slog.DiscardHandler), false)
	if err != nil {
		return done, problem.Wrap(problem.Conflict, err, "apply what waits to the findings")
	}
	defer func() {
		if failed := l.release(); err == nil {
			err = failed
		}
	}()
	o := a.Findings.Options
	o.Alone = a.DB.Engine() == sqldb.SQLite
	return finding.New(o).Apply(ctx, actor, progress)
}
