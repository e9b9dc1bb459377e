package finding

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Tell notes that a message tells the owners of findings: open, reopened, notified and acknowledged ones become notified and are due
// again from Next on, if they are seen after now. It changes nothing for those that may no longer be told (muted, moved, gone, or
// another owner's) and lists them: then the caller must drop the message and roll back. Telling raises no version, so that messages
// of one plan to several contacts of an owner go through. It is a step of somebody's operation and does not authorise.
func (s *Store) Tell(tx *sqldb.Tx, now time.Time, message string, told []Told) (changed []Key, err error) {
	// An acknowledged finding stays so: its owner knows, and is reminded.
	update, err := tx.Prepare(`UPDATE finding_row SET state = CASE state WHEN 'acknowledged' THEN state ELSE 'notified' END,
		since = CASE WHEN state IN ('notified', 'acknowledged') THEN since ELSE $1 END,
		told = $1, told_events = events, next_at = $2, due = CASE WHEN last_seen > $1 THEN CAST($2 AS BIGINT) ELSE NULL END
		WHERE key = $3 AND version = $4 AND organisation = $5 AND organisation <> '' AND state IN ` + liveStates)
	if err != nil {
		return nil, err
	}
	defer update.Close()
	// What another message of the same moment noted was before is before this one too: both may come back.
	note, err := tx.Prepare(`INSERT INTO finding_told (message, key, at, before, events)
		SELECT $1, f.key, $2, COALESCE(o.before, f.told), COALESCE(o.events, f.told_events) FROM finding_row f
		LEFT JOIN (SELECT key, min(before) AS before, min(events) AS events FROM finding_told WHERE key = $3 AND at = $2 GROUP BY key) o ON o.key = f.key AND f.told = $2
		WHERE f.key = $3 AND f.version = $4 ON CONFLICT (message, key) DO NOTHING`)
	if err != nil {
		return nil, err
	}
	defer note.Close()
	for i := range told {
		t := &told[i]
		if _, err := note.Exec(message, now, t.Key[:], t.Version); err != nil {
			return nil, err
		}
		n, err := update.Exec(now, max(sqldb.Millis(t.Next), 1), t.Key[:], t.Version, t.Organisation)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			continue
		}
		changed = append(changed, t.Key)
		if _, err := tx.Exec(`DELETE FROM finding_told WHERE message = $1 AND key = $2`, message, t.Key[:]); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// Untell takes back what Tell noted for a message that reached nobody: its findings are due again at once, unless another message told
// of them as late or they have moved on. It returns how many became due; calling it again changes nothing. It is a step of somebody's
// operation and does not authorise.
func (s *Store) Untell(tx *sqldb.Tx, now time.Time, message string) (n int64, err error) {
	const of = `SELECT m.key FROM finding_told m WHERE m.message = $1 AND m.failed = 0 AND NOT EXISTS
		(SELECT 1 FROM finding_told o WHERE o.key = m.key AND o.message <> m.message AND o.failed = 0 AND o.at >= m.at)`
	const where = ` WHERE organisation <> '' AND state IN ('notified', 'acknowledged') AND key IN (` + of + `)
		AND told = (SELECT at FROM finding_told m WHERE m.message = $1 AND m.key = finding_row.key)`
	_, err = tx.Exec(`INSERT INTO finding_history (key, version, at, from_state, to_state, actor, name, reason)
		SELECT key, version + 1, $2, state, 'open', 'system', 'untell', CAST($3 AS TEXT) FROM finding_row`+where, message, now, "message "+message+" reached nobody")
	if err != nil {
		return 0, err
	}
	n, err = tx.Exec(`UPDATE finding_row SET state = 'open', since = $2, due = 1, next_at = 1, version = version + 1,
		told = (SELECT before FROM finding_told m WHERE m.message = $1 AND m.key = finding_row.key),
		told_events = (SELECT events FROM finding_told m WHERE m.message = $1 AND m.key = finding_row.key)`+where, message, now)
	if err != nil {
		return 0, err
	}
	// What is muted or closed stays so, but its owner was not told.
	_, err = tx.Exec(`UPDATE finding_row SET next_at = 1, due = CASE WHEN organisation <> '' AND state IN ('open', 'reopened') THEN 1 ELSE due END,
		told = (SELECT before FROM finding_told m WHERE m.message = $1 AND m.key = finding_row.key),
		told_events = (SELECT events FROM finding_told m WHERE m.message = $1 AND m.key = finding_row.key)
		WHERE state NOT IN ('notified', 'acknowledged') AND key IN (`+of+`)
		AND told = (SELECT at FROM finding_told m WHERE m.message = $1 AND m.key = finding_row.key)`, message)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE finding_told SET failed = $2 WHERE message = $1 AND failed = 0`, message, now)
	return n, err
}

// ToldIn lists the findings of a message in order of key, at most limit.
func (s *Store) ToldIn(ctx context.Context, message string, limit int) (keys []Key, err error) {
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		keys, err = keysOf(tx, `SELECT key FROM finding_told WHERE message = $1 ORDER BY key LIMIT $2`, message, limit)
		return err
	})
	return keys, err
}
