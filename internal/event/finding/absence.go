package finding

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A run that shows fewer than half of what the last usual one showed proves nothing by its silence: a blocked scanner looks clean too.
// After staleRun without a usual run the next counts as usual, since things do change.
const (
	usualShare = 2
	staleRun   = 7 * 24 * time.Hour
)

// liveStates are the states of problems that stand, as SQL.
const liveStates = `('open', 'notified', 'acknowledged', 'reopened')`

// silent is an intake all of whose facts are applied, and whose silence is not judged yet.
type silent struct {
	intake string
	presence
}

// conclude judges the silence of intakes whose facts are all applied.
func (a *applying) conclude(ctx context.Context) error {
	var all []silent
	err := a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT intake, earliest, facts FROM finding_intake t WHERE settled = 0
			AND NOT EXISTS (SELECT 1 FROM fold WHERE fold.intake = t.intake) ORDER BY intake`, nil, func(scan func(...any) error) error {
			var s silent
			err := scan(&s.intake, &s.earliest, &s.facts)
			all = append(all, s)
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := a.judge(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// judge moves what the intake's run should have shown and did not, if the run is complete.
func (a *applying) judge(ctx context.Context, s silent) error {
	in, err := a.intake(ctx, s.intake)
	if err != nil {
		return err
	}
	speaks := in.Complete && in.Whole && in.Rows > 0 && s.facts > 0
	if speaks {
		if speaks, err = a.usual(ctx, in, s); err != nil {
			return err
		}
	}
	for after := (Key{}); speaks; {
		missed, err := a.missed(ctx, in, s, after)
		if err != nil {
			return err
		}
		if len(missed) == 0 {
			break
		}
		after = missed[len(missed)-1]
		if err := a.miss(ctx, in, s, missed); err != nil {
			return err
		}
	}
	return a.write(ctx, func(tx *sqldb.Tx) error { return settle(tx, in, s, speaks) })
}

// settle notes that an intake's silence was judged. One that is not whole yet is remembered: a replay may bring the rows that it lacks,
// and only all together are a complete run.
func settle(tx *sqldb.Tx, in IntakeFacts, s silent, usual bool) error {
	if usual {
		_, err := tx.Exec(`INSERT INTO finding_run AS t (feed, report, intake, at, facts) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (feed, report) DO UPDATE SET intake = excluded.intake, at = excluded.at, facts = excluded.facts WHERE excluded.at >= t.at`,
			in.Feed, in.Report, in.ID, in.Arrived, s.facts)
		if err != nil {
			return err
		}
	}
	if in.Complete && !in.Whole {
		_, err := tx.Exec(`UPDATE finding_intake SET settled = 1 WHERE intake = $1`, s.intake)
		return err
	}
	_, err := tx.Exec(`DELETE FROM finding_intake WHERE intake = $1`, s.intake)
	return err
}

// usual tells whether the run shows about as much as the last one.
func (a *applying) usual(ctx context.Context, in IntakeFacts, s silent) (bool, error) {
	var before, at int64
	err := a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(`SELECT facts, at FROM finding_run WHERE feed = $1 AND report = $2`, in.Feed, in.Report).Scan(&before, &at)
		if sqldb.NoRows(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, err
	}
	if s.facts*usualShare >= before || in.Arrived.Sub(sqldb.Time(at)) > staleRun {
		return true, nil
	}
	a.Log.WarnContext(ctx, "a complete run shows fewer than half of the facts of the last: nothing is concluded from its silence",
		"feed", in.Feed, "report", in.Report, "intake", in.ID, "facts", s.facts, "before", before)
	return false, nil
}

// missed lists findings that the run should have shown: the feed and report saw them last, and before this run.
func (a *applying) missed(ctx context.Context, in IntakeFacts, s silent, after Key) (keys []Key, err error) {
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		keys, err = keysOf(tx, `SELECT key FROM finding_row WHERE key > $1 AND kind IN (SELECT id FROM finding_kind WHERE feed = $2 AND report = $3) AND last_seen < $4
			AND state IN `+liveStates+` ORDER BY key LIMIT $5`, after[:], in.Feed, in.Report, s.earliest, listed)
		return err
	})
	return keys, err
}

// miss moves findings to no longer seen, as of the run's first sight: what was seen since then comes back.
func (a *applying) miss(ctx context.Context, in IntakeFacts, s silent, keys []Key) error {
	var n int64
	err := a.write(ctx, func(tx *sqldb.Tx) error {
		list, args := keyList(keys, 6)
		args = append([]any{in.Feed, in.Report, s.earliest, a.actor.ID, "not in intake " + in.ID}, args...)
		where := ` WHERE kind IN (SELECT id FROM finding_kind WHERE feed = $1 AND report = $2) AND last_seen < $3 AND state IN ` + liveStates + ` AND key IN ` + list
		_, err := tx.Exec(`INSERT INTO finding_history (key, version, at, from_state, to_state, actor, name, reason)
			SELECT key, version + 1, $3, state, 'no-longer-seen', $4, 'miss', $5 FROM finding_row`+where, args...)
		if err != nil {
			return err
		}
		n, err = tx.Exec(`UPDATE finding_row SET state = 'no-longer-seen', since = $3, due = NULL, version = version + 1,
			reason = CASE WHEN CAST($4 AS TEXT) = '' THEN '' ELSE CAST($5 AS TEXT) END`+where, args...)
		return err
	})
	if err == nil {
		a.done.Gone += n
	}
	return err
}

func keysOf(tx *sqldb.Tx, query string, args ...any) (out []Key, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var b []byte
		err := scan(&b)
		out = append(out, Key(b))
		return err
	})
	return out, err
}

// listed is how many keys go into a statement: SQLite compares the names of all its arguments with each other.
const listed = 500

// keyList writes keys for IN, as arguments from number first on.
func keyList(keys []Key, first int) (string, []any) {
	var q strings.Builder
	args := make([]any, len(keys))
	for i := range keys {
		if i > 0 {
			q.WriteByte(',')
		}
		q.WriteString(place(first + i))
		args[i] = keys[i][:]
	}
	return "(" + q.String() + ")", args
}
