package delivery

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// flight is a message that a lane has claimed: nobody else sends it while its version stands.
type flight struct {
	item    Item
	batch   string
	toName  string
	org     string
	doubts  int
	version int64
	result  Result
	// What release decided, and the contact that it decided about (release.ContactDigest; empty in rows of an older Firehall).
	decisions []string
	fit       string
	label     tlp.Label // that it carries
	// unreadable is why the bytes cannot be sent.
	unreadable error
}

// claim takes a message that is due; ok is false if it is not (any more).
func claim(tx *sqldb.Tx, now time.Time, holder, name string) (f *flight, ok bool, err error) {
	f = &flight{item: Item{ID: name}}
	m := &f.item
	var first int64
	var decisions, label string
	err = tx.QueryRow(`UPDATE delivery SET state = 'sending', version = version + 1, claimed_by = $2, attempt = attempt + 1, last_at = $3,
			first_at = CASE WHEN first_at = 0 THEN CAST($3 AS BIGINT) ELSE first_at END
		WHERE id = $1 AND state IN ('queued', 'doubtful') AND next_at <= $3
		RETURNING channel, contact, organisation, to_name, address, domain, message_id, return_path, batch, attempt, doubts, first_at, version,
			decision, contact_digest, label`,
		name, holder, sqldb.Millis(now)).Scan(&m.Channel, &m.Contact, &f.org, &f.toName, &m.Address, &m.Domain, &m.MessageID, &m.ReturnPath, &f.batch,
		&m.Attempt, &f.doubts, &first, &f.version, &decisions, &f.fit, &label)
	if sqldb.NoRows(err) {
		return nil, false, nil
	}
	if err == nil {
		f.label, err = tlp.Parse(label)
	}
	m.FirstTried, f.decisions = sqldb.Time(first), strings.Fields(decisions)
	return f, err == nil, err
}

// claimed lists what stands claimed on a channel.
func claimed(tx *sqldb.Tx, channel string) (out []*flight, err error) {
	err = tx.Each(`SELECT id, contact, organisation, to_name, address, attempt, doubts, first_at, version FROM delivery WHERE channel = $1 AND state = 'sending'`,
		[]any{channel}, func(scan func(...any) error) error {
			f := &flight{item: Item{Channel: channel}}
			m := &f.item
			var first int64
			if err := scan(&m.ID, &m.Contact, &f.org, &f.toName, &m.Address, &m.Attempt, &f.doubts, &first, &f.version); err != nil {
				return err
			}
			m.FirstTried = sqldb.Time(first)
			out = append(out, f)
			return nil
		})
	return out, err
}

// settle ends a claim by the verdict; false means that the claim stood no more.
func settle(tx *sqldb.Tx, now time.Time, f *flight, v verdict) (bool, error) {
	r := f.result
	if v.move.Name == moveReturn.Name {
		n, err := tx.Exec(`UPDATE delivery SET state = 'queued', version = version + 1, claimed_by = '', attempt = attempt - 1,
				first_at = CASE WHEN attempt = 1 THEN 0 ELSE first_at END
			WHERE id = $1 AND state = 'sending' AND version = $2`, f.item.ID, f.version)
		return n > 0, err
	}
	var settled time.Time
	if v.move.To.Final() {
		settled = now
	}
	doubt := 0
	if v.doubt {
		doubt = 1
	}
	n, err := tx.Exec(`UPDATE delivery SET state = $3, version = version + 1, claimed_by = '', next_at = $4, settled_at = $5, code = $6, status = $7,
			detail = $8, doubts = doubts + CAST($9 AS BIGINT)
		WHERE id = $1 AND state = 'sending' AND version = $2`,
		f.item.ID, f.version, string(v.move.To), v.next, settled, r.Code, r.Status, r.Detail, doubt)
	return n > 0, err
}

// shift makes a move of a person's, or a bounce's, from the state that was read in this transaction.
func shift(tx *sqldb.Tx, now time.Time, d Delivery, m Move) error {
	var settled time.Time
	if m.To.Final() {
		settled = now
	}
	n, err := tx.Exec(`UPDATE delivery SET state = $4, version = version + 1, next_at = $5, settled_at = $6, withheld = '' WHERE id = $1 AND state = $2 AND version = $3`,
		d.ID, string(d.State), d.version, string(m.To), now, settled)
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "message %s has moved on meanwhile: look again", d.ID)
	}
	return err
}
