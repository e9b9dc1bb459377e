package incident

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// mostWaiting is among how many reports the oldest is looked for.
const mostWaiting = 5000

// Oldest tells since when the oldest of the reports waits that a query finds and that the actor may see; zero for none. Of more than 5,000 not all
// are looked at. Errors: Invalid for the query.
func (s *Service) Oldest(ctx context.Context, actor identity.Actor, text string) (at time.Time, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return at, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		q, err := readSearch(text, actor, v)
		if err != nil {
			return err
		}
		if _, err := q.find(tx); err != nil {
			return err
		}
		q.seen(v.Reports, "r")
		q.args = append(q.args, mostWaiting)
		return tx.QueryRow("SELECT coalesce(min(found.received), 0) FROM (SELECT r.received FROM report r WHERE "+q.String()+" LIMIT $"+itoa(len(q.args))+") AS found", q.args...).Scan(moment{&at})
	})
	return at, err
}

// Glasses counts those who see a restricted incident now because they broke the glass. It is told to managers, who were alerted; to others it is 0.
func (s *Service) Glasses(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpIncidentRead, ""); err != nil {
		return 0, err
	}
	if !slices.Contains(actor.Roles, identity.Manager) && !slices.Contains(actor.Roles, identity.Owner) {
		return 0, nil
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM incident_member WHERE glass = 1 AND until > $1`, s.now()).Scan(&n)
	})
	return n, err
}

// Waits tells whether a report is new or open: for triage, whose actor is the system.
func (s *Service) Waits(ctx context.Context, actor identity.Actor, id string) (waits bool, err error) {
	if err := actor.Authorise(OpAssess, id); err != nil {
		return false, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM report WHERE id = $1 AND state IN ('new', 'open') AND duplicate = ''`, id).Scan(&waits)
	})
	return waits, err
}
