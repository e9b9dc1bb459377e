// Package idempotent lets a request be sent again safely: it remembers, under a key that the caller chose, what was answered, for a day.
//
// A key belongs to who used it. While its request is being worked on, and for some minutes after a process died over it, the same key is told
// to wait; the same key for another request is refused. What the request did and what is remembered of it are two transactions: after a
// crash between them a repeat is carried out again, so operations must still be such that doing them twice does no harm.
package idempotent

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const (
	// Keep is how long an answer is remembered.
	Keep = 24 * time.Hour
	// stuck is how long a request may be worked on before it counts as dead.
	stuck = 5 * time.Minute
	// mostBody bounds what is kept of an answer, in bytes.
	mostBody = 256 << 10
)

// What Begin says of a key that cannot be used now.
var (
	ErrRunning = errors.New("the request with this key is being worked on")
	ErrOther   = errors.New("the key was used for another request")
)

// Call is a request under a key.
type Call struct {
	Actor, Key string
	What       [32]byte // a digest of the request
}

// digest is under what the call is kept: keys are other people's text.
func (c Call) digest() []byte {
	sum := sha256.Sum256([]byte(c.Actor + "\x00" + c.Key))
	return sum[:]
}

// Answer is what was answered.
type Answer struct {
	Status int
	Type   string // of the content
	Body   []byte
}

// Store remembers in a database.
type Store struct {
	DB    *sqldb.DB
	Clock clock.Clock
}

// Begin takes the key for a request. It gives the answer if there is one, nil if the request is to be carried out, then to be followed by
// Finish or Drop. Errors: ErrRunning, ErrOther, and those of the database.
func (s *Store) Begin(ctx context.Context, c Call) (had *Answer, err error) {
	now := s.Clock.Now()
	var refused error
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		had, refused = nil, nil
		if _, err := tx.Exec(`DELETE FROM api_repeat WHERE digest = $1 AND (at < $2 OR status = 0 AND at < $3)`,
			c.digest(), sqldb.Millis(now.Add(-Keep)), sqldb.Millis(now.Add(-stuck))); err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO api_repeat (digest, what, status, kind, body, at) VALUES ($1, $2, 0, '', $3, $4) ON CONFLICT (digest) DO NOTHING`,
			c.digest(), c.What[:], []byte{}, sqldb.Millis(now))
		if err != nil || n > 0 {
			return err
		}
		had, refused, err = find(tx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return had, refused
}

// find reads what is kept of a call that was made before; refused says why it cannot be answered.
func find(tx *sqldb.Tx, c Call) (had *Answer, refused, err error) {
	var what []byte
	var a Answer
	if err := tx.QueryRow(`SELECT what, status, kind, body FROM api_repeat WHERE digest = $1`, c.digest()).Scan(&what, &a.Status, &a.Type, &a.Body); err != nil {
		return nil, nil, err
	}
	switch {
	case string(what) != string(c.What[:]):
		return nil, ErrOther, nil
	case a.Status == 0:
		return nil, ErrRunning, nil
	}
	return &a, nil, nil
}

// Finish keeps the answer. One that is too long is not kept: then a repeat is carried out.
func (s *Store) Finish(ctx context.Context, c Call, a Answer) error {
	if len(a.Body) > mostBody {
		return s.Drop(ctx, c)
	}
	return s.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE api_repeat SET status = $1, kind = $2, body = $3 WHERE digest = $4`, a.Status, a.Type, append([]byte{}, a.Body...), c.digest())
		return err
	})
}

// Drop forgets a call, so that it can be made again.
func (s *Store) Drop(ctx context.Context, c Call) error {
	return s.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM api_repeat WHERE digest = $1 AND status = 0`, c.digest())
		return err
	})
}

// Forget drops what is older than Keep, and gives how many that were.
func (s *Store) Forget(ctx context.Context) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		n, err = tx.Exec(`DELETE FROM api_repeat WHERE at < $1`, sqldb.Millis(s.Clock.Now().Add(-Keep)))
		return err
	})
	return n, err
}
