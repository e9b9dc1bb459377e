package countermeasure

import (
	"encoding/json"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// carriable lists all of an incident, with those that are over.
func (s *Service) carriable(tx *sqldb.Tx, in *incident.Inside) (list []incident.Hanging, err error) {
	err = s.each(tx, in, func(r *record) error {
		list = append(list, r.hanging(standing(r)))
		return nil
	})
	return list, err
}

// home is the incident that one was made for.
func (s *Service) home(tx *sqldb.Tx, in *incident.Inside, name string) (string, error) {
	r, err := s.within(tx, in, name)
	if err != nil {
		return "", err
	}
	return r.Incident, nil
}

// within is one, if it is an incident's.
func (s *Service) within(tx *sqldb.Tx, in *incident.Inside, name string) (*record, error) {
	of, err := of(tx, name)
	if err != nil {
		return nil, err
	}
	for _, id := range in.IDs {
		if id == of {
			return s.one(tx, in, name)
		}
	}
	return nil, missing(name)
}

// sealedRows are the tables of what hangs on one, with the columns that are sealed, and what the places of those are called.
var sealedRows = []struct{ table, column, place string }{
	{"countermeasure_turn", "body", "turn/"},
	{"countermeasure_message", "body", "message/"},
	{"countermeasure_message", "answer", "answer/"},
	{"countermeasure_check", "body", "check/"},
	{"countermeasure_move", "body", "move/"},
}

// carry moves blocks and take-downs to another incident, with all that was said and seen: what was sealed under the one's key is sealed under the other's.
// The dialogues in which their parties were written to go along.
func (s *Service) carry(tx *sqldb.Tx, actor identity.Actor, from, to *incident.Inside, ids []string) error {
	for _, name := range ids {
		r, err := s.within(tx, from, name)
		if err != nil {
			return err
		}
		for _, rows := range sealedRows {
			if err := reseal(tx, from, to, r, rows.table, rows.column, rows.place); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE countermeasure SET incident = $2 WHERE id = $1`, r.ID, to.ID); err != nil {
			return err
		}
		if err := s.carryDialogues(tx, from, to, r); err != nil {
			return err
		}
		r.Incident = to.ID
		if err := save(tx, to, r); err != nil {
			return err
		}
	}
	return actor.Audit(tx, to.Now, OpEdit, to.ID, map[string]any{"incident": from.ID}, map[string]any{"incident": to.ID, "countermeasures": ids})
}

// carryDialogues takes the dialogues of one's parties along.
func (s *Service) carryDialogues(tx *sqldb.Tx, from, to *incident.Inside, r *record) error {
	var list []string
	err := tx.Each(`SELECT DISTINCT dialogue FROM countermeasure_turn WHERE countermeasure = $1 AND dialogue <> '' ORDER BY dialogue`, []any{r.ID}, func(row func(...any) error) error {
		var dialogue string
		err := row(&dialogue)
		list = append(list, dialogue)
		return err
	})
	for _, dialogue := range list {
		if err == nil {
			err = s.o.Incidents.CarryDialogue(tx, from, to, dialogue)
		}
	}
	return err
}

// reseal opens a column of one's rows under the key of an incident, and seals it under another's.
func reseal(tx *sqldb.Tx, from, to *incident.Inside, r *record, table, column, place string) error {
	sealed := map[string][]byte{}
	err := tx.Each(`SELECT id, `+column+` FROM `+table+` WHERE countermeasure = $1`, []any{r.ID}, func(row func(...any) error) error {
		var name string
		var body []byte
		err := row(&name, &body)
		sealed[name] = body
		return err
	})
	if err != nil {
		return err
	}
	for name, body := range sealed {
		if len(body) == 0 {
			continue
		}
		var text json.RawMessage
		if err := from.Get(r.Incident, place+name, body, &text); err != nil {
			return err
		}
		if body, err = to.Put(place+name, text); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE `+table+` SET `+column+` = $2 WHERE id = $1`, name, body); err != nil {
			return err
		}
	}
	return nil
}
