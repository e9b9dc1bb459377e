package delivery

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// OpWithhold is the lane's: a message waits, because release would not let it go as things are now.
const OpWithhold identity.Operation = "delivery.withhold"

// unasked is the rule of what could not be asked about.
const unasked = "unasked"

// again asks whether what a message tells may still go, now that it would. why says that it is to be recalled.
func (s *Service) again(tx *sqldb.Tx, f *flight) (stop release.Withheld, why string, err error) {
	if s.Again == nil {
		err = release.Stand(tx, f.decisions, s.Clock.Now())
	} else {
		stop, err = s.Options.Again(tx, f.decisions, f.label)
	}
	switch k := problem.KindOf(err); {
	case err == nil:
		return stop, "", nil
	case k == problem.Conflict || k == problem.NotFound:
		return release.Withheld{}, lineOf(err.Error(), maxDetail), nil
	case k == problem.Internal: // what is damaged keeps this one back, and no other
		s.Log.ErrorContext(tx.Context(), "it cannot be found out whether a message may still go", "delivery", f.item.ID, "error", err)
		return release.Withheld{Rule: unasked, Reason: "It cannot be found out whether it may still go: the log says why."}, "", nil
	}
	return release.Withheld{}, "", err
}

// withhold keeps back a message that was just claimed. It is asked about again at the end of what keeps it, or when a person lets it go.
func (s *Service) withhold(tx *sqldb.Tx, actor identity.Actor, f *flight, stop release.Withheld) error {
	now := s.Clock.Now()
	f.result.Detail = lineOf(stop.Reason, maxDetail)
	n, err := tx.Exec(`UPDATE delivery SET state = $3, version = version + 1, claimed_by = '', attempt = attempt - 1,
			first_at = CASE WHEN attempt = 1 THEN 0 ELSE first_at END, next_at = $4, detail = $5, withheld = $6
		WHERE id = $1 AND state = 'sending' AND version = $2`,
		f.item.ID, f.version, string(moveWithhold.To), stop.Until, f.result.Detail, lineOf(stop.Rule, maxShown))
	if err != nil || n == 0 {
		return err
	}
	s.Log.WarnContext(tx.Context(), "a message is kept back", "delivery", f.item.ID, "rule", stop.Rule)
	if err := actor.AuditReason(tx, now, OpWithhold, f.item.ID, f.result.Detail, nil, map[string]any{"rule": stop.Rule, "decision": stop.Decision, "until": stop.Until}); err != nil {
		return err
	}
	return s.tellWithheld(tx, now, f, stop)
}

// tellWithheld puts into the team's queue what waits for a person. What waits for its time goes by itself. Whom the team corresponds with about a report
// everybody in the queue need not know.
func (s *Service) tellWithheld(tx *sqldb.Tx, now time.Time, f *flight, stop release.Withheld) error {
	if !stop.Until.IsZero() {
		return nil
	}
	t := queue.Task{
		Kind: "withheld", Organisation: f.org, Contact: f.item.Contact, Object: f.item.ID,
		Title:  "message to " + f.item.Address + " of " + f.toName + " may not go as things are now",
		Detail: "message " + f.item.ID + ": " + f.result.Detail,
		Advice: "See to the reason, then: firehall outbox release " + f.item.ID + "; it is asked about once more, and goes if it may. If it is not to go at all: firehall outbox cancel " +
			f.item.ID + " --reason TEXT; what it was to tell is due again, and is decided anew.",
	}
	if f.item.Contact == release.Correspondent {
		t.Title, t.Detail = "a message in a dialogue about a report may not go as things are now", "message "+f.item.ID
		t.Advice = "Whoever writes in that dialogue looks at the message in the outbox: it says why."
	}
	_, err := queue.Raise(tx, now, t)
	return err
}

// asleep is the condition of what was kept back until now, $2, on the channel $1.
const asleep = `channel = $1 AND state = 'held' AND withheld <> '' AND next_at > 0 AND next_at <= $2`

// wake queues what was kept back until now: it is asked about again when it is claimed.
func (l *lane) wake(ctx context.Context, now time.Time) error {
	var any bool
	err := l.s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM delivery WHERE `+asleep+`)`, l.name, now).Scan(&any)
	})
	if err != nil || !any {
		return err
	}
	return l.s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE delivery SET state = 'queued', withheld = '', version = version + 1 WHERE `+asleep, l.name, now)
		return err
	})
}
