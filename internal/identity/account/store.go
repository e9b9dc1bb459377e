package account

import (
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const columns = `id, login, name, email, language, state, created, expires, version, organisation`

func scanAccount(scan func(...any) error) (a Account, err error) {
	var created, expires int64
	err = scan(&a.ID, &a.Login, &a.Name, &a.Email, &a.Language, &a.State, &created, &expires, &a.Version, &a.Organisation)
	a.Created, a.Expires = sqldb.Time(created), sqldb.Time(expires)
	return a, err
}

// byID reads an account with its roles. Error: NotFound.
func byID(tx *sqldb.Tx, account string) (Account, error) {
	return one(tx, `SELECT `+columns+` FROM account WHERE id = $1`, account)
}

func byLogin(tx *sqldb.Tx, login string) (Account, error) {
	return one(tx, `SELECT `+columns+` FROM account WHERE login = $1`, login)
}

func one(tx *sqldb.Tx, query, key string) (Account, error) {
	a, err := scanAccount(tx.QueryRow(query, key).Scan)
	if sqldb.NoRows(err) {
		return Account{}, problem.New(problem.NotFound, "there is no account %q", key)
	}
	if err != nil {
		return Account{}, err
	}
	roles, err := rolesBy(tx, `WHERE account = $1`, a.ID)
	a.Roles = roles[a.ID]
	return a, err
}

func every(tx *sqldb.Tx) (list []Account, err error) {
	roles, err := rolesBy(tx, ``)
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT `+columns+` FROM account ORDER BY login`, nil, func(scan func(...any) error) error {
		a, err := scanAccount(scan)
		a.Roles = roles[a.ID]
		list = append(list, a)
		return err
	})
	return list, err
}

// rolesBy reads roles by account, in the order of identity.Roles.
func rolesBy(tx *sqldb.Tx, where string, args ...any) (map[string][]identity.Role, error) {
	by := map[string][]identity.Role{}
	err := tx.Each(`SELECT account, role FROM account_role `+where+` ORDER BY account, role`, args, func(scan func(...any) error) error {
		var account string
		var role identity.Role
		err := scan(&account, &role)
		by[account] = append(by[account], role)
		return err
	})
	for account, roles := range by {
		by[account] = ordered(roles)
	}
	return by, err
}

func insert(tx *sqldb.Tx, a Account) error {
	n, err := tx.Exec(`INSERT INTO account (id, login, name, email, language, state, created, expires, version, organisation)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (login) DO NOTHING`,
		a.ID, a.Login, a.Name, a.Email, a.Language, string(a.State), a.Created, a.Expires, a.Version, a.Organisation)
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.Conflict, "there is an account %q already; logins are never given to somebody else", a.Login)
	}
	return insertRoles(tx, a)
}

func insertRoles(tx *sqldb.Tx, a Account) error {
	for _, r := range a.Roles {
		if _, err := tx.Exec(`INSERT INTO account_role (account, role) VALUES ($1, $2)`, a.ID, string(r)); err != nil {
			return err
		}
	}
	return nil
}

// update writes an account over the version that was read; it gives the new one. Error: Conflict if somebody was faster.
func update(tx *sqldb.Tx, a Account) (Account, error) {
	n, err := tx.Exec(`UPDATE account SET name = $3, email = $4, language = $5, state = $6, expires = $7, version = version + 1
		WHERE id = $1 AND version = $2`, a.ID, a.Version, a.Name, a.Email, a.Language, string(a.State), a.Expires)
	if err != nil {
		return Account{}, err
	}
	if n == 0 {
		return Account{}, errVersion
	}
	if _, err := tx.Exec(`DELETE FROM account_role WHERE account = $1`, a.ID); err != nil {
		return Account{}, err
	}
	a.Version++
	return a, insertRoles(tx, a)
}

var errVersion = problem.New(problem.Conflict, "somebody else changed this account meanwhile: look at it again, then change it")

// lockManagers lets one transaction at a time change who the managers are, so that two of them cannot end each other.
func lockManagers(tx *sqldb.Tx) error {
	_, err := tx.Exec(`UPDATE account SET version = version WHERE id IN (SELECT account FROM account_role WHERE role = $1)`, string(identity.Manager))
	return err
}

// census counts the managers who may log in at a time: all, and those whose account has no end.
type census struct{ active, lasting int }

func countManagers(tx *sqldb.Tx, now time.Time) (c census, err error) {
	err = tx.QueryRow(`SELECT count(*), count(*) FILTER (WHERE a.expires = 0) FROM account a JOIN account_role r ON r.account = a.id
		WHERE r.role = $1 AND a.state = $2 AND (a.expires = 0 OR a.expires > $3)`, string(identity.Manager), string(Active), now).Scan(&c.active, &c.lasting)
	return c, err
}

func putInvitation(tx *sqldb.Tx, invitation, account string, secret []byte, expires time.Time) error {
	_, err := tx.Exec(`INSERT INTO invitation (id, account, secret, expires) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account) DO UPDATE SET id = excluded.id, secret = excluded.secret, expires = excluded.expires`, invitation, account, secret, expires)
	return err
}

// findInvitation tells the digest of an invitation's secret, and whose it is; nothing of one that is not there or over.
func findInvitation(tx *sqldb.Tx, invitation string, now time.Time) (secret []byte, account string, err error) {
	err = tx.QueryRow(`SELECT secret, account FROM invitation WHERE id = $1 AND expires > $2`, invitation, now).Scan(&secret, &account)
	if sqldb.NoRows(err) {
		return nil, "", nil
	}
	return secret, account, err
}

// forgetInvitation removes the invitation of an account.
func forgetInvitation(tx *sqldb.Tx, account string) (n int64, err error) {
	return tx.Exec(`DELETE FROM invitation WHERE account = $1`, account)
}

const terms = `id, account, kind, scope, version, signed, expires, ended, reason`

func scanAgreement(scan func(...any) error, more ...any) (g Agreement, err error) {
	var signed, expires, ended int64
	err = scan(append([]any{&g.ID, &g.Account, &g.Kind, &g.Scope, &g.Version, &signed, &expires, &ended, &g.Reason}, more...)...)
	g.Signed, g.Expires, g.Ended = sqldb.Time(signed), sqldb.Time(expires), sqldb.Time(ended)
	return g, err
}

func insertAgreement(tx *sqldb.Tx, g Agreement) error {
	_, err := tx.Exec(`INSERT INTO agreement (`+terms+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		g.ID, g.Account, string(g.Kind), g.Scope, g.Version, g.Signed, g.Expires, g.Ended, g.Reason)
	return err
}

func agreementByID(tx *sqldb.Tx, agreement string) (Agreement, error) {
	g, err := scanAgreement(tx.QueryRow(`SELECT `+terms+` FROM agreement WHERE id = $1`, agreement).Scan)
	if sqldb.NoRows(err) {
		return g, problem.New(problem.NotFound, "there is no agreement %q", agreement)
	}
	return g, err
}

func agreementsOf(tx *sqldb.Tx, account string) (list []Agreement, err error) {
	err = tx.Each(`SELECT `+terms+` FROM agreement WHERE account = $1 ORDER BY signed DESC, id DESC`, []any{account}, func(scan func(...any) error) error {
		g, err := scanAgreement(scan)
		list = append(list, g)
		return err
	})
	return list, err
}

func lapsing(tx *sqldb.Tx, now, until time.Time) (list []Lapse, err error) {
	err = tx.Each(`SELECT g.id, g.account, g.kind, g.scope, g.version, g.signed, g.expires, g.ended, g.reason, a.login, a.name
		FROM agreement g JOIN account a ON a.id = g.account
		WHERE a.state <> $3 AND g.ended = 0 AND g.signed <= $1 AND g.expires > $1 AND g.expires <= $2 AND NOT EXISTS (
			SELECT 1 FROM agreement n WHERE n.account = g.account AND n.kind = g.kind AND n.ended = 0 AND n.signed <= $1
				AND (n.expires = 0 OR n.expires > g.expires))
		ORDER BY g.expires, g.id`, []any{now, until, string(Disabled)}, func(scan func(...any) error) error {
		var l Lapse
		var err error
		l.Agreement, err = scanAgreement(scan, &l.Login, &l.Name)
		list = append(list, l)
		return err
	})
	return list, err
}
