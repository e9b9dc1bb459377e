package countermeasure

import (
	"context"
	"errors"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Task is the kind of the tasks that this room raises in the team's queue.
const Task = "countermeasure"

// Done says what a round did.
type Done struct {
	Posted, Due, Checked int
}

// Run does what is due: posts to abuse APIs, chases parties or asks the next, looks whether things are gone. What cannot be done now does not keep the
// rest from being done. Errors: the first that is nobody's fault but ours, after all was tried.
func (s *Service) Run(ctx context.Context, actor identity.Actor) (d Done, err error) {
	if err := actor.Authorise(OpRun, ""); err != nil {
		return d, err
	}
	var errs [4]error
	d.Posted, errs[0] = s.postDue(ctx, actor)
	d.Due, errs[1] = s.remind(ctx, actor)
	d.Checked, errs[2] = s.checkDue(ctx, actor)
	errs[3] = s.markOld(ctx, actor)
	return d, errors.Join(errs[:]...)
}

// dueIDs lists those of which a time has come.
func (s *Service) dueIDs(ctx context.Context, cond string) (ids []string, err error) {
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		ids = nil
		return tx.Each(`SELECT id FROM countermeasure WHERE `+cond+` LIMIT 200`, []any{s.o.Clock.Now()}, func(row func(...any) error) error {
			var id string
			err := row(&id)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}

// remind chases who did not act, or asks the next. Each is done once: the state says what was done, and a second process finds it changed.
func (s *Service) remind(ctx context.Context, actor identity.Actor) (n int, err error) {
	ids, err := s.dueIDs(ctx, "due > 0 AND due <= $1 AND stuck = 0 ORDER BY due")
	for _, id := range ids {
		switch e := s.remindOne(ctx, actor, id); {
		case e == nil:
			n++
		case !problem.Is(e, problem.Conflict) && !problem.Is(e, problem.NotFound):
			err = errors.Join(err, e)
		}
	}
	return n, err
}

// remindOne does what is due of one. What cannot be sent is left to a person.
func (s *Service) remindOne(ctx context.Context, actor identity.Actor, id string) error {
	var refused error
	err := s.work(ctx, actor, id, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		refused = s.dueMove(tx, actor, in, r)
		return refused
	})
	if refused == nil || problem.KindOf(refused) == problem.Internal {
		return err
	}
	s.o.Log.WarnContext(ctx, "a countermeasure could not go on by itself", "countermeasure", id, "kind", problem.KindOf(refused).String())
	return s.work(ctx, actor, id, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		if !s.isDue(in, r) {
			return errNotDue
		}
		return s.held(tx, actor, in, r, refused)
	})
}

// held leaves to a person what was due and could not be sent. Why stands on the timeline, which is sealed, and not in the team's queue.
func (s *Service) held(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, why error) error {
	if err := s.stuck(tx, in, r, "What was due was not sent: the timeline of its incident says why."); err != nil {
		return err
	}
	if err := s.tell(tx, actor, in, r, "held", map[string]string{"reason": clip(line(why.Error()), maxLine)}); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpRun, r.ID, nil, map[string]any{"held": true, "state": r.State})
}

// errNotDue says that somebody else was faster.
var errNotDue = problem.New(problem.Conflict, "it is not due any more")

func (s *Service) isDue(in *incident.Inside, r *record) bool {
	return !r.Due.IsZero() && !r.Due.After(in.Now) && !r.Stuck
}

// dueMove makes the move that is due: chase, or remind that a block is to be lifted; after so many, ask the next; with nobody left, ask a person.
func (s *Service) dueMove(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record) error {
	if !s.isDue(in, r) {
		return errNotDue
	}
	if s.o.Policy.ByHand {
		return s.overdue(tx, actor, in, r, "The configuration leaves chasing to people.")
	}
	t, err := current(tx, in, r)
	if err != nil {
		return err
	}
	switch {
	case r.State == Lifting:
		return s.dueLift(tx, actor, in, r, t.Chases)
	case r.State == Relapsed, r.State != Refused && t.Chases < s.o.Policy.Chases:
		return s.make(tx, actor, in, r, Moving{Move: MoveChase})
	case len(r.Ladder) > 0:
		return s.make(tx, actor, in, r, Moving{Move: MoveEscalate})
	}
	return s.overdue(tx, actor, in, r, "Nobody is left to be asked: choose who else can act.")
}

// dueLift reminds who was asked to lift a block; then, and if nobody was, a person has to find out whether it is off.
func (s *Service) dueLift(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, reminded int) error {
	asked, err := toLift(tx, in, r)
	if err != nil {
		return err
	}
	if asked && reminded < s.o.Policy.Chases {
		return s.make(tx, actor, in, r, Moving{Move: MoveChase})
	}
	return s.overdue(tx, actor, in, r, "Nobody confirmed that the block is off: find out, and confirm it.")
}

// overdue leaves what is due to a person, once.
func (s *Service) overdue(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, why string) error {
	if err := s.stuck(tx, in, r, why); err != nil {
		return err
	}
	if err := s.tell(tx, actor, in, r, "overdue", nil); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpRun, r.ID, nil, map[string]any{"overdue": true, "state": r.State})
}

// stuck marks one that needs a person, and puts it into the team's queue. The task names its number and nothing else.
func (s *Service) stuck(tx *sqldb.Tx, in *incident.Inside, r *record, why string) error {
	r.Stuck = true
	_, err := queue.Raise(tx, in.Now, queue.Task{
		Kind: Task, Object: r.ID, Title: "Countermeasure " + r.Ref + " waits for a person", Detail: why, Advice: "Open " + Link(r.ID) + ".",
	})
	return err
}
