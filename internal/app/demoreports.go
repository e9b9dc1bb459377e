package app

import (
	"context"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/mime"
)

// MailIn gives a mail to the door of mails, as who fetched it would. In a process that is no server it becomes a report when SettleReports is called.
func (a *App) MailIn(ctx context.Context, raw []byte) error {
	if err := a.needMailDoor(); err != nil {
		return err
	}
	return a.takeMail(ctx, maildoor.Arrival{Via: "imap", Envelope: mime.Envelope{}, Recipients: a.reportAddresses(), Raw: raw})
}

// needMailDoor opens the door if no server has.
func (a *App) needMailDoor() error {
	if a.MailDoor != nil {
		return nil
	}
	return a.openMailDoor()
}

// settlePause is between looks whether all is done.
const settlePause = 20 * time.Millisecond

// SettleReports waits until each mail is a report and each report assessed. A process that is no server does these jobs meanwhile.
func (a *App) SettleReports(ctx context.Context) error {
	if err := a.needMailDoor(); err != nil {
		return err
	}
	if !a.Serving {
		doing, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- a.Jobs.Run(doing) }()
		defer func() {
			stop()
			if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
				a.Log.Error("jobs did not end as they should", "error", err)
			}
		}()
	}
	for {
		n, err := a.unjudged(ctx)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(settlePause):
		}
	}
}

// unjudged counts what waits, up to a page of each: enough to know whether there is any.
func (a *App) unjudged(ctx context.Context) (n int, err error) {
	for _, kind := range []string{maildoor.Job, incident.JobAssess} {
		for _, state := range []jobs.State{jobs.Waiting, jobs.Running} {
			list, err := a.Jobs.List(ctx, jobs.Filter{Kind: kind, State: state})
			if err != nil {
				return 0, err
			}
			n += len(list.Items)
		}
	}
	waiting, err := a.Incidents.Unassessed(ctx, identity.System("triage"), false)
	return n + len(waiting), err
}
