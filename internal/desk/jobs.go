package desk

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Operations on jobs.
const (
	OpJobsRead    identity.Operation = "jobs.read"
	OpJobsRetry   identity.Operation = "jobs.retry"
	OpJobsDiscard identity.Operation = "jobs.discard"
	OpJobsForget  identity.Operation = "jobs.forget"
)

// maxJobReason bounds a person's reason, in bytes.
const maxJobReason = 1000

// Jobs lets people see the queue of jobs, and decide about those that failed.
type Jobs struct {
	DB    *sqldb.DB
	Clock clock.Clock
	Queue *jobs.Queue
	// Unknown tells which of some subjects the actor may not know of; nil: there are none.
	Unknown func(ctx context.Context, actor identity.Actor, subjects []string) (map[string]bool, error)
}

// shown leaves out of jobs what the actor may not know of: what they are about, and what was said of it.
func (d *Jobs) shown(ctx context.Context, actor identity.Actor, list []jobs.Job) error {
	if d.Unknown == nil {
		return nil
	}
	var subjects []string
	for _, j := range list {
		if j.Subject != "" {
			subjects = append(subjects, j.Subject)
		}
	}
	hidden, err := d.Unknown(ctx, actor, subjects)
	for i := range list {
		if hidden[list[i].Subject] {
			list[i].Subject, list[i].Body, list[i].Error = "", nil, ""
		}
	}
	return err
}

// List gives a page of jobs, the latest posted first.
func (d *Jobs) List(ctx context.Context, actor identity.Actor, f jobs.Filter) (page.Page[jobs.Job], error) {
	if err := actor.Authorise(OpJobsRead, "jobs"); err != nil {
		return page.Page[jobs.Job]{}, err
	}
	p, err := d.Queue.List(ctx, f)
	if err == nil {
		err = d.shown(ctx, actor, p.Items)
	}
	if err != nil {
		return page.Page[jobs.Job]{}, err
	}
	return p, nil
}

// Get gives one job; NotFound if there is none.
func (d *Jobs) Get(ctx context.Context, actor identity.Actor, id string) (jobs.Job, error) {
	if err := actor.Authorise(OpJobsRead, id); err != nil {
		return jobs.Job{}, err
	}
	j, err := d.Queue.Get(ctx, id)
	one := []jobs.Job{j}
	if err == nil {
		err = d.shown(ctx, actor, one)
	}
	if err != nil {
		return jobs.Job{}, err
	}
	return one[0], nil
}

// Counts gives how many jobs are in each state.
func (d *Jobs) Counts(ctx context.Context, actor identity.Actor) (map[jobs.State]int, error) {
	if err := actor.Authorise(OpJobsRead, "jobs"); err != nil {
		return nil, err
	}
	return d.Queue.Counts(ctx)
}

// Retry lets a job that is dead, or waits for its next attempt, be tried again now. Errors: NotFound, Conflict; see jobs.Retry.
func (d *Jobs) Retry(ctx context.Context, actor identity.Actor, id string) error {
	if err := actor.Authorise(OpJobsRetry, id); err != nil {
		return err
	}
	err := d.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := jobs.Retry(tx, id)
		if err != nil {
			return err
		}
		return actor.Audit(tx, d.Clock.Now(), OpJobsRetry, id, before, nil)
	})
	if err == nil {
		d.Queue.Wake()
	}
	return err
}

// Discard removes a job that is not done, for a reason; one that runs is cancelled. Errors: Invalid without a reason, NotFound, Conflict; see
// jobs.Discard.
func (d *Jobs) Discard(ctx context.Context, actor identity.Actor, id, reason string) error {
	if err := actor.Authorise(OpJobsDiscard, id); err != nil {
		return err
	}
	reason = strings.ToValidUTF8(strings.TrimSpace(reason), "?")
	if reason == "" || len(reason) > maxJobReason {
		return problem.New(problem.Invalid, "say why, in at most %d bytes: the work of a job that is discarded is not done", maxJobReason)
	}
	err := d.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := jobs.Discard(tx, id)
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, d.Clock.Now(), OpJobsDiscard, id, reason, before, nil)
	})
	if err == nil {
		d.Queue.Cut(id)
	}
	return err
}

// Forget removes jobs that were done longer ago than age, and returns how many.
func (d *Jobs) Forget(ctx context.Context, actor identity.Actor, age time.Duration) (int64, error) {
	if err := actor.Authorise(OpJobsForget, "jobs that are done"); err != nil {
		return 0, err
	}
	return d.Queue.Forget(ctx, age)
}
