package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The pauses of the server's loops.
const (
	applyPause  = time.Second      // between looks for facts that are not applied: intakes that end together are applied together
	urgentPause = 30 * time.Second // between runs that tell what is told at once
)

// tellDaily is the kind of the job that tells owners each day. As a job it is done once a day, however many processes there are, and made up
// for by the next start if none was there at the time.
const tellDaily = "notify.daily"

// work begins the loops that only a server has.
func (a *App) work(ctx context.Context) error {
	if err := a.postDaily(ctx); err != nil {
		return err
	}
	if err := a.openMailDoor(); err != nil {
		return err
	}
	for _, t := range slices.Concat(a.doorTasks(), a.sharingTasks(), a.indicatorTasks(), a.mailTasks(), a.teamTasks(), []task{
		{name: "apply findings", every: applyPause, soon: true, do: a.applyWaiting},
		{name: "tell what is told at once", every: urgentPause, do: a.tellUrgent},
		{name: "take back what is no longer to be told", every: subscribePause, do: a.takeBack},
		{name: "send messages", vital: true, do: func(ctx context.Context) error { return a.Delivery.Run(ctx, identity.System("delivery")) }},
		{name: "sign checkpoints of the audit record", every: checkpointPause, soon: true, do: a.checkpoint},
		{name: "tell whose agreement or account runs out", every: lapsePause, soon: true, do: a.remindOfLapses},
		{name: "remind of clocks", every: clockPause, soon: true, do: a.remindOfClocks},
		{name: "chase and check take-downs", every: takedownPause, do: a.runTakedowns},
		{name: "tell of labels that have stepped down", every: decayPause, soon: true, do: a.tellOfDecay},
		{name: "sweep the vault", every: sweepPause, do: a.sweepEvidence},
		{name: "look for files without sums", every: 24 * time.Hour, soon: true, do: a.sumVault},
		{name: "do jobs", vital: true, do: a.Jobs.Run},
		{name: "tell pages of changes", vital: true, do: a.Live.Run},
	}) {
		a.loop(ctx, t)
	}
	return nil
}

// applyWaiting applies facts if any wait.
func (a *App) applyWaiting(ctx context.Context) error {
	n, err := a.Findings.Waiting(ctx)
	if err != nil || n == 0 {
		return err
	}
	done, err := a.ApplyFindings(ctx, identity.System("findings"), nil)
	if done.Facts > 0 {
		a.applied.Add(done.Facts)
		a.Live.Wake()
	}
	return err
}

// tellUrgent tells of what is told at once, if anything came in since.
func (a *App) tellUrgent(ctx context.Context) error {
	if !a.tellsAtOnce() || a.applied.Swap(0) == 0 {
		return nil
	}
	run, err := a.Notify.SendUrgent(ctx, identity.System("notify"))
	if err != nil {
		a.applied.Add(1) // try again
	}
	a.toldOf(ctx, "at once", run)
	return err
}

// tellsAtOnce tells whether the configuration has anything that is told at once.
func (a *App) tellsAtOnce() bool {
	n := a.Config.Notify
	if n.Every == notification.AtOnce {
		return true
	}
	for _, m := range []map[string]string{n.Classes, n.Organisations} {
		for _, pace := range m {
			if pace == notification.AtOnce {
				return true
			}
		}
	}
	return false
}

func (a *App) toldOf(ctx context.Context, why string, r notification.Run) {
	if r.Messages > 0 || len(r.Held) > 0 {
		a.Log.InfoContext(ctx, "owners are told", "why", why, "run", r.ID, "messages", r.Messages, "findings", r.Findings, "waiting", r.Waiting, "held", len(r.Held))
	}
}

// tellDaily is one daily run. The next is posted first, so that it stands whatever becomes of this one.
func (a *App) tellDaily(ctx context.Context, _ *jobs.Task) error {
	if err := a.postDaily(ctx); err != nil {
		return err
	}
	if err := a.applyWaiting(ctx); err != nil && !problem.Is(err, problem.Conflict) {
		return err
	}
	run, err := a.Notify.Send(ctx, identity.System("notify"), nil)
	a.toldOf(ctx, "daily", run)
	return err
}

// postDaily posts the next daily run. One that is posted already, or late, stays.
func (a *App) postDaily(ctx context.Context) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := a.Clock.Now()
		_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: tellDaily, Subject: "owners", Due: a.Notify.NextDay(now), Unique: true, Again: true})
		return err
	})
}

// takeBack lets messages go no further that tell of what is muted or closed now.
func (a *App) takeBack(ctx context.Context) error {
	_, err := a.recall(ctx, identity.System("recall"))
	return err
}

// servedMark is the file that says that a server ran here before.
const servedMark = "served"

// firstLink prints a login link, at the first start only. Where what we print becomes a log, it says instead how to get one.
func (a *App) firstLink(ctx context.Context, out io.Writer, url string) {
	mark := a.dir(servedMark)
	if regularFile(mark) {
		return
	}
	if os.Getenv("JOURNAL_STREAM") != "" { // systemd.exec(5): what we print goes to the journal
		_, _ = fmt.Fprintln(out, "Log in with the link that `firehall login-link` prints.")
		return
	}
	actor, err := identity.OSUser()
	if err != nil {
		return
	}
	link, expires, err := a.LoginLink(ctx, actor, url)
	if err != nil {
		a.Log.ErrorContext(ctx, "no login link could be made: firehall login-link makes one", "error", err)
		return
	}
	_, _ = fmt.Fprintf(out, "Log in, once and before %s UTC, with\n%s\nfirehall login-link makes another.\n", expires.UTC().Format("15:04"), link)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		a.Log.WarnContext(ctx, "the next start will print a login link again", "error", err)
	}
}

func regularFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
