package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// AssignIncidents gives incidents to somebody, by account; "" to nobody. Errors: Invalid.
func (s *Service) AssignIncidents(ctx context.Context, actor identity.Actor, names []string, account string) (Moved, error) {
	return s.reviseAll(ctx, actor, OpIncidentAssign, names, Revision{Assignee: &account})
}

// GradeIncidents sets how bad incidents are; "" is unknown. Errors: Invalid.
func (s *Service) GradeIncidents(ctx context.Context, actor identity.Actor, names []string, severity triage.Severity) (Moved, error) {
	return s.reviseAll(ctx, actor, OpIncidentEdit, names, Revision{Severity: &severity})
}

// GroupIncidents puts incidents into a campaign, by id or ref; "" into none. Errors: NotFound for the campaign.
func (s *Service) GroupIncidents(ctx context.Context, actor identity.Actor, names []string, campaign string) (Moved, error) {
	return s.reviseAll(ctx, actor, OpCampaign, names, Revision{Campaign: &campaign})
}

// reviseAll changes several in the same way. Those that are gone are listed.
func (s *Service) reviseAll(ctx context.Context, actor identity.Actor, op identity.Operation, names []string, e Revision) (Moved, error) {
	if err := actor.Authorise(op, ""); err != nil {
		return Moved{}, err
	}
	if err := e.check(); err != nil {
		return Moved{}, err
	}
	return s.bulkIncidents(ctx, actor, names, func(tx *sqldb.Tx, i *incidentRecord) error {
		h, err := s.incidentHead(i)
		if err != nil {
			return err
		}
		err = s.edit(tx, actor, i, h, e)
		if problem.Is(err, problem.NotFound) {
			return problem.New(problem.Invalid, "there is no campaign %q", *e.Campaign)
		}
		return err
	})
}
