package notification

import (
	"context"
	"fmt"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// KindSend is the kind of jobs that are a run somebody asked for.
const KindSend = "notify.send"

// Orders lets people have runs done while they go on with other things.
type Orders struct {
	*Service
	Queue *jobs.Queue
}

type sendBody struct {
	Actor identity.Actor `json:"actor"`
}

// Send orders a run, and gives the job's number; one that waits already serves for both.
func (o *Orders) Send(ctx context.Context, actor identity.Actor) (job string, err error) {
	if err := actor.Authorise(OpSend, "notifications"); err != nil {
		return "", err
	}
	err = o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := o.Clock.Now()
		job, err = jobs.Enqueue(tx, now, jobs.Post{Kind: KindSend, Subject: "now", Body: sendBody{actor}, Unique: true})
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpSend, job, nil, map[string]any{"ordered": true})
	})
	o.Queue.Wake()
	return job, err
}

// Do is a run as a job. One that another process makes at this moment is waited for by being tried again.
func (o *Orders) Do(ctx context.Context, t *jobs.Task) error {
	var body sendBody
	if err := t.Into(&body); err != nil {
		return err
	}
	run, err := o.Service.Send(ctx, body.Actor, func(done, all int) { t.Progress(fmt.Sprintf("%d/%d %d %d", done, all, 0, 0)) })
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.Invalid) {
		return jobs.Final(err)
	}
	if err == nil {
		t.Progress(fmt.Sprintf("%d/%d %d %d", run.Messages, run.Messages, run.Waiting, len(run.Held)))
	}
	return err
}

// Sending is how far a run is that somebody asked for.
type Sending struct {
	State         jobs.State
	Done, All     int64
	Waiting, Held int64 // once it has ended: what did not go
	Error         string
}

// Sending tells how far a job is. NotFound if there is none, or if it is no such job.
func (o *Orders) Sending(ctx context.Context, actor identity.Actor, job string) (Sending, error) {
	if err := actor.Authorise(OpPlan, job); err != nil {
		return Sending{}, err
	}
	j, err := o.Queue.Get(ctx, job)
	if err == nil && j.Kind != KindSend {
		err = problem.New(problem.NotFound, "no such run")
	}
	out := Sending{State: j.State, Error: j.Error}
	_, _ = fmt.Sscanf(j.Progress, "%d/%d %d %d", &out.Done, &out.All, &out.Waiting, &out.Held) // nothing yet
	return out, err
}
