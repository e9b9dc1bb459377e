package notification

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// recallReason is what stands at messages that were taken back.
const recallReason = "a person muted or closed something that it tells of: the rest is due again"

// Recall takes back the messages that are not sent yet and tell of findings that a person has muted or closed since, and returns how many. What
// else they tell of becomes due again once the rooms have heard of it (topic delivery.Failed). It is done after such a move and before anything
// is sent; doing it again changes nothing. A message that is on the wire at this moment goes out.
func (s *Service) Recall(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpRecall, "notifications"); err != nil {
		return 0, err
	}
	var messages []string
	if err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { messages, err = unwanted(tx); return err }); err != nil {
		return 0, err
	}
	for _, id := range messages {
		switch err := s.Delivery.Cancel(ctx, actor, id, recallReason); {
		case problem.Is(err, problem.Conflict): // it has just been sent
		case err != nil:
			return n, err
		default:
			n++
		}
	}
	return n, nil
}

// Untold lets an organisation be told again of what a message told that reached nobody, without waiting for the next day or week. It is a step of
// whoever hears that it did not arrive, beside finding.Store.Untell, and does not authorise.
func Untold(tx *sqldb.Tx, message string) error { return deleteTold(tx, message) }
