package countermeasure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// ByPerson is the exit of what a person saw.
const ByPerson = "person"

// checkDue looks at what is to be looked at now.
func (s *Service) checkDue(ctx context.Context, actor identity.Actor) (n int, err error) {
	ids, err := s.dueIDs(ctx, "check_due > 0 AND check_due <= $1 ORDER BY check_due")
	for _, id := range ids {
		_, e := s.check(ctx, actor, id, true)
		switch kind := problem.KindOf(e); {
		case e == nil:
			n++
		case kind == problem.Internal || kind == problem.Unavailable:
			err = errors.Join(err, e)
		}
	}
	return n, err
}

// Check looks now, by the next exit. Errors: NotFound; Forbidden for what must not be fetched; Conflict if the PAP forbids it, or there is nothing that
// can be looked at.
func (s *Service) Check(ctx context.Context, actor identity.Actor, name string) (Check, error) {
	if err := actor.Authorise(OpCheck, name); err != nil {
		return Check{}, err
	}
	return s.check(ctx, actor, name, false)
}

// look is one that was allowed.
type look struct {
	exit     Exit
	asset    Asset
	decision string
}

// check looks once. The time of the next is taken first, so that no two look at once. due: only if it is time.
func (s *Service) check(ctx context.Context, actor identity.Actor, name string, due bool) (c Check, err error) {
	var l look
	var refusal error
	err = s.work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		if due && (r.CheckDue.IsZero() || r.CheckDue.After(in.Now)) {
			return errNotDue
		}
		l, refusal, err = s.allow(tx, actor, in, r, due)
		return err
	})
	if err = errors.Join(err, refusal); err != nil {
		return c, err
	}
	c = Check{Exit: l.exit.Name, By: actor.ID, Decision: l.decision}
	c.Outcome, c.Reason, c.Detail = s.survey(ctx, l.exit.Look, l.asset)
	if ctx.Err() != nil {
		return Check{}, ctx.Err()
	}
	err = s.work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		return s.note(tx, actor, in, r, &c)
	})
	return c, err
}

// allow asks whether it may be looked at now, and by which exit. What must not is a refusal, which is on record when the transaction ends.
func (s *Service) allow(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, due bool) (l look, refusal, err error) {
	r.CheckDue = s.nextCheck(r, in.Now)
	never, err := quarantined(tx, in)
	if err != nil {
		return l, nil, err
	}
	if never || r.Quarantined {
		r.Quarantined, r.CheckDue = true, time.Time{}
		return l, problem.New(problem.Forbidden, "countermeasure %s is about what is suspected to show the abuse of children: it is never fetched", r.Ref), nil
	}
	switch {
	case r.State != Gone && !r.State.Waits():
		r.CheckDue = time.Time{}
		return l, problem.New(problem.Conflict, "countermeasure %s is %s: there is nothing to look for", r.Ref, r.State), nil
	case !s.automatic(r):
		r.CheckDue = time.Time{}
		return l, problem.New(problem.Conflict, "countermeasure %s cannot be looked at from here: look yourself, and note what you saw", r.Ref), nil
	case r.State == Gone && in.Now.After(r.Watched):
		r.CheckDue = time.Time{}
	}
	l = look{exit: s.nextExit(r.lastExit), asset: r.Asset}
	if due && !in.PAP.AllowsContact() {
		if said, err := saidNo(tx, in, r); err != nil || said {
			return l, errNotDue, err
		}
	}
	d, err := s.o.Release.ForLookup(tx, actor, r.ID, l.exit.Name, release.Active, in.PAP)
	if err != nil {
		return l, nil, err
	}
	if !d.Allowed {
		return l, problem.New(problem.Conflict, "%s: %s", in.PAP, d.Reason), s.noteRefused(tx, actor, in, r, d)
	}
	r.lastExit, l.decision = l.exit.Name, d.ID
	if s.o.Second != nil { // it may learn the name, too
		_, err = s.o.Release.ForLookup(tx, actor, r.ID, "resolver", release.Active, in.PAP)
	}
	return l, nil, err
}

// noteRefused shows once that the PAP keeps us from looking.
func (s *Service) noteRefused(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, d release.Decision) error {
	if said, err := saidNo(tx, in, r); err != nil || said {
		return err
	}
	return insertCheck(tx, in, r, &Check{At: in.Now, Exit: d.Item.Version, By: actor.ID, Outcome: Unclear, Reason: WhyPAP, Detail: in.PAP.String(), Decision: d.ID})
}

// saidNo tells whether the last thing that was noted is that the PAP keeps us from looking.
func saidNo(tx *sqldb.Tx, in *incident.Inside, r *record) (bool, error) {
	last, err := checksOf(tx, in, r)
	return err == nil && len(last) > 0 && last[0].Reason == WhyPAP, err
}

// quarantined tells whether an incident holds anything that is suspected to show the abuse of children.
func quarantined(tx *sqldb.Tx, in *incident.Inside) (bool, error) {
	cond, args := in.Rows("l.incident", 1)
	n := 0
	err := tx.QueryRow(`SELECT count(*) FROM incident_link l JOIN report r ON r.id = l.report WHERE `+cond+` AND r.quarantined = 1`, args...).Scan(&n)
	return n > 0, err
}

// nextExit is the one after the last.
func (s *Service) nextExit(last string) Exit {
	i := slices.IndexFunc(s.o.Exits, func(e Exit) bool { return e.Name == last })
	return s.o.Exits[(i+1)%len(s.o.Exits)]
}

// nextCheck is when it is looked at again: while it is there soon, once it was clean so that the checks spread over their time, and seldom when it is gone.
func (s *Service) nextCheck(r *record, now time.Time) time.Time {
	p := s.o.Policy
	switch {
	case !s.automatic(r):
		return time.Time{}
	case r.State == Gone && now.Add(p.WatchEvery).After(r.Watched):
		return time.Time{}
	case r.State == Gone:
		return now.Add(p.WatchEvery)
	case r.Cleans > 0:
		return now.Add(p.CleanOver / time.Duration(max(p.CleanChecks-1, 1)))
	}
	return now.Add(p.CheckEvery)
}

// Note records what a person saw. Errors: NotFound, Invalid; Conflict for a draft, or what has ended.
func (s *Service) Note(ctx context.Context, actor identity.Actor, name string, o Outcome, words string) (c Check, err error) {
	if err := actor.Authorise(OpCheck, name); err != nil {
		return c, err
	}
	words = line(words)
	if o != Clean && o != Present && o != Unclear {
		return c, problem.New(problem.Invalid, "%q is no outcome of a check: clean, present or unclear", string(o))
	}
	if words == "" || len(words) > maxLine {
		return c, problem.New(problem.Invalid, "say what you saw, and how, in at most %d bytes", maxLine)
	}
	err = s.work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		if r.State != Gone && !r.State.Waits() {
			return problem.New(problem.Conflict, "countermeasure %s is %s: there is nothing to look for", r.Ref, r.State)
		}
		c = Check{Exit: ByPerson, By: actor.ID, Outcome: o, Reason: WhyPerson, Detail: words}
		return s.note(tx, actor, in, r, &c)
	})
	return c, err
}

// note records a check, and what follows from it.
func (s *Service) note(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, c *Check) error {
	c.At = in.Now
	if err := insertCheck(tx, in, r, c); err != nil {
		return err
	}
	if err := actor.Audit(tx, in.Now, OpCheck, r.ID, nil, map[string]any{"exit": c.Exit, "outcome": c.Outcome, "reason": c.Reason, "decision": c.Decision}); err != nil {
		return err
	}
	switch {
	case r.State == Gone && c.Outcome == Present:
		return s.make(tx, actor, in, r, Moving{Move: MoveRelapse, Reason: c.Reason + " (" + c.Exit + ")"})
	case !r.State.Waits():
		return nil
	}
	list, err := checksOf(tx, in, r)
	if err != nil {
		return err
	}
	run := cleanRun(list, r.Asked)
	if c.Outcome != Clean && r.Cleans >= s.o.Policy.CleanChecks {
		r.Stuck = false // a person was asked whether it is gone: it is not
	}
	r.Cleans, r.CleanSince = run.n, run.first
	if !r.CheckDue.IsZero() || c.Outcome == Clean {
		r.CheckDue = s.nextCheck(r, in.Now)
	}
	return s.conclude(tx, actor, in, r, run)
}

// run is a row of clean checks.
type run struct {
	n           int
	exits       int // different ones
	first, last time.Time
}

// cleanRun is the row of clean checks that the latest ends; list begins with the latest. Anything else ends the row, and what is older than since does not
// count.
func cleanRun(list []Check, since time.Time) (r run) {
	seen := map[string]bool{}
	for _, c := range list {
		if c.Outcome != Clean || c.At.Before(since) {
			break
		}
		if r.n == 0 {
			r.last = c.At
		}
		seen[c.Exit] = true
		r.n, r.first, r.exits = r.n+1, c.At, len(seen)
	}
	return r
}

// exitsNeeded is from how many exits it has to look clean.
func (s *Service) exitsNeeded() int { return max(2, min(s.o.Policy.CleanChecks, len(s.o.Exits))) }

// conclude says that it is gone, if the checks are enough; with too few exits to know, a person is asked.
func (s *Service) conclude(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, row run) error {
	p := s.o.Policy
	if row.n < p.CleanChecks || row.last.Sub(row.first) < p.CleanOver {
		return nil
	}
	if len(s.o.Exits) < 2 || row.exits < s.exitsNeeded() {
		if r.Stuck {
			return nil
		}
		return s.stuck(tx, in, r, "It looks gone, but not from enough different exits to be sure. Look yourself, and say that it is gone.")
	}
	return s.make(tx, actor, in, r, Moving{Move: MoveVerify, Reason: fmt.Sprintf(cleanReason, row.n, row.exits)})
}

// cleanReason is why Firehall itself says that a thing is gone.
const cleanReason = "%d clean checks from %d exits"

// CleanRun reads the reason with which Firehall itself said that a thing is gone: so many clean checks, from so many exits. ok is false for what a person wrote.
func CleanRun(reason string) (checks, exits int, ok bool) {
	_, err := fmt.Sscanf(reason, cleanReason, &checks, &exits)
	return checks, exits, err == nil && reason == fmt.Sprintf(cleanReason, checks, exits)
}
