package give

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
)

// MaxReason is how long the reason of a withdrawal may be, in characters.
const MaxReason = 500

// tidy takes a reason as a person wrote it: one line, without signs that steer a screen.
func tidy(reason string) (string, error) {
	if len(reason) > 4*MaxReason {
		return "", problem.New(problem.Invalid, "the reason is longer than %d characters: say it shorter", MaxReason)
	}
	reason = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(reason, "?"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	switch {
	case reason == "":
		return "", problem.New(problem.Invalid, "say why it is taken out: it stands on record")
	case utf8.RuneCountInString(reason) > MaxReason:
		return "", problem.New(problem.Invalid, "the reason is longer than %d characters: say it shorter", MaxReason)
	}
	return reason, nil
}

// Withdraw takes a thing out of a collection again, and returns how many objects those were. Errors: Forbidden; NotFound; Invalid without a reason.
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
	if reason, err = tidy(reason); err != nil {
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
	// Looked at, not decided: a question on record as the clock's could be answered by the very person who asks it next.
	seen, err := s.o.Release.Preview(ctx, actor, []release.Ask{{Item: t.Item, To: to}})
	if err != nil {
		return "", err
	}
	d := seen[0]
	agreed, err := s.agreed(ctx, actor, told, d)
	if err != nil {
		return "", err
	}
	_, bars := barred(c, d)
	switch {
	case !d.Allowed && !agreed:
		return d.Reason, nil
	case bars != "":
		return bars, nil
	case d.Effective > told.Label:
		return "it is " + d.Effective.String() + " now, and stands there as " + told.Label.String() + ": put it there again", nil
	}
	return "", nil
}

// agreed tells whether what would need a second person now is what one agreed to when it was put there: by the same rule, and no other.
func (s *Service) agreed(ctx context.Context, actor identity.Actor, told sharing.Told, now release.Decision) (bool, error) {
	if now.Outcome != release.Second {
		return false, nil
	}
	then, err := s.o.Release.One(ctx, actor, told.Decision)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return then.Seconder != "" && then.Allowed && then.Rule == now.Rule, err
}
