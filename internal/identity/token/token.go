// Package token lets programs in: whoever may do something may make a token by which a program does it for them.
//
// A token is `fh_`, an id by which its row is found and, after an underscore, 160 bits that only its holder knows; their SHA-256 is kept and
// compared in constant time. It opens what its scopes say, as far as whoever made it may do that at the time of the request, and dies with
// their account. What is wrong about a token (unknown, revoked, over) does not show. Tokens of feeds (feed/door/token) look alike and are
// others: each is good for pushing to one feed.
package token

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What may be done with API tokens.
const (
	OpMake   identity.Operation = "token.make"
	OpRead   identity.Operation = "token.read"   // everybody's
	OpRevoke identity.Operation = "token.revoke" // everybody's
	OpOwn    identity.Operation = "token.own"    // read and revoke one's own
	OpLetIn  identity.Operation = "token.let-in" // make one for a peer
)

// Token is what is known of a token; the token itself is not.
type Token struct {
	ID      string           `json:"id"`
	Name    string           `json:"name"` // what it is for, for people
	Scopes  []identity.Scope `json:"scopes"`
	Account string           `json:"account,omitempty"` // whom it acts for; empty: the owner of the machine
	Maker   string           `json:"maker"`             // id of who made it
	Created time.Time        `json:"created"`
	Expires time.Time        `json:"expires,omitzero"` // zero: no end
	Used    time.Time        `json:"used,omitzero"`    // last, to the minute; zero: never
	Revoked time.Time        `json:"revoked,omitzero"`
}

// Works tells whether the token is neither revoked nor over at a time.
func (t Token) Works(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Draft is a token to be.
type Draft struct {
	Name    string
	Scopes  []identity.Scope
	Expires time.Time // zero: no end
	// For is the id of the peer's account for which the token acts, which cannot make one itself; empty: for who makes it.
	For string
}

// Options say what tokens need.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	// Resolve tells who an account is now; Forbidden for one that may not be used.
	Resolve func(ctx context.Context, account string) (identity.Actor, error)
}

// Tokens keeps the API tokens. It is safe for concurrent use.
type Tokens struct{ o Options }

// New makes the keeper of tokens.
func New(o Options) *Tokens { return &Tokens{o} }

const (
	prefix = "fh_"
	// actorPrefix begins the id of an actor that is a token.
	actorPrefix = "token:"
	secretSize  = 20 // bytes
	usedPause   = time.Minute
	maxName     = 200
	// mostLive bounds how many tokens of one account, or of the machine's owner, may work at a time.
	mostLive = 100
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Make makes a token that acts for the actor: for their account or, made at the machine, for its owner. The text is told this once and kept
// nowhere.
//
// Errors: Forbidden, for a scope too of which the actor may do nothing; Invalid for what cannot be; Conflict when there are too many.
func (t *Tokens) Make(ctx context.Context, actor identity.Actor, d Draft) (text string, tok Token, err error) {
	if err := actor.Authorise(OpMake, d.Name); err != nil {
		return "", Token{}, err
	}
	now := t.o.Clock.Now()
	if d, err = d.tidy(actor, now); err != nil {
		return "", Token{}, err
	}
	tok = Token{ID: id.NewAt(now), Name: d.Name, Scopes: d.Scopes, Account: cmp.Or(d.For, accountOf(actor)), Maker: actor.ID, Created: now, Expires: d.Expires}
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	text = prefix + tok.ID + "_" + letters.EncodeToString(secret)
	if err := t.forPeer(ctx, actor, d); err != nil {
		return "", Token{}, err
	}
	err = t.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := room(tx, tok.Account, now); err != nil {
			return err
		}
		if err := insert(tx, tok, hashOf(text)); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpMake, tok.ID, nil, tok)
	})
	if err != nil {
		return "", Token{}, err
	}
	return text, tok, nil
}

// forPeer refuses a token for somebody else who is not a peer, and one that opens more than a peer may. Who makes one must be able to open
// collections: it lets somebody of another organisation in.
func (t *Tokens) forPeer(ctx context.Context, actor identity.Actor, d Draft) error {
	if d.For == "" {
		return nil
	}
	if err := actor.Authorise(OpLetIn, d.For); err != nil {
		return err
	}
	who, err := t.o.Resolve(ctx, d.For)
	if err != nil {
		return err
	}
	if who.Organisation == "" {
		return problem.New(problem.Forbidden, "a token for somebody else is for peers only: everybody of the team makes their own")
	}
	for _, s := range d.Scopes {
		if !identity.Holds(who.Roles, s) {
			return problem.New(problem.Invalid, "a peer's token cannot have the scope %s: it would open nothing", s)
		}
	}
	return nil
}

// accountOf is the account that a token of the actor's acts for; empty for the machine's owner.
func accountOf(actor identity.Actor) string {
	if actor.Kind != identity.Person || slices.Contains(actor.Roles, identity.Owner) {
		return ""
	}
	return actor.ID
}

// tidy brings a draft into its normal form.
func (d Draft) tidy(actor identity.Actor, now time.Time) (Draft, error) {
	d.Name = strings.TrimSpace(d.Name)
	switch {
	case d.Name == "" || len(d.Name) > maxName || !utf8.ValidString(d.Name) || strings.IndexFunc(d.Name, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
		return d, problem.New(problem.Invalid, "a token's name says what it is for, in one line of %d bytes at most", maxName)
	case !d.Expires.IsZero() && !d.Expires.After(now):
		return d, problem.New(problem.Invalid, "a token that ends at %s is over already", d.Expires.UTC().Format(time.DateTime))
	}
	names := make([]string, len(d.Scopes))
	for i, s := range d.Scopes {
		names[i] = string(s)
	}
	list, err := identity.ParseScopes(strings.Join(names, ","))
	if err != nil {
		return d, err
	}
	d.Scopes = list
	if actor.Kind != identity.Person || d.For != "" {
		return d, nil // who owns the machine owns all of them; what a peer's token may have says forPeer
	}
	for _, s := range d.Scopes {
		if !identity.Holds(actor.Roles, s) {
			return d, problem.New(problem.Forbidden, "a token of yours cannot have the scope %s: your roles let you do nothing of it", s)
		}
	}
	return d, nil
}

// List lists the tokens that there are or were, the oldest first. Who may not read everybody's is told of their own.
func (t *Tokens) List(ctx context.Context, actor identity.Actor) (list []Token, err error) {
	if err := actor.Authorise(OpOwn, "tokens"); err != nil {
		return nil, err
	}
	everybody := actor.May(OpRead)
	err = t.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = every(tx, actor.ID, everybody)
		return err
	})
	return list, err
}

// RevokeAll ends every token, in a transaction that does more, as a restore does. It tells how many there were.
func RevokeAll(tx *sqldb.Tx, now time.Time, actor identity.Actor) (int64, error) {
	if err := actor.Authorise(OpRevoke, "all"); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`UPDATE api_token SET revoked = $1 WHERE revoked = 0`, now)
	if err != nil {
		return 0, err
	}
	return n, actor.Audit(tx, now, OpRevoke, "all", nil, map[string]int64{"tokens": n})
}

// RevokeOf ends the tokens that act for an account, in a transaction that does more, as disabling it does. It tells how many there were.
func RevokeOf(tx *sqldb.Tx, now time.Time, actor identity.Actor, account string) (int64, error) {
	if err := actor.Authorise(OpRevoke, account); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`UPDATE api_token SET revoked = $2 WHERE account = $1 AND account <> '' AND revoked = 0`, account, now)
	if err != nil || n == 0 {
		return 0, err
	}
	return n, actor.Audit(tx, now, OpRevoke, account, nil, map[string]int64{"tokens": n})
}

// Revoke ends a token at once: one's own, or anybody's with token.revoke. Errors: Forbidden; NotFound, for somebody else's too; Conflict if it is
// revoked already.
func (t *Tokens) Revoke(ctx context.Context, actor identity.Actor, token string) error {
	if err := actor.Authorise(OpOwn, token); err != nil {
		return err
	}
	now := t.o.Clock.Now()
	return t.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		tok, _, err := find(tx, token)
		if err != nil {
			return err
		}
		if tok.ID == "" || tok.Maker != actor.ID && !actor.May(OpRevoke) {
			return problem.New(problem.NotFound, "there is no token %q: `firehall token list` shows them", token)
		}
		if !tok.Revoked.IsZero() {
			return problem.New(problem.Conflict, "the token %s was revoked at %s UTC already", token, tok.Revoked.Format(time.DateTime))
		}
		if err := revoke(tx, tok.ID, now); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpRevoke, tok.ID, tok, map[string]time.Time{"revoked": now})
	})
}

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
