package delivery

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
)

// Scope is what a stop order stops: All, or what ScopeOf makes.
type Scope string

// All stops everything.
const All Scope = "all"

// StopOrder says what must not be sent, who said so, why and when.
type StopOrder struct {
	Scope   Scope     `json:"scope"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	Waiting int64     `json:"waiting"` // messages that it keeps from being sent
}

// Stop ends sending in a scope within a second, in all processes, until Resume. An order that stands already stays as it is.
func (s *Service) Stop(ctx context.Context, actor identity.Actor, scope Scope, reason string) error {
	return errUnfinished
}

// Resume lifts an order. NotFound if there is none.
func (s *Service) Resume(ctx context.Context, actor identity.Actor, scope Scope) error {
	return errUnfinished
}

// Stops lists the orders that stand.
func (s *Service) Stops(ctx context.Context, actor identity.Actor) ([]StopOrder, error) {
	return nil, errUnfinished
}
