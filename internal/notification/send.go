package notification

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

var errLater = problem.New(problem.Internal, "notification is not built yet")

// Plan says what would be sent now, and what would not, and why. It changes nothing.
func (s *Service) Plan(ctx context.Context, actor identity.Actor, o PlanOptions) (Plan, error) {
	return Plan{}, errLater
}

// Approve lets what waits now be told, as far as the options name it.
func (s *Service) Approve(ctx context.Context, actor identity.Actor, o ApproveOptions) ([]Approval, error) {
	return nil, errLater
}

// Send makes the messages that may go and puts them into the outbox; progress, if not nil, hears how many of how many are done.
func (s *Service) Send(ctx context.Context, actor identity.Actor, progress func(done, all int)) (Run, error) {
	return Run{}, errLater
}
