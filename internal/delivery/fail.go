package delivery

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// moved is what the audit record says of a move.
type moved struct {
	State  State  `json:"state"`
	Code   int    `json:"code,omitempty"`
	Status string `json:"status,omitempty"`
	Health string `json:"contact_health,omitempty"`
}

// report tells all who must hear of a failure, in the transaction of the move: the contact's health, the team's queue, the rooms that wait
// for the message, the audit record.
func (x *failure) report(tx *sqldb.Tx, now time.Time, actor identity.Actor, op identity.Operation, f *flight, from, to State) error {
	before, err := x.mark(tx, now, f.item)
	if err != nil {
		return err
	}
	if _, err := queue.Raise(tx, now, x.task(f)); err != nil {
		return err
	}
	if x.lost {
		if err := outbox.Post(tx, now, Failed, f.item.ID); err != nil {
			return err
		}
	}
	after := moved{State: to, Code: f.result.Code, Status: f.result.Status, Health: string(x.health)}
	return actor.Audit(tx, now, op, f.item.ID, moved{State: from, Health: string(before)}, after)
}

// task is what the team is told. Whom it corresponds with about a report, and what their server says of them, everybody in the queue need not know.
func (x *failure) task(f *flight) queue.Task {
	t := queue.Task{
		Kind: x.kind, Organisation: f.org, Contact: f.item.Contact, Object: x.object, Title: x.title, Detail: "message " + f.item.ID + ": " + f.result.words(),
		Advice: x.advice,
	}
	if f.item.Contact == release.Correspondent {
		t.Object, t.Title, t.Detail = f.item.ID, "a message in a dialogue about a report did not arrive", "message "+f.item.ID
		t.Advice = "Whoever writes in that dialogue finds out why, and reaches the other side another way."
	}
	return t
}

// mark sets the contact's health. One that is bad already stays so; one that is gone, or has another address by now, is not what failed.
func (x *failure) mark(tx *sqldb.Tx, now time.Time, m Item) (before constituency.Health, err error) {
	if x.health == "" {
		return "", nil
	}
	contact, err := constituency.ContactIn(tx, m.Contact)
	if problem.Is(err, problem.NotFound) || err == nil && contact.Address != m.Address {
		x.health = ""
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if contact.Health == constituency.Bad {
		x.health = constituency.Bad
	}
	before, _, err = constituency.SetHealth(tx, now, m.Contact, x.health)
	return before, err
}

// bounceLife is how long after the latest attempt a report is believed. Servers give up after days; whoever finds a return path in an archive a year
// later must not be able to silence a contact with it.
const bounceLife = 30 * 24 * time.Hour

// Bounce is a report that a message did not arrive after all.
type Bounce struct {
	Permanent          bool
	Status, Diagnostic string // RFC 3463 and the server's words
}

// Bounced notes what came back for a delivery. A permanent failure makes it bounced, marks its contact as the status says, raises a task and
// makes what it told due again; a report of delay is remembered and changes no state. A second report of failure changes nothing. The caller
// has made sure that the report is for this delivery (delivery/token).
//
// Errors: NotFound, Conflict if the delivery was never sent, is being sent right now, or was sent more than 30 days ago.
func (s *Service) Bounced(ctx context.Context, actor identity.Actor, id string, b Bounce) error {
	if err := actor.Authorise(OpBounce, id); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		d, err := load(tx, id)
		if err != nil {
			return err
		}
		if d.State == Bounced && b.Permanent {
			return nil
		}
		if d.Attempts == 0 {
			return problem.New(problem.Conflict, "message %s was never sent, so nothing of it can come back", d.ID)
		}
		if s.Clock.Now().Sub(d.Last) > bounceLife {
			return problem.New(problem.Conflict, "message %s was last sent on %s: no server tries so long, so this is not believed; write to the contact if in doubt",
				d.ID, d.Last.Format(time.DateOnly))
		}
		return s.bounced(tx, actor, d, b)
	})
}

func (s *Service) bounced(tx *sqldb.Tx, actor identity.Actor, d Delivery, b Bounce) error {
	now := s.Clock.Now()
	a := Attempt{Outcome: "delayed", Status: lineOf(b.Status, 20), Detail: lineOf(b.Diagnostic, maxDetail)}
	if !b.Permanent {
		return insertAttempt(tx, now, d.ID, a)
	}
	if err := moveBounce.allows(d.ID, d.State); err != nil {
		return err
	}
	a.Outcome = string(Bounced)
	if err := insertAttempt(tx, now, d.ID, a); err != nil {
		return err
	}
	if err := shift(tx, now, d, moveBounce); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE delivery SET status = $2, detail = $3 WHERE id = $1`, d.ID, a.Status, a.Detail); err != nil {
		return err
	}
	f := d.flight(Result{Outcome: Refused, Code: replyCode(b.Diagnostic), Status: a.Status, Detail: a.Detail, Recipient: true})
	x := refusal(f)
	x.kind = "bounce" // the object tells whether it is about the contact or the way there
	x.title = strings.Replace(x.title, " refuses messages: ", " is not reached, a message came back: ", 1)
	return x.report(tx, now, actor, OpBounce, f, d.State, Bounced)
}

// flight is a delivery as a lane sees it.
func (d Delivery) flight(r Result) *flight {
	return &flight{
		item:   Item{ID: d.ID, Channel: d.Channel, Address: d.Address, Domain: d.Domain, Contact: d.Contact, MessageID: d.MessageID},
		toName: d.ToName, org: d.Organisation, batch: d.Batch, result: r,
	}
}

// replyCode finds the SMTP reply in the words of a report, such as "smtp; 550 5.1.1 no such user"; 0 if it does not begin with one.
func replyCode(diagnostic string) int {
	if kind, rest, found := strings.Cut(diagnostic, ";"); found && strings.EqualFold(strings.TrimSpace(kind), "smtp") {
		diagnostic = rest
	}
	diagnostic = strings.TrimSpace(diagnostic)
	if len(diagnostic) < 3 {
		return 0
	}
	n, err := strconv.Atoi(diagnostic[:3])
	if err != nil || n < 200 || n > 599 {
		return 0
	}
	return n
}
