package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// Telling is what has to be known of an incident before something of it is made for others.
type Telling struct {
	Item      release.Item
	Names     leak.Names          // of whom a copy for the recipient must not name
	Concerned map[string]string   // the part (triage.RoleAffected, ...) of organisations by id
	Reporters map[string]Reporter // by the report
}

// Telling gathers that for who sees the incident; to is whom the copy would be for. Errors: NotFound.
func (s *Service) Telling(ctx context.Context, actor identity.Actor, name string, to Party) (out Telling, err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		out = Telling{Concerned: map[string]string{}, Reporters: map[string]Reporter{}}
		if out.Item, err = s.Item(tx, in); err != nil {
			return err
		}
		out.Item.Holds = sensitive
		if out.Names, err = s.namesFor(tx, in.place(), to, "", nil); err != nil {
			return err
		}
		if err := s.reportersOf(tx, in.ID, out.Reporters); err != nil {
			return err
		}
		cond, args := in.Rows("l.incident", 1)
		return tx.Each(`SELECT DISTINCT c.organisation, c.role FROM incident_link l JOIN report_concern c ON c.report = l.report WHERE l.alert = 0 AND `+cond+` ORDER BY c.organisation, c.role DESC LIMIT 200`,
			args, func(scan func(...any) error) error {
				var id, role string
				err := scan(&id, &role)
				out.Concerned[id] = role // in this order "affected" counts where there are several
				return err
			})
	})
	return out, err
}

func (s *Service) reportersOf(tx *sqldb.Tx, incident string, out map[string]Reporter) error {
	list, err := reportsBehind(tx, incident)
	for i := range list {
		f, err := s.full(&list[i])
		if problem.Is(err, problem.NotFound) { // erased
			continue
		}
		if err != nil {
			return err
		}
		out[f.ID] = f.head.Reporter
	}
	return err
}
