package session

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// begin makes the session of a request that of a person who has just been let in.
func (m *Manager) begin(r *http.Request, now time.Time, a identity.Actor) error {
	ctx := r.Context()
	if err := m.scs.Clear(ctx); err != nil {
		return err
	}
	if err := m.scs.RenewToken(ctx); err != nil {
		return problem.Wrap(problem.Unavailable, err, "begin a session")
	}
	m.scs.SetDeadline(ctx, now.Add(m.Lifetime))
	for key, text := range map[string]string{
		keyID: id.NewAt(now), keyActor: a.ID, keyName: a.Name, keyAddress: host(r.RemoteAddr), keyAgent: clean(r.UserAgent(), 200), keyNew: "1",
		keyProved: strconv.FormatInt(sqldb.Millis(now), 10),
	} {
		m.scs.Put(ctx, key, text)
	}
	return nil
}

// clean makes a text of the browser's harmless and short.
func clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

// forgetOld removes sessions and links that are over.
func forgetOld(tx *sqldb.Tx, now time.Time) error {
	if _, err := tx.Exec(`DELETE FROM session WHERE expires <= $1`, now); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM login_link WHERE expires <= $1`, now)
	return err
}

func insertLink(tx *sqldb.Tx, link string, secret []byte, person identity.Actor, expires time.Time) error {
	_, err := tx.Exec(`INSERT INTO login_link (id, secret, actor, name, expires) VALUES ($1, $2, $3, $4, $5)`,
		link, secret, person.ID, person.Name, expires)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM login_link WHERE actor = $1 AND id NOT IN
		(SELECT id FROM login_link WHERE actor = $1 ORDER BY expires DESC, id DESC LIMIT $2)`, person.ID, maxLinks)
	return err
}

// takeLink removes a link and tells the digest of its secret, and whom it lets in.
func takeLink(tx *sqldb.Tx, link string, now time.Time) (secret []byte, actor, name string, err error) {
	var expires int64
	err = tx.QueryRow(`DELETE FROM login_link WHERE id = $1 RETURNING secret, actor, name, expires`, link).Scan(&secret, &actor, &name, &expires)
	if sqldb.NoRows(err) {
		return nil, "", "", errLink
	}
	if err == nil && !now.Before(sqldb.Time(expires)) {
		return nil, "", "", errLink
	}
	return secret, actor, name, err
}

// EndAll is Manager.EndAll in a transaction that does more, as a restore does.
func EndAll(tx *sqldb.Tx, now time.Time, actor identity.Actor) (int64, error) {
	if err := actor.Authorise(OpEndAll, "sessions"); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`DELETE FROM session`)
	if err != nil {
		return 0, err
	}
	links, err := tx.Exec(`DELETE FROM login_link`)
	if err != nil {
		return 0, err
	}
	return n, actor.Audit(tx, now, OpEndAll, "sessions", nil, map[string]int64{"sessions": n, "links": links})
}

// EndOf ends the sessions of one account, and makes its login links useless, in a transaction that does more, as disabling it does. Answers
// that go on end when Refresh is called after the commit.
func EndOf(tx *sqldb.Tx, now time.Time, actor identity.Actor, account string) (int64, error) {
	if err := actor.Authorise(OpEnd, account); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`DELETE FROM session WHERE actor = $1`, account)
	if err != nil {
		return 0, err
	}
	links, err := tx.Exec(`DELETE FROM login_link WHERE actor = $1`, account)
	if err != nil || n+links == 0 {
		return 0, err
	}
	return n, actor.Audit(tx, now, OpEnd, account, nil, map[string]int64{"sessions": n, "links": links})
}

// EndOne ends a session by its id: one's own, or anybody's with session.end.
func (m *Manager) EndOne(ctx context.Context, actor identity.Actor, session string) error {
	if err := actor.Authorise(OpOwn, session); err != nil {
		return err
	}
	everybody, n := actor.May(OpEnd), int64(0)
	err := m.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		n, err = tx.Exec(`DELETE FROM session WHERE id = $1 AND (actor = $2 OR CAST($3 AS BIGINT) = 1)`, session, actor.ID, everybody)
		if err != nil || n == 0 {
			return err
		}
		return actor.Audit(tx, m.Clock.Now(), OpEnd, session, nil, nil)
	})
	if err == nil && n > 0 {
		m.follow.end(session)
	}
	return err
}

// List tells who is logged in, the latest first; at most a thousand.
func (m *Manager) List(ctx context.Context, actor identity.Actor) ([]Session, error) {
	if err := actor.Authorise(OpRead, "sessions"); err != nil {
		return nil, err
	}
	return m.list(ctx, "")
}

// list reads the sessions that count, of one actor or, if it is empty, of all.
func (m *Manager) list(ctx context.Context, of string) (list []Session, err error) {
	now := m.Clock.Now()
	err = m.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT id, actor, name, address, agent, began, seen, expires FROM session WHERE expires > $1 AND seen > $2
			AND ($3 = '' OR actor = $3) ORDER BY began DESC, id LIMIT 1000`, []any{now, now.Add(-m.Idle), of}, func(scan func(...any) error) error {
			var s Session
			var began, seen, expires int64
			if err := scan(&s.ID, &s.Actor, &s.Name, &s.Address, &s.Agent, &began, &seen, &expires); err != nil {
				return err
			}
			s.Began, s.Seen, s.Expires = sqldb.Time(began), sqldb.Time(seen), sqldb.Time(expires)
			list = append(list, s)
			return nil
		})
	})
	return list, err
}

// store keeps sessions for scs.
type store struct{ *Manager }

// Find tells what a session holds, if it counts still.
func (s *store) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	now, key := s.Clock.Now(), digest([]byte(token))
	var data string
	var seen int64
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT data, seen FROM session WHERE token = $1 AND expires > $2 AND seen > $3`, key, now, now.Add(-s.Idle)).Scan(&data, &seen)
	})
	if problem.Is(err, problem.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	s.touch(ctx, key, now, sqldb.Time(seen))
	return []byte(data), true, nil
}

// touch notes that a session is used, now and then: not every look at a page should wait for the disk.
func (s *store) touch(ctx context.Context, key []byte, now, seen time.Time) {
	if now.Sub(seen) < s.Idle/16 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	err := s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE session SET seen = $2 WHERE token = $1`, key, now)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "noting that a session is used", "error", err)
	}
}

// Commit keeps what a session holds. One that was ended meanwhile stays ended: only a session that has just begun is added.
func (s *store) CommitCtx(ctx context.Context, token string, b []byte, expires time.Time) error {
	values, err := decode(b)
	if err != nil {
		return err
	}
	now, key := s.Clock.Now(), digest([]byte(token))
	if values[keyNew] == "" {
		return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE session SET data = $2 WHERE token = $1`, key, string(b))
			return err
		})
	}
	delete(values, keyNew)
	data, err := encode(values, expires)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO session (id, token, actor, name, address, agent, began, seen, expires, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)`, values[keyID], key, values[keyActor], values[keyName], values[keyAddress],
			values[keyAgent], now, expires, string(data))
		return err
	})
}

// DeleteCtx forgets a session.
func (s *store) DeleteCtx(ctx context.Context, token string) error {
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM session WHERE token = $1`, digest([]byte(token)))
		return err
	})
}

// Find is FindCtx; scs wants it to be there.
func (s *store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx; scs wants it to be there.
func (s *store) Commit(token string, b []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expires)
}

// Delete is DeleteCtx; scs wants it to be there.
func (s *store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
