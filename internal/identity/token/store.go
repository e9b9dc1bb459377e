package token

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const columns = `id, secret, name, scopes, account, maker, created, expires, used, revoked`

func scanToken(scan func(...any) error) (tok Token, hash []byte, err error) {
	var scopes string
	var created, expires, used, revoked int64
	if err = scan(&tok.ID, &hash, &tok.Name, &scopes, &tok.Account, &tok.Maker, &created, &expires, &used, &revoked); err != nil {
		return Token{}, nil, err
	}
	tok.Created, tok.Expires, tok.Used, tok.Revoked = sqldb.Time(created), sqldb.Time(expires), sqldb.Time(used), sqldb.Time(revoked)
	for scope := range strings.SplitSeq(scopes, ",") {
		tok.Scopes = append(tok.Scopes, identity.Scope(scope))
	}
	return tok, hash, nil
}

func insert(tx *sqldb.Tx, tok Token, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO api_token (id, secret, name, scopes, account, maker, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tok.ID, hash, tok.Name, joined(tok.Scopes), tok.Account, tok.Maker, tok.Created, tok.Expires)
	return err
}

func joined(scopes []identity.Scope) (text string) {
	for i, s := range scopes {
		if i > 0 {
			text += ","
		}
		text += string(s)
	}
	return text
}

// room refuses one token too many.
func room(tx *sqldb.Tx, account string, now time.Time) error {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM api_token WHERE account = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)`, account, now).Scan(&n)
	if err == nil && n >= mostLive {
		err = problem.New(problem.Conflict, "there are %d tokens that work already: revoke those that nobody needs", n)
	}
	return err
}

// find gives a token and its hash; nothing of one that is not there.
func find(tx *sqldb.Tx, token string) (Token, []byte, error) {
	tok, hash, err := scanToken(tx.QueryRow(`SELECT `+columns+` FROM api_token WHERE id = $1`, token).Scan)
	if sqldb.NoRows(err) {
		return Token{}, nil, nil
	}
	return tok, hash, err
}

func every(tx *sqldb.Tx, maker string, everybody bool) (list []Token, err error) {
	err = tx.Each(`SELECT `+columns+` FROM api_token WHERE maker = $1 OR CAST($2 AS BIGINT) = 1 ORDER BY id`, []any{maker, everybody},
		func(scan func(...any) error) error {
			tok, _, err := scanToken(scan)
			list = append(list, tok)
			return err
		})
	return list, err
}

func revoke(tx *sqldb.Tx, token string, now time.Time) error {
	_, err := tx.Exec(`UPDATE api_token SET revoked = $2 WHERE id = $1`, token, now)
	return err
}

func used(tx *sqldb.Tx, token string, now time.Time) error {
	_, err := tx.Exec(`UPDATE api_token SET used = $2 WHERE id = $1 AND used < $2`, token, now)
	return err
}
