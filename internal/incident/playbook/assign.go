package playbook

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

// AssignAll gives several tasks to somebody, by account ("": nobody), each for itself: what cannot be given is named, with why: gone, or state for what was
// changed meanwhile. Errors: Invalid.
func (s *Service) AssignAll(ctx context.Context, actor identity.Actor, names []string, account string) (Moved, error) {
	if err := actor.Authorise(OpChange, ""); err != nil {
		return Moved{}, err
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) == 0 || len(names) > MaxBulk {
		return Moved{}, problem.New(problem.Invalid, "name between 1 and %d tasks, and not %d", MaxBulk, len(names))
	}
	out := Moved{Moved: []string{}}
	for _, name := range names {
		_, err := s.Edit(ctx, actor, name, 0, Revision{Assignee: &account})
		switch problem.KindOf(err) {
		case problem.NotFound:
			out.Unmoved = append(out.Unmoved, incident.Unmoved{ID: name, Why: "gone"})
		case problem.Conflict:
			out.Unmoved = append(out.Unmoved, incident.Unmoved{ID: name, Why: "state"})
		default:
			if err != nil {
				return out, err
			}
			out.Moved = append(out.Moved, name)
		}
	}
	return out, nil
}
