package delivery

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Figure is how many messages of a channel stand in a state.
type Figure struct {
	Channel string
	State   State
	Count   int64
}

// Figures counts, by channel, the messages that want something: those that wait, are held, are in doubt, failed or bounced. It is for figures that name nobody.
func (s *Service) Figures(ctx context.Context, actor identity.Actor) (list []Figure, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT channel, state, count(*) FROM delivery WHERE state IN ('queued', 'sending', 'doubtful', 'held', 'refused', 'bounced') GROUP BY channel, state ORDER BY channel, state`, nil, func(scan func(...any) error) error {
			var f Figure
			err := scan(&f.Channel, &f.State, &f.Count)
			list = append(list, f)
			return err
		})
	})
	return list, err
}
