package token

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// AccountOf gives the account for which the token of a text acts, "" for one that was made at the machine. Whether the text is a token that works says
// Check, and not this.
func (t *Tokens) AccountOf(ctx context.Context, text string) (account string, err error) {
	rest, _ := strings.CutPrefix(text, prefix)
	name, _, _ := strings.Cut(rest, "_")
	if !id.Valid(name) {
		return "", nil
	}
	err = t.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		account, _, err = t.ActsFor(tx, name)
		return err
	})
	return account, err
}

// ActsFor gives the account that a token acts for: "" for one that was made at the machine. made is false if there is no such token. It is a step of somebody's
// operation and does not authorise.
func (t *Tokens) ActsFor(tx *sqldb.Tx, token string) (account string, made bool, err error) {
	err = tx.QueryRow(`SELECT account FROM api_token WHERE id = $1`, token).Scan(&account)
	if sqldb.NoRows(err) {
		return "", false, nil
	}
	return account, err == nil, err
}
