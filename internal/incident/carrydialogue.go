package incident

import (
	"encoding/json"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// CarryDialogue lets a dialogue of an incident hang on another, with its messages and their files: what was sealed under the one's key is sealed under the
// other's. A dialogue that hangs on neither stays where it is. It is a step of somebody's operation, which audits.
func (s *Service) CarryDialogue(tx *sqldb.Tx, from, to *Inside, dialogue string) error {
	v, _, err := s.dialogueIn(tx, from, dialogue)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c := carrying{tx, from, to, v.Incident}
	if err := c.reseal("investigation", "investigation/", "id", v.ID); err != nil {
		return err
	}
	if err := c.reseal("incident_message", "message/", "about", v.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE investigation SET incident = $2, version = version + 1 WHERE id = $1`, v.ID, to.ID); err != nil {
		return err
	}
	if err := c.drafts(v.ID); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE evidence_item SET parent = $2 WHERE parent = $3 AND about IN (SELECT id FROM incident_message WHERE about = $1)`, v.ID, to.ID, v.Incident)
	return err
}

// carrying is what goes from one incident to another.
type carrying struct {
	tx       *sqldb.Tx
	from, to *Inside
	home     string // the incident under whose key it was sealed
}

// reseal seals the bodies of rows under the key of the incident that they go to.
func (c *carrying) reseal(table, place, column, value string) error {
	sealed := map[string][]byte{}
	err := c.tx.Each(`SELECT id, body FROM `+table+` WHERE `+column+` = $1`, []any{value}, func(scan func(...any) error) error {
		var name string
		var body []byte
		err := scan(&name, &body)
		sealed[name] = body
		return err
	})
	for name, body := range sealed {
		if err != nil {
			return err
		}
		var text json.RawMessage
		if err = c.from.Get(c.home, place+name, body, &text); err != nil || text == nil {
			continue
		}
		if body, err = c.to.PutFor(c.to.ID, place+name, text); err == nil {
			_, err = c.tx.Exec(`UPDATE `+table+` SET body = $2 WHERE id = $1`, name, body)
		}
	}
	return err
}

// drafts seals anew what people typed into a dialogue and have not sent.
func (c *carrying) drafts(about string) error {
	type typed struct {
		account, field string
		body           []byte
	}
	var list []typed
	err := c.tx.Each(`SELECT account, field, body FROM incident_draft WHERE about = $1`, []any{about}, func(scan func(...any) error) error {
		var d typed
		err := scan(&d.account, &d.field, &d.body)
		list = append(list, d)
		return err
	})
	for _, d := range list {
		var text json.RawMessage
		place := "draft/" + d.account + "/" + d.field
		if err == nil {
			err = c.from.Get(c.home, place, d.body, &text)
		}
		if err == nil {
			d.body, err = c.to.PutFor(c.to.ID, place, text)
		}
		if err == nil {
			_, err = c.tx.Exec(`UPDATE incident_draft SET body = $4 WHERE about = $1 AND account = $2 AND field = $3`, about, d.account, d.field, d.body)
		}
	}
	return err
}
