package credential

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Link ties an account to what a single sign-on calls it. The actor is who decides: the account's owner, or the part of Firehall that matched
// them. Error: Conflict if the name belongs to another account, or the account to another name at this issuer: an address is given to somebody
// else one day, and the account stays whose it was.
func (k *Keeper) Link(ctx context.Context, actor identity.Actor, owner, issuer, subject string) error {
	if err := actor.Authorise(OpLink, owner); err != nil {
		return err
	}
	now := k.Clock.Now()
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var has string
		err := tx.QueryRow(`INSERT INTO sign_on (issuer, subject, account, made, used) VALUES ($1, $2, $3, $4, 0)
			ON CONFLICT (issuer, subject) DO UPDATE SET subject = excluded.subject RETURNING account`, issuer, subject, owner, now).Scan(&has)
		if err != nil {
			return err
		}
		if has != owner {
			return problem.New(problem.Conflict, "the single sign-on's name for you belongs to another account")
		}
		var others int64
		err = tx.QueryRow(`SELECT COUNT(*) FROM sign_on WHERE account = $1 AND issuer = $2 AND subject <> $3`, owner, issuer, subject).Scan(&others)
		if err != nil {
			return err
		}
		if others > 0 {
			return problem.New(problem.Conflict, "the single sign-on has another name for this account already")
		}
		return actor.Audit(tx, now, OpLink, owner, nil, changed{Issuer: issuer})
	})
}

// Linked finds the account that a single sign-on's name is tied to. Error: NotFound.
func (k *Keeper) Linked(ctx context.Context, issuer, subject string) (account string, err error) {
	err = k.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT account FROM sign_on WHERE issuer = $1 AND subject = $2`, issuer, subject).Scan(&account)
	})
	return account, err
}

// SignedOn lets the owner of an account in whom a single sign-on has vouched for. Errors: Forbidden for an account that may not log in.
func (k *Keeper) SignedOn(ctx context.Context, issuer, subject, address string) (identity.Actor, error) {
	owner, err := k.Linked(ctx, issuer, subject)
	if err != nil {
		return identity.Actor{}, err
	}
	return k.enter(ctx, account.Account{ID: owner}, tried{By: BySignOn, Address: host(address)}, func(tx *sqldb.Tx, now time.Time) (bool, error) {
		n, err := tx.Exec(`UPDATE sign_on SET used = $3 WHERE issuer = $1 AND subject = $2`, issuer, subject, now)
		return n == 1, err
	}, nil)
}

// RefuseSignOn notes that somebody whom a single sign-on vouched for was not let in, and gives the answer.
func (k *Keeper) RefuseSignOn(ctx context.Context, account, address, why string) error {
	return k.refuse(ctx, account, tried{BySignOn, host(address), why})
}

func readSignOns(tx *sqldb.Tx, account string) (list []SignOn, err error) {
	err = tx.Each(`SELECT issuer, subject, made, used FROM sign_on WHERE account = $1 ORDER BY made, subject`, []any{account}, func(scan func(...any) error) error {
		var s SignOn
		var made, used int64
		err := scan(&s.Issuer, &s.Subject, &made, &used)
		s.Made, s.Used = sqldb.Time(made), sqldb.Time(used)
		list = append(list, s)
		return err
	})
	return list, err
}
