package release

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Review reminds the team of the schedules that it meant to look at again, each once, also of those whose time came while nobody was here. It returns how
// many. It is for the clock.
func (s *Service) Review(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpDecay, ""); err != nil {
		return 0, err
	}
	if s.o.Remind == nil {
		return 0, nil
	}
	var due []Schedule
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		due, err = dueReviews(tx, s.o.Clock.Now(), decayBatch)
		return err
	})
	for _, schedule := range due {
		if err != nil {
			return n, err
		}
		var did bool
		did, err = s.remind(ctx, actor, schedule)
		if did {
			n++
		}
	}
	return n, err
}

// remind reminds of one; did is whether nobody had.
func (s *Service) remind(ctx context.Context, actor identity.Actor, schedule Schedule) (did bool, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if did, err = reviewed(tx, schedule); err != nil || !did {
			return err
		}
		if err := s.o.Remind(tx, schedule); err != nil {
			return err
		}
		return actor.Audit(tx, s.o.Clock.Now(), OpDecay, schedule.ID, nil, map[string]any{"kind": schedule.Kind, "review": schedule.Review})
	})
	return did, err
}
