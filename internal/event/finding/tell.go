package finding

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Tell notes that a message tells the owners of findings: open, reopened, notified and acknowledged ones become notified and are due
// again from Next on, if they are seen after now. It changes nothing for those that may no longer be told (muted, moved, gone, or
// another owner's) and lists them: then the caller must drop the message and roll back. Telling raises no version, so that messages
// of one plan to several contacts of an owner go through. It is a step of somebody's operation and does not authorise.
func (s *Store) Tell(tx *sqldb.Tx, now time.Time, message string, told []Told) (changed []Key, err error) {
	alike := map[Told][]Key{} // those of which one statement can speak; a message's findings differ in little
	for _, t := range told {
		k := t.Key
		t.Key = Key{}
		alike[t] = append(alike[t], k)
	}
	for t, keys := range alike {
		for some := range slices.Chunk(keys, tellChunk) {
			rest, err := tell(tx, now, message, t, some)
			if err != nil {
				return nil, err
			}
			changed = append(changed, rest...)
		}
	}
	return changed, nil
}

// tellChunk is how many findings one statement of Tell is about.
const tellChunk = 400

// tell tells of findings that share all but their keys.
func tell(tx *sqldb.Tx, now time.Time, message string, t Told, keys []Key) (changed []Key, err error) {
	list, args := keyList(keys, 5)
	args = append([]any{now, t.Version, t.Organisation, message}, args...)
	where := ` WHERE f.key IN ` + list + ` AND f.version = $2 AND f.organisation = $3 AND f.organisation <> '' AND f.state IN ` + liveStates
	// What another message of the same moment noted was before is before this one too: both may come back.
	_, err = tx.Exec(`INSERT INTO finding_told (message, key, at, before, events)
		SELECT CAST($4 AS TEXT), f.key, CAST($1 AS BIGINT), COALESCE(CASE WHEN f.told = $1 THEN (SELECT min(o.before) FROM finding_told o WHERE o.key = f.key AND o.at = $1) END, f.told),
		COALESCE(CASE WHEN f.told = $1 THEN (SELECT min(o.events) FROM finding_told o WHERE o.key = f.key AND o.at = $1) END, f.told_events)
		FROM finding_row f`+where+` ON CONFLICT (message, key) DO NOTHING`, args...)
	if err != nil {
		return nil, err
	}
	args[3] = max(sqldb.Millis(t.Next), 1)
	// An acknowledged finding stays so: its owner knows, and is reminded.
	n, err := tx.Exec(`UPDATE finding_row AS f SET state = CASE state WHEN 'acknowledged' THEN state ELSE 'notified' END,
		since = CASE WHEN state IN ('notified', 'acknowledged') THEN since ELSE $1 END,
		told = $1, told_events = events, next_at = $4, due = CASE WHEN last_seen > $1 THEN CAST($4 AS BIGINT) ELSE NULL END`+where, args...)
	if err != nil || n == int64(len(keys)) {
		return nil, err
	}
	still, err := keysOf(tx, `SELECT f.key FROM finding_row f`+where+` AND f.told = $1 AND f.next_at = $4`, args...)
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return slices.Contains(still, k) }), err
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

// MessagesOf lists the messages that told of a finding, the oldest first. It is a step of somebody's operation.
func MessagesOf(tx *sqldb.Tx, k Key) (messages []string, err error) {
	err = tx.Each(`SELECT message FROM finding_told WHERE key = $1 ORDER BY at, message`, []any{k[:]}, func(scan func(...any) error) error {
		var m string
		err := scan(&m)
		messages = append(messages, m)
		return err
	})
	return messages, err
}
