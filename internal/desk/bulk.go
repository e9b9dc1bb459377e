package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// KindMove is the kind of jobs that move many findings.
const KindMove = "finding.move"

// AtOnce is up to how many findings are moved while somebody waits; more are a job.
const AtOnce = 2000

// Bulk moves many findings at once.
type Bulk struct {
	*Desk
	Queue *jobs.Queue
}

// moveBody is what a job has to know. What a query means is asked again when the job runs.
type moveBody struct {
	Actor  identity.Actor `json:"actor"`
	Query  string         `json:"query"`
	To     finding.State  `json:"to"`
	Reason string         `json:"reason,omitempty"`
	Until  time.Time      `json:"until,omitzero"`
}

// Ordered is what came of asking for a move of many findings: it was done, or is a job.
type Ordered struct {
	finding.Moved
	Meant int
	Job   string // id; "" when it was done at once
}

// MoveAll moves all findings that a query means: at once if they are few, else by a job. Errors: Invalid if there are more than may be moved,
// or if the request is wrong; NotFound if there are none.
func (b *Bulk) MoveAll(ctx context.Context, actor identity.Actor, text string, m finding.Request) (Ordered, error) {
	if err := actor.Authorise(finding.OpMove, "findings"); err != nil {
		return Ordered{}, err
	}
	keys, err := b.MeantFindings(ctx, actor, text)
	switch {
	case err != nil:
		return Ordered{}, err
	case len(keys) == 0:
		return Ordered{}, problem.New(problem.NotFound, "no finding fits any more: nothing was moved")
	case len(keys) <= AtOnce:
		moved, err := b.MoveFindings(ctx, actor, keys, m)
		return Ordered{Moved: moved, Meant: len(keys)}, err
	}
	if err := b.o.Findings.Check(m); err != nil {
		return Ordered{}, err
	}
	out := Ordered{Meant: len(keys)}
	err = b.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out.Job, err = jobs.Enqueue(tx, b.o.Clock.Now(), jobs.Post{Kind: KindMove, Subject: clipped(text, 200), Body: moveBody{actor, text, m.To, m.Reason, m.Until}})
		return err
	})
	b.Queue.Wake()
	return out, err
}

// clipped shortens a text to so many bytes, at a character.
func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}

// Do moves findings as a job. A job that was cut off goes on with those that can still make the move.
func (b *Bulk) Do(ctx context.Context, t *jobs.Task) error {
	var body moveBody
	if err := t.Into(&body); err != nil {
		return err
	}
	keys, err := b.MeantFindings(ctx, body.Actor, body.Query)
	if err != nil {
		return jobs.Final(err)
	}
	var moved, unmoved int64
	for some := range slices.Chunk(keys, AtOnce) {
		done, err := b.MoveFindings(ctx, body.Actor, some, finding.Request{To: body.To, Reason: body.Reason, Until: body.Until})
		if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Forbidden) {
			return jobs.Final(err)
		}
		if err != nil {
			return err
		}
		moved += done.Moved
		unmoved += int64(len(done.Unmoved))
		t.Progress(fmt.Sprintf("%d/%d %d", moved+unmoved, len(keys), unmoved))
	}
	return nil
}

// Moving is how far a job that moves findings is.
type Moving struct {
	State                jobs.State
	Done, Total, Unmoved int64
	Error                string
}

// Moving tells how far a job is. NotFound if there is none, or if it is no such job.
func (b *Bulk) Moving(ctx context.Context, actor identity.Actor, id string) (Moving, error) {
	if err := actor.Authorise(OpJobsRead, id); err != nil {
		return Moving{}, err
	}
	j, err := b.Queue.Get(ctx, id)
	if err == nil && j.Kind != KindMove {
		err = problem.New(problem.NotFound, "no such move of findings")
	}
	out := Moving{State: j.State, Error: j.Error}
	_, _ = fmt.Sscanf(j.Progress, "%d/%d %d", &out.Done, &out.Total, &out.Unmoved) // nothing yet
	return out, err
}
