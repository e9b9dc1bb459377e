package feed

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
)

// What is asked of feeds besides their inputs.
const (
	OpFetch  identity.Operation = "feed.fetch"  // ask a source
	OpToken  identity.Operation = "feed.token"  // make a token for pushing
	OpRevoke identity.Operation = "feed.revoke" // end one
	OpTell   identity.Operation = "feed.tell"   // tell the team how the feeds are
)

// Health is how a feed is.
type Health string

// How a feed may be. One that is not well may be so in several ways at once.
const (
	Well    Health = "ok"
	Late    Health = "late"            // nothing came for longer than its cadence and grace
	Empty   Health = "empty"           // the last run held no rows, and those before did
	Changed Health = "columns changed" // columns never seen before, or missing
	Failing Health = "failing"         // fetching it fails, or what came cannot be read
)

// Condition is how one feed is, with the reason.
type Condition struct {
	Feed   string    `json:"feed"`
	State  Health    `json:"state"`
	Since  time.Time `json:"since"` // of Well: the last time that it came, zero if it never did
	Reason string    `json:"reason"`
	Do     string    `json:"do,omitempty"` // what to do about it
}

// Health tells how the feeds of the configuration are, and those that ever came: by name, the worst of each first; a feed that is well has
// one condition, Well.
func (s *Service) Health(ctx context.Context, actor identity.Actor) ([]Condition, error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	return s.health(ctx)
}
