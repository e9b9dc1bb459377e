package release

import (
	"context"
	"strconv"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Find gives recorded decisions by their ids, in order of id; one that is forgotten is left out.
func (s *Service) Find(ctx context.Context, actor identity.Actor, ids []string) (list []Decision, err error) {
	if err := actor.Authorise(OpRead, strconv.Itoa(len(ids))+" decisions"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return eachIn(tx, "SELECT "+decisionColumns+" FROM release_decision d WHERE d.id IN", distinct(append([]string(nil), ids...)), func(scan func(...any) error) error {
			d, _, err := scanDecision(scan)
			list = append(list, d)
			return err
		})
	})
	return list, err
}
