package delivery

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// timePart is how many characters of an id hold its time: ids that were made later are greater.
const timePart = 10

// madeSince is the least id that was made at a time or later.
func madeSince(t time.Time) string { return id.NewAt(t)[:timePart] }

// CountSince counts the messages that were made at a time or later, by the state that they are in now.
func (s *Service) CountSince(ctx context.Context, actor identity.Actor, since time.Time) (map[State]int64, error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	out := map[State]int64{}
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(out)
		seen, args, err := s.seen(tx, identity.Actor{}, []any{madeSince(since)})
		if err != nil {
			return err
		}
		return tx.Each(`SELECT d.state, count(*) FROM delivery d WHERE d.id >= $1 AND `+seen+` GROUP BY d.state`, args, func(scan func(...any) error) error {
			var state State
			var n int64
			err := scan(&state, &n)
			out[state] = n
			return err
		})
	})
	return out, err
}

// Troubled lists messages that a person should look at, the newest first: held ones and those in doubt whatever their age, and those that
// were refused or came back among the messages made at a time or later.
func (s *Service) Troubled(ctx context.Context, actor identity.Actor, since time.Time, limit int) (out []Delivery, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		seen, args, err := s.seen(tx, identity.Actor{}, []any{limit, madeSince(since)})
		if err != nil {
			return err
		}
		out, err = list(tx, `(d.state IN ('held', 'doubtful') OR d.state IN ('refused', 'bounced') AND d.id >= $2) AND `+seen, args)
		return err
	})
	return out, err
}
