package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// The kinds of jobs of this room. The subject of each is an intake.
const (
	JobProcess = "feed.process"
	JobReplay  = "feed.replay" // the body is a ReplayOrder
)

// Accept takes an input in as far as that it cannot be lost, and orders its processing by a job in the same transaction: spooled, hashed,
// durable, named in the state store. It waits for no other input, and several may be accepted at once. A zip gives as many intakes as it has
// files; an input that came before gives the first intake, Known.
//
// Errors: Invalid if the feed is not known or the archive is refused; Unavailable if it could not be kept: nothing of it was accepted then,
// save the files of a zip that come back beside the error.
func (s *Service) Accept(ctx context.Context, actor identity.Actor, src Source) ([]Intake, error) {
	if err := actor.Authorise(OpIngest, src.Feed); err != nil {
		return nil, err
	}
	fm, terms, err := s.Format(src.Feed)
	if err != nil {
		return nil, err
	}
	if err := s.Layout.Room(src.Size); err != nil {
		return nil, err
	}
	one := &admission{Service: s, actor: actor, op: OpIngest, format: fm, terms: terms, src: src, later: true}
	err = one.members(ctx, func(Accounts) {})
	s.figures.accepted(src.Feed, src.Door, one.taken)
	return one.taken, err
}

// acceptAndProcess is Ingest in two steps, the second for each intake as soon as it is its turn.
func (s *Service) acceptAndProcess(ctx context.Context, actor identity.Actor, src Source) (out Result, err error) {
	begun := time.Now()
	list, err := s.Accept(ctx, actor, src)
	for _, in := range list {
		acc := accountsOf(in)
		if in.State == Accepted {
			var failed error
			if acc, failed = s.Process(ctx, actor, in.ID); failed != nil {
				err = errors.Join(err, acceptedNotVisible(in, failed))
				continue
			}
		}
		if in.Known {
			acc.Known, acc.Counts = true, Counts{Rows: acc.Rows, Duplicates: acc.Rows}
		}
		out.add(acc)
	}
	out.Seconds = time.Since(begun).Seconds()
	return out, err
}

// keep accepts an input without reading its rows; why is the reason for which a person must say first what it is, nil for none.
func (a *admission) keep(ctx context.Context, in Intake, sp *spool, why error) error {
	if err := sp.drain(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if why != nil {
		in.State, in.Error = Undecided, plainText(why.Error())
	}
	first, known, err := a.accept(ctx, &in, sp)
	if err != nil {
		return err
	}
	if known {
		in, in.Known = first, true
	}
	a.taken = append(a.taken, in)
	return nil
}

// order posts the job that reads an accepted input.
func (a *admission) order(tx *sqldb.Tx, in Intake) error {
	if !a.later || a.Enqueue == nil {
		return nil
	}
	return a.Enqueue(tx, a.Clock.Now(), JobProcess, in.ID, nil)
}

// cameAgain notes that a known input came once more; one that is not visible yet is ordered again, in case its job was given up.
func (a *admission) cameAgain(ctx context.Context, in, first Intake) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if first.State == Accepted {
			if err := a.order(tx, first); err != nil {
				return err
			}
		}
		return insertRun(tx, runOf(in, first, RunKnown))
	})
}

// processPatience bounds how long one call of Process waits for another process that works on the feed.
const processPatience = 2 * time.Minute

// Process makes the events of an accepted intake visible. It may be called any number of times, by any process, after any death: one attempt
// at a time works in this process, one of a feed in all processes, and an intake that is visible stays as it is. Errors: NotFound; Conflict
// if another process goes on working on the feed; Unavailable if the disk or the database fails. After each of these it is to be called again.
func (s *Service) Process(ctx context.Context, actor identity.Actor, intake string) (Accounts, error) {
	if err := actor.Authorise(OpResume, intake); err != nil {
		return Accounts{}, err
	}
	for waited := time.Duration(0); ; waited += s.pause() {
		in, err := s.get(ctx, intake)
		if err != nil || in.State != Accepted {
			return accountsOf(in), err
		}
		if s.Alone || !s.heldByOther(ctx, "feed:"+in.Feed) {
			acc, err := s.process(ctx, actor, in)
			if !errors.Is(err, errFinished) {
				return acc, err
			}
		}
		if waited > processPatience {
			return Accounts{}, problem.New(problem.Conflict, "another process works on feed %s: intake %s waits for it", in.Feed, in.ID)
		}
		select {
		case <-ctx.Done():
			return Accounts{}, context.Cause(ctx)
		case <-time.After(s.pause()):
		}
	}
}

// heldByOther tells whether another process has a lease. What this process has is waited for in turn, which is fairer than asking again.
func (s *Service) heldByOther(ctx context.Context, name string) bool {
	held, _ := s.leases.Held(ctx) // an error shows again at once
	return slices.ContainsFunc(held, func(h lease.Holder) bool { return h.Name == name && h.Holder != s.Holder })
}

// process runs one attempt under the feed's lease; errFinished if another process has it.
func (s *Service) process(ctx context.Context, actor identity.Actor, in Intake) (Accounts, error) {
	begun := time.Now()
	acc, err := s.onIntake(ctx, actor, OpResume, in, func(ctx context.Context, a *admission, in Intake) (Accounts, error) {
		if in.State != Accepted {
			return accountsOf(in), nil
		}
		return a.resume(ctx, in)
	})
	if errors.Is(err, errFinished) {
		return acc, err
	}
	res := Result{Seconds: time.Since(begun).Seconds()}
	if err == nil {
		res.add(acc)
	}
	s.figures.took(in.Feed, res, err)
	return acc, err
}

// accountsOf is what became of an intake.
func accountsOf(in Intake) Accounts {
	a := Accounts{Counts: in.Counts, Intake: in.ID, Name: in.Name, Report: in.Report, Notes: in.Notes, Bytes: in.Bytes}
	if in.State == Undecided {
		a.Undec = in.Error
	}
	return a
}

// Requeue orders the processing of all that is accepted and not visible: what a process left that died. An intake whose job waits or runs
// gets no second one. It gives how many intakes there are.
func (s *Service) Requeue(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpResume, "feed"); err != nil {
		return 0, err
	}
	if s.Enqueue == nil {
		return 0, nil
	}
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		open, err := listIntakes(tx, `state = 'accepted' ORDER BY arrived_at, id`)
		n = len(open)
		for _, in := range open {
			if err == nil {
				err = s.Enqueue(tx, s.Clock.Now(), JobProcess, in.ID, nil)
			}
		}
		return err
	})
	return n, err
}

// ReplayOrder is the body of a job that replays an intake.
type ReplayOrder struct {
	Report string `json:"report,omitempty"`
	Actor  string `json:"actor"` // who ordered it
}

// OrderReplay has an intake's rows that were set aside read again by a job, as Replay does. Errors: NotFound; Invalid if nothing is aside.
func (s *Service) OrderReplay(ctx context.Context, actor identity.Actor, intake, report string) error {
	if err := actor.Authorise(OpReplay, intake); err != nil {
		return err
	}
	if s.Enqueue == nil {
		return problem.New(problem.Unavailable, "nobody works on jobs here: firehall feed replay %s reads it at once", intake)
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		in, err := getIntake(tx, intake)
		if err != nil {
			return err
		}
		if in.State == Done && in.Aside == "" {
			return problem.New(problem.Invalid, "no row of intake %s is set aside", in.ID)
		}
		if err := s.Enqueue(tx, s.Clock.Now(), JobReplay, in.ID, ReplayOrder{Report: report, Actor: actor.ID}); err != nil {
			return err
		}
		return actor.Audit(tx, s.Clock.Now(), OpReplay, in.ID, nil, map[string]any{"ordered": true, "report": report})
	})
}
