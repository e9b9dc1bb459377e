package observable

import (
	"math"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// settle seals the values of an incident that became restricted, and writes them in clear of one that was opened to the team.
func (s *Service) settle(tx *sqldb.Tx, in *incident.Inside) error {
	q := query{}
	q.with(in.Rows, "o.incident")
	q.and("o.secret = 0 AND o.sealed <> ?", in.Restricted)
	var list []record
	err := scan(tx, in, `SELECT `+columns+` FROM observable o WHERE `+q.String(), q.args, func(r record) error {
		list = append(list, r)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range list {
		list[i].sealed = in.Restricted
		if err := s.rewrite(tx, in, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// rewrite puts a row's value where it belongs: in clear, or sealed under the key of its incident.
func (s *Service) rewrite(tx *sqldb.Tx, in *incident.Inside, r *record) error {
	sealed, err := r.close(in)
	if err != nil {
		return err
	}
	v := r.parts()
	text, low := r.clear(v)
	_, err = tx.Exec(`UPDATE observable SET incident = $2, value = $3, low = $4, sealed = $5, body = $6 WHERE id = $1`, r.ID, r.Incident, text, low, r.sealed, sealed)
	if err == nil {
		_, err = tx.Exec(`DELETE FROM observable_above WHERE observable = $1`, r.ID)
	}
	for _, mark := range s.places(r, v) {
		if err != nil {
			break
		}
		_, err = tx.Exec(insertAbove, mark, r.ID)
	}
	return err
}

// home is the incident that an observable was added to.
func home(tx *sqldb.Tx, in *incident.Inside, name string) (string, error) {
	r, err := one(tx, in, name)
	return r.Incident, err
}

// carry moves observables to another incident, with their sightings; relations go with them if both ends do. What the other has already stays.
func (s *Service) carry(tx *sqldb.Tx, actor identity.Actor, from, to *incident.Inside, list []string) error {
	var moved []string
	for _, name := range list {
		r, err := one(tx, from, name)
		if err != nil {
			return err
		}
		if there, err := find(tx, to, r.mark); err != nil {
			return err
		} else if there.ID != "" && r.Removed.IsZero() {
			continue
		}
		if err := s.carryOne(tx, from, to, r); err != nil {
			return err
		}
		moved = append(moved, r.ID)
	}
	if len(moved) == 0 {
		return nil
	}
	_, err := tx.Exec(`UPDATE observable_relation SET incident = $1 WHERE incident <> $1
		AND a IN (SELECT id FROM observable WHERE incident = $1) AND b IN (SELECT id FROM observable WHERE incident = $1)`, to.ID)
	if err != nil {
		return err
	}
	return actor.Audit(tx, to.Now, OpEdit, to.ID, map[string]any{"incident": from.ID}, map[string]any{"incident": to.ID, "observables": moved})
}

func (s *Service) carryOne(tx *sqldb.Tx, from, to *incident.Inside, r record) error {
	sightings, err := sightingsOf(tx, from, &r, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, g := range sightings {
		sealed, err := to.Put("sighting/"+g.ID, seen{g.Seer, g.Note})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE observable_sighting SET incident = $2, body = $3 WHERE id = $1`, g.ID, to.ID, sealed); err != nil {
			return err
		}
	}
	r.Incident, r.sealed = to.ID, to.Restricted || r.Secret
	return s.rewrite(tx, to, &r)
}
