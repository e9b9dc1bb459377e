package sharing

import (
	"context"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Discarded is the state of an order whose job somebody discarded.
const Discarded jobs.State = "discarded"

// keepOrders is how long it is known what was ordered, and latest is how many of them are listed.
const (
	keepOrders = 90 * 24 * time.Hour
	latest     = 20
)

// Tally is what came of an order.
type Tally struct {
	Expired
	Handed int `json:"handed"` // objects handed on
}

// Looked is how many things were looked at: those that are gone, those that stay, and those that were handed on.
func (t *Tally) Looked() int { return t.Sum() + t.Staying() + t.Handed }

// Order is something that somebody ordered, and how far it is.
type Order struct {
	Job          string     `json:"job"`                    // id
	Kind         string     `json:"kind"`                   // one of the Kind constants
	Organisation string     `json:"organisation,omitempty"` // id; whose objects go
	Object       string     `json:"object,omitempty"`       // id; "": all of theirs
	Reason       string     `json:"reason,omitempty"`
	Actor        string     `json:"actor"`
	At           time.Time  `json:"at"`
	State        jobs.State `json:"state"`           // waiting, running, done, dead or discarded
	Error        string     `json:"error,omitempty"` // of the latest attempt that failed
	All          int        `json:"all"`             // things to look at; 0: they were not counted yet
	Tally
	Ended time.Time `json:"ended,omitzero"`
}

// Order tells how far an order is. Errors: Forbidden; NotFound for a job that is none, and 90 days after it was given.
func (o *Orders) Order(ctx context.Context, actor identity.Actor, job string) (Order, error) {
	if err := actor.Authorise(OpOverview, job); err != nil {
		return Order{}, err
	}
	return o.order(ctx, short(job, 64))
}

// Latest lists the latest orders, the newest first, 20 at most. Error: Forbidden.
func (o *Orders) Latest(ctx context.Context, actor identity.Actor) (list []Order, err error) {
	if err := actor.Authorise(OpOverview, "orders"); err != nil {
		return nil, err
	}
	err = o.Sharing.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = ordersWhere(tx, `TRUE ORDER BY at DESC, job DESC LIMIT $1`, int64(latest))
		return err
	})
	for i := range list {
		if err == nil && list[i].Ended.IsZero() {
			list[i], err = o.order(ctx, list[i].Job)
		}
	}
	return list, err
}

// order reads the job before what came of it: one that ends in between has ended.
func (o *Orders) order(ctx context.Context, job string) (out Order, err error) {
	j, gone := o.Queue.Get(ctx, job)
	if gone != nil && !problem.Is(gone, problem.NotFound) {
		return out, gone
	}
	err = o.Sharing.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = orderOf(tx, job)
		return err
	})
	switch {
	case err != nil || out.State == jobs.Done:
	case gone != nil:
		out.State = Discarded
	default:
		out.State, out.Error = j.State, j.Error
	}
	return out, err
}

// orderOf reads an order without the state of its job.
func orderOf(tx *sqldb.Tx, job string) (Order, error) {
	list, err := ordersWhere(tx, `job = $1`, job)
	if err != nil {
		return Order{}, err
	}
	if len(list) == 0 {
		return Order{}, errOrder(job)
	}
	return list[0], nil
}

func errOrder(job string) error {
	return problem.New(problem.NotFound, "nobody ordered %q, or it is too long ago", short(job, 40))
}

func ordersWhere(tx *sqldb.Tx, where string, args ...any) (list []Order, err error) {
	err = tx.Each(`SELECT job, kind, source, object_id, reason, actor, at, total, tally, ended FROM sharing_order WHERE `+where, args, func(scan func(...any) error) error {
		var o Order
		var tally string
		var at, ended int64
		if err := scan(&o.Job, &o.Kind, &o.Organisation, &o.Object, &o.Reason, &o.Actor, &at, &o.All, &tally, &ended); err != nil {
			return err
		}
		o.Stay = map[string]int{}
		if err := json.Unmarshal([]byte(tally), &o.Tally); err != nil {
			return problem.Wrap(problem.Internal, err, "what came of the order %s", o.Job)
		}
		o.At, o.Ended = sqldb.Time(at), sqldb.Time(ended)
		if ended > 0 {
			o.State = jobs.Done
		}
		list = append(list, o)
		return nil
	})
	return list, err
}
