// Package token lets programs in: whoever may do something may make a token by which a program does it for them.
//
// A token is `fh_`, an id by which its row is found and, after an underscore, 160 bits that only its holder knows; their SHA-256 is kept and
// compared in constant time. It opens what its scopes say, as far as whoever made it may do that at the time of the request, and dies with
// their account. What is wrong about a token (unknown, revoked, over) does not show. Tokens of feeds (feed/door/token) look alike and are
// others: each is good for pushing to one feed.
package token

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What may be done with API tokens.
const (
	OpMake   identity.Operation = "token.make"
	OpRead   identity.Operation = "token.read" // everybody's; one's own may be read by who made them
	OpRevoke identity.Operation = "token.revoke"
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

// Draft is a token to be.
type Draft struct {
	Name    string
	Scopes  []identity.Scope
	Expires time.Time // zero: no end
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

// API is what the rest of the program asks; it stands here so that it can be read in one place.
type API interface {
	Make(ctx context.Context, actor identity.Actor, d Draft) (text string, t Token, err error) // text is told this once
	List(ctx context.Context, actor identity.Actor) ([]Token, error)
	Revoke(ctx context.Context, actor identity.Actor, token string) error
	Check(ctx context.Context, text string) (identity.Actor, bool, error) // an error is of the database only
}
