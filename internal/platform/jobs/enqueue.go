package jobs

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Bounds of what may be posted, in bytes.
const (
	maxKind    = 64
	maxSubject = 500
	maxBody    = 64 << 10
)

// Post asks for a piece of work.
type Post struct {
	Kind    string    // as given to Queue.Handle: "feed.process"
	Subject string    // what it is about: an id or a name; at most 500 bytes
	Body    any       // anything else, as JSON of at most 64 KiB; no secrets, since people see it
	Due     time.Time // not before; zero, or a time that has come, is at once
	// Unique posts nothing if a unique job of this kind and subject waits or runs already; a due time that is earlier wins, though not over
	// the pause before another attempt. The body stays that of the first post.
	Unique bool
	// Again, with Unique, lets one that runs already run once more after its end, at Due: for work that may have looked before the change that
	// is being posted, and for a job that posts its own next run.
	Again bool
}

// Enqueue posts a job in the transaction of the change that asks for it: both are there, or neither. It returns the id of the job that will do
// the work, which is not a new one if p is Unique and such a job was there. Call Queue.Wake after the commit, or the job begins within a second.
//
// Errors: Invalid for a kind, subject or body that is too long or no text.
func Enqueue(tx *sqldb.Tx, now time.Time, p Post) (name string, err error) {
	body, err := p.check()
	if err != nil {
		return "", err
	}
	due := int64(0)
	if p.Due.After(now) {
		due = sqldb.Millis(p.Due)
	}
	err = tx.QueryRow(`INSERT INTO job AS j (id, kind, subject, body, single, again, state, epoch, beat, holder, attempts, due, posted, began, ended,
			error, progress)
		VALUES ($1, $2, $3, $4, $5, -1, 'waiting', 0, 0, '', 0, $6, $7, 0, 0, '', '')
		ON CONFLICT (kind, subject) WHERE single = 1 AND state IN ('waiting', 'running') DO UPDATE SET
			due = CASE WHEN j.state = 'waiting' AND j.attempts = 0 AND excluded.due < j.due THEN excluded.due ELSE j.due END,
			again = CASE WHEN j.state = 'running' AND CAST($8 AS BIGINT) = 1 AND (j.again = -1 OR excluded.due < j.again)
				THEN excluded.due ELSE j.again END
		RETURNING id`, id.NewAt(now), p.Kind, p.Subject, string(body), b(p.Unique), due, now, b(p.Again)).Scan(&name)
	return name, err
}

// b is how both engines keep a boolean.
func b(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

func (p Post) check() ([]byte, error) {
	body, err := json.Marshal(p.Body)
	switch {
	case err != nil:
		return nil, problem.Wrap(problem.Internal, err, "the body of a job %q", p.Kind)
	case p.Kind == "" || len(p.Kind) > maxKind || !plain(p.Kind):
		return nil, problem.New(problem.Invalid, "a job's kind must be 1 to %d bytes of text, not %q", maxKind, clean(p.Kind, maxKind))
	case len(p.Subject) > maxSubject || !plain(p.Subject):
		return nil, problem.New(problem.Invalid, "the subject of a job %q must be at most %d bytes of text", p.Kind, maxSubject)
	case len(body) > maxBody:
		return nil, problem.New(problem.Invalid, "the body of a job %q has %d bytes, more than %d: store it elsewhere and post its id", p.Kind, len(body), maxBody)
	case p.Again && !p.Unique:
		return nil, problem.New(problem.Internal, "a job %q that is posted with Again must be Unique", p.Kind)
	}
	return body, nil
}

// plain reports whether both engines store a text as it is: PostgreSQL refuses zero bytes and what is not UTF-8.
func plain(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
