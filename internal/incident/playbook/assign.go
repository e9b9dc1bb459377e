package playbook

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
)

// AssignAll gives several tasks to somebody, by account ("": nobody), each for itself: what cannot be given is named, with why: gone, or state for what was
// changed meanwhile. Errors: Invalid.
func (s *Service) AssignAll(ctx context.Context, actor identity.Actor, names []string, account string) (Moved, error) {
	if err := actor.Authorise(OpChange, ""); err != nil {
		return Moved{}, err
	}
	return severally(names, func(name string) error {
		_, err := s.Edit(ctx, actor, name, 0, Revision{Assignee: &account})
		return err
	})
}
