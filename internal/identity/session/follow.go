package session

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
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
	cancel  context.CancelFunc
}

// Follow is for an answer that goes on as long as its reader is logged in: ctx ends with the request, at once when the session is ended in this
// process, and some seconds later when it was ended by another or has run out. leave must be called at the answer's end.
//
// Errors: Forbidden for a request of nobody who is logged in; Unavailable when the session, or all together, have too many such answers open.
func (m *Manager) Follow(r *http.Request) (ctx context.Context, leave func(), err error) {
	session := m.scs.GetString(r.Context(), keyID)
	if session == "" {
		return nil, nil, problem.New(problem.Forbidden, "you are not logged in")
	}
	ctx, cancel := context.WithCancel(r.Context())
	f := &follower{session, cancel}
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
			if counts, err := m.counts(ctx, f.session); err == nil && !counts {
				f.cancel()
				return
			}
		}
	}
}

// counts tells whether a session has neither ended nor run out.
func (m *Manager) counts(ctx context.Context, session string) (bool, error) {
	now, n := m.Clock.Now(), 0
	err := m.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM session WHERE id = $1 AND expires > $2 AND seen > $3`, session, now, now.Add(-m.Idle)).Scan(&n)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	for one, list := range s.of {
		if session != "" && one != session {
			continue
		}
		for f := range list {
			f.cancel()
		}
	}
}
