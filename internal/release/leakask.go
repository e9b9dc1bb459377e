package release

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// AskLeak asks a second person to let a stopped copy go as it is: exactly its words, to exactly its recipient. Errors: Forbidden; NotFound; Conflict if
// somebody was asked before; Invalid without a reason.
func (s *Service) AskLeak(ctx context.Context, actor identity.Actor, stopped, reason string) error {
	if err := actor.Authorise(OpLeak, stopped); err != nil {
		return err
	}
	if actor.Kind == identity.SystemKind {
		return problem.New(problem.Forbidden, "who asks is a person, and %s is none", actor)
	}
	reason, err := cleanReason(reason)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := s.stopped(tx, actor, stopped)
		if err != nil {
			return err
		}
		if c.State != StopFound {
			return problem.New(problem.Conflict, "a second person was asked about it before: it is %s", c.State)
		}
		now := s.o.Clock.Now()
		_, err = tx.Exec(`UPDATE release_leak SET state = 'asked', asked_for = $2, asked_by = $3, asked_at = $4 WHERE id = $1`, c.ID, reason, actor.ID, now)
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpLeak, c.ID, reason, map[string]any{"state": c.State}, map[string]any{"state": StopAsked})
	})
}

// SettleLeak is the second person's word about a stopped copy: let it go, or not. Who let it go has seen the places. Errors: Forbidden for who wrote or asked,
// and for a program; NotFound; Conflict if nobody is asked; Invalid without a reason.
func (s *Service) SettleLeak(ctx context.Context, actor identity.Actor, stopped string, let bool, reason string) error {
	if err := actor.Authorise(OpSecond, stopped); err != nil {
		return err
	}
	if actor.Kind == identity.SystemKind {
		return problem.New(problem.Forbidden, "a second person is a person, and %s is none", actor)
	}
	reason, err := cleanReason(reason)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := s.stopped(tx, actor, stopped)
		if err != nil {
			return err
		}
		own, err := c.of(tx, actor)
		switch {
		case err != nil:
			return err
		case c.State != StopAsked:
			return problem.New(problem.Conflict, "nobody is asked about it: it is %s", c.State)
		case own:
			return problem.New(problem.Forbidden, "it is your own letter, or you asked for it yourself: another person has to look at it")
		}
		state, now := StopRefused, s.o.Clock.Now()
		if let {
			state = StopApproved
		}
		_, err = tx.Exec(`UPDATE release_leak SET state = $2, seconder = $3, seconded_at = $4, seconded_for = $5 WHERE id = $1`, c.ID, string(state), actor.ID, now, reason)
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpSecond, c.ID, reason, map[string]any{"state": c.State}, map[string]any{"state": state, "asked": c.AskedBy})
	})
}

// of tells whether an actor wrote the copy, or asked about it, themselves or by a program of theirs.
func (c StoppedCopy) of(tx *sqldb.Tx, actor identity.Actor) (bool, error) {
	own, err := token.Same(tx, c.AskedBy, actor)
	if err != nil || own {
		return own, err
	}
	return token.Same(tx, c.FoundBy, actor)
}

const stopColumns = `d.id, d.item_kind, d.item_id, d.organisation, d.relation, d.places, d.state, d.found_by, d.found_at, d.asked_by, d.asked_for, d.asked_at,
	d.seconder, d.seconded_at, d.seconded_for`

func (s *Service) scanStop(actor identity.Actor, scan func(...any) error) (c StoppedCopy, err error) {
	var places []byte
	var found, asked, seconded int64
	err = scan(&c.ID, &c.Kind, &c.Item, &c.Organisation, &c.To, &places, &c.State, &c.FoundBy, &found, &c.AskedBy, &c.For, &asked, &c.Seconder, &seconded, &c.SecondedFor)
	c.Found, c.Asked, c.Seconded = sqldb.Time(found), sqldb.Time(asked), sqldb.Time(seconded)
	if err != nil || !actor.May(OpLeak) && !actor.May(OpSecond) {
		return c, err
	}
	k, err := s.stopKey(c.ID)
	if err != nil {
		return c, err
	}
	text, err := k.Open("places", places)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c.Places)
}

// stopped reads a stopped copy that the actor may know of.
func (s *Service) stopped(tx *sqldb.Tx, actor identity.Actor, name string) (StoppedCopy, error) {
	seen, args, err := s.seen(tx, actor, []any{name})
	if err != nil {
		return StoppedCopy{}, err
	}
	c, err := s.scanStop(actor, tx.QueryRow("SELECT "+stopColumns+" FROM release_leak d WHERE d.id = $1 AND "+seen, args...).Scan)
	if sqldb.NoRows(err) {
		return c, problem.New(problem.NotFound, "no copy %q was stopped: firehall release leaks shows them", name)
	}
	return c, err
}

// StoppedCopies lists copies that named somebody, the newest first, at most 100; no state means all.
func (s *Service) StoppedCopies(ctx context.Context, actor identity.Actor, states ...Stop) (list []StoppedCopy, err error) {
	if err := actor.Authorise(OpRead, "stopped"); err != nil {
		return nil, err
	}
	if len(states) == 0 {
		states = Stops()
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		seen, args, err := s.seen(tx, actor, nil)
		if err != nil {
			return err
		}
		marks := make([]string, len(states))
		for i, state := range states {
			args = append(args, string(state))
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		list = nil
		return tx.Each("SELECT "+stopColumns+" FROM release_leak d WHERE "+seen+" AND d.state IN ("+strings.Join(marks, ", ")+") ORDER BY d.id DESC LIMIT 100", args,
			func(scan func(...any) error) error {
				c, err := s.scanStop(actor, scan)
				list = append(list, c)
				return err
			})
	})
	return list, err
}

// StoppedCopy gives one. Errors: NotFound, the same for one that the actor may not know of.
func (s *Service) StoppedCopy(ctx context.Context, actor identity.Actor, name string) (c StoppedCopy, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return c, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		c, err = s.stopped(tx, actor, name)
		return err
	})
	return c, err
}

// forgetStops drops copies that were stopped long ago.
func forgetStops(tx *sqldb.Tx, now time.Time) error {
	_, err := tx.Exec(`DELETE FROM release_leak WHERE found_at < $1`, now.Add(-stopKept))
	return err
}
