package session

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Bounds of answers that go on, such as streams of events. Each holds a connection, and there are only so many of those for everybody.
const (
	followEach = 24               // of one session; browsers close those of pages that nobody looks at
	followAll  = 256              // of all sessions, if Options do not say
	followLook = 15 * time.Second // between two looks whether the session still counts
)

// followers are the answers that go on, by session.
type followers struct {
	mu  sync.Mutex
	all int
	of  map[string]map[*follower]bool
}

// follower is one answer that goes on.
type follower struct {
	session string
	actor   identity.Actor
	cancel  context.CancelFunc
}

// Follow is for an answer that goes on as long as its reader is logged in, and is who they were: ctx ends with the request, at once when the
// session is ended or its account is changed in this process, and some seconds later when that was done by another or the session has run out.
// leave must be called at the answer's end.
//
// Errors: Forbidden for a request of nobody who is logged in; Unavailable when the session, or all together, have too many such answers open.
func (m *Manager) Follow(r *http.Request) (ctx context.Context, leave func(), err error) {
	session := m.scs.GetString(r.Context(), keyID)
	actor, ok := m.Actor(r)
	if session == "" || !ok {
		return nil, nil, problem.New(problem.Forbidden, "you are not logged in")
	}
	ctx, cancel := context.WithCancel(r.Context())
	f := &follower{session, actor, cancel}
	if err := m.follow.add(f, m.Follows); err != nil {
		cancel()
		return nil, nil, err
	}
	go m.watch(ctx, f)
	return ctx, func() { m.follow.remove(f) }, nil
}

// watch ends an answer whose session has ended elsewhere, or run out. A database that does not answer ends nothing.
func (m *Manager) watch(ctx context.Context, f *follower) {
	tick := time.NewTicker(m.look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if counts, err := m.counts(ctx, f); err == nil && !counts {
				f.cancel()
				return
			}
		}
	}
}

// counts tells whether a session has neither ended nor run out, and is of somebody who may what they might when the answer began.
func (m *Manager) counts(ctx context.Context, f *follower) (bool, error) {
	who, err := m.person(ctx, f.actor.ID, f.actor.Name)
	if problem.Is(err, problem.Forbidden) || err == nil && !slices.Equal(who.Roles, f.actor.Roles) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, n := m.Clock.Now(), 0
	err = m.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM session WHERE id = $1 AND expires > $2 AND seen > $3`, f.session, now, now.Add(-m.Idle)).Scan(&n)
	})
	return n > 0, err
}

func (s *followers) add(f *follower, most int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.of[f.session]) >= followEach || s.all >= most {
		return problem.New(problem.Unavailable, "too many pages that renew themselves are open: close some of them")
	}
	if s.of[f.session] == nil {
		s.of[f.session] = map[*follower]bool{}
	}
	s.of[f.session][f] = true
	s.all++
	return nil
}

func (s *followers) remove(f *follower) {
	f.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.of[f.session][f] {
		return
	}
	s.all--
	if delete(s.of[f.session], f); len(s.of[f.session]) == 0 {
		delete(s.of, f.session)
	}
}

// end ends the answers of a session that was ended; of all sessions if it is "".
func (s *followers) end(session string) {
	s.endIf(func(f *follower) bool { return session == "" || f.session == session })
}

// endOf ends the answers of an account's sessions.
func (s *followers) endOf(account string) {
	s.endIf(func(f *follower) bool { return f.actor.ID == account })
}

func (s *followers) endIf(meant func(*follower) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range s.of {
		for f := range list {
			if meant(f) {
				f.cancel()
			}
		}
	}
}
