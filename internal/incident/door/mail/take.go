package mail

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Bounds of what is written at a time: mails of many connections share one commit, which is what durability costs.
const (
	batchMails  = 100
	batchBytes  = 8 << 20
	writeWithin = time.Minute
)

// taking is a mail that waits to be written.
type taking struct {
	id   string
	a    Arrival
	done chan error // buffered
}

// Take makes a mail durable, with the job that makes a report of it. When it returns nil the mail will not be lost. After an error, which is
// Forbidden or Unavailable, the sender has to come again; if that mail was stored all the same, it is one report in the end.
func (d *Door) Take(ctx context.Context, actor identity.Actor, a Arrival) error {
	if err := actor.Authorise(OpReceive, a.Via); err != nil {
		return err
	}
	t := &taking{id: id.NewAt(d.o.Clock.Now()), a: a, done: make(chan error, 1)}
	d.mu.Lock()
	d.waiting = append(d.waiting, t)
	write := !d.busy
	d.busy = true
	d.mu.Unlock()
	if write {
		go d.write(context.WithoutCancel(ctx), actor)
	}
	select {
	case err := <-t.done:
		d.count.note(err)
		return err
	case <-ctx.Done():
		return problem.Wrap(problem.Unavailable, ctx.Err(), "store a mail")
	}
}

// write writes what waits, batch by batch, until nothing does.
func (d *Door) write(ctx context.Context, actor identity.Actor) {
	for {
		batch := d.next()
		if len(batch) == 0 {
			return
		}
		err := d.store(ctx, actor, batch)
		if err != nil && len(batch) > 1 { // one of them may be to blame
			for _, t := range batch {
				t.done <- d.store(ctx, actor, []*taking{t})
			}
			continue
		}
		for _, t := range batch {
			t.done <- err
		}
	}
}

// next takes the next batch out of what waits; where nothing does, the next mail finds nobody writing.
func (d *Door) next() []*taking {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, bytes := 0, 0
	for n < len(d.waiting) && n < batchMails && (n == 0 || bytes+len(d.waiting[n].a.Raw) <= batchBytes) {
		bytes += len(d.waiting[n].a.Raw)
		n++
	}
	batch := d.waiting[:n:n]
	d.waiting = d.waiting[n:]
	if n == 0 {
		d.busy, d.waiting = false, nil
	}
	return batch
}

func (d *Door) store(ctx context.Context, actor identity.Actor, batch []*taking) error {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	err := d.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return d.insert(tx, actor, batch)
	})
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "store %d mails", len(batch))
	}
	if d.o.Wake != nil {
		d.o.Wake()
	}
	return nil
}

// insert writes the mails and their jobs. That a report came is on record when it is one.
func (d *Door) insert(tx *sqldb.Tx, actor identity.Actor, batch []*taking) error {
	if err := actor.Authorise(OpReceive, batch[0].id); err != nil {
		return err
	}
	now := d.o.Clock.Now()
	for _, t := range batch {
		if err := d.keep(tx, now, t); err != nil {
			return err
		}
		if _, err := jobs.Enqueue(tx, now, jobs.Post{Kind: Job, Subject: t.id}); err != nil {
			return err
		}
	}
	return nil
}

// ours tells whether an address is one for reports.
func (d *Door) ours(address string) bool {
	local, domain, ok := strings.Cut(strings.Trim(address, "<> "), "@")
	local, _, _ = strings.Cut(local, "+")
	for _, a := range d.o.Addresses {
		l, dom, _ := strings.Cut(a, "@")
		if ok && strings.EqualFold(domain, dom) && strings.EqualFold(local, l) {
			return true
		}
	}
	return false
}
