package lesson

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func (d *ActionDraft) check(now time.Time) error {
	d.Text, d.Owner = clean(d.Text), clean(d.Owner)
	switch {
	case d.Text == "":
		return problem.New(problem.Invalid, "the action is empty: write what is to be done")
	case len(d.Text) > MaxText:
		return problem.New(problem.Invalid, "the action has %d KiB, and may have %d", len(d.Text)>>10, MaxText>>10)
	case len(d.Owner) > maxOwner || len(d.Lesson) > maxOwner:
		return problem.New(problem.Invalid, "that is no account, or no lesson")
	case !d.Due.IsZero() && (d.Due.Year() < 1980 || d.Due.After(now.AddDate(20, 0, 0))):
		return problem.New(problem.Invalid, "an action is due within twenty years, or has no day at all")
	}
	d.Due = d.Due.UTC().Truncate(time.Millisecond)
	return nil
}

// AddAction writes down what is to be done. Errors: NotFound for the incident or the lesson; Invalid; Conflict if there are too many.
func (s *Service) AddAction(ctx context.Context, actor identity.Actor, name string, d ActionDraft) (a Action, err error) {
	if err := actor.Authorise(OpAct, name); err != nil {
		return a, err
	}
	if err := d.check(s.o.Clock.Now()); err != nil {
		return a, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := room(tx, in, "lesson_action"); err != nil {
			return err
		}
		if d.Lesson != "" {
			if _, err := lessonOf(tx, in, d.Lesson); err != nil {
				return err
			}
		}
		a = Action{ID: id.NewAt(in.Now), Incident: in.ID, Lesson: d.Lesson, Text: d.Text, State: Open, Owner: d.Owner, Due: d.Due, By: actor.ID, Created: in.Now, Version: 1}
		if err := insertAction(tx, in, &a); err != nil {
			return err
		}
		if err := s.tell(tx, actor, in, "action.added", a.Text); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpAct, in.ID, nil, a.fields())
	})
	return a, err
}

// fields are what the record says: none of them is text.
func (a *Action) fields() map[string]any {
	return map[string]any{"action": a.ID, "state": a.State, "owner": a.Owner, "due": a.Due, "version": a.Version}
}

// EditAction changes an open action. Errors: NotFound, Invalid; Conflict if it ended, or, with both texts in a Clash, if it was changed since version.
func (s *Service) EditAction(ctx context.Context, actor identity.Actor, name, action string, version int64, d ActionDraft) (a Action, err error) {
	if err := actor.Authorise(OpAct, name); err != nil {
		return a, err
	}
	if err := d.check(s.o.Clock.Now()); err != nil {
		return a, err
	}
	err = s.act(ctx, actor, name, action, func(tx *sqldb.Tx, in *incident.Inside, now *Action) error {
		if now.Version != version {
			return clash(d.Text, now.Text, now.By, &Lesson{Changed: in.Now, Version: now.Version})
		}
		if now.State != Open {
			return problem.New(problem.Conflict, "the action is %s: open it again first", string(now.State))
		}
		now.Text, now.Owner, now.Due = d.Text, d.Owner, d.Due
		a = *now
		return nil
	})
	return a, err
}

// EndAction says that an action is done, or dropped, and how. Errors: NotFound, Invalid; Conflict if it was changed since version, or ended already.
func (s *Service) EndAction(ctx context.Context, actor identity.Actor, name, action string, version int64, to Progress, outcome string) error {
	if err := actor.Authorise(OpAct, name); err != nil {
		return err
	}
	if err := ends(to, &outcome); err != nil {
		return err
	}
	return s.act(ctx, actor, name, action, func(tx *sqldb.Tx, in *incident.Inside, a *Action) error {
		if a.Version != version {
			return changed()
		}
		return s.end(tx, actor, in, a, to, outcome)
	})
}

// ends refuses an end that cannot be.
func ends(to Progress, outcome *string) error {
	if *outcome = clean(*outcome); len(*outcome) > MaxText {
		return problem.New(problem.Invalid, "the outcome has %d KiB, and may have %d", len(*outcome)>>10, MaxText>>10)
	}
	if to != Open && to != Done && to != Dropped {
		return problem.New(problem.Invalid, "an action is open, done or dropped")
	}
	if to == Dropped && *outcome == "" {
		return problem.New(problem.Invalid, "say why it is dropped")
	}
	return nil
}

// end says that an action is done or dropped, or open again.
func (s *Service) end(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, a *Action, to Progress, outcome string) error {
	if (a.State == Open) == (to == Open) {
		return problem.New(problem.Conflict, "the action is %s already", string(a.State))
	}
	a.State, a.Outcome, a.Ended, a.EndedBy = to, outcome, in.Now, actor.ID
	if to == Open {
		a.Ended, a.EndedBy = time.Time{}, ""
	}
	return s.tell(tx, actor, in, "action."+string(to), a.Text)
}

// act changes an action, and raises its version.
func (s *Service) act(ctx context.Context, actor identity.Actor, name, action string, do func(tx *sqldb.Tx, in *incident.Inside, a *Action) error) error {
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		a, err := actionOf(tx, in, action)
		if err != nil {
			return err
		}
		before := a.fields()
		if err := do(tx, in, &a); err != nil {
			return err
		}
		a.Version++
		if err := updateAction(tx, in, &a); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpAct, in.ID, before, a.fields())
	})
}

// Board gives all of one incident. Errors: NotFound.
func (s *Service) Board(ctx context.Context, actor identity.Actor, name string) (b Board, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		b = Board{Incident: *in}
		if b.Lessons, err = lessonsOf(tx, in); err == nil {
			b.Actions, err = actionsOf(tx, in)
		}
		return err
	})
	if err != nil {
		return Board{}, err
	}
	return b, nil
}

// OpenActions gives a page of what is to be done after all incidents within sight: what is due first, and what has no day last.
func (s *Service) OpenActions(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Action], err error) {
	err = s.o.Incidents.Across(ctx, actor, OpRead, func(tx *sqldb.Tx, v incident.Sight, open func(string) (*incident.Inside, error)) error {
		list, err := openActions(tx, v, f, open)
		out = page.Cut(list, f.Rows(), func(a Action) []any { return []any{turn(a.Due), a.ID} })
		return err
	})
	if err != nil {
		return page.Page[Action]{}, err
	}
	return out, nil
}
