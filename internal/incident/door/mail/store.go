package mail

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// piece is how much of a mail stands in one row.
const piece = 1 << 20

// head is what is kept of a mail beside its bytes.
type head struct {
	Via        string        `json:"via"`
	Envelope   mime.Envelope `json:"envelope"`
	Recipients []string      `json:"recipients"`
}

// keep writes a mail, sealed: it may tell what nobody but its handlers is to know, and pages of a database live on after their rows.
func (d *Door) keep(tx *sqldb.Tx, now time.Time, t *taking) error {
	text, err := json.Marshal(head{t.a.Via, t.a.Envelope, t.a.Recipients})
	if err != nil {
		return problem.Wrap(problem.Internal, err, "the envelope of a mail")
	}
	if _, err := tx.Exec(`INSERT INTO mail_in (id, arrived, size, head) VALUES ($1, $2, $3, $4)`, t.id, now, len(t.a.Raw), d.seal(t.id, -1, text)); err != nil {
		return err
	}
	for part, raw := 0, t.a.Raw; len(raw) > 0; part++ {
		n := min(piece, len(raw))
		if _, err := tx.Exec(`INSERT INTO mail_in_part (mail, part, bytes) VALUES ($1, $2, $3)`, t.id, part, d.seal(t.id, part, raw[:n])); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

// load reads a mail. Errors: NotFound if it has become a report already.
func (d *Door) load(ctx context.Context, id string) (a Arrival, at time.Time, err error) {
	err = d.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var sealed []byte
		var arrived, size int64
		err := tx.QueryRow(`SELECT arrived, size, head FROM mail_in WHERE id = $1`, id).Scan(&arrived, &size, &sealed)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "there is no mail %s", id)
		}
		if err != nil {
			return err
		}
		at = sqldb.Time(arrived)
		if err := d.unsealHead(id, sealed, &a); err != nil {
			return err
		}
		a.Raw = make([]byte, 0, size)
		return tx.Each(`SELECT part, bytes FROM mail_in_part WHERE mail = $1 ORDER BY part`, []any{id}, func(scan func(...any) error) error {
			var part int
			if err := scan(&part, &sealed); err != nil {
				return err
			}
			plain, err := d.unseal(id, part, sealed)
			a.Raw = append(a.Raw, plain...)
			return err
		})
	})
	return a, at, err
}

func (d *Door) unsealHead(id string, sealed []byte, a *Arrival) error {
	text, err := d.unseal(id, -1, sealed)
	if err != nil {
		return err
	}
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		return problem.Wrap(problem.Internal, err, "the envelope of the mail %s", id)
	}
	a.Via, a.Envelope, a.Recipients = h.Via, h.Envelope, h.Recipients
	return nil
}

// drop removes a mail that became a report.
func drop(tx *sqldb.Tx, id string) error {
	if _, err := tx.Exec(`DELETE FROM mail_in_part WHERE mail = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM mail_in WHERE id = $1`, id)
	return err
}

func (d *Door) cipher() cipher.AEAD {
	c, err := chacha20poly1305.NewX(d.o.Key[:])
	if err != nil {
		panic("mail: " + err.Error()) // a key of another length cannot be
	}
	return c
}

func about(id string, part int) []byte { return fmt.Appendf(nil, "firehall mail 1 %s %d", id, part) }

func (d *Door) seal(id string, part int, plain []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	rand.Read(nonce) // never fails: crypto/rand ends the process instead
	return d.cipher().Seal(nonce, nonce, plain, about(id, part))
}

func (d *Door) unseal(id string, part int, sealed []byte) ([]byte, error) {
	if len(sealed) >= chacha20poly1305.NonceSizeX {
		n := chacha20poly1305.NonceSizeX
		if plain, err := d.cipher().Open(nil, sealed[:n], sealed[n:], about(id, part)); err == nil {
			return plain, nil
		}
	}
	return nil, problem.New(problem.Internal, "the mail %s cannot be unsealed: the key mail.key is not the one that it was stored with, or the row was altered. Restore the key from the backup", id)
}

// answerPause is how long one sender gets no second acknowledgement.
const answerPause = time.Hour

// mayAnswer notes that a sender is answered now; false if that was so within the hour.
func (d *Door) mayAnswer(ctx context.Context, address string) (may bool, err error) {
	m := hmac.New(sha256.New, d.o.Key[:])
	m.Write([]byte("firehall mail answered 1\x00" + strings.ToLower(address)))
	who, now := hex.EncodeToString(m.Sum(nil)), d.o.Clock.Now()
	err = d.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM mail_answered WHERE at <= $1`, now.Add(-answerPause)); err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO mail_answered (sender, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, who, now)
		may = n == 1
		return err
	})
	return may, err
}

// Waiting is mail that is not a report yet.
type Waiting struct {
	Mails  int
	Oldest time.Time // zero for none
}

// Waiting tells how much mail is not a report yet, for whoever watches over the house.
func (d *Door) Waiting(ctx context.Context) (w Waiting, err error) {
	err = d.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var oldest int64
		err := tx.QueryRow(`SELECT count(*), COALESCE(min(arrived), 0) FROM mail_in`).Scan(&w.Mails, &oldest)
		if w.Mails > 0 {
			w.Oldest = sqldb.Time(oldest)
		}
		return err
	})
	return w, err
}
