package incident

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Linked tells to which incidents reports belong, restricted ones too: for triage, whose actor is the system.
func (s *Service) Linked(ctx context.Context, actor identity.Actor, reports []string) (map[string][]string, error) {
	if err := actor.Authorise(OpAssess, ""); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(out)
		for _, id := range reports {
			err := tx.Each(`SELECT k.root FROM incident_link l JOIN incident k ON k.id = l.incident WHERE l.report = $1 AND l.alert = 0 ORDER BY l.at, k.root`, []any{id}, func(scan func(...any) error) error {
				var incident string
				err := scan(&incident)
				if !slices.Contains(out[id], incident) {
					out[id] = append(out[id], incident)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// RefOf gives a report's ref, for a notice that holds nothing else. It is a step of somebody's operation, which authorises. Errors: NotFound.
func (s *Service) RefOf(tx *sqldb.Tx, id string) (string, error) {
	r, err := s.report(tx, Sight{all: true}, id)
	return r.Ref, err
}
