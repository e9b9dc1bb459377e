package feed

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Resume finishes what was accepted but not made visible, because a process died. It gives how many intakes that were; the error joins
// those of the intakes that could not be finished.
func (s *Service) Resume(ctx context.Context, actor identity.Actor) (Result, error) {
	var out Result
	if err := actor.Authorise(OpResume, "feed"); err != nil {
		return out, err
	}
	begun := time.Now()
	var open []Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		open, err = listIntakes(tx, `state = 'accepted' ORDER BY arrived_at, id`)
		return err
	})
	if err != nil {
		return out, err
	}
	var failed []error
	for _, in := range open {
		if ctx.Err() != nil {
			break
		}
		acc, err := s.onIntake(ctx, actor, OpResume, in, func(ctx context.Context, a *admission, in Intake) (Accounts, error) {
			if in.State != Accepted {
				return Accounts{}, errFinished
			}
			return a.resume(ctx, in)
		})
		if errors.Is(err, errFinished) {
			continue
		}
		if err != nil { // one that cannot be finished holds up no other
			failed = append(failed, err)
			continue
		}
		out.add(acc)
	}
	out.Seconds = time.Since(begun).Seconds()
	return out, errors.Join(failed...)
}

// errFinished says that an intake needs no resuming: another process has finished it, or is alive and works on its feed.
var errFinished = errors.New("nothing to resume")

// onIntake does something to an intake, as it is under its feed's lease.
func (s *Service) onIntake(ctx context.Context, actor identity.Actor, op identity.Operation, in Intake,
	do func(context.Context, *admission, Intake) (Accounts, error),
) (Accounts, error) {
	fm, terms, err := s.Format(in.Feed)
	if err != nil {
		return Accounts{}, problem.Wrap(problem.KindOf(err), err, "intake %s (%s) is of feed %s", in.ID, in.Name, in.Feed)
	}
	held, token, release, err := s.holdFeed(ctx, in.Feed, op != OpResume)
	if op == OpResume && problem.KindOf(err) == problem.Conflict {
		return Accounts{}, errFinished
	}
	if err != nil {
		return Accounts{}, err
	}
	defer release()
	if in, err = s.get(held, in.ID); err != nil {
		return Accounts{}, err
	}
	return do(held, &admission{
		Service: s, actor: actor, op: op, token: token, format: fm, terms: terms, src: Source{Feed: in.Feed, Name: in.Name},
	}, in)
}

// resume runs a new attempt at an accepted intake, from its kept input.
func (a *admission) resume(ctx context.Context, in Intake) (Accounts, error) {
	return a.again(ctx, in, in.Name)
}

// again reads an intake's kept input anew, under a name from which the kind of report follows.
func (a *admission) again(ctx context.Context, in Intake, name string) (Accounts, error) {
	opened, head, err := a.reopen(in, name)
	from := in.State
	if from == Accepted && problem.KindOf(err) == problem.Invalid { // it could be opened once; waiting will not help
		return a.giveUp(ctx, in, from, err)
	}
	if err != nil {
		return Accounts{}, err
	}
	in.Report, in.Notes = opened.Report, opened.Notes
	if err := a.next(ctx, &in); err != nil {
		return Accounts{}, err
	}
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return Accounts{}, err
	}
	defer func() { _ = r.Close() }()
	at := &attempt{admission: a, intake: &in, opened: opened, header: head}
	defer at.drop()
	err = at.run(ctx, a.splitter(opened, r, false), func() error { return nil })
	if errors.Is(err, errMisaligned) {
		at.drop()
		return a.exactly(ctx, in, opened)
	}
	if fault := (*decoderFault)(nil); errors.As(err, &fault) {
		at.drop()
		return a.giveUp(ctx, in, from, fault)
	}
	if err != nil {
		return Accounts{}, acceptedNotVisible(in, err)
	}
	return at.publish(ctx, from)
}

// giveUp leaves an accepted intake that no decoder can read to a person.
func (a *admission) giveUp(ctx context.Context, in Intake, from State, why error) (Accounts, error) {
	in.State, in.Error = Undecided, plainText(why.Error())
	err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, a.token); err != nil {
			return err
		}
		if err := settle(tx, in, from); err != nil {
			return err
		}
		return a.actor.Audit(tx, a.Clock.Now(), a.op, in.ID, map[string]any{"state": from}, map[string]any{"state": in.State, "error": in.Error})
	})
	return Accounts{Intake: in.ID, Name: in.Name, Report: in.Report, Undec: in.Error}, err
}

// reopen finds the decoder of a kept input; header is what stands before the rows.
func (a *admission) reopen(in Intake, name string) (format.Opened, []byte, error) {
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return format.Opened{}, nil, err
	}
	defer func() { _ = r.Close() }()
	head := make([]byte, format.HeadSize)
	n, _ := io.ReadFull(r, head) // damage shows again when the rows are read
	opened, err := a.format.Open(format.Input{Name: name, Feed: in.Feed, Head: head[:n]})
	return opened, head[:min(opened.Skip, n)], err
}

// Replay reads the rows of an intake that were set aside once more, after a fix; rows that succeed become events, the others stay aside.
// An undecided intake is read whole, as the report named. Errors: NotFound, Invalid if there is nothing to replay.
func (s *Service) Replay(ctx context.Context, actor identity.Actor, intake, report string) (Accounts, error) {
	if err := actor.Authorise(OpReplay, intake); err != nil {
		return Accounts{}, err
	}
	var in Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		in, err = getIntake(tx, intake)
		return err
	})
	if err != nil {
		return Accounts{}, err
	}
	return s.onIntake(ctx, actor, OpReplay, in, func(ctx context.Context, a *admission, in Intake) (Accounts, error) {
		switch {
		case in.State == Undecided:
			return a.decide(ctx, in, report)
		case in.State == Accepted:
			return a.resume(ctx, in)
		case report != "" && report != in.Report:
			return Accounts{}, problem.New(problem.Invalid, "intake %s was read as %s already: leave the report out to replay its rows set aside", in.ID, in.Report)
		case in.Aside == "":
			return Accounts{}, problem.New(problem.Invalid, "no row of intake %s is set aside", in.ID)
		}
		return a.replay(ctx, in)
	})
}

// decide reads an undecided intake as the report that a person named.
func (a *admission) decide(ctx context.Context, in Intake, report string) (Accounts, error) {
	name := in.Name
	if report != "" {
		name = report
	}
	opened, _, err := a.reopen(in, name)
	if err != nil {
		return Accounts{}, err
	}
	var first Intake
	known := false
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		first, known, err = findContent(tx, Intake{Feed: in.Feed, Report: opened.Report, Hash: in.Hash})
		return err
	})
	if err != nil || known && first.ID != in.ID {
		if known {
			err = problem.New(problem.Conflict, "the same content was taken as %s already: intake %s", opened.Report, first.ID)
		}
		return Accounts{}, err
	}
	return a.again(ctx, in, name)
}

// replay decodes only the rows set aside.
func (a *admission) replay(ctx context.Context, in Intake) (Accounts, error) {
	opened, head, err := a.reopen(in, in.Name)
	if in.Report != "" && (err != nil || opened.Report != in.Report) { // a person said what it is
		opened, head, err = a.reopen(in, in.Report)
	}
	if err != nil {
		return Accounts{}, err
	}
	places, err := a.openAside(in)
	if err != nil {
		return Accounts{}, err
	}
	defer places.close()
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return Accounts{}, err
	}
	defer func() { _ = r.Close() }()
	before := in.Aside
	if err := a.next(ctx, &in); err != nil {
		return Accounts{}, err
	}
	at := &attempt{admission: a, intake: &in, opened: opened, header: head, only: true}
	defer at.drop()
	picks := &picker{in: r, places: places.next, size: int(a.Options.Config.PartSize)}
	if err := at.run(ctx, picks, func() error { return nil }); err != nil {
		return Accounts{}, err
	}
	acc, err := at.publish(ctx, Done)
	if err == nil {
		_ = a.Layout.remove(dirAside, before)
	}
	return acc, err
}

// List lists intakes, newest first, at most so many.
func (s *Service) List(ctx context.Context, actor identity.Actor, feed string, limit int) ([]Intake, error) {
	var out []Intake
	if err := actor.Authorise(OpRead, feed); err != nil {
		return out, err
	}
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if feed == "" {
			out, err = listIntakes(tx, `true ORDER BY arrived_at DESC, id DESC LIMIT $1`, limit)
		} else {
			out, err = listIntakes(tx, `feed = $1 ORDER BY arrived_at DESC, id DESC LIMIT $2`, feed, limit)
		}
		return err
	})
	return out, err
}

// WithAside lists the intakes that have rows set aside or are undecided, newest first.
func (s *Service) WithAside(ctx context.Context, actor identity.Actor, limit int) ([]Intake, error) {
	var out []Intake
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = listIntakes(tx, `(set_aside > 0 OR state = 'undecided') ORDER BY arrived_at DESC, id DESC LIMIT $1`, limit)
		return err
	})
	return out, err
}

// Get gives one intake.
func (s *Service) Get(ctx context.Context, actor identity.Actor, intake string) (Intake, error) {
	if err := actor.Authorise(OpRead, intake); err != nil {
		return Intake{}, err
	}
	return s.get(ctx, intake)
}

func (s *Service) get(ctx context.Context, intake string) (Intake, error) {
	var in Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		in, err = getIntake(tx, intake)
		return err
	})
	return in, err
}
