package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

const (
	// strayGrace is how old a file of the vault is before it counts as left behind: whoever put it there has noted it long since, or never will.
	strayGrace = 24 * time.Hour
	sweepLease = 10 * time.Minute
	sweepParts = 24 // of the vault: one an hour
)

// Sweep removes files of the vault that were put there and never noted, since what wanted them failed, and those whose removal was not finished. A call
// looks through the part of the vault whose hour it is. It returns how many were removed; where another process sweeps, none.
func (s *Service) Sweep(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpForget, "evidence"); err != nil {
		return 0, err
	}
	leases := lease.New(s.o.DB, s.o.Clock)
	t, err := leases.Acquire(ctx, "sweep evidence", actor.ID, sweepLease)
	if problem.Is(err, problem.Conflict) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	ctx, giveBack := leases.Keep(ctx, t, sweepLease)
	n, err = s.sweep(ctx)
	if released := giveBack(); err == nil {
		err = released
	}
	return n, err
}

func (s *Service) sweep(ctx context.Context) (n int, err error) {
	now := s.now()
	list, err := s.vault.Old(now.Add(-strayGrace), now.Hour()%sweepParts, sweepParts)
	if err != nil {
		return 0, err
	}
	var stray []string
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		stray, err = evidence.Claimed(tx, now.Add(-sweepLease))
		for _, address := range list {
			used := false
			if err == nil {
				used, err = evidence.Used(tx, address)
			}
			if !used {
				stray = append(stray, address)
			}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(stray), s.remove(ctx, stray)
}
