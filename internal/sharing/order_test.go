package sharing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// orders are those of a world. Nobody does them until work is called.
func (w *world) orders() *Orders {
	o := &Orders{Sharing: w.Service, Terms: terms}
	o.Queue = w.queue(o)
	return o
}

// queue is one as a process has it that was just started and has the installation for itself.
func (w *world) queue(o *Orders) *jobs.Queue {
	q := jobs.New(jobs.Options{DB: w.db, Clock: w.now, Log: slog.New(slog.DiscardHandler), Holder: "test", Alone: true})
	for _, name := range []string{KindErase, KindExpire, KindReplay} {
		q.Handle(jobs.Kind{Name: name, Do: o.Do, Attempts: 2, Backoff: func(int) time.Duration { return time.Hour }})
	}
	return q
}

// cut is what happens in a batch of an order, from 1; stop stops the process.
type cut func(stop func(), batch int) error

// work does what was ordered in a new process, until so holds of the order or the process was stopped.
func (w *world) work(t *testing.T, o *Orders, job string, cut cut, so func(Order) bool) Order {
	t.Helper()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	batch := 0
	w.o.Needed = func(*sqldb.Tx, []string) (map[string]string, error) {
		if batch++; cut != nil {
			return nil, cut(stop, batch)
		}
		return nil, nil
	}
	ended := make(chan error, 1)
	o.Queue = w.queue(o)
	go func() { ended <- o.Queue.Run(ctx) }()
	for tries := 0; ctx.Err() == nil && !so(w.ordered(t, o, job)); tries++ {
		if time.Sleep(20 * time.Millisecond); tries == 6000 {
			t.Errorf("it never came to that: %+v", w.ordered(t, o, job))
			stop()
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return w.ordered(t, o, job)
}

// is tells whether an order is in a state.
func is(s jobs.State) func(Order) bool { return func(o Order) bool { return o.State == s } }

func (w *world) ordered(t *testing.T, o *Orders, job string) Order {
	t.Helper()
	at, err := o.Order(ctx, auditor, job)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// addresses are many objects.
func addresses(n int) (list []string) {
	for i := range n {
		list = append(list, address(i+1, fmt.Sprintf("10.0.%d.%d", i/200, i%200)))
	}
	return list
}

// batches reads what stands on record of what was erased for a reason: how many versions, batch by batch, and how many copies.
func (w *world) batches(t *testing.T, reason string) (versions []int, copies int) {
	t.Helper()
	w.tx(t, func(tx *sqldb.Tx) error {
		versions, copies = nil, 0
		return tx.Each(`SELECT before_value FROM audit_payload WHERE operation = $1 AND reason = $2`, []any{string(OpForget), reason}, func(scan func(...any) error) error {
			var text []byte
			var line struct{ Versions, Aside, Held int }
			err := errors.Join(scan(&text), json.Unmarshal(text, &line))
			if line.Versions > 0 {
				versions = append(versions, line.Versions)
			}
			copies += line.Aside + line.Held
			return err
		})
	})
	slices.Sort(versions)
	return versions, copies
}

// What a team asks to have erased is erased by a job. Of two who order it the second finds the first one's; a process that is stopped, or dies, leaves it to the
// next one, which goes on: in the end all is gone that may go, each batch says why, and what was counted is what went.
func TestOrderGoesOnWhereItStopped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), append(addresses(450), `{"type":"x"}`)...)
		w.give(t, peer("south"), indicator(900, v1, ""))
		kept := "ipv4-addr--" + uid(7)
		if err := w.Keep(ctx, ada, kept, "a court"); err != nil {
			t.Fatal(err)
		}
		o := w.orders()
		job, err := o.Erase(ctx, ada, "north", "", " they asked ")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := o.Erase(ctx, ada, "north", "", "they asked twice"); err != nil || again != job {
			t.Errorf("a second order is another job: %s, %v", again, err)
		}
		if at := w.ordered(t, o, job); at.State != jobs.Waiting || at.Kind != KindErase || at.Organisation != "north" || at.Reason != "they asked" || at.Actor != ada.String() || at.Looked() != 0 {
			t.Errorf("%+v", at)
		}

		at := w.work(t, o, job, func(stop func(), batch int) error { // it is stopped in its second batch
			if batch == 2 {
				stop()
				return context.Canceled
			}
			return nil
		}, is(jobs.Done))
		if at.State != jobs.Waiting || at.Back != 199 || at.Stay[StayKept] != 1 || at.All != 451 || w.count(t, `sharing_object WHERE source = 'north'`) != 251 {
			t.Errorf("stopped: %+v", at)
		}
		if err := w.db.Write(ctx, func(tx *sqldb.Tx) error { // as one leaves it that dies
			_, err := tx.Exec(`UPDATE job SET state = 'running', epoch = epoch + 1, holder = 'dead' WHERE id = $1`, job)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		at = w.work(t, o, job, nil, is(jobs.Done))
		if at.Back != 449 || at.Aside != 1 || at.Stay[StayKept] != 1 || len(at.Stay) != 1 || at.All != 451 || at.Looked() != 451 || at.Ended.IsZero() || w.kept(t) != "in84v1 ip07" {
			t.Errorf("%+v, %s", at, w.kept(t))
		}
		versions, copies := w.batches(t, "who gave it asked for it: they asked")
		if fmt.Sprint(versions) != "[51 199 199]" || copies != 1 {
			t.Errorf("on record: %v, %d", versions, copies)
		}
		if n := w.count(t, `audit_payload WHERE operation = $1 AND object = 'north' AND reason LIKE 'they asked%'`, string(OpErase)); n != 3 {
			t.Errorf("two orders and their end are on record by %d lines", n)
		}
	})
}

// What has had its time is erased by an order while the daily job does the same: neither stands in the other's way, and together they count what went.
func TestOrderBesideTheDailyJob(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), append(addresses(950), indicator(1, v1, ""), `{"type":"x"}`)...)
		w.now.Advance(200 * days)
		o := w.orders()
		job, err := o.Expire(ctx, ada)
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		var daily Expired
		both.Go(func() { daily, err = w.Expire(ctx, keeper, terms, false, nil) })
		at := w.work(t, o, job, nil, is(jobs.Done))
		if both.Wait(); err != nil {
			t.Fatal(err)
		}
		if at.Old+daily.Old != 951 || at.Aside+daily.Aside != 1 || w.kept(t) != "" || at.Kind != KindExpire {
			t.Errorf("%+v and %+v, %s", at, daily, w.kept(t))
		}
		versions, copies := w.batches(t, whyOld)
		all := 0
		for _, n := range versions {
			all += n
		}
		if all != 951 || copies != 1 {
			t.Errorf("on record: %v, %d", versions, copies)
		}
	})
}

// What is ordered may be ordered, and what fails is told: at once where the order is none, and by the order where its job fails.
func TestOrdersThatFail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), indicator(1, v1, ""))
		o := w.orders()
		for name, tt := range map[string]struct {
			actor        identity.Actor
			organisation string
			reason       string
			kind         problem.Kind
		}{
			"an auditor": {auditor, "north", "why", problem.Forbidden},
			"themselves": {peer("north"), "north", "why", problem.Forbidden},
			"no reason":  {ada, "north", " ", problem.Invalid},
			"long":       {ada, "north", strings.Repeat("w", MaxReason+1), problem.Invalid},
			"nobody":     {ada, "", "why", problem.Invalid},
			"nothing":    {ada, "south", "why", problem.NotFound},
		} {
			if _, err := o.Erase(ctx, tt.actor, tt.organisation, "", tt.reason); !problem.Is(err, tt.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, expire := o.Expire(ctx, auditor)
		_, handOn := o.HandOn(ctx, auditor)
		_, looks := o.Order(ctx, peer("north"), "x")
		_, lists := o.Latest(ctx, peer("north"))
		for _, err := range []error{expire, handOn, looks, lists} {
			if !problem.Is(err, problem.Forbidden) {
				t.Error(err)
			}
		}
		if _, err := o.Order(ctx, ada, "x\x00"); !problem.Is(err, problem.NotFound) {
			t.Errorf("no order: %v", err)
		}
		if n := w.count(t, `job`) + w.count(t, `sharing_order`); n != 0 {
			t.Errorf("%d were posted", n)
		}

		job, err := o.Erase(ctx, ada, "north", "indicator--"+uid(1), "they asked")
		if err != nil {
			t.Fatal(err)
		}
		at := w.work(t, o, job, func(func(), int) error { return problem.New(problem.Forbidden, "not any more") }, is(jobs.Dead))
		if !strings.Contains(at.Error, "not any more") || at.Object != "indicator--"+uid(1) || w.kept(t) != "in01v1" {
			t.Errorf("%+v, %s", at, w.kept(t))
		}
		w.now.Advance(time.Second)
		again, err := o.Erase(ctx, ada, "north", "indicator--"+uid(1), "they asked")
		if err != nil || again == job {
			t.Fatal("what failed keeps others from ordering it: ", err)
		}
		if at := w.work(t, o, again, nil, is(jobs.Done)); at.Back != 1 {
			t.Errorf("%+v", at)
		}
		if err := w.db.Write(ctx, func(tx *sqldb.Tx) error { _, err := jobs.Discard(tx, job); return err }); err != nil {
			t.Fatal(err)
		}
		list, err := o.Latest(ctx, auditor)
		if err != nil || len(list) != 2 || list[0].State != jobs.Done || list[1].State != Discarded {
			t.Errorf("%+v, %v", list, err)
		}
		w.now.Advance(keepOrders + time.Hour)
		if err := w.Forget(ctx, keeper); err != nil || w.count(t, `sharing_order`) != 0 {
			t.Errorf("orders are kept for ever: %v", err)
		}
	})
}

// What came before anybody was heard is handed on by a job, and those that an attempt handed on before it failed count.
func TestHandingOnIsOrdered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := w.orders()
		left, attempts := 5, 0
		o.Before = func(context.Context, identity.Actor) (int, error) { return left, nil }
		o.Replay = func(ctx context.Context, actor identity.Actor, heed func(tx *sqldb.Tx, n int) error) (n int, err error) {
			attempts++
			for left > 0 {
				if left == 3 && attempts == 1 {
					return n, problem.New(problem.Unavailable, "a moment")
				}
				if err := w.db.Write(ctx, func(tx *sqldb.Tx) error { return heed(tx, n+1) }); err != nil {
					return n, err
				}
				left, n = left-1, n+1
			}
			return n, nil
		}
		job, err := o.HandOn(ctx, ada)
		if err != nil {
			t.Fatal(err)
		}
		at := w.work(t, o, job, nil, func(at Order) bool { return at.Error != "" })
		if at.State != jobs.Waiting || at.Handed != 2 || at.All != 5 || !strings.Contains(at.Error, "a moment") {
			t.Errorf("after the first attempt: %+v", at)
		}
		w.now.Advance(2 * time.Hour)
		if at := w.work(t, o, job, nil, is(jobs.Done)); at.Handed != 5 || at.All != 5 || attempts != 2 {
			t.Errorf("%+v", at)
		}
	})
}
