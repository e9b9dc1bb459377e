package credential

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// stored is what a log-in by password needs.
type stored struct {
	hash   string // "" for none
	secret []byte // the authenticator's; nil for none
	step   int64
}

// ways reads them; of an account that is none nothing is found.
func (k *Keeper) ways(ctx context.Context, account string) (s stored, err error) {
	var sealed []byte
	err = k.DB.Read(ctx, func(tx *sqldb.Tx) error {
		s, sealed = stored{}, nil
		err := tx.QueryRow(`SELECT hash FROM password WHERE account = $1`, account).Scan(&s.hash)
		if err != nil && !sqldb.NoRows(err) {
			return err
		}
		err = tx.QueryRow(`SELECT secret, step FROM authenticator WHERE account = $1`, account).Scan(&sealed, &s.step)
		if sqldb.NoRows(err) {
			return nil
		}
		return err
	})
	if err != nil || sealed == nil {
		return s, err
	}
	s.secret, err = k.open("authenticator", account, sealed)
	return s, err
}

// Ways are somebody's ways in.
type Ways struct {
	Passkeys []Passkey
	Password time.Time // when it was set; zero without one
	Recovery int       // codes that are left
	SignOns  []SignOn
}

// Any tells whether there is a way in; recovery codes are for the day on which there is none.
func (w Ways) Any() bool { return w.count() > 0 }

func (w Ways) count() int {
	n := len(w.Passkeys) + len(w.SignOns)
	if !w.Password.IsZero() {
		n++
	}
	return n
}

// Passkey is one, as its owner sees it.
type Passkey struct {
	ID      string
	Name    string
	Site    string // the name that it works for
	Synced  bool   // copied between its owner's devices by whoever makes them
	Made    time.Time
	Used    time.Time // zero: never
	Flagged time.Time // when its counter went back, which a copy would explain; zero: never
}

// SignOn is what a single sign-on calls an account.
type SignOn struct {
	Issuer, Subject string
	Made, Used      time.Time
}

// Ways lists the ways in of who asks; a manager may ask for others'. Error: Forbidden.
func (k *Keeper) Ways(ctx context.Context, actor identity.Actor, account string) (w Ways, err error) {
	op := OpRead
	if account != actor.ID {
		op = OpReset
	}
	if err := actor.Authorise(op, account); err != nil {
		return w, err
	}
	err = k.DB.Read(ctx, func(tx *sqldb.Tx) error {
		w, err = readWays(tx, account)
		return err
	})
	return w, err
}

func readWays(tx *sqldb.Tx, account string) (w Ways, err error) {
	if w.Passkeys, err = readPasskeys(tx, account); err != nil {
		return w, err
	}
	var changed int64
	err = tx.QueryRow(`SELECT changed FROM password WHERE account = $1`, account).Scan(&changed)
	if err != nil && !sqldb.NoRows(err) {
		return w, err
	}
	w.Password = sqldb.Time(changed)
	if err := tx.QueryRow(`SELECT COUNT(*) FROM recovery_code WHERE account = $1 AND used = 0`, account).Scan(&w.Recovery); err != nil {
		return w, err
	}
	w.SignOns, err = readSignOns(tx, account)
	return w, err
}

// RemovePassword takes the password and its authenticator away from who asks. Errors: ErrStale, Conflict for the last way in.
func (k *Keeper) RemovePassword(ctx context.Context, by Proven) error {
	return k.remove(ctx, by, changed{Password: true}, func(tx *sqldb.Tx) error { return deleteAll(tx, by.ID, "password", "authenticator") })
}

// RemovePasskey takes a passkey away from who asks. Errors: ErrStale, NotFound, Conflict for the last way in.
func (k *Keeper) RemovePasskey(ctx context.Context, by Proven, passkey string) error {
	return k.remove(ctx, by, changed{Passkey: passkey}, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`DELETE FROM passkey WHERE id = $1 AND account = $2`, passkey, by.ID)
		if err == nil && n == 0 {
			return problem.New(problem.NotFound, "you have no such passkey")
		}
		return err
	})
}

// RemoveSignOn unties an account from what a single sign-on calls it. Errors: ErrStale, Conflict for the last way in.
func (k *Keeper) RemoveSignOn(ctx context.Context, by Proven, issuer, subject string) error {
	return k.remove(ctx, by, changed{Issuer: issuer}, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM sign_on WHERE account = $1 AND issuer = $2 AND subject = $3`, by.ID, issuer, subject)
		return err
	})
}

// ErrLast is for the last way in.
var ErrLast = problem.New(problem.Conflict, "this is your last way in: add another one first")

func (k *Keeper) remove(ctx context.Context, by Proven, what changed, do func(*sqldb.Tx) error) error {
	if err := k.authorise(by, OpRemove); err != nil {
		return err
	}
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := k.one(tx, by.ID); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		left, err := readWays(tx, by.ID)
		if err != nil {
			return err
		}
		if !left.Any() {
			return ErrLast
		}
		return by.Audit(tx, k.Clock.Now(), OpRemove, by.ID, what, nil)
	})
}

// one lets one change of an account's ways in happen at a time: two who each leave the other's way in would leave none.
func (k *Keeper) one(tx *sqldb.Tx, account string) error {
	key, err := k.digest("one", account)
	if err != nil {
		return err
	}
	now := k.Clock.Now()
	_, err = tx.Exec(`INSERT INTO spent_ticket (id, expires) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET expires = excluded.expires`, key, now.Add(time.Minute))
	return err
}

func deleteAll(tx *sqldb.Tx, account string, tables ...string) error {
	for _, table := range tables {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE account = $1`, account); err != nil { //nolint:gosec // names of ours
			return err
		}
	}
	return nil
}

// Reset takes all ways in from an account, whose owner has lost them, perhaps to a thief: its sessions, login links and tokens end with them.
func (k *Keeper) Reset(ctx context.Context, actor identity.Actor, account string) error {
	if err := actor.Authorise(OpReset, account); err != nil {
		return err
	}
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := readWays(tx, account)
		if err != nil {
			return err
		}
		if err := deleteAll(tx, account, "password", "authenticator", "passkey", "recovery_code", "sign_on"); err != nil {
			return err
		}
		now := k.Clock.Now()
		if err := endAll(tx, now, actor, account); err != nil {
			return err
		}
		if err := k.tell(tx, Notice{Account: account, What: WaysReset, At: now}); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpReset, account, map[string]int{"ways": before.count(), "codes": before.Recovery}, nil)
	})
}

// endAll ends what goes on in an account's name.
func endAll(tx *sqldb.Tx, now time.Time, actor identity.Actor, account string) error {
	if _, err := session.EndOf(tx, now, actor, account); err != nil {
		return err
	}
	_, err := token.RevokeOf(tx, now, actor, account)
	return err
}

// Holders lists accounts that have a way in, up to a number: whether strangers can be kept out is known by them.
func (k *Keeper) Holders(ctx context.Context, limit int) (list []string, err error) {
	err = k.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT account FROM passkey UNION SELECT account FROM password UNION SELECT account FROM sign_on ORDER BY 1 LIMIT $1`, []any{limit},
			func(scan func(...any) error) error {
				var account string
				err := scan(&account)
				list = append(list, account)
				return err
			})
	})
	return list, err
}

// maxNotices bounds how many of an account's notices are kept.
const maxNotices = 50

// tell keeps a notice for an account's owner, and tells the team.
func (k *Keeper) tell(tx *sqldb.Tx, n Notice) error {
	n.ID = id.NewAt(n.At)
	_, err := tx.Exec(`INSERT INTO account_notice (id, account, what, address, at, seen) VALUES ($1, $2, $3, $4, $5, 0)`, n.ID, n.Account, string(n.What), n.Address, n.At)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM account_notice WHERE account = $1 AND id NOT IN
		(SELECT id FROM account_notice WHERE account = $1 ORDER BY at DESC, id DESC LIMIT $2)`, n.Account, maxNotices)
	if err != nil || k.Tell == nil {
		return err
	}
	return k.Tell(tx, n)
}

// Notices tells what who asks has not seen yet about their account, the latest first.
func (k *Keeper) Notices(ctx context.Context, actor identity.Actor) (list []Notice, err error) {
	if err := actor.Authorise(OpRead, actor.ID); err != nil {
		return nil, err
	}
	err = k.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT id, what, address, at FROM account_notice WHERE account = $1 AND seen = 0 ORDER BY at DESC, id DESC`, []any{actor.ID},
			func(scan func(...any) error) error {
				n, at := Notice{Account: actor.ID}, int64(0)
				err := scan(&n.ID, &n.What, &n.Address, &at)
				n.At = sqldb.Time(at)
				list = append(list, n)
				return err
			})
	})
	return list, err
}

// Seen notes that who asks has seen the notices about their account.
func (k *Keeper) Seen(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(OpRead, actor.ID); err != nil {
		return err
	}
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE account_notice SET seen = $2 WHERE account = $1 AND seen = 0`, actor.ID, k.Clock.Now())
		return err
	})
}
