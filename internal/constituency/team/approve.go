package team

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Approve approves networks that a team claims, by their ids, or all that wait if there are none: from now on what is seen there is told to the
// team. What is ours to handle as well, see Overlaps, has to be meant: oursToo. It returns those that it approved. Errors: NotFound for a network that is
// not the team's; Conflict for one that is ours, too, and not meant: nothing is approved then.
func (s *Service) Approve(ctx context.Context, actor identity.Actor, organisation string, networks []string, oursToo bool) (done []constituency.Network, err error) {
	err = s.write(ctx, actor, OpApprove, organisation, func(tx *sqldb.Tx, now time.Time) error {
		done = nil
		if err := constituency.Touch(tx); err != nil {
			return err
		}
		have, err := constituency.NetworksIn(tx, organisation)
		if err != nil {
			return err
		}
		for _, id := range networks {
			if !slices.ContainsFunc(have, func(n constituency.Network) bool { return n.ID == id }) {
				return problem.New(problem.NotFound, "the team has no network %s", clip(id))
			}
		}
		for _, n := range have {
			if n.Approved() || len(networks) > 0 && !slices.Contains(networks, n.ID) {
				continue
			}
			if err := s.refuseOurs(tx, n, oursToo); err != nil {
				return err
			}
			before, after, err := constituency.ApproveIn(tx, now, actor.Name, n.ID)
			if err != nil {
				return err
			}
			if err := actor.Audit(tx, now, OpApprove, organisation, before, after); err != nil {
				return err
			}
			done = append(done, after)
		}
		return nil
	})
	if err == nil {
		err = s.Register.Refresh(ctx)
	}
	return done, err
}
