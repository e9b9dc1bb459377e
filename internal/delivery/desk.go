package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// Query says which deliveries to list; empty fields narrow nothing.
type Query struct {
	State        State
	States       []State // any of these
	Organisation string  // id
	Batch        string
	Feed         string // that it speaks of
	Channel      string
	Address      string // exactly
	Ticket       string // exactly
	page.Request
}

// List gives deliveries, the newest first, without their bytes.
func (s *Service) List(ctx context.Context, actor identity.Actor, q Query) (p page.Page[Delivery], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return p, err
	}
	where, args := []string{"true"}, []any{q.Rows() + 1}
	narrow := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	var after string
	if more, err := q.After.Into(&after); err != nil {
		return p, err
	} else if more {
		narrow("d.id < $%d", after)
	}
	for _, f := range []struct{ column, value string }{
		{"state", string(q.State)}, {"organisation", q.Organisation}, {"batch", q.Batch}, {"channel", q.Channel}, {"address", q.Address}, {"ticket", q.Ticket},
	} {
		if f.value != "" {
			narrow("d."+f.column+" = $%d", f.value)
		}
	}
	if q.Feed != "" {
		narrow("EXISTS (SELECT 1 FROM delivery_feed f WHERE f.delivery = d.id AND f.feed = $%d)", q.Feed)
	}
	if len(q.States) > 0 {
		where = append(where, "d.state IN ("+quotedStates(q.States)+")")
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		seen, args, err := s.seen(tx, actor, args)
		if err != nil {
			return err
		}
		rows, err := list(tx, strings.Join(append(where, seen), " AND "), args)
		p = page.Cut(rows, q.Rows(), func(d Delivery) []any { return []any{d.ID} })
		return err
	})
	return p, err
}

// quotedStates writes states as SQL has them; what is no state is left out.
func quotedStates(list []State) string {
	out := []string{"''"}
	for _, s := range States() {
		if slices.Contains(list, s) {
			out = append(out, "'"+string(s)+"'")
		}
	}
	return strings.Join(out, ", ")
}

// list reads deliveries by a condition made of our own words; $1 is how many.
func list(tx *sqldb.Tx, where string, args []any) (out []Delivery, err error) {
	err = tx.Each(`SELECT `+deliveryColumns+` FROM delivery d WHERE `+where+` ORDER BY d.id DESC LIMIT $1`, args, func(scan func(...any) error) error {
		d, err := scanDelivery(scan)
		out = append(out, d)
		return err
	})
	return out, err
}

// Outbox is how much lies where.
type Outbox struct {
	States map[State]int64 `json:"states"`
	Tally                  // what waits, and why channels do not work; nothing is sent
}

// Count counts the deliveries by state, and tells what keeps those that wait.
func (s *Service) Count(ctx context.Context, actor identity.Actor) (o Outbox, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return o, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		o = Outbox{States: map[State]int64{}}
		var down []string
		err := tx.Each(`SELECT channel, reason FROM delivery_down ORDER BY channel`, nil, func(scan func(...any) error) error {
			var channel, reason string
			err := scan(&channel, &reason)
			down = append(down, channel+": "+reason)
			return err
		})
		if err != nil {
			return err
		}
		seen, args, err := s.seen(tx, identity.Actor{}, nil)
		if err != nil {
			return err
		}
		err = tx.Each(`SELECT d.state, count(*) FROM delivery d WHERE `+seen+` GROUP BY d.state`, args, func(scan func(...any) error) error {
			var state State
			var n int64
			err := scan(&state, &n)
			o.States[state] = n
			return err
		})
		if err != nil {
			return err
		}
		return s.remains(tx, &o.Tally, down)
	})
	return o, err
}

// Get gives one delivery, and its attempts that did not end in acceptance, the oldest first. NotFound if there is none.
func (s *Service) Get(ctx context.Context, actor identity.Actor, id string) (d Delivery, attempts []Attempt, err error) {
	if err := actor.Authorise(OpRead, id); err != nil {
		return d, nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if d, err = s.load(tx, actor, id); err != nil {
			return err
		}
		if d.Feeds, err = feedsOf(tx, id); err != nil {
			return err
		}
		h, err := release.HandlingOf(tx, strings.Fields(d.Decision))
		if err != nil {
			return err
		}
		d.Under = h.Lines(d.Label)
		if !d.State.Final() {
			if d.Stopped, err = stopsDelivery(tx, id); err != nil {
				return err
			}
		}
		attempts, err = attemptsOf(tx, id)
		return err
	})
	return d, attempts, err
}

// Bytes gives what is sent, byte for byte. NotFound if there is no such delivery, or its bytes have been forgotten.
func (s *Service) Bytes(ctx context.Context, actor identity.Actor, id string) (b []byte, err error) {
	if err := actor.Authorise(OpRead, id); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if _, err := s.load(tx, actor, id); err != nil {
			return err
		}
		b, err = s.codec.load(tx, id)
		return err
	})
	return b, err
}

// Release lets a held message go. Errors: NotFound; Conflict if it is not held.
func (s *Service) Release(ctx context.Context, actor identity.Actor, id string) error {
	return s.shift(ctx, actor, OpRelease, id, "", moveRelease)
}

// Confirm ends a message in doubt of which somebody knows that it arrived. Errors: Invalid without a reason; NotFound; Conflict if it is not in
// doubt.
func (s *Service) Confirm(ctx context.Context, actor identity.Actor, id, reason string) error {
	if reason = lineOf(strings.TrimSpace(reason), maxWords); reason == "" {
		return problem.New(problem.Invalid, "say how you know that message %s arrived: --reason", lineOf(id, 40))
	}
	return s.shift(ctx, actor, OpConfirm, id, reason, moveConfirm)
}

// Retry makes a message due now that waits, or queues one that was refused, as if it were new; a refused one may be told twice, since what it
// told is due again. Errors: NotFound; Conflict if its state does not allow it or its bytes have been forgotten.
func (s *Service) Retry(ctx context.Context, actor identity.Actor, id string) error {
	return s.shift(ctx, actor, OpRetry, id, "", moveRetry)
}

// Cancel keeps a message from being sent for good; what it was to tell is due again. Errors: Invalid without a reason; NotFound; Conflict if
// it is being sent or has ended.
func (s *Service) Cancel(ctx context.Context, actor identity.Actor, id, reason string) error {
	if reason = lineOf(strings.TrimSpace(reason), maxWords); reason == "" {
		return problem.New(problem.Invalid, "say why message %s is not to be sent: --reason", lineOf(id, 40))
	}
	return s.shift(ctx, actor, OpCancel, id, reason, moveCancel)
}

// shift makes a person's move.
func (s *Service) shift(ctx context.Context, actor identity.Actor, op identity.Operation, id, reason string, m Move) error {
	if err := actor.Authorise(op, id); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		d, err := s.load(tx, actor, id)
		if err != nil {
			return err
		}
		if err := m.allows(id, d.State); err != nil {
			return err
		}
		if m.Name == moveConfirm.Name && !d.Reached() {
			return problem.New(problem.Conflict, "message %s was never sent: it is kept back, so it cannot have arrived", id)
		}
		now := s.Clock.Now()
		if err := shift(tx, now, d, m); err != nil {
			return err
		}
		if err := s.afterShift(tx, now, d, m, reason); err != nil {
			return err
		}
		return actor.AuditReason(tx, now, op, id, reason, moved{State: d.State}, moved{State: m.To})
	})
}

// afterShift does what a person's move brings with it.
func (s *Service) afterShift(tx *sqldb.Tx, now time.Time, d Delivery, m Move, reason string) error {
	switch m.Name {
	case moveConfirm.Name:
		_, err := tx.Exec(`UPDATE delivery SET detail = $2 WHERE id = $1`, d.ID, reason)
		return err
	case moveCancel.Name:
		if _, err := tx.Exec(`UPDATE delivery SET detail = $2 WHERE id = $1`, d.ID, reason); err != nil {
			return err
		}
		return outbox.Post(tx, now, Failed, d.ID)
	case moveRetry.Name:
		if d.State != Rejected {
			return nil
		}
		if _, err := s.codec.load(tx, d.ID); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE delivery SET attempt = 0, first_at = 0 WHERE id = $1`, d.ID)
		return err
	}
	return nil
}

// forgetBatch is how many bodies one transaction drops.
const forgetBatch = 500

// Forget drops the bytes of messages that ended longer ago; their rows stay. It returns how many it dropped.
func (s *Service) Forget(ctx context.Context, actor identity.Actor, olderThan time.Duration) (total int64, err error) {
	if err := actor.Authorise(OpForget, ""); err != nil {
		return 0, err
	}
	before := s.Clock.Now().Add(-olderThan)
	for {
		var n int64
		err := s.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM delivery_body WHERE delivery IN (
				SELECT b.delivery FROM delivery_body b JOIN delivery d ON d.id = b.delivery
				WHERE d.settled_at > 0 AND d.settled_at < $1 LIMIT $2)`, before, forgetBatch)
			if err != nil || n == 0 {
				return err
			}
			return actor.Audit(tx, s.Clock.Now(), OpForget, "", nil, map[string]any{"messages": n, "ended_before": before})
		})
		total += n
		if err != nil || n < forgetBatch {
			return total, err
		}
	}
}
