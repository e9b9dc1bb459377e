package mailbox

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Health is how it stands with a mailbox.
type Health struct {
	Looked  time.Time // when it was last looked at without a fault; zero: never
	Failing time.Time // since when it cannot be; zero: it can
	Fault   string
}

type state struct {
	Health
	validity, uid uint32
}

// name tells mailboxes apart.
func (b *Box) name() string { return b.o.User + "@" + b.o.Server + "/" + b.o.Folder }

// Health tells how it stands.
func (b *Box) Health(ctx context.Context) (Health, error) {
	s, err := b.state(ctx)
	return s.Health, err
}

func (b *Box) state(ctx context.Context) (s state, err error) {
	err = b.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var looked, failing, validity, uid int64
		err := tx.QueryRow(`SELECT validity, uid, looked, failing, fault FROM mail_box WHERE name = $1`, b.name()).
			Scan(&validity, &uid, &looked, &failing, &s.Fault)
		if sqldb.NoRows(err) {
			return nil
		}
		s.validity, s.uid = uint32(validity), uint32(uid) //nolint:gosec // stored from such
		s.Looked, s.Failing = moment(looked), moment(failing)
		return err
	})
	return s, err
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

// reached remembers that a mail is safe. It is a step of Options.Take, which has authorised and leads to what is on record.
func (b *Box) reached(ctx context.Context, validity, uid uint32) error {
	return b.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO mail_box (name, validity, uid, looked, failing, fault) VALUES ($1, $2, $3, 0, 0, '')
			ON CONFLICT (name) DO UPDATE SET validity = excluded.validity, uid = excluded.uid`, b.name(), int64(validity), int64(uid))
		return err
	})
}

// looked notes that the mailbox can be read.
func (b *Box) looked(ctx context.Context) error {
	return b.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO mail_box (name, validity, uid, looked, failing, fault) VALUES ($1, 0, 0, $2, 0, '')
			ON CONFLICT (name) DO UPDATE SET looked = excluded.looked, failing = 0, fault = ''`, b.name(), b.o.Clock.Now())
		return err
	})
}

// failed notes since when it cannot.
func (b *Box) failed(ctx context.Context, why error) error {
	text := why.Error()
	text = text[:min(len(text), maxFaultLen)]
	return b.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO mail_box (name, validity, uid, looked, failing, fault) VALUES ($1, 0, 0, 0, $2, $3)
			ON CONFLICT (name) DO UPDATE SET failing = CASE WHEN mail_box.failing = 0 THEN excluded.failing ELSE mail_box.failing END, fault = excluded.fault`,
			b.name(), b.o.Clock.Now(), text)
		return err
	})
}
