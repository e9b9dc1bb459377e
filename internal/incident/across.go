package incident

import (
	"context"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Across reads things of many incidents: of those within v, which stands in do's queries before counting and paging. open gives one of them by its id. That
// restricted ones were read is on record before Across returns. Errors: Forbidden without op.
func (s *Service) Across(ctx context.Context, actor identity.Actor, op identity.Operation, do func(tx *sqldb.Tx, v Sight, open func(incident string) (*Inside, error)) error) error {
	if err := actor.Authorise(op, ""); err != nil {
		return err
	}
	seen := map[string]*Inside{}
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(seen)
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		return do(tx, v, func(incident string) (*Inside, error) {
			if in := seen[incident]; in != nil {
				return in, nil
			}
			in, err := s.Inside(tx, actor, incident)
			if err == nil {
				seen[incident] = in
			}
			return in, err
		})
	})
	if err != nil {
		return err
	}
	hidden := map[string]bool{}
	for _, in := range seen {
		if in.Restricted {
			hidden[in.ID] = true
		}
	}
	return s.recordReading(ctx, actor, op, slices.Sorted(maps.Keys(hidden)))
}
