package delivery

import (
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Stands is a message and one of the decisions that it stands on.
type Stands struct {
	Decision string
	Delivery
}

// OnDecisions lists the messages that stand on some of release's decisions, the oldest first. It is a step of somebody's operation and does not authorise.
func OnDecisions(tx *sqldb.Tx, decisions []string) ([]Stands, error) {
	return standing(tx, "x.decision", decisions)
}

// WithDecisions lists some messages with the decisions that each stands on, a row for each; the messages by their ids. It is a step of somebody's operation and
// does not authorise.
func WithDecisions(tx *sqldb.Tx, messages []string) ([]Stands, error) {
	return standing(tx, "x.delivery", messages)
}

// DecisionsOf gives the decisions that a message stands on, and the address that it went to; none for a message that is not kept. It is a step of somebody's
// operation and does not authorise.
func DecisionsOf(tx *sqldb.Tx, message string) (decisions []string, address string, err error) {
	list, err := WithDecisions(tx, []string{message})
	for _, s := range list {
		decisions, address = append(decisions, s.Decision), s.Address
	}
	return decisions, address, err
}

// standing lists messages with decisions, by a column of which some values are asked for.
func standing(tx *sqldb.Tx, column string, values []string) (list []Stands, err error) {
	for len(values) > 0 {
		n := min(len(values), 500)
		args, marks := make([]any, n), make([]string, n)
		for i, d := range values[:n] {
			args[i], marks[i] = d, "$"+strconv.Itoa(i+1)
		}
		values = values[n:]
		err = tx.Each(`SELECT x.decision, `+deliveryColumns+` FROM delivery_decision x JOIN delivery d ON d.id = x.delivery
			WHERE `+column+` IN (`+strings.Join(marks, ", ")+`) ORDER BY d.id, x.decision`, args, func(scan func(...any) error) error {
			var s Stands
			var err error
			s.Delivery, err = scanDelivery(func(dst ...any) error { return scan(append([]any{&s.Decision}, dst...)...) })
			list = append(list, s)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// insertDecisions notes on which decisions a message stands.
func insertDecisions(tx *sqldb.Tx, name, decisions string) error {
	for d := range strings.FieldsSeq(decisions) {
		if _, err := tx.Exec(`INSERT INTO delivery_decision (decision, delivery) VALUES ($1, $2) ON CONFLICT DO NOTHING`, d, name); err != nil {
			return err
		}
	}
	return nil
}

// Reached tells that a message reached its recipient, or may have.
func (d Delivery) Reached() bool {
	switch d.State {
	case Held:
		return d.Withheld == "" || d.Doubts > 0
	case Delivered, InDoubt, Sending:
		return true
	case Bounced:
		return false
	}
	return d.Doubts > 0
}
