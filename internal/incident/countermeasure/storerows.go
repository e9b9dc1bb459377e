package countermeasure

import (
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// next is the place of the next row of a countermeasure in one of its tables.
const next = `(SELECT count(*) + 1 FROM `

func insertTurn(tx *sqldb.Tx, in *incident.Inside, r *record, t *Turn) error {
	sealed, err := in.PutFor(r.Incident, "turn/"+t.ID, t.Party)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO countermeasure_turn (id, countermeasure, step, role, asked, chases, gone, dialogue, body)
		VALUES ($1, $2, `+next+`countermeasure_turn WHERE countermeasure = $2), $3, $4, 0, 0, $5, $6)`,
		t.ID, r.ID, string(t.Party.Role), t.Asked, t.Dialogue, sealed)
	return err
}

func turnsOf(tx *sqldb.Tx, in *incident.Inside, r *record) (list []Turn, err error) {
	err = tx.Each(`SELECT id, asked, chases, gone, dialogue, body FROM countermeasure_turn WHERE countermeasure = $1 ORDER BY step, id`, []any{r.ID},
		func(row func(...any) error) error {
			var t Turn
			var sealed []byte
			if err := row(&t.ID, moment{&t.Asked}, &t.Chases, moment{&t.Gone}, &t.Dialogue, &sealed); err != nil {
				return err
			}
			if !t.Gone.IsZero() {
				t.Took = t.Gone.Sub(t.Asked)
			}
			err := in.Get(r.Incident, "turn/"+t.ID, sealed, &t.Party)
			list = append(list, t)
			return err
		})
	return list, err
}

// current gives the turn of the party that is asked now.
func current(tx *sqldb.Tx, in *incident.Inside, r *record) (Turn, error) {
	turns, err := turnsOf(tx, in, r)
	if err != nil {
		return Turn{}, err
	}
	for _, t := range turns {
		if t.ID == r.turn {
			return t, nil
		}
	}
	return Turn{}, problem.New(problem.Conflict, "countermeasure %s: nobody was asked yet", r.Ref)
}

// messageBody is what of a message is sealed.
type messageBody struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	XARF    string `json:"xarf,omitempty"`
}

func insertMessage(tx *sqldb.Tx, in *incident.Inside, r *record, m *Message) error {
	sealed, err := in.PutFor(r.Incident, "message/"+m.ID, messageBody{m.Subject, m.Text, m.XARF})
	if err != nil {
		return err
	}
	due := time.Time{}
	if m.Post == PostWaits {
		due = in.Now
	}
	_, err = tx.Exec(`INSERT INTO countermeasure_message (id, countermeasure, turn, step, move, at, actor, delivery, provider, post, post_due, tries, body)
		VALUES ($1, $2, $3, `+next+`countermeasure_message WHERE countermeasure = $2), $4, $5, $6, $7, $8, $9, $10, 0, $11)`,
		m.ID, r.ID, m.Turn, string(m.Move), m.At, m.By, m.Delivery, m.Provider, string(m.Post), due, sealed)
	return err
}

func messagesOf(tx *sqldb.Tx, in *incident.Inside, r *record) (list []Message, err error) {
	err = tx.Each(`SELECT id, turn, move, at, actor, delivery, provider, post, tries, body, answer FROM countermeasure_message WHERE countermeasure = $1 ORDER BY step, id`,
		[]any{r.ID}, func(row func(...any) error) error {
			var m Message
			var b messageBody
			var sealed, answer []byte
			if err := row(&m.ID, &m.Turn, &m.Move, moment{&m.At}, &m.By, &m.Delivery, &m.Provider, &m.Post, &m.Tries, &sealed, &answer); err != nil {
				return err
			}
			if len(answer) > 0 {
				m.Answer = &Answer{}
			}
			err := errors.Join(in.Get(r.Incident, "message/"+m.ID, sealed, &b), in.Get(r.Incident, "answer/"+m.ID, answer, m.Answer))
			m.Subject, m.Text, m.XARF = b.Subject, b.Text, b.XARF
			list = append(list, m)
			return err
		})
	return list, err
}

func insertCheck(tx *sqldb.Tx, in *incident.Inside, r *record, c *Check) error {
	c.ID = id.NewAt(in.Now)
	sealed, err := in.PutFor(r.Incident, "check/"+c.ID, c.Detail)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO countermeasure_check (id, countermeasure, step, at, way, actor, outcome, reason, decision, body)
		VALUES ($1, $2, `+next+`countermeasure_check WHERE countermeasure = $2), $3, $4, $5, $6, $7, $8, $9)`,
		c.ID, r.ID, c.At, c.Exit, c.By, string(c.Outcome), c.Reason, c.Decision, sealed)
	return err
}

// mostChecks bounds how many checks are shown, the latest.
const mostChecks = 500

func checksOf(tx *sqldb.Tx, in *incident.Inside, r *record) (list []Check, err error) {
	err = tx.Each(`SELECT id, at, way, actor, outcome, reason, decision, body FROM countermeasure_check WHERE countermeasure = $1 ORDER BY step DESC, id DESC LIMIT $2`,
		[]any{r.ID, mostChecks}, func(row func(...any) error) error {
			var c Check
			var sealed []byte
			if err := row(&c.ID, moment{&c.At}, &c.Exit, &c.By, &c.Outcome, &c.Reason, &c.Decision, &sealed); err != nil {
				return err
			}
			err := in.Get(r.Incident, "check/"+c.ID, sealed, &c.Detail)
			list = append(list, c)
			return err
		})
	return list, err
}

func insertMove(tx *sqldb.Tx, in *incident.Inside, r *record, m Made) error {
	name := id.NewAt(in.Now)
	sealed, err := in.PutFor(r.Incident, "move/"+name, m.Reason)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO countermeasure_move (id, countermeasure, step, at, move, was, became, actor, body)
		VALUES ($1, $2, `+next+`countermeasure_move WHERE countermeasure = $2), $3, $4, $5, $6, $7, $8)`,
		name, r.ID, m.At, string(m.Move), string(m.From), string(m.To), m.By, sealed)
	return err
}

func movesOf(tx *sqldb.Tx, in *incident.Inside, r *record) (list []Made, err error) {
	err = tx.Each(`SELECT id, at, move, was, became, actor, body FROM countermeasure_move WHERE countermeasure = $1 ORDER BY step, id`, []any{r.ID},
		func(row func(...any) error) error {
			var m Made
			var name string
			var sealed []byte
			if err := row(&name, moment{&m.At}, &m.Move, &m.From, &m.To, &m.By, &sealed); err != nil {
				return err
			}
			err := in.Get(r.Incident, "move/"+name, sealed, &m.Reason)
			list = append(list, m)
			return err
		})
	return list, err
}
