package release

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// forgetBatch is how many decisions one transaction drops.
const forgetBatch = 5000

// Spared gives the SQL condition under which a decision, named by a column of its id, stays although it is older than a moment (in ms): something was
// promised about the label of what it is about, and is to be kept still, or was within that time. Who has a copy must hear of it, and be found.
func Spared(column, before string) string {
	return `EXISTS (SELECT 1 FROM release_decision k JOIN release_schedule s ON s.item_kind = k.item_kind AND s.item_id = k.item_id
		WHERE k.id = ` + column + ` AND s.until >= ` + before + `)`
}

// Forget drops decisions that were made longer ago, save those that are Spared, and after 30 days copies that were stopped; grants stay. It returns how many it dropped. Invalid for less than 90 days: a decision
// answers the same question for a month, and a message that it let out may wait for long.
func (s *Service) Forget(ctx context.Context, actor identity.Actor, olderThan time.Duration) (total int64, err error) {
	if err := actor.Authorise(OpForget, ""); err != nil {
		return 0, err
	}
	if olderThan < 3*reuse {
		return 0, problem.New(problem.Invalid, "decisions are kept for 90 days at least")
	}
	if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return forgetStops(tx, s.o.Clock.Now()) }); err != nil {
		return 0, err
	}
	before := s.o.Clock.Now().Add(-olderThan)
	for {
		var n int64
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			// Ids sort by time, so the oldest lie together, behind the few that are spared.
			n, err = tx.Exec(`DELETE FROM release_decision WHERE id IN (
				SELECT d.id FROM release_decision d WHERE NOT `+Spared("d.id", "$1")+` ORDER BY d.id LIMIT $2) AND decided_at < $1`, before, forgetBatch)
			if err != nil || n == 0 {
				return err
			}
			if n < forgetBatch { // a receipt is never older than its decision
				if _, err := tx.Exec(`DELETE FROM release_receipt WHERE at < $1 AND NOT `+Spared("release_receipt.decision", "$1"), before); err != nil {
					return err
				}
			}
			return actor.Audit(tx, s.o.Clock.Now(), OpForget, "", nil, map[string]any{"decisions": n, "decided_before": before})
		})
		total += n
		if err != nil || n < forgetBatch {
			return total, err
		}
	}
}
