package notification

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// leaseName is what one run at a time holds.
const (
	leaseName = "notify"
	leaseTime = 30 * time.Second
)

// sending is one run.
type sending struct {
	*Service
	actor    identity.Actor
	token    lease.Token
	facts    *facts
	run      Run
	progress func(done, all int)
	all      int
	done     int
	making   time.Duration // spent on deciding and making, apart from committing
	urgent   bool          // only what is told at once
	decide   answer        // how release is asked about copies
	planning bool          // nothing is sent: what may not go is shown, too
}

// Send makes the messages that may go and puts them into the outbox; progress, if not nil, hears how many of how many are done. It is one
// run, and one run is made at a time: Conflict if another process makes one. What a run that died had put into the outbox stands; the rest
// is in the next run.
func (s *Service) Send(ctx context.Context, actor identity.Actor, progress func(done, all int)) (Run, error) {
	return s.runOnce(ctx, actor, progress, false)
}

func (s *Service) runOnce(ctx context.Context, actor identity.Actor, progress func(done, all int), urgent bool) (Run, error) {
	if err := actor.Authorise(OpSend, "notifications"); err != nil {
		return Run{}, err
	}
	begun := time.Now()
	s.askAhead(ctx, actor)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Run{}, context.Cause(ctx)
	}
	token, err := s.lease(ctx)
	if err != nil {
		return Run{}, err
	}
	held, giveBack := s.leases.Keep(ctx, token, leaseTime)
	r := &sending{Service: s, actor: actor, token: token, progress: progress, urgent: urgent, decide: s.Release.Decide, run: Run{ID: id.NewAt(s.Clock.Now())}}
	err = r.do(held)
	if cause := context.Cause(held); err != nil && cause != nil && ctx.Err() == nil {
		err = cause // the lease was lost
	}
	if back := giveBack(); err == nil {
		err = back
	}
	r.run.Seconds = time.Since(begun).Seconds()
	return r.run, err
}

func (s *Service) lease(ctx context.Context) (lease.Token, error) {
	if s.Alone {
		return s.leases.Seize(ctx, leaseName, s.Holder, leaseTime)
	}
	return s.leases.Acquire(ctx, leaseName, s.Holder, leaseTime)
}

func (r *sending) do(ctx context.Context) (err error) {
	begun := time.Now()
	if r.run.Woken, err = r.Findings.Wake(ctx, identity.System("notification")); err != nil {
		return err
	}
	if err := r.Register.Refresh(ctx); err != nil { // another process may have changed it
		return err
	}
	if r.run.Moved, err = r.Findings.Reattribute(ctx, identity.System("notification"), r.Owner); err != nil {
		return err
	}
	if r.facts, err = r.gather(ctx, r.actor, r.Release.Decide); err != nil {
		return err
	}
	bundles := r.facts.plan()
	var going []*bundle
	for _, b := range bundles {
		switch {
		case r.urgent && !b.urgent:
		case b.Goes():
			going = append(going, b)
		case b.Held != "":
			r.run.Held = append(r.run.Held, b.Message)
		default:
			r.run.Waiting++
		}
	}
	if err := r.raise(ctx, bundles); err != nil {
		return err
	}
	r.all = len(going)
	r.making = time.Since(begun)
	err = r.send(ctx, unitsOf(going))
	r.run.Making = r.making.Seconds()
	return err
}

// raise puts into the team's queue what no waiting and no approval will send.
func (r *sending) raise(ctx context.Context, bundles []*bundle) error {
	return r.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, b := range bundles {
			if b.task == "" {
				continue
			}
			if _, err := queue.Raise(tx, r.facts.now, taskOf(b)); err != nil {
				return err
			}
		}
		return nil
	})
}

func taskOf(b *bundle) queue.Task {
	t := queue.Task{
		Kind: b.task, Organisation: b.OrganisationID, Contact: b.Contact, Object: b.OrganisationID + "/" + b.Contact,
		Detail: b.Held, Advice: b.Advice,
	}
	switch b.task {
	case taskNoContact:
		t.Title = "Nobody can be told about the networks of " + b.Organisation
	case taskRefused:
		t.Title = "Findings of " + b.Organisation + " may not be passed on"
	default:
		t.Title = "A message for " + b.Organisation + " could not be made"
	}
	return t
}

// unit is what stands or falls together: the messages about one organisation.
type unit struct {
	party            *party
	bundles          []*bundle
	copies           []*bundle               // that go with them
	left             map[why]map[string]bool // ids of the findings of which no copy goes
	limit            int64                   // of the findings that are read; 0: as many as one run tells of
	findings, events int64                   // of the largest of them
	items            map[findingKey]*item
	ids              map[string]*item
	cut              bool // there is more than one run tells of
	letters          []*letter
}

// unitsOf puts messages about the same organisation together, in the order in which they would go.
func unitsOf(going []*bundle) (list []*unit) {
	byID := map[string]*unit{}
	for _, b := range going {
		u := byID[b.OrganisationID]
		if u == nil {
			u = &unit{party: b.party}
			byID[b.OrganisationID] = u
			list = append(list, u)
		}
		u.bundles = append(u.bundles, b)
		u.findings, u.events = max(u.findings, b.Findings), max(u.events, b.Events)
	}
	return list
}

// How much is worked on at a time: it bounds memory.
const (
	chunkEvents = 200_000
	chunkUnits  = 500
	commitUnits = 100 // in one transaction
)

// send works in chunks: it reads what their findings are and the events behind them, makes the messages on all processors, and commits
// them while the next chunk is being made.
func (r *sending) send(ctx context.Context, units []*unit) error {
	group, ctx := errgroup.WithContext(ctx)
	ready := make(chan chunk)
	group.Go(func() error {
		defer close(ready)
		return r.make(ctx, units, ready)
	})
	group.Go(func() error {
		for c := range ready {
			if err := r.settle(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// chunk is units whose messages are made.
type chunk struct {
	units  []*unit
	failed []problemOf
}

// make makes the messages of units, chunk by chunk.
func (r *sending) make(ctx context.Context, units []*unit, ready chan<- chunk) error {
	for len(units) > 0 {
		begun := time.Now()
		n, sum := 0, int64(0)
		for n < len(units) && n < chunkUnits && (n == 0 || sum+units[n].events <= chunkEvents) {
			sum += units[n].events
			n++
		}
		c := chunk{units: units[:n]}
		units = units[n:]
		if err := r.load(ctx, c.units); err != nil {
			return err
		}
		if err := r.copies(ctx, c.units); err != nil {
			return err
		}
		var err error
		if c.failed, err = r.compose(ctx, c.units); err != nil {
			return err
		}
		r.making += time.Since(begun)
		select {
		case ready <- c:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// settle puts the messages of a chunk into the outbox, and what could not be made into the team's queue.
func (r *sending) settle(ctx context.Context, c chunk) error {
	r.leftOut(c.units)
	if err := r.setAside(ctx, c.failed); err != nil {
		return err
	}
	for units := c.units; len(units) > 0; {
		n := min(commitUnits, len(units))
		if err := r.commit(ctx, units[:n]); err != nil {
			return err
		}
		for _, u := range units[:n] {
			r.done += len(u.bundles)
			u.letters, u.items, u.ids = nil, nil, nil
		}
		if r.progress != nil {
			r.progress(r.done, r.all)
		}
		units = units[n:]
	}
	return nil
}

// commit puts the messages of units into the outbox, in one transaction. A unit whose findings have changed since they were read is left
// out; it is in the next run.
func (r *sending) commit(ctx context.Context, units []*unit) error {
	for {
		var stale *unit
		err := r.DB.Write(ctx, func(tx *sqldb.Tx) error {
			stale = nil
			if err := lease.Check(tx, r.token); err != nil {
				return err
			}
			for _, u := range units {
				if err := r.enqueue(tx, u); err != nil {
					if problem.KindOf(err) == problem.Conflict {
						stale = u
					}
					return err
				}
			}
			return nil
		})
		if err == nil {
			r.count(units)
			return nil
		}
		if stale == nil {
			return err
		}
		r.Log.InfoContext(ctx, "a message waits for the next run", "organisation", stale.party.id, "reason", err)
		units = without(units, stale)
	}
}

func without(units []*unit, u *unit) (rest []*unit) {
	for _, x := range units {
		if x != u {
			rest = append(rest, x)
		}
	}
	return rest
}

func (r *sending) count(units []*unit) {
	for _, u := range units {
		for _, l := range u.letters {
			r.run.Messages++
			r.run.Findings += l.findings
			r.run.Events += l.events
		}
	}
}

// enqueue is the transaction of one unit: what its messages take away from the findings, their bytes, their threads and their record. Conflict
// if they must not go any more.
func (r *sending) enqueue(tx *sqldb.Tx, u *unit) error {
	now := r.facts.now
	for _, l := range u.letters {
		for _, p := range l.parts {
			changed, err := r.Findings.Tell(tx, now, p.ready.Draft.ID, p.told)
			if err != nil {
				return err
			}
			if len(changed) > 0 {
				return problem.New(problem.Conflict, "%d findings have changed", len(changed))
			}
			if err := r.Delivery.Enqueue(tx, l.permit, p.ready); err != nil {
				return err
			}
		}
		if err := r.remember(tx, l, u.cut); err != nil {
			return err
		}
	}
	return nil
}

// remember writes down that a message was made. One that had to leave out more of the same does not begin the day or week in which the
// organisation hears nothing.
func (r *sending) remember(tx *sqldb.Tx, l *letter, cut bool) error {
	now := r.facts.now
	for _, class := range l.classes {
		if cut || l.isCopy() {
			break
		}
		if err := upsertTold(tx, topic{l.OrganisationID, class}, now); err != nil {
			return err
		}
	}
	t := thread{ticket: l.ticket, first: l.thread.first, last: l.parts[0].ready.MessageID, at: now}
	if t.first == "" {
		t.first = t.last
	}
	who := pair{l.OrganisationID, l.Contact}
	if err := upsertThread(tx, who, t, formatAmounts(l.findings, r.facts.usual[who])); err != nil {
		return err
	}
	if err := insertNotification(tx, r.run.ID, l, now); err != nil {
		return err
	}
	return r.actor.Audit(tx, now, OpSend, l.parts[0].ready.Draft.ID, nil, map[string]any{
		"run": r.run.ID, "organisation": l.OrganisationID, "contact": l.Contact, "ticket": l.ticket, "findings": l.findings,
		"events": l.events, "parts": len(l.parts), "label": l.label.String(),
	})
}
