// Package queue is the team's own queue: what a person has to look at because Firehall cannot, or may not, decide it.
//
// A task says what happened, to what, and what to do. There is one open task for the same kind and object; raising it again counts. Tasks
// are raised inside the transaction of what they tell of, and are done by a person, who says what came of it.
package queue

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Task is one thing to look at.
type Task struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"`                   // bounce, refused, given-up, in-doubt, no-contact, no-key, ...
	Organisation string    `json:"organisation,omitempty"` // id
	Contact      string    `json:"contact,omitempty"`      // id
	Object       string    `json:"object"`                 // what it is about: an id, or a name
	Title        string    `json:"title"`                  // one line
	Detail       string    `json:"detail,omitempty"`       // the words of the other side, of the latest time
	Advice       string    `json:"advice,omitempty"`       // what to do
	Count        int       `json:"count"`                  // how often it was raised
	Raised       time.Time `json:"raised"`
	Last         time.Time `json:"last"` // when it was raised last
	Done         time.Time `json:"done,omitzero"`
	DoneBy       string    `json:"done_by,omitempty"`
	Outcome      string    `json:"outcome,omitempty"`
}

// Queue is the queue kept in a database.
type Queue struct {
	db    *sqldb.DB
	clock clock.Clock
}

// New returns the queue kept in db.
func New(db *sqldb.DB, c clock.Clock) *Queue { return &Queue{db: db, clock: c} }

// The operations: ending a task, reading the queue, forgetting tasks that are done.
const (
	OpDone   identity.Operation = "queue.done"
	OpRead   identity.Operation = "queue.read"
	OpForget identity.Operation = "queue.forget"
)

// Limits of what people and other sides may say, in bytes.
const (
	maxTitle = 300
	maxText  = 4000
)

// Raise puts a task into the queue, or counts it and takes its newer words if one of the same kind and object is open. It is a step of
// somebody's operation and does not authorise; it returns the task's id. Internal if kind, object or title are missing.
func Raise(tx *sqldb.Tx, now time.Time, t Task) (name string, err error) {
	if t.Kind == "" || t.Object == "" || t.Title == "" {
		return "", problem.New(problem.Internal, "a task needs a kind, an object and a title: %q, %q, %q", t.Kind, t.Object, t.Title)
	}
	err = tx.QueryRow(`INSERT INTO task AS t (id, kind, organisation, contact, object, title, detail, advice, raised, last, count, done, done_by, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1, 0, '', '')
		ON CONFLICT (kind, object) WHERE done = 0
		DO UPDATE SET count = t.count + 1, last = excluded.last, title = excluded.title, detail = excluded.detail, advice = excluded.advice
		RETURNING id`, id.NewAt(now), t.Kind, t.Organisation, t.Contact, t.Object, cut(t.Title, maxTitle), cut(t.Detail, maxText), cut(t.Advice, maxText),
		sqldb.Millis(now)).Scan(&name)
	return name, err
}

// Raised tells whether a task of a kind and object was ever raised, be it done or not, as long as it is remembered. It is a step of somebody's operation.
func Raised(tx *sqldb.Tx, kind, object string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM task WHERE kind = $1 AND object = $2`, kind, object).Scan(&n)
	return n > 0, err
}

// cut bounds a text and takes control characters out.
func cut(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

const taskColumns = `id, kind, organisation, contact, object, title, detail, advice, raised, last, count, done, done_by, outcome`

// List gives the tasks raised last first: the open ones, or with all those that are done too. limit 0 is 100, and 1,000 the most.
func (q *Queue) List(ctx context.Context, actor identity.Actor, all bool, limit int) (out []Task, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	err = q.db.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`SELECT `+taskColumns+` FROM task WHERE done = 0 OR CAST($1 AS BIGINT) = 1 ORDER BY last DESC, id DESC LIMIT $2`,
			[]any{all, page.Request{Limit: limit}.Rows()}, func(scan func(...any) error) error {
				t, err := read(scan)
				out = append(out, t)
				return err
			})
	})
	return out, err
}

func read(scan func(...any) error) (t Task, err error) {
	var raised, last, done int64
	err = scan(&t.ID, &t.Kind, &t.Organisation, &t.Contact, &t.Object, &t.Title, &t.Detail, &t.Advice, &raised, &last, &t.Count, &done, &t.DoneBy, &t.Outcome)
	t.Raised, t.Last, t.Done = sqldb.Time(raised), sqldb.Time(last), sqldb.Time(done)
	return t, err
}

// Done ends a task; outcome says what came of it. Errors: Invalid without an outcome, NotFound, Conflict if it is done already.
func (q *Queue) Done(ctx context.Context, actor identity.Actor, name, outcome string) error {
	if err := actor.Authorise(OpDone, name); err != nil {
		return err
	}
	if outcome = cut(strings.TrimSpace(outcome), maxText); outcome == "" {
		return problem.New(problem.Invalid, "say what came of the task: --outcome")
	}
	return q.db.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := read(tx.QueryRow(`SELECT `+taskColumns+` FROM task WHERE id = $1`, name).Scan)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "there is no task %q: firehall queue lists them", cut(name, 40))
		}
		if err != nil {
			return err
		}
		now := q.clock.Now()
		n, err := tx.Exec(`UPDATE task SET done = $2, done_by = $3, outcome = $4 WHERE id = $1 AND done = 0`, name, now, actor.String(), outcome)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "task %s is done already, by %s: %s", name, before.DoneBy, before.Outcome)
		}
		return actor.AuditReason(tx, now, OpDone, name, outcome, before, nil)
	})
}

// Forget drops tasks that were done longer ago; the audit record keeps what came of them. It returns how many it dropped.
func (q *Queue) Forget(ctx context.Context, actor identity.Actor, olderThan time.Duration) (n int64, err error) {
	if err := actor.Authorise(OpForget, ""); err != nil {
		return 0, err
	}
	before := q.clock.Now().Add(-olderThan)
	err = q.db.Write(ctx, func(tx *sqldb.Tx) error {
		if n, err = tx.Exec(`DELETE FROM task WHERE done > 0 AND done < $1`, before); err != nil || n == 0 {
			return err
		}
		return actor.Audit(tx, q.clock.Now(), OpForget, "", nil, map[string]any{"tasks": n, "done_before": before})
	})
	return n, err
}
