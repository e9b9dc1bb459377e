package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxGathered is how many incidents are put into a campaign, or taken out, at a time.
const MaxGathered = 200

// GatherIncidents puts several incidents, by id or ref, into a campaign, each for itself: see Severally. One of another campaign leaves that. Errors: NotFound
// for the campaign; Invalid.
func (s *Service) GatherIncidents(ctx context.Context, actor identity.Actor, campaign string, names []string) (Moved, error) {
	return s.regroup(ctx, actor, campaign, names, true)
}

// DisperseIncidents takes several incidents, by id or ref, out of a campaign, each for itself; one that is not in it is left. Errors: as GatherIncidents.
func (s *Service) DisperseIncidents(ctx context.Context, actor identity.Actor, campaign string, names []string) (Moved, error) {
	return s.regroup(ctx, actor, campaign, names, false)
}

func (s *Service) regroup(ctx context.Context, actor identity.Actor, campaign string, names []string, in bool) (Moved, error) {
	if err := actor.Authorise(OpCampaign, campaign); err != nil {
		return Moved{}, err
	}
	c, err := s.Campaign(ctx, actor, campaign)
	if err != nil {
		return Moved{}, err
	}
	to := c.ID
	if !in {
		to = ""
	}
	return Severally(names, MaxGathered, func(name string) error {
		return s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, _ time.Time) error {
			if (i.Campaign == c.ID) == in {
				return problem.New(problem.Conflict, "incident %s is %s campaign %s", i.Ref, map[bool]string{true: "already in", false: "not in"}[in], c.Ref)
			}
			h, err := s.incidentHead(i)
			if err != nil {
				return err
			}
			return s.edit(tx, actor, i, h, Revision{Campaign: &to})
		})
	})
}
