package sharing

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Newest gives the newest stored version of some objects, whoever gave them, by id. Error: Forbidden.
func (s *Service) Newest(ctx context.Context, actor identity.Actor, ids []string) (map[string]Stored, error) {
	if err := actor.Authorise(OpOverview, "objects"); err != nil {
		return nil, err
	}
	var out map[string]Stored
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = map[string]Stored{}
		return eachIn(tx, `SELECT `+storedColumns+` FROM sharing_object o WHERE o.object_id IN`, ids, func(scan func(...any) error) error {
			o, err := scanStored(scan)
			if known, ok := out[o.ID]; !ok || o.Version.After(known.Version) {
				out[o.ID] = o
			}
			return err
		})
	})
	return out, err
}
