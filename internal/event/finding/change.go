package finding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Limits of a move.
const (
	moveChunk  = 2000               // findings a transaction
	maxReason  = 2000               // bytes
	ownersWeek = 7 * 24 * time.Hour // until who acknowledged without having been told is told
)

// Move makes a person's move with findings: to acknowledge, to mute (which needs a reason and an end), to confirm as fixed (which needs a
// reason) or to open again. It writes the history and the audit record of each. Errors: Invalid if the request is wrong, Forbidden.
// Findings that cannot make the move are listed and left as they are. Many findings take several transactions; a call that failed may be
// repeated.
func (s *Store) Move(ctx context.Context, actor identity.Actor, keys []Key, m Request) (done Moved, err error) {
	for _, k := range keys {
		if err := actor.Authorise(OpMove, k.ID()); err != nil {
			return Moved{}, err
		}
	}
	move, err := s.check(&m)
	if err != nil {
		return Moved{}, err
	}
	for some := range slices.Chunk(keys, moveChunk) {
		var part Moved
		err := s.DB.Write(ctx, func(tx *sqldb.Tx) error {
			part = Moved{}
			for _, k := range some {
				ok, err := s.move(tx, actor, k, move, m)
				if err != nil {
					return err
				}
				if !ok {
					part.Unmoved = append(part.Unmoved, k)
					continue
				}
				part.Moved++
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		done.Moved += part.Moved
		done.Unmoved = append(done.Unmoved, part.Unmoved...)
	}
	return done, nil
}

// check finds the move in the table and looks at what it needs.
func (s *Store) check(m *Request) (Move, error) {
	m.Reason = strings.TrimSpace(m.Reason)
	move, ok := moveOf(m.To, Person)
	switch {
	case !ok:
		return move, problem.New(problem.Invalid, "a finding cannot be made %q by a person: acknowledged, muted, fixed or open", m.To)
	case len(m.Reason) > maxReason:
		return move, problem.New(problem.Invalid, "the reason is too long: at most %d bytes", maxReason)
	case m.Reason == "" && (m.To == Muted || m.To == Fixed):
		return move, problem.New(problem.Invalid, "to make a finding %s needs a reason: whoever looks later wants to know why", m.To)
	case m.To == Muted && !m.Until.After(s.Clock.Now()):
		return move, problem.New(problem.Invalid, "to mute a finding needs an end in the future")
	case m.To != Muted && !m.Until.IsZero():
		return move, problem.New(problem.Invalid, "only muting has an end")
	}
	return move, nil
}

// stance is what a move changes of a finding.
type stance struct {
	State   State  `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Until   int64  `json:"until,omitempty"` // milliseconds
	version int64
}

// move moves one finding, if it can.
func (s *Store) move(tx *sqldb.Tx, actor identity.Actor, k Key, move Move, m Request) (bool, error) {
	var was stance
	err := tx.QueryRow(`SELECT state, reason, until_at, version FROM finding_row WHERE key = $1`, k[:]).Scan(&was.State, &was.Reason, &was.Until, &was.version)
	if sqldb.NoRows(err) || err == nil && !slices.Contains(move.From, was.State) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := s.Clock.Now()
	if err := record(tx, k, was.version+1, now, was.State, m.To, actor.ID, move.Name, m.Reason); err != nil {
		return false, err
	}
	n, err := tx.Exec(`UPDATE finding_row SET state = $1, since = $2, reason = $3, until_at = $4, version = version + 1,
		told = CASE WHEN CAST($1 AS TEXT) = 'acknowledged' AND told = 0 THEN CAST($2 AS BIGINT) ELSE told END,
		next_at = CASE WHEN CAST($1 AS TEXT) = 'acknowledged' AND told = 0 THEN CAST($5 AS BIGINT) ELSE next_at END,
		due = CASE WHEN organisation = '' THEN NULL
			WHEN CAST($1 AS TEXT) = 'open' THEN CASE WHEN told = 0 THEN 1 WHEN last_seen > told THEN next_at END
			WHEN CAST($1 AS TEXT) = 'acknowledged' AND told > 0 AND last_seen > told THEN next_at END
		WHERE key = $6 AND version = $7`, string(m.To), now, m.Reason, sqldb.Millis(m.Until), now.Add(ownersWeek), k[:], was.version)
	if err != nil || n != 1 {
		return false, err
	}
	is := stance{State: m.To, Reason: m.Reason, Until: sqldb.Millis(m.Until)}
	return true, actor.AuditReason(tx, now, OpMove, k.ID(), m.Reason, was, is)
}

// record writes a line of history.
func record(tx *sqldb.Tx, k Key, version int64, at time.Time, from, to State, by, name, reason string) error {
	_, err := tx.Exec(`INSERT INTO finding_history (key, version, at, from_state, to_state, actor, name, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, k[:], version, at, string(from), string(to), by, name, reason)
	return err
}

// Wake opens muted findings whose end has come, and returns how many. Those that were seen since their owner was told, or whose owner was
// never told, are due.
func (s *Store) Wake(ctx context.Context, actor identity.Actor) (n int64, err error) {
	if err := actor.Authorise(OpWake, "muted findings"); err != nil {
		return 0, err
	}
	for {
		woken, err := s.wake(ctx, actor)
		n += woken
		if err != nil || woken < listed {
			return n, err
		}
	}
}

// wake wakes some.
func (s *Store) wake(ctx context.Context, actor identity.Actor) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.Clock.Now()
		keys, err := keysOf(tx, `SELECT key FROM finding_row WHERE until_at > 0 AND until_at <= $1 AND state = 'muted' ORDER BY until_at, key LIMIT $2`, now, listed)
		if n = int64(len(keys)); err != nil || n == 0 {
			return err
		}
		list, args := keyList(keys, 3)
		args = append([]any{now, actor.ID}, args...)
		_, err = tx.Exec(`INSERT INTO finding_history (key, version, at, from_state, to_state, actor, name, reason)
			SELECT key, version + 1, $1, state, 'open', $2, 'wake', reason FROM finding_row WHERE key IN `+list, args...)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE finding_row SET state = 'open', since = $1, reason = '', until_at = 0, version = version + 1,
			due = CASE WHEN organisation = '' OR CAST($2 AS TEXT) = '' THEN NULL WHEN told = 0 THEN 1 WHEN last_seen > told THEN next_at END
			WHERE key IN `+list, args...)
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpWake, "muted findings", nil, struct {
			Woken int64 `json:"woken"`
		}{n})
	})
	return n, err
}

// Reattribute asks whose the due findings are, after the register changed, and gives those that are another's to their new owner: at once
// due, or not at all if nobody's. It returns how many changed.
func (s *Store) Reattribute(ctx context.Context, actor identity.Actor, owner func(Finding) (organisation, network, rule string)) (n int64, err error) {
	if err := actor.Authorise(OpReattribute, "due findings"); err != nil {
		return 0, err
	}
	for after, org := (Key{}), ""; ; {
		var some []Finding
		err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
			some, err = Select(tx, `WHERE due IS NOT NULL AND (organisation, key) > ($1, $2) ORDER BY organisation, key LIMIT $3`, org, after[:], chunk)
			return err
		})
		if err != nil || len(some) == 0 {
			return n, err
		}
		last := some[len(some)-1]
		after, org = last.Key, last.Organisation
		moved, err := s.hand(ctx, actor, some, owner)
		n += moved
		if err != nil {
			return n, err
		}
	}
}

// hand gives findings that are another's to their new owners.
func (s *Store) hand(ctx context.Context, actor identity.Actor, some []Finding, owner func(Finding) (organisation, network, rule string)) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		now := s.Clock.Now()
		for i := range some {
			f := &some[i]
			organisation, network, rule := owner(*f)
			if organisation == f.Organisation && network == f.Network && rule == f.Rule {
				continue
			}
			changed, err := handOne(tx, now, actor, f, organisation, network, rule)
			if err != nil {
				return err
			}
			n += changed
		}
		if n == 0 {
			return nil
		}
		return actor.Audit(tx, now, OpReattribute, "due findings", nil, struct {
			Changed int64 `json:"changed"`
		}{n})
	})
	return n, err
}

func handOne(tx *sqldb.Tx, now time.Time, actor identity.Actor, f *Finding, organisation, network, rule string) (int64, error) {
	number, err := ownerWords.number(tx, []string{network, rule})
	if err != nil {
		return 0, err
	}
	if organisation == f.Organisation {
		return tx.Exec(`UPDATE finding_row SET owner = $1 WHERE key = $2 AND version = $3`, number, f.Key[:], f.Version)
	}
	n, err := tx.Exec(`UPDATE finding_row SET organisation = $1, owner = $2, told = 0, told_events = 0, next_at = 0, version = version + 1,
		since = $3, state = CASE WHEN state IN ('notified', 'acknowledged') THEN 'open' ELSE state END,
		due = CASE WHEN CAST($1 AS TEXT) = '' THEN NULL ELSE 1 END
		WHERE key = $4 AND version = $5 AND organisation = $6 AND state IN `+liveStates,
		organisation, number, now, f.Key[:], f.Version, f.Organisation)
	if err != nil || n == 0 {
		return n, err
	}
	to := f.State
	if to == Notified || to == Acknowledged {
		to = Open
	}
	return n, record(tx, f.Key, f.Version+1, now, f.State, to, actor.ID, "change owner", "the register changed")
}
