package feed

import (
	"context"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Standing is how the intakes stand.
type Standing struct {
	Unfinished []Intake // accepted, their events not visible yet; the oldest first
	Undecided  []Intake // a person must say what they are; the oldest first
	Last       []Intake // the last intake of each feed, by the feed's name
}

// Standing tells how the intakes stand, for `firehall doctor`.
func (s *Service) Standing(ctx context.Context) (Standing, error) {
	var st Standing
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if st.Unfinished, err = listIntakes(tx, `state = 'accepted' ORDER BY arrived_at, id`); err != nil {
			return err
		}
		if st.Undecided, err = listIntakes(tx, `state = 'undecided' ORDER BY arrived_at, id`); err != nil {
			return err
		}
		// Numbers of intakes rise with time.
		st.Last, err = listIntakes(tx, `id IN (SELECT max(id) FROM intake GROUP BY feed) ORDER BY feed`)
		return err
	})
	return st, err
}
