// Package queue is the team's own queue: what a person has to look at because Firehall cannot, or may not, decide it.
//
// A task says what happened, to what, and what to do. There is one open task for the same kind and object; raising it again counts. Tasks
// are raised inside the transaction of what they tell of, and are done by a person, who says what came of it.
package queue

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
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

var errUnfinished = problem.New(problem.Unavailable, "the team's queue is not built yet")

// Raise puts a task into the queue, or counts it and takes its newer words if one of the same kind and object is open. It is a step of
// somebody's operation and does not authorise; it returns the task's id.
func Raise(tx *sqldb.Tx, now time.Time, t Task) (id string, err error) { return "", errUnfinished }

// List gives the newest tasks first: the open ones, or with all those that are done too.
func (q *Queue) List(ctx context.Context, actor identity.Actor, all bool, limit int) ([]Task, error) {
	return nil, errUnfinished
}

// Done ends a task; outcome says what came of it.
func (q *Queue) Done(ctx context.Context, actor identity.Actor, id, outcome string) error {
	return errUnfinished
}
