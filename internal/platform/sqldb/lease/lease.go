// Package lease lets one holder at a time do a thing, across processes, and
// fences off those who held it before.
//
// A lease has a name, a holder and a time at which it ends unless renewed. Every
// new holder gets a higher epoch. Clocks differ and processes stall, so holding
// a lease proves nothing by itself: what must not be done by two is done in a
// transaction that calls Check, which fails once anybody else has held the
// lease, and keeps others from taking it until the transaction ends.
package lease

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Token proves that its bearer took a lease; it is good until the next one does.
type Token struct {
	Name    string
	Holder  string
	Epoch   int64 // rises by one with every holder
	Expires time.Time
}

// Leases hands out the leases of one database.
type Leases struct {
	db    *sqldb.DB
	clock clock.Clock
}

// New returns the leases kept in db.
func New(db *sqldb.DB, c clock.Clock) *Leases { return &Leases{db: db, clock: c} }

// Acquire takes a lease that is free or has ended, for ttl. The holder is any
// text that tells people who it is. A lease that somebody holds is a
// problem.Conflict, also for the same holder.
func (l *Leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (Token, error) {
	return l.take(ctx, name, holder, ttl, false)
}

// Seize takes a lease whoever holds it. Use it where the holder is known to be
// dead, for example because the data folder's lock was free; it is safe even if
// that is wrong, since the former holder's Check fails.
func (l *Leases) Seize(ctx context.Context, name, holder string, ttl time.Duration) (Token, error) {
	return l.take(ctx, name, holder, ttl, true)
}

func (l *Leases) take(ctx context.Context, name, holder string, ttl time.Duration, force bool) (Token, error) {
	if name == "" || holder == "" || ttl <= 0 {
		return Token{}, problem.New(problem.Internal, "a lease needs a name, a holder and a time to live")
	}
	t := Token{Name: name, Holder: holder}
	err := l.db.Write(ctx, func(tx *sqldb.Tx) error {
		now := l.clock.Now()
		t.Expires = now.Add(ttl)
		row := tx.QueryRow(`
			INSERT INTO lease AS l (name, holder, epoch, expires) VALUES ($1, $2, 1, $3)
			ON CONFLICT (name) DO UPDATE
			SET holder = excluded.holder, epoch = l.epoch + 1, expires = excluded.expires
			WHERE l.expires <= $4 OR CAST($5 AS BIGINT) = 1
			RETURNING epoch`, name, holder, t.Expires, now, force)
		err := row.Scan(&t.Epoch)
		if sqldb.NoRows(err) {
			return held(tx, name)
		}
		return err
	})
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

// held says who has the lease.
func held(tx *sqldb.Tx, name string) error {
	var holder string
	var expires int64
	err := tx.QueryRow(`SELECT holder, expires FROM lease WHERE name = $1`, name).Scan(&holder, &expires)
	if err != nil {
		return err
	}
	return problem.New(problem.Conflict, "%s is being done by %s until %s at the latest",
		name, holder, sqldb.Time(expires).Format(time.RFC3339))
}

// Renew keeps the lease for another ttl from now, also when it has ended but
// nobody has taken it. It returns the token with its new end, or a
// problem.Conflict if the lease is lost.
func (l *Leases) Renew(ctx context.Context, t Token, ttl time.Duration) (Token, error) {
	err := l.db.Write(ctx, func(tx *sqldb.Tx) error {
		t.Expires = l.clock.Now().Add(ttl)
		return own(tx, t, t.Expires)
	})
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

// Release gives the lease back. A lease that is lost already is no error.
func (l *Leases) Release(ctx context.Context, t Token) error {
	return l.db.Write(ctx, func(tx *sqldb.Tx) error { return Drop(tx, t) })
}

// Drop gives the lease back inside a transaction: it is free if that commits.
func Drop(tx *sqldb.Tx, t Token) error {
	_, err := tx.Exec(`UPDATE lease SET holder = '', expires = 0 WHERE name = $1 AND holder = $2 AND epoch = $3`,
		t.Name, t.Holder, t.Epoch)
	return err
}

// FreeAll ends every lease, whoever holds it, for a process that knows that no other lives. Epochs stay: a holder that lives after all fails
// at its next Check, once the lease has been taken anew.
func (l *Leases) FreeAll(ctx context.Context) error {
	return l.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE lease SET expires = 0, holder = '' WHERE expires > 0`)
		return err
	})
}

// Check fails with a problem.Conflict unless t is still the newest token of its
// lease, and keeps it so until the transaction ends. It is to be called in the
// write transaction that the lease protects. A lease whose time is over but that
// nobody took is still good: time alone decides nothing.
func Check(tx *sqldb.Tx, t Token) error { return own(tx, t, t.Expires) }

// own writes the lease's row, which locks it on both engines, if it is ours.
func own(tx *sqldb.Tx, t Token, expires time.Time) error {
	n, err := tx.Exec(`UPDATE lease SET expires = CASE WHEN expires > $4 THEN expires ELSE CAST($4 AS BIGINT) END
		WHERE name = $1 AND holder = $2 AND epoch = $3`, t.Name, t.Holder, t.Epoch, expires)
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.Conflict, "%s has lost the lease %q to somebody else: what it was doing is done by another now", t.Holder, t.Name)
	}
	return nil
}

// Holder is one lease that somebody holds, for `firehall doctor`.
type Holder struct {
	Name, Holder string
	Epoch        int64
	Expires      time.Time
}

// Held lists the leases that are held now, by name.
func (l *Leases) Held(ctx context.Context) ([]Holder, error) {
	var out []Holder
	err := l.db.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`SELECT name, holder, epoch, expires FROM lease WHERE expires > $1 ORDER BY name`,
			[]any{l.clock.Now()}, func(scan func(...any) error) error {
				var h Holder
				var ms int64
				if err := scan(&h.Name, &h.Holder, &h.Epoch, &ms); err != nil {
					return err
				}
				h.Expires = sqldb.Time(ms)
				out = append(out, h)
				return nil
			})
	})
	return out, err
}
