package delivery

import (
	"bytes"
	"errors"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// Delivery is one message on its way, without its bytes.
type Delivery struct {
	ID           string    `json:"id"`
	State        State     `json:"state"`
	Channel      string    `json:"channel"`
	Contact      string    `json:"contact"`      // id
	Organisation string    `json:"organisation"` // id
	ToName       string    `json:"to_name"`
	Address      string    `json:"address"`
	Domain       string    `json:"domain"`
	Subject      string    `json:"subject"` // the outer one
	MessageID    string    `json:"message_id"`
	ReturnPath   string    `json:"return_path,omitempty"`
	Label        tlp.Label `json:"label"`
	Ticket       string    `json:"ticket,omitempty"`
	Batch        string    `json:"batch,omitempty"`
	Decision     string    `json:"decision"` // release's, separated by spaces
	Feeds        []string  `json:"feeds,omitempty"`
	Size         int64     `json:"size"` // bytes
	Attempts     int       `json:"attempts"`
	Doubts       int       `json:"doubts,omitempty"` // attempts that may have arrived
	Created      time.Time `json:"created"`
	Next         time.Time `json:"next,omitzero"` // when it is due, while it may be sent
	First        time.Time `json:"first_attempt,omitzero"`
	Last         time.Time `json:"last_attempt,omitzero"`
	Settled      time.Time `json:"settled,omitzero"`
	Code         int       `json:"code,omitempty"`   // of the latest attempt
	Status       string    `json:"status,omitempty"` // RFC 3463
	Detail       string    `json:"detail,omitempty"` // the other side's words
	Stopped      Scope     `json:"stopped,omitempty"`
	Under        []string  `json:"under,omitempty"`    // of one: the lines below its text, of what may be done with it
	Withheld     string    `json:"withheld,omitempty"` // of what is held: the rule by which release keeps it back; Detail says why
	version      int64
}

// Attempt is one that did not end in acceptance, or a report that came back.
type Attempt struct {
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	Code    int       `json:"code,omitempty"`
	Status  string    `json:"status,omitempty"`
	Detail  string    `json:"detail,omitempty"`
}

const deliveryColumns = `d.id, d.state, d.channel, d.contact, d.organisation, d.to_name, d.address, d.domain, d.subject, d.message_id, d.return_path,
	d.label, d.ticket, d.batch, d.decision, d.size, d.attempt, d.doubts, d.created_at, d.next_at, d.first_at, d.last_at, d.settled_at,
	d.code, d.status, d.detail, d.withheld, d.version`

func scanDelivery(scan func(...any) error) (d Delivery, err error) {
	var label string
	var created, next, first, last, settled int64
	err = scan(&d.ID, &d.State, &d.Channel, &d.Contact, &d.Organisation, &d.ToName, &d.Address, &d.Domain, &d.Subject, &d.MessageID, &d.ReturnPath,
		&label, &d.Ticket, &d.Batch, &d.Decision, &d.Size, &d.Attempts, &d.Doubts, &created, &next, &first, &last, &settled,
		&d.Code, &d.Status, &d.Detail, &d.Withheld, &d.version)
	if err != nil {
		return d, err
	}
	d.Label, err = tlp.Parse(label)
	d.Created, d.First, d.Last, d.Settled = sqldb.Time(created), sqldb.Time(first), sqldb.Time(last), sqldb.Time(settled)
	if d.Settled.IsZero() {
		d.Next = sqldb.Time(next)
	}
	return d, err
}

// load reads a delivery. NotFound if there is none.
func load(tx *sqldb.Tx, name string) (Delivery, error) {
	d, err := scanDelivery(tx.QueryRow(`SELECT `+deliveryColumns+` FROM delivery d WHERE d.id = $1`, name).Scan)
	if sqldb.NoRows(err) {
		return d, missing(name)
	}
	return d, err
}

func missing(name string) error {
	return problem.New(problem.NotFound, "there is no message %q: firehall outbox lists them", lineOf(name, 40))
}

// maxShown bounds what is kept of names and subjects to be shown, in bytes: the message itself says them as they are.
const maxShown = 1000

// insertDelivery makes the row of a message and those of its feeds.
func insertDelivery(tx *sqldb.Tx, now time.Time, decision string, r Ready) error {
	d := r.Draft
	next := now
	if d.NotBefore.After(now) {
		next = d.NotBefore
	}
	n, err := tx.Exec(`INSERT INTO delivery (id, channel, contact, organisation, to_name, address, domain, subject, message_id, return_path, label, ticket,
			batch, decision, size, state, version, claimed_by, attempt, doubts, created_at, next_at, first_at, last_at, settled_at, code, status, detail,
			contact_digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'queued', 1, '', 0, 0, $16, $17, 0, 0, 0, 0, '', '', $18)
		ON CONFLICT DO NOTHING`,
		d.ID, r.Channel, d.To.ID, d.To.Organisation, lineOf(d.ToName, maxShown), d.To.Address, r.Domain, lineOf(r.Subject, maxShown), r.MessageID, r.ReturnPath,
		d.Label.String(), lineOf(d.Ticket, maxShown),
		d.Batch, decision, len(r.Bytes), now, next, release.ContactDigest(d.To))
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.Conflict, "message %s, or its Message-ID %s, is in the outbox already", d.ID, r.MessageID)
	}
	if err := insertDecisions(tx, d.ID, decision); err != nil {
		return err
	}
	for _, feed := range d.Feeds {
		if _, err := tx.Exec(`INSERT INTO delivery_feed (delivery, feed) VALUES ($1, $2) ON CONFLICT DO NOTHING`, d.ID, feed); err != nil {
			return err
		}
	}
	return nil
}

// codec packs and seals what is sent. It is safe for concurrent use.
type codec struct {
	sealer *seal.Sealer
	pack   *zstd.Encoder
	unpack *zstd.Decoder
}

func newCodec(sealer *seal.Sealer) codec {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(true))
	unpack, err2 := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBytes+1<<20))
	if err := errors.Join(err, err2); err != nil {
		panic("delivery: options of the compressor: " + err.Error()) // a defect: they are constants
	}
	return codec{sealer, pack, unpack}
}

func (c codec) insert(tx *sqldb.Tx, name string, message []byte) error {
	stored := c.pack.EncodeAll(message, nil)
	if c.sealer != nil {
		key, err := c.sealer.KeyFor(name)
		if err != nil {
			return err
		}
		stored = key.Seal(sealedField, stored)
	}
	_, err := tx.Exec(`INSERT INTO delivery_body (delivery, bytes) VALUES ($1, $2)`, name, stored)
	return err
}

// sealedField is the place of a message's bytes.
const sealedField = "bytes"

// opened gives what insert packed. Rows of an older Firehall are not sealed: they begin as all that the compressor makes.
func (c codec) opened(name string, stored []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(stored, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return stored, nil
	case c.sealer == nil:
		return nil, problem.New(problem.Internal, "the bytes of message %s are sealed, and the key is not at hand here", name)
	}
	key, err := c.sealer.KeyFor(name)
	if err != nil {
		return nil, err
	}
	return key.Open(sealedField, stored)
}

// load reads the bytes of a message; NotFound if they have been forgotten.
func (c codec) load(tx *sqldb.Tx, name string) ([]byte, error) {
	var packed []byte
	err := tx.QueryRow(`SELECT bytes FROM delivery_body WHERE delivery = $1`, name).Scan(&packed)
	if sqldb.NoRows(err) {
		return nil, problem.New(problem.NotFound, "the bytes of message %s have been forgotten: it ended long ago", lineOf(name, 40))
	}
	if err != nil {
		return nil, err
	}
	message, err := c.opened(name, packed)
	if err == nil {
		message, err = c.unpack.DecodeAll(message, nil)
	}
	return message, problem.Wrap(problem.Internal, err, "the stored bytes of message %s are damaged, or the keyring has another key", name)
}

// feedsOf lists the feeds that a message speaks of.
func feedsOf(tx *sqldb.Tx, name string) (feeds []string, err error) {
	err = tx.Each(`SELECT feed FROM delivery_feed WHERE delivery = $1 ORDER BY feed`, []any{name}, func(scan func(...any) error) error {
		var f string
		if err := scan(&f); err != nil {
			return err
		}
		feeds = append(feeds, f)
		return nil
	})
	return feeds, err
}

// insertAttempt remembers an attempt, or a report, that was no acceptance.
func insertAttempt(tx *sqldb.Tx, now time.Time, name string, a Attempt) error {
	_, err := tx.Exec(`INSERT INTO delivery_attempt (delivery, id, at, outcome, code, status, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		name, id.NewAt(now), now, a.Outcome, a.Code, a.Status, a.Detail)
	return err
}

// attemptsOf lists the latest attempts of a message, oldest first.
func attemptsOf(tx *sqldb.Tx, name string) (out []Attempt, err error) {
	err = tx.Each(`SELECT at, outcome, code, status, detail FROM (
			SELECT id, at, outcome, code, status, detail FROM delivery_attempt WHERE delivery = $1 ORDER BY id DESC LIMIT 100) AS a ORDER BY id`,
		[]any{name}, func(scan func(...any) error) error {
			var a Attempt
			var at int64
			if err := scan(&at, &a.Outcome, &a.Code, &a.Status, &a.Detail); err != nil {
				return err
			}
			a.At = sqldb.Time(at)
			out = append(out, a)
			return nil
		})
	return out, err
}
