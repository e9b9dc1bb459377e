package release

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// Grant is a person's word that one organisation may be told about another's networks.
type Grant struct {
	ID         string
	About      string // organisation id: whose networks
	To         string // organisation id: who may be told
	Reason     string // in the person's words
	By         string // the actor's id
	From       time.Time
	Until      time.Time // first moment at which it no longer holds
	Revoked    time.Time // zero while it stands
	RevokedBy  string
	RevokedFor string // the reason
}

// Grant records a person's word.
func (s *Service) Grant(ctx context.Context, actor identity.Actor, g Grant) (Grant, error) {
	return Grant{}, errUnfinished
}

// Revoke takes a grant back.
func (s *Service) Revoke(ctx context.Context, actor identity.Actor, id, reason string) error {
	return errUnfinished
}

// Grants lists the grants about an organisation, or all for "".
func (s *Service) Grants(ctx context.Context, actor identity.Actor, about string) ([]Grant, error) {
	return nil, errUnfinished
}

var errUnfinished = problem.New(problem.Unavailable, "release is not built yet")
