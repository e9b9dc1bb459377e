package token

import (
	"strings"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Same tells whether who asked, by an actor's id, is the actor: also by a token that acts for the actor, or that they made. Nobody is a second person
// to a program of their own.
func Same(tx *sqldb.Tx, asked string, actor identity.Actor) (bool, error) {
	name, program := strings.CutPrefix(asked, actorPrefix)
	if !program || asked == actor.ID {
		return asked == actor.ID, nil
	}
	tok, _, err := find(tx, name)
	return err == nil && tok.ID != "" && (tok.Account == actor.ID || tok.Maker == actor.ID), err
}
