package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Scope is what a stop order stops: All, or what ScopeOf makes.
type Scope string

// All stops everything.
const All Scope = "all"

// maxWords bounds what people write as a reason, in bytes.
const maxWords = 1000

// ScopeOf makes the scope of one channel, feed or batch: "feed", "shadowserver". "all" takes no name.
func ScopeOf(kind, name string) (Scope, error) {
	switch {
	case kind == string(All) && name == "":
		return All, nil
	case kind == string(All):
		return "", problem.New(problem.Invalid, "all takes no name: it stops everything")
	case kind != "channel" && kind != "feed" && kind != "batch":
		return "", problem.New(problem.Invalid, "%q cannot be stopped: use all, channel NAME, feed NAME or batch ID", kind)
	case name == "" || len(name) > 200:
		return "", problem.New(problem.Invalid, "say which %s", kind)
	}
	return Scope(kind + ":" + name), nil
}

// String writes the scope for people: "feed shadowserver".
func (s Scope) String() string { return strings.Replace(string(s), ":", " ", 1) }

// Words are the scope as the command line takes it: "feed", "shadowserver".
func (s Scope) Words() []string { return strings.SplitN(string(s), ":", 2) }

// StopOrder says what must not be sent, who said so, why and when.
type StopOrder struct {
	Scope   Scope     `json:"scope"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	Waiting int64     `json:"waiting"` // messages that it keeps from being sent
}

// stopped is the condition that a stop order stands for the delivery d.
const stopped = `EXISTS (SELECT 1 FROM stop_order o WHERE ` + covers + `)`

// covers is the condition that the order o stands for the delivery d.
const covers = `(o.scope = 'all' OR o.scope = 'channel:' || d.channel OR o.scope = 'batch:' || d.batch
	OR EXISTS (SELECT 1 FROM delivery_feed f WHERE f.delivery = d.id AND o.scope = 'feed:' || f.feed))`

// Stop ends sending in a scope within a second, in all processes, until Resume: no message is begun, and one that is under way is cut off
// before its end. An order that stands already stays as it is. Stop does not wait; see Quiet.
func (s *Service) Stop(ctx context.Context, actor identity.Actor, scope Scope, reason string) error {
	if err := actor.Authorise(OpStop, string(scope)); err != nil {
		return err
	}
	if reason = lineOf(strings.TrimSpace(reason), maxWords); reason == "" {
		return problem.New(problem.Invalid, "say why, for those who wonder that nothing is sent: --reason")
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.Clock.Now()
		_, err := tx.Exec(`INSERT INTO stop_order (scope, ordered_by, reason, at) VALUES ($1, $2, $3, $4) ON CONFLICT (scope) DO NOTHING`,
			string(scope), actor.String(), reason, now)
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpStop, string(scope), reason, nil, nil)
	})
}

// Resume lifts an order. NotFound if there is none.
func (s *Service) Resume(ctx context.Context, actor identity.Actor, scope Scope) error {
	if err := actor.Authorise(OpResume, string(scope)); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		o := StopOrder{Scope: scope}
		var at int64
		err := tx.QueryRow(`DELETE FROM stop_order WHERE scope = $1 RETURNING ordered_by, reason, at`, string(scope)).Scan(&o.By, &o.Reason, &at)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "nothing stops %s: firehall stop --list shows what is stopped", scope)
		}
		if err != nil {
			return err
		}
		o.At = sqldb.Time(at)
		return actor.Audit(tx, s.Clock.Now(), OpResume, string(scope), o, nil)
	})
}

// Stops lists the orders that stand, the oldest first, and how many messages each keeps from being sent.
func (s *Service) Stops(ctx context.Context, actor identity.Actor) (out []StopOrder, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`SELECT o.scope, o.ordered_by, o.reason, o.at,
				(SELECT count(*) FROM delivery d WHERE d.state IN ('queued', 'doubtful', 'sending') AND `+covers+`)
			FROM stop_order o ORDER BY o.at, o.scope`, nil, func(scan func(...any) error) error {
			var o StopOrder
			var at int64
			if err := scan(&o.Scope, &o.By, &o.Reason, &at, &o.Waiting); err != nil {
				return err
			}
			o.At = sqldb.Time(at)
			out = append(out, o)
			return nil
		})
	})
	return out, err
}

// Quiet waits until nothing that a stop order covers is being sent, at most for so long, and reports whether that is so. What a dead process
// was sending counts as being sent until a lane takes it over.
func (s *Service) Quiet(ctx context.Context, within time.Duration) (quiet bool, err error) {
	for end := time.Now().Add(within); ; {
		err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) = 0 FROM delivery d WHERE d.state = 'sending' AND ` + stopped).Scan(&quiet)
		})
		if err != nil || quiet || time.Now().After(end) {
			return quiet, err
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return false, err
		}
	}
}

// stopsDelivery finds an order that stands for a delivery; "" is none.
func stopsDelivery(tx *sqldb.Tx, id string) (scope Scope, err error) {
	err = tx.QueryRow(`SELECT o.scope FROM stop_order o, delivery d WHERE d.id = $1 AND `+covers+` ORDER BY o.scope LIMIT 1`, id).Scan(&scope)
	if sqldb.NoRows(err) {
		return "", nil
	}
	return scope, err
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
