package incident

import (
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// wakeAbove opens the incidents again that a report belongs to, once it is open and none of them is: nothing is open beneath what is closed. RTIR does
// so for each child that is opened again.
func (s *Service) wakeAbove(tx *sqldb.Tx, actor identity.Actor, report string) error {
	var list []incidentRecord
	err := tx.Each("SELECT DISTINCT "+incidentColumns+` FROM incident_link l JOIN incident k ON k.id = l.incident JOIN incident i ON i.id = k.root
		WHERE l.report = $1 AND l.alert = 0 ORDER BY i.id`, []any{report}, func(scan func(...any) error) error {
		var i incidentRecord
		err := scan(i.into()...)
		list = append(list, i)
		return err
	})
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].State == StageOpen {
			return nil
		}
	}
	for i := range list {
		if err := s.wakeOne(tx, actor, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// wakeIf is wakeAbove for a report that may be closed.
func (s *Service) wakeIf(tx *sqldb.Tx, actor identity.Actor, r *record) error {
	if r.State != StateOpen && r.State != StateNew {
		return nil
	}
	return s.wakeAbove(tx, actor, r.ID)
}

// wakeOver is wakeAbove for an investigation about an incident; "" is none.
func (s *Service) wakeOver(tx *sqldb.Tx, actor identity.Actor, incident string) error {
	if incident == "" {
		return nil
	}
	i, err := s.survivor(tx, Sight{all: true}, incident)
	if err != nil {
		return err
	}
	return s.wakeOne(tx, actor, &i)
}

// wakeOne opens a closed incident because something beneath it is open.
func (s *Service) wakeOne(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord) error {
	m, _ := find(incidentMoves, Woken)
	if m.possible(i.State, "") != nil {
		return nil
	}
	in, err := s.inside(tx, i)
	if err != nil {
		return err
	}
	if err := s.stage(tx, i, m.To, in); err != nil {
		return err
	}
	if err := s.Tell(tx, actor, in, Entry{Code: "incident.woken"}); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpIncidentMove, i.ID, map[string]any{"state": in.Stage}, map[string]any{"state": m.To, "move": Woken})
}

// stage writes an incident's stage, and when it was closed.
func (s *Service) stage(tx *sqldb.Tx, i *incidentRecord, to Stage, in *Inside) error {
	closed := int64(0)
	if to != StageOpen {
		closed = sqldb.Millis(in.Now)
	}
	if err := stepIncident(tx, in.Now, i, "state = $4, closed = $5", string(to), closed); err != nil {
		return err
	}
	from := i.State
	i.State, i.Closed = to, sqldb.Time(closed)
	return s.turnedIncident(tx, in.Now, i, from, to)
}

// Wake opens an incident if it is closed, because something that hangs on it and lives in a room of its own is open again; in follows. It is a step of
// somebody's operation.
func (s *Service) Wake(tx *sqldb.Tx, actor identity.Actor, in *Inside) error {
	if in.Stage == StageOpen {
		return nil
	}
	i, err := s.survivor(tx, Sight{all: true}, in.ID)
	if err != nil {
		return err
	}
	if err := s.wakeOne(tx, actor, &i); err != nil {
		return err
	}
	in.Stage, in.Closed = i.State, i.Closed
	return nil
}

// ReopenIn opens a dialogue of an incident, by its id, if it rests, and the incident with it. It is a step of somebody's operation. Errors: NotFound for
// a dialogue of another incident.
func (s *Service) ReopenIn(tx *sqldb.Tx, actor identity.Actor, in *Inside, dialogue string) error {
	v, _, err := s.dialogueIn(tx, in, dialogue)
	if err != nil || v.State == StateOpen {
		return err
	}
	if _, err := tx.Exec(`UPDATE investigation SET state = $2, version = version + 1 WHERE id = $1`, v.ID, string(StateOpen)); err != nil {
		return err
	}
	if err := s.Wake(tx, actor, in); err != nil {
		return err
	}
	if err := s.Tell(tx, actor, in, Entry{Code: "dialogue." + string(StateOpen), Args: map[string]string{"party": v.Party.Name}, Link: v.path()}); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpInvestigate, in.ID, map[string]any{"state": v.State}, map[string]any{"investigation": v.ID, "state": StateOpen})
}
