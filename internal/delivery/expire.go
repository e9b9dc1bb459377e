package delivery

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// OpExpire is to drop what is known of messages that ended long ago.
const OpExpire identity.Operation = "delivery.expire"

// expired chooses messages: $1 is before when they ended, $2 how many.
var expired = `(SELECT id FROM delivery WHERE settled_at > 0 AND settled_at < $1
	AND NOT EXISTS (SELECT 1 FROM delivery_decision x WHERE x.delivery = delivery.id AND ` + release.Spared("x.decision", "$1") + `)
	ORDER BY settled_at, id LIMIT $2)`

// Expire drops messages that ended longer ago, with all that is known of them; the audit record keeps what was done. Those stay to whose holders something
// was promised that is not kept yet: release.Spared. It returns how many.
func (s *Service) Expire(ctx context.Context, actor identity.Actor, olderThan time.Duration) (total int64, err error) {
	if err := actor.Authorise(OpExpire, ""); err != nil {
		return 0, err
	}
	before := s.Clock.Now().Add(-olderThan)
	for {
		var n int64
		err := s.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			for _, child := range []string{"delivery_body", "delivery_feed", "delivery_attempt"} {
				if _, err := tx.Exec(`DELETE FROM `+child+` WHERE delivery IN `+expired, before, forgetBatch); err != nil {
					return err
				}
			}
			if n, err = tx.Exec(`DELETE FROM delivery WHERE id IN `+expired, before, forgetBatch); err != nil || n == 0 {
				return err
			}
			return actor.Audit(tx, s.Clock.Now(), OpExpire, "", nil, map[string]any{"messages": n, "ended_before": before})
		})
		total += n
		if err != nil || n < forgetBatch {
			return total, err
		}
	}
}
