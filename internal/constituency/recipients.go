package constituency

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Recipients is who of an organisation gets messages about its networks.
type Recipients struct {
	Organisation Organisation
	Contacts     []Contact // mail and webhooks, as choose picks them
	Reason       string    // why none, or which
	Next         string    // name of the organisation that a person's word could have told instead, "" for none
}

// Recipients finds the recipients of many organisations at once, by organisation id; unknown ids are left out.
func (r *Register) Recipients(ctx context.Context, actor identity.Actor, organisations []string) (map[string]Recipients, error) {
	return nil, problem.New(problem.Unavailable, "constituency.Recipients is not built yet")
}

// SetHealth sets what is known of a contact's reachability and raises the contact's version. It is a step of somebody's operation: that
// authorises and audits. It returns the health before and the contact's organisation. Errors: NotFound.
func SetHealth(tx *sqldb.Tx, now time.Time, contact string, h Health) (before Health, organisation string, err error) {
	return "", "", problem.New(problem.Unavailable, "constituency.SetHealth is not built yet")
}

// KeyUsable says in words why nothing can be encrypted to a key at a moment; nil means that it can be.
func KeyUsable(armoured string, now time.Time) error {
	return problem.New(problem.Unavailable, "constituency.KeyUsable is not built yet")
}
