package feed

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// A change is told when it has lasted for a while, and not more often than once an hour: what comes and goes is not worth a message.
const (
	tellAfter = 15 * time.Minute
	tellPause = time.Hour
)

// Digest is what the team is told of its feeds at a time.
type Digest struct {
	Bad  []Condition // what is wrong and was not told yet
	Well []Condition // what was told as wrong and is over; Since is when it ended
}

func (d Digest) empty() bool { return len(d.Bad)+len(d.Well) == 0 }

// standing is a condition that is, or was, wrong, and whether the team knows.
type standing struct {
	Condition
	ended, told time.Time
}

// Tell gives tell what the team has to hear of its feeds, if there is anything: each condition once, and once that it is over, all of them
// together. What tell does by the transaction, and that it was told, stand together or not at all. Of several processes one does it.
func (s *Service) Tell(ctx context.Context, actor identity.Actor, tell func(tx *sqldb.Tx, d Digest) error) error {
	if err := actor.Authorise(OpTell, "feeds"); err != nil {
		return err
	}
	token, err := s.leases.Acquire(ctx, "feed health", s.Holder, time.Minute)
	if err != nil {
		return err // Conflict: another process does it
	}
	now := s.Clock.Now()
	conditions, err := s.health(ctx)
	if err == nil {
		err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if err := lease.Check(tx, token); err != nil {
				return err
			}
			return s.tell(tx, now, conditions, tell)
		})
	}
	if back := s.leases.Release(context.WithoutCancel(ctx), token); err == nil {
		err = back
	}
	return err
}

func (s *Service) tell(tx *sqldb.Tx, now time.Time, conditions []Condition, tell func(*sqldb.Tx, Digest) error) error {
	known, err := listStanding(tx)
	if err != nil {
		return err
	}
	known = note(known, conditions, now)
	d, after := s.due(known, now)
	if !d.empty() {
		if err := tell(tx, d); err != nil {
			return err
		}
		known = after
	}
	return putStanding(tx, known)
}

// note brings what is known up to date with how the feeds are now.
func note(known []standing, conditions []Condition, now time.Time) []standing {
	bad := map[[2]string]Condition{}
	for _, c := range conditions {
		if c.State != Well {
			bad[[2]string{c.Feed, string(c.State)}] = c
		}
	}
	var out []standing
	for _, k := range known {
		key := [2]string{k.Feed, string(k.State)}
		c, still := bad[key]
		delete(bad, key)
		switch {
		case still:
			k.Reason, k.Do, k.ended = c.Reason, c.Do, time.Time{}
		case k.told.IsZero():
			continue // it came and went
		case k.ended.IsZero():
			k.ended = now
		}
		out = append(out, k)
	}
	for _, c := range bad {
		c.Since = now // of when we noticed
		out = append(out, standing{Condition: c})
	}
	return out
}

// due finds what is to be told now, and what is known once it was told.
func (s *Service) due(known []standing, now time.Time) (d Digest, after []standing) {
	var last time.Time
	for _, k := range known {
		last = latest(last, k.told)
	}
	if !last.IsZero() && now.Sub(last) < tellPause {
		return d, known
	}
	for _, k := range known {
		switch {
		case k.ended.IsZero() && k.told.IsZero() && now.Sub(k.Since) >= s.patience(k):
			d.Bad = append(d.Bad, k.Condition)
			k.told = now
		case !k.ended.IsZero() && now.Sub(k.ended) >= tellAfter:
			k.Condition.Since = k.ended
			d.Well = append(d.Well, k.Condition)
			continue
		}
		after = append(after, k)
	}
	return d, after
}

// patience is how long a condition must last before it is told. A feed of which nothing came yet has the time that it has between two inputs.
func (s *Service) patience(k standing) time.Duration {
	terms, named := s.Feeds[k.Feed]
	if named && k.State == Late && k.Reason == neverCame {
		return lateAfter * terms.Cadence
	}
	return tellAfter
}

func listStanding(tx *sqldb.Tx) (list []standing, err error) {
	err = tx.Each(`SELECT feed, state, since, ended, reason, told FROM feed_condition ORDER BY feed, state`, nil, func(scan func(...any) error) error {
		var k standing
		var state string
		var since, ended, told int64
		err := scan(&k.Feed, &state, &since, &ended, &k.Reason, &told)
		k.State, k.Since, k.ended, k.told = Health(state), sqldb.Time(since), sqldb.Time(ended), sqldb.Time(told)
		list = append(list, k)
		return err
	})
	return list, err
}

// putStanding replaces what is known.
func putStanding(tx *sqldb.Tx, list []standing) error {
	if _, err := tx.Exec(`DELETE FROM feed_condition`); err != nil {
		return err
	}
	for _, k := range list {
		_, err := tx.Exec(`INSERT INTO feed_condition (feed, state, since, ended, reason, told) VALUES ($1, $2, $3, $4, $5, $6)`,
			k.Feed, string(k.State), k.Since, k.ended, plainText(k.Reason), k.told)
		if err != nil {
			return err
		}
	}
	return nil
}
