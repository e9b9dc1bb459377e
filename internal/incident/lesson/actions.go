package lesson

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxBulk is how many actions can be changed at a time.
const MaxBulk = 200

// Revision changes some of an action; nil leaves a field as it is.
type Revision struct {
	Owner *string    // account; "" is nobody
	Due   *time.Time // zero: no day
}

func (v *Revision) check(now time.Time) error {
	if v.Owner == nil && v.Due == nil {
		return problem.New(problem.Invalid, "say who is to do it, or by when")
	}
	d := ActionDraft{Text: "-"}
	if v.Owner != nil {
		d.Owner = *v.Owner
	}
	if v.Due != nil {
		d.Due = *v.Due
	}
	err := d.check(now)
	if v.Owner != nil {
		v.Owner = &d.Owner
	}
	if v.Due != nil {
		v.Due = &d.Due
	}
	return err
}

// EndActions is EndAction for several actions of any incidents, by id, each for itself and whatever its version: see incident.Severally. Errors: Invalid.
func (s *Service) EndActions(ctx context.Context, actor identity.Actor, names []string, to Progress, outcome string) (incident.Moved, error) {
	if err := actor.Authorise(OpAct, ""); err != nil {
		return incident.Moved{}, err
	}
	if err := ends(to, &outcome); err != nil {
		return incident.Moved{}, err
	}
	return incident.Severally(names, MaxBulk, func(name string) error {
		return s.each(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, a *Action) error { return s.end(tx, actor, in, a, to, outcome) })
	})
}

// ReviseActions gives several open actions of any incidents, by id, to somebody, or another day, each for itself: see incident.Severally. Errors: Invalid.
func (s *Service) ReviseActions(ctx context.Context, actor identity.Actor, names []string, v Revision) (incident.Moved, error) {
	if err := actor.Authorise(OpAct, ""); err != nil {
		return incident.Moved{}, err
	}
	if err := v.check(s.o.Clock.Now()); err != nil {
		return incident.Moved{}, err
	}
	return incident.Severally(names, MaxBulk, func(name string) error {
		return s.each(ctx, actor, name, func(_ *sqldb.Tx, _ *incident.Inside, a *Action) error {
			if a.State != Open {
				return problem.New(problem.Conflict, "the action is %s: open it again first", string(a.State))
			}
			if v.Owner != nil {
				a.Owner = *v.Owner
			}
			if v.Due != nil {
				a.Due = *v.Due
			}
			return nil
		})
	})
}

// each changes one action, whichever incident it hangs on.
func (s *Service) each(ctx context.Context, actor identity.Actor, action string, do func(tx *sqldb.Tx, in *incident.Inside, a *Action) error) error {
	if err := actor.Authorise(OpAct, action); err != nil {
		return err
	}
	var of string
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT incident FROM lesson_action WHERE id = $1`, action).Scan(&of)
	})
	if sqldb.NoRows(err) {
		return problem.New(problem.NotFound, "there is no action %q", action)
	}
	if err != nil {
		return err
	}
	return s.act(ctx, actor, of, action, do)
}

// Action gives one by its id, with the incident that it hangs on. Errors: NotFound.
func (s *Service) Action(ctx context.Context, actor identity.Actor, name string) (a Action, err error) {
	err = s.o.Incidents.Across(ctx, actor, OpRead, func(tx *sqldb.Tx, _ incident.Sight, open func(string) (*incident.Inside, error)) error {
		found, sealed, err := scanAction(tx.QueryRow(`SELECT `+actionColumns+` FROM lesson_action a WHERE a.id = $1`, name).Scan)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "there is no action %q", name)
		}
		if err != nil {
			return err
		}
		in, err := open(found.Incident)
		if problem.Is(err, problem.NotFound) {
			return problem.New(problem.NotFound, "there is no action %q", name)
		}
		if err != nil {
			return err
		}
		a = found
		a.Ref, a.Title = in.Ref, in.Title
		return a.unseal(in, sealed)
	})
	return a, err
}
