package give

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
)

// Withdraw takes a thing out of a collection again, and returns how many objects those were. Errors: Forbidden; NotFound.
func (s *Service) Withdraw(ctx context.Context, actor identity.Actor, name, collection, reason string) (int, error) {
	if err := actor.Authorise(sharing.OpAdd, name); err != nil {
		return 0, err
	}
	c, err := s.o.Sharing.Get(ctx, actor, collection)
	if err != nil {
		return 0, err
	}
	to, err := s.o.Audience(ctx, c)
	if err != nil {
		return 0, err
	}
	t, err := s.o.Thing(ctx, actor, name, to)
	if err != nil {
		return 0, err
	}
	n, err := s.o.Sharing.Withdraw(ctx, actor, own(t.Item), c.ID, reason)
	if err == nil && n == 0 {
		err = problem.New(problem.NotFound, "nothing of it stands in this collection")
	}
	return n, err
}

// Review takes out what may not stand any more: its label has become stricter, its group or its consent is gone. It returns how many things. It is for the
// clock. A thing that is gone itself goes too.
func (s *Service) Review(ctx context.Context, actor identity.Actor) (n int, err error) {
	list, err := s.o.Sharing.AllTold(ctx, actor)
	for _, told := range list {
		if err != nil {
			return n, err
		}
		why, looked := s.stands(ctx, actor, told)
		if looked != nil {
			return n, looked
		}
		if why != "" {
			n++
			_, err = s.o.Sharing.Withdraw(ctx, actor, told.Own, told.Collection, why)
		}
	}
	return n, err
}

// stands tells why a thing may not stand in a collection any more; "" if it may.
func (s *Service) stands(ctx context.Context, actor identity.Actor, told sharing.Told) (why string, err error) {
	c, err := s.o.Sharing.Get(ctx, actor, told.Collection)
	if err != nil {
		return "", err
	}
	to, err := s.o.Audience(ctx, c)
	if problem.Is(err, problem.Conflict) {
		return err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	t, err := s.o.Thing(ctx, actor, told.Item, to)
	if problem.Is(err, problem.NotFound) {
		return "it is gone", nil
	}
	if err != nil {
		return "", err
	}
	t.Item.Group, to.Chosen = c.Group, actor.ID
	_, decisions, err := s.o.Release.ForAll(ctx, actor, []release.Item{t.Item}, to)
	if err != nil {
		return "", err
	}
	d := decisions[0]
	seconded := d.Outcome == release.Second // a person agreed to it when it was put there
	switch {
	case !d.Allowed && !seconded:
		return d.Reason, nil
	case barred(c, d) != "":
		return barred(c, d), nil
	case d.Effective > told.Label:
		return "it is " + d.Effective.String() + " now, and stands there as " + told.Label.String() + ": put it there again", nil
	}
	return "", nil
}
