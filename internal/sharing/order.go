package sharing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The kinds of jobs that are an order.
const (
	KindErase  = "sharing.erase"  // what an organisation gave
	KindExpire = "sharing.expire" // what has had its time
	KindReplay = "sharing.replay" // hand on what came before anybody was heard
)

// Orders has what takes long done by jobs, while whoever ordered it goes on with other things. A job that was cut off goes on where it was: how far it is
// stands in the transactions in which something goes.
type Orders struct {
	Sharing *Service
	Queue   *jobs.Queue
	Terms   Terms
	// Replay hands on what came before anybody was heard, and Before counts that, as package hear does.
	Replay func(ctx context.Context, actor identity.Actor, heed func(tx *sqldb.Tx, n int) error) (int, error)
	Before func(ctx context.Context, actor identity.Actor) (int, error)
}

// orderBody is what a job has to know.
type orderBody struct {
	Actor        identity.Actor `json:"actor"`
	Organisation string         `json:"organisation,omitempty"`
	Object       string         `json:"object,omitempty"`
	Reason       string         `json:"reason,omitempty"`
}

// Due counts what Expire would erase, and what stays and why. Error: Forbidden.
func (o *Orders) Due(ctx context.Context, actor identity.Actor) (Expired, error) {
	return o.Sharing.Expire(ctx, actor, o.Terms, true, nil)
}

// Expire orders that what has had its time is erased, and gives the id of the job; one that waits or runs serves for both. Error: Forbidden.
func (o *Orders) Expire(ctx context.Context, actor identity.Actor) (job string, err error) {
	if err := actor.Authorise(OpErase, "shared"); err != nil {
		return "", err
	}
	return o.post(ctx, KindExpire, OpErase, "shared", orderBody{Actor: actor}, nil)
}

// HandOn orders that what came before anybody was heard is handed on, and gives the id of the job, as Expire. Error: Forbidden.
func (o *Orders) HandOn(ctx context.Context, actor identity.Actor) (job string, err error) {
	if err := actor.Authorise(OpOrder, "replay"); err != nil {
		return "", err
	}
	return o.post(ctx, KindReplay, OpOrder, "replay", orderBody{Actor: actor}, nil)
}

// Erase orders that what an organisation gave is erased, because it asks for it: one of its objects, or all of them for "". It gives the id of the job, as
// Expire. Errors: Forbidden; Invalid without a reason, or without an organisation; NotFound.
func (o *Orders) Erase(ctx context.Context, actor identity.Actor, organisation, object, reason string) (job string, err error) {
	if err := actor.Authorise(OpErase, organisation); err != nil {
		return "", err
	}
	w, err := wish{organisation, object, reason}.read(false)
	if err != nil {
		return "", err
	}
	return o.post(ctx, KindErase, OpErase, organisation, orderBody{actor, organisation, object, w.reason}, func(tx *sqldb.Tx) error {
		n, err := w.count(tx)
		if err == nil && n == 0 {
			err = errNothing()
		}
		return err
	})
}

// post posts a job with what is kept of it, and puts it on record. may fails the order; nil: nothing does.
func (o *Orders) post(ctx context.Context, kind string, op identity.Operation, of string, b orderBody, may func(tx *sqldb.Tx) error) (job string, err error) {
	subject := of
	if b.Object != "" {
		subject += " " + b.Object
	}
	err = o.Sharing.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if may != nil {
			if err := may(tx); err != nil {
				return err
			}
		}
		now := o.Sharing.o.Clock.Now()
		if job, err = jobs.Enqueue(tx, now, jobs.Post{Kind: kind, Subject: subject, Body: b, Unique: true}); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO sharing_order (job, kind, source, object_id, reason, actor, at, total, tally, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '{}', 0)
			ON CONFLICT (job) DO NOTHING`, job, kind, b.Organisation, b.Object, b.Reason, b.Actor.String(), now)
		if err != nil {
			return err
		}
		after := map[string]any{"ordered": job}
		if b.Object != "" {
			after["object"] = b.Object
		}
		return b.Actor.AuditReason(tx, now, op, of, b.Reason, nil, after)
	})
	o.Queue.Wake()
	return job, err
}

// Do does an order as a job.
func (o *Orders) Do(ctx context.Context, t *jobs.Task) error {
	r := &run{Orders: o, task: t}
	if err := t.Into(&r.body); err != nil {
		return err
	}
	err := r.do(ctx)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.Invalid) {
		return jobs.Final(err)
	}
	return err
}

// run is an attempt at an order.
type run struct {
	*Orders
	task *jobs.Task
	body orderBody
	so   Tally // of the attempts before it
	all  int   // how many there are, with those
}

func (r *run) do(ctx context.Context) error {
	err := r.Sharing.o.DB.Read(ctx, r.load)
	if problem.Is(err, problem.NotFound) {
		return jobs.Final(err)
	}
	if err != nil {
		return err
	}
	switch r.task.Kind {
	case KindErase:
		return r.erase(ctx)
	case KindExpire:
		return r.expire(ctx)
	case KindReplay:
		return r.replay(ctx)
	}
	return problem.New(problem.Invalid, "%q is nothing that can be ordered", r.task.Kind)
}

// load reads what came of earlier attempts. What stays is counted anew, since it is met again.
func (r *run) load(tx *sqldb.Tx) error {
	was, err := orderOf(tx, r.task.ID)
	r.so = was.Tally
	r.so.Stay = map[string]int{}
	return err
}

// count counts what there is left to look at.
func (r *run) count(ctx context.Context, left func(tx *sqldb.Tx) (int64, error)) error {
	return r.Sharing.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		n, err := left(tx)
		r.all = r.so.Looked() + int(n)
		return err
	})
}

// tell notes how far it is, in the transaction in which something goes.
func (r *run) tell(tx *sqldb.Tx, so Tally) error {
	if err := r.task.Fence(tx); err != nil {
		return err
	}
	r.task.Progress(fmt.Sprintf("%d/%d", so.Looked(), max(so.Looked(), r.all)))
	return note(tx, r.task.ID, r.all, so, time.Time{})
}

// end notes what came of it, and ends the job in the same transaction.
func (r *run) end(tx *sqldb.Tx, so Tally) error {
	r.task.Progress(fmt.Sprintf("%d/%d", so.Looked(), so.Looked()))
	if err := note(tx, r.task.ID, so.Looked(), so, r.Sharing.o.Clock.Now()); err != nil {
		return err
	}
	return r.task.End(tx)
}

// clearing is the erasing.
func (r *run) clearing() *clearing {
	return &clearing{Service: r.Sharing, actor: r.body.Actor, so: r.so.Expired, heed: func(tx *sqldb.Tx, so Expired) error { return r.tell(tx, Tally{Expired: so}) }}
}

func (r *run) erase(ctx context.Context) error {
	if err := r.body.Actor.Authorise(OpErase, r.body.Organisation); err != nil {
		return err
	}
	w, err := wish{r.body.Organisation, r.body.Object, r.body.Reason}.read(false)
	if err == nil {
		err = r.count(ctx, w.count)
	}
	c := r.clearing()
	if err == nil {
		err = c.fulfil(ctx, w)
	}
	if err != nil {
		return err
	}
	return r.Sharing.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := c.record(tx, w); err != nil {
			return err
		}
		return r.end(tx, Tally{Expired: c.so})
	})
}

func (r *run) expire(ctx context.Context) error {
	if err := r.body.Actor.Authorise(OpErase, "shared"); err != nil {
		return err
	}
	e, err := r.Sharing.expiry(ctx, r.Terms)
	if err == nil {
		err = r.count(ctx, e.count)
	}
	c := r.clearing()
	if err == nil {
		err = c.expire(ctx, e)
	}
	if err != nil {
		return err
	}
	return r.Sharing.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return r.end(tx, Tally{Expired: c.so}) })
}

func (r *run) replay(ctx context.Context) error {
	left, err := r.Before(ctx, r.body.Actor)
	if err != nil {
		return err
	}
	r.all = r.so.Looked() + left
	with := func(n int) Tally { return Tally{Expired: r.so.Expired, Handed: r.so.Handed + n} }
	n, err := r.Orders.Replay(ctx, r.body.Actor, func(tx *sqldb.Tx, n int) error { return r.tell(tx, with(n)) })
	if err != nil {
		return err
	}
	return r.Sharing.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return r.end(tx, with(n)) })
}

// note keeps how far an order is. Error: NotFound if it is not kept any more.
func note(tx *sqldb.Tx, job string, all int, so Tally, ended time.Time) error {
	text, err := json.Marshal(so)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE sharing_order SET total = $2, tally = $3, ended = $4 WHERE job = $1`, job, int64(all), string(text), ended)
	if err == nil && n == 0 {
		err = errOrder(job)
	}
	return err
}
