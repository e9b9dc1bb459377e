package token

import "github.com/firehall/firehall/internal/platform/sqldb"

// ActsFor gives the account that a token acts for: "" for one that was made at the machine. made is false if there is no such token. It is a step of somebody's
// operation and does not authorise.
func (t *Tokens) ActsFor(tx *sqldb.Tx, token string) (account string, made bool, err error) {
	err = tx.QueryRow(`SELECT account FROM api_token WHERE id = $1`, token).Scan(&account)
	if sqldb.NoRows(err) {
		return "", false, nil
	}
	return account, err == nil, err
}
