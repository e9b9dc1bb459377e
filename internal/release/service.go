package release

import (
	"context"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options are what a Service needs.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock // clock.Real if nil
}

// Service decides and remembers. It is safe for concurrent use.
type Service struct{ o Options }

// New returns the service over a database.
func New(o Options) *Service { return &Service{o: o} }

// For decides about one item. A refusal is no error: Decision.Allowed is false.
func (s *Service) For(ctx context.Context, actor identity.Actor, item Item, to Recipient) (Permit, Decision, error) {
	return Permit{}, Decision{}, errUnfinished
}

// ForAll decides about several items for one recipient; the results are in the order of the items.
func (s *Service) ForAll(ctx context.Context, actor identity.Actor, items []Item, to Recipient) ([]Permit, []Decision, error) {
	return nil, nil, errUnfinished
}

// Decide decides a set together, in one transaction; the results are in the order of the asks.
func (s *Service) Decide(ctx context.Context, actor identity.Actor, asks []Ask) ([]Permit, []Decision, error) {
	return nil, nil, errUnfinished
}

// Preview says what Decide would, records nothing and gives no permits.
func (s *Service) Preview(ctx context.Context, actor identity.Actor, asks []Ask) ([]Decision, error) {
	return nil, errUnfinished
}

// Filter narrows a list of decisions.
type Filter struct {
	Refused      bool   // only what was not allowed
	Organisation string // id: as owner or as recipient
	Limit        int    // 100 if zero, at most 10,000
}

// Decisions lists recorded decisions, the newest first.
func (s *Service) Decisions(ctx context.Context, actor identity.Actor, f Filter) ([]Decision, error) {
	return nil, errUnfinished
}
