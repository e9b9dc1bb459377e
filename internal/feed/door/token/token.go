// Package token lets those push who were given a token for a feed.
//
// A token is `fh_` and two words of base32: a number by which its row is found, and 160 bits that only its holder knows; their SHA-256 is
// kept, and compared in constant time. What is wrong about a token (unknown, of another feed, revoked) does not show.
package token

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Token is what is known of a token; the token itself is not.
type Token struct {
	ID      string    `json:"id"`
	Feed    string    `json:"feed"`
	Name    string    `json:"name,omitempty"` // whose it is, for people
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"` // last, to the minute; zero: never
	Revoked time.Time `json:"revoked,omitzero"`
}

// Actor is who acts when a token is used.
func (t Token) Actor() identity.Actor {
	name := t.Name
	if name == "" {
		name = "token of " + t.Feed
	}
	return identity.Actor{ID: "token:" + t.ID, Name: name, Kind: identity.TokenKind, Via: "push"}
}

// Tokens keeps the tokens of all feeds.
type Tokens struct {
	DB    *sqldb.DB
	Clock clock.Clock
}

const (
	prefix     = "fh_"
	secretSize = 20 // bytes
	usedPause  = time.Minute
	maxName    = 200
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New makes a token for a feed. The text is told this once and kept nowhere. Errors: Forbidden; Invalid for a name that is too long.
func (t *Tokens) New(ctx context.Context, actor identity.Actor, name, of string) (text string, tok Token, err error) {
	if err := actor.Authorise(feed.OpToken, of); err != nil {
		return "", Token{}, err
	}
	if len(name) > maxName || !sqldbText(name) {
		return "", Token{}, problem.New(problem.Invalid, "a token's name has %d bytes of text at most", maxName)
	}
	now := t.Clock.Now()
	tok = Token{ID: id.NewAt(now), Feed: of, Name: name, Created: now}
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	text = prefix + tok.ID + "_" + letters.EncodeToString(secret)
	err = t.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO feed_token (id, feed, hash, name, created) VALUES ($1, $2, $3, $4, $5)`, tok.ID, of, hashOf(text), name, now)
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, feed.OpToken, tok.ID, nil, map[string]any{"feed": of, "name": name})
	})
	return text, tok, err
}

func sqldbText(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, 0) }

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// List lists the tokens of a feed, the oldest first; of all feeds if of is "".
func (t *Tokens) List(ctx context.Context, actor identity.Actor, of string) (list []Token, err error) {
	if err := actor.Authorise(feed.OpRead, of); err != nil {
		return nil, err
	}
	err = t.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT `+columns+` FROM feed_token WHERE $1 = '' OR feed = $1 ORDER BY id`, []any{of}, func(scan func(...any) error) error {
			tok, _, err := scanToken(scan)
			list = append(list, tok)
			return err
		})
	})
	return list, err
}

const columns = `id, feed, hash, name, created, used, revoked`

func scanToken(scan func(...any) error) (tok Token, hash []byte, err error) {
	var created, used, revoked int64
	err = scan(&tok.ID, &tok.Feed, &hash, &tok.Name, &created, &used, &revoked)
	tok.Created, tok.Used, tok.Revoked = sqldb.Time(created), sqldb.Time(used), sqldb.Time(revoked)
	return tok, hash, err
}

// Revoke ends a token at once. Errors: NotFound; Conflict if it is revoked already.
func (t *Tokens) Revoke(ctx context.Context, actor identity.Actor, name string) error {
	if err := actor.Authorise(feed.OpRevoke, name); err != nil {
		return err
	}
	now := t.Clock.Now()
	return t.DB.Write(ctx, func(tx *sqldb.Tx) error {
		tok, _, err := scanToken(tx.QueryRow(`SELECT `+columns+` FROM feed_token WHERE id = $1`, name).Scan)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "no token %s: firehall feed token FEED --list shows them", name)
		}
		if err != nil {
			return err
		}
		if !tok.Revoked.IsZero() {
			return problem.New(problem.Conflict, "token %s was revoked at %s already", name, tok.Revoked.Format(time.DateTime))
		}
		if _, err := tx.Exec(`UPDATE feed_token SET revoked = $1 WHERE id = $2`, now, name); err != nil {
			return err
		}
		return actor.Audit(tx, now, feed.OpRevoke, name, tok, map[string]any{"revoked": now})
	})
}

// Check finds out whether text is a token that may push to the feed. It says nothing of why not. An error is of the database only.
func (t *Tokens) Check(ctx context.Context, text, of string) (tok Token, ok bool, err error) {
	var hash []byte
	name, _, shaped := strings.Cut(strings.TrimPrefix(text, prefix), "_")
	err = t.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		tok, hash, err = scanToken(tx.QueryRow(`SELECT `+columns+` FROM feed_token WHERE id = $1`, plain(name)).Scan)
		if sqldb.NoRows(err) { // compared all the same, so that this takes as long
			tok, hash, err = Token{}, make([]byte, sha256.Size), nil
		}
		return err
	})
	same := subtle.ConstantTimeCompare(hash, hashOf(text)) == 1
	if err != nil || !same || !shaped || tok.Feed != of || !tok.Revoked.IsZero() {
		return Token{}, false, err
	}
	return tok, true, t.used(ctx, tok)
}

// plain keeps what no token has away from the database.
func plain(name string) string {
	if !id.Valid(name) {
		return ""
	}
	return name
}

// used notes that a token was used, at most once a minute.
func (t *Tokens) used(ctx context.Context, tok Token) error {
	now := t.Clock.Now()
	if now.Sub(tok.Used) < usedPause {
		return nil
	}
	return t.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE feed_token SET used = $1 WHERE id = $2 AND used < $1`, now, tok.ID)
		return err
	})
}
