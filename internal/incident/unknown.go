package incident

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Unknown tells which of some ids are of reports or incidents that the actor may not know of: who lists what others' work names, such as jobs, leaves
// them out. It is a step of somebody's operation, which authorises.
func (s *Service) Unknown(ctx context.Context, actor identity.Actor, ids []string) (hidden map[string]bool, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		hidden = map[string]bool{}
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		for table, sight := range map[string]func(string, int) (string, []any){"report": v.Reports, "incident": v.Incidents} {
			var q query
			q.in("x.id", ids)
			cond, args := sight("x", len(q.args)+1)
			q.args = append(q.args, args...)
			q.where = append(q.where, "NOT ("+cond+")")
			err := tx.Each("SELECT x.id FROM "+table+" x WHERE "+q.String(), q.args, func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				hidden[id] = true
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return hidden, err
}
