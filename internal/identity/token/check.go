package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Check finds out who a token lets act, and false for a text that is no token of ours or does not work any more; it says nothing of why not.
// An error is of the database only.
func (t *Tokens) Check(ctx context.Context, text string) (identity.Actor, bool, error) {
	now := t.o.Clock.Now()
	tok, same, err := t.known(ctx, text)
	if err != nil || !same || !tok.Works(now) {
		return identity.Actor{}, false, err
	}
	who, err := t.holder(ctx, tok.Account)
	if problem.Is(err, problem.Forbidden) {
		return identity.Actor{}, false, nil
	}
	if err != nil {
		return identity.Actor{}, false, err
	}
	actor := identity.Actor{
		ID: actorPrefix + tok.ID, Name: tok.Name, Kind: identity.ProgramKind, Via: "api", Roles: who.Roles, Scopes: tok.Scopes, Organisation: who.Organisation,
	}
	return actor, true, t.note(ctx, tok)
}

// known finds a token's row and compares: what is not there is compared all the same, so that it takes as long.
func (t *Tokens) known(ctx context.Context, text string) (tok Token, same bool, err error) {
	rest, shaped := strings.CutPrefix(text, prefix)
	name, _, _ := strings.Cut(rest, "_")
	if !shaped || !id.Valid(name) {
		return tok, false, nil
	}
	var hash []byte
	err = t.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		tok, hash, err = find(tx, name)
		return err
	})
	if len(hash) == 0 {
		hash = make([]byte, sha256.Size)
	}
	return tok, subtle.ConstantTimeCompare(hash, hashOf(text)) == 1, err
}

// holder is whom a token acts for.
func (t *Tokens) holder(ctx context.Context, account string) (identity.Actor, error) {
	if account == "" {
		return identity.Actor{Roles: []identity.Role{identity.Owner}}, nil
	}
	return t.o.Resolve(ctx, account)
}

// note writes down that a token was used, at most once a minute.
func (t *Tokens) note(ctx context.Context, tok Token) error {
	now := t.o.Clock.Now()
	if now.Sub(tok.Used) < usedPause {
		return nil
	}
	return t.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return used(tx, tok.ID, now) })
}
