package session

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// keyProved is when the session's person last proved who they are, in milliseconds.
const keyProved = "proved"

// Begin makes the session of a request that of a person who has just proved who they are, in some other way than by a link; whoever let them in
// has noted it. It takes the place of the session that the browser had, under a new token, also when it was the same person's.
func (m *Manager) Begin(r *http.Request, a identity.Actor) error {
	return m.BeginProved(r, a, m.Clock.Now())
}

// BeginProved is Begin for somebody of whom others say when they proved who they are; zero: nobody knows, and it counts as long ago.
func (m *Manager) BeginProved(r *http.Request, a identity.Actor, at time.Time) error {
	old, now := m.scs.GetString(r.Context(), keyID), m.Clock.Now()
	if err := m.begin(r, now, a); err != nil {
		return err
	}
	if at.Before(now) {
		m.scs.Put(r.Context(), keyProved, strconv.FormatInt(max(0, sqldb.Millis(at)), 10))
	}
	if old != "" {
		m.follow.end(old)
	}
	return nil
}

// Proved tells when the person of a request last proved who they are; the zero time for nobody.
func (m *Manager) Proved(r *http.Request) time.Time {
	ms, err := strconv.ParseInt(m.scs.GetString(r.Context(), keyProved), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

// ProvedWithin tells whether the person of a request proved who they are not longer ago than that: what lasts longer than a stolen session (a token,
// an invitation, a role) asks for it.
func (m *Manager) ProvedWithin(r *http.Request, d time.Duration) bool {
	at := m.Proved(r)
	return !at.IsZero() && m.Clock.Now().Sub(at) <= d
}

// Current is the id of a request's session; empty for nobody's.
func (m *Manager) Current(r *http.Request) string { return m.scs.GetString(r.Context(), keyID) }

// Mine lists the sessions of who asks, the latest first.
func (m *Manager) Mine(ctx context.Context, actor identity.Actor) ([]Session, error) {
	if err := actor.Authorise(OpOwn, actor.ID); err != nil {
		return nil, err
	}
	return m.list(ctx, actor.ID)
}

// EndOthers ends the sessions of who asks, but for the one of this request.
func (m *Manager) EndOthers(r *http.Request, actor identity.Actor) error {
	if err := actor.Authorise(OpOwn, actor.ID); err != nil {
		return err
	}
	var ended []string
	err := m.DB.Write(r.Context(), func(tx *sqldb.Tx) error {
		ended = nil
		err := tx.Each(`DELETE FROM session WHERE actor = $1 AND id <> $2 RETURNING id`, []any{actor.ID, m.Current(r)}, func(scan func(...any) error) error {
			var one string
			err := scan(&one)
			ended = append(ended, one)
			return err
		})
		if err != nil || len(ended) == 0 {
			return err
		}
		return actor.Audit(tx, m.Clock.Now(), OpOwn, actor.ID, map[string][]string{"sessions": ended}, nil)
	})
	if err != nil {
		return err
	}
	for _, one := range ended {
		m.follow.end(one)
	}
	return nil
}
