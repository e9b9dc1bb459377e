package token

import (
	"time"

	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// RevokeAll ends every token, and forgets pushes under way, whose pieces a restore does not bring back. It tells how many tokens there were.
func RevokeAll(tx *sqldb.Tx, now time.Time, actor identity.Actor) (int64, error) {
	if err := actor.Authorise(feed.OpRevoke, "all"); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`UPDATE feed_token SET revoked = $1 WHERE revoked = 0`, now)
	if err != nil {
		return 0, err
	}
	for _, q := range []string{`DELETE FROM feed_upload_piece`, `DELETE FROM feed_upload`} {
		if _, err := tx.Exec(q); err != nil {
			return 0, err
		}
	}
	return n, actor.Audit(tx, now, feed.OpRevoke, "all", nil, map[string]int64{"tokens": n})
}
