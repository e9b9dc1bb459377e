// Package lesson keeps what was thought, found and learned about an incident, and what is to be done so that it does not happen again.
//
// Words: a hypothesis is what may have happened, until it is confirmed or refuted; a cause is why it could happen; a lesson says what went well or badly;
// an action is something that somebody does about it, by a day. Actions live longer than their incident: closing it does not end them.
//
// Guarantees: what is written is sealed under the incident's key; two people who change the same text get a Clash with both; what is taken out stays in
// the record; who may not see an incident sees none of its actions in the list of all.
package lesson

import (
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations.
const (
	OpRead   identity.Operation = "lesson.read"
	OpChange identity.Operation = "lesson.change"
	OpAct    identity.Operation = "lesson.act" // on actions
)

// Kind is what a lesson is.
type Kind string

// The kinds.
const (
	Hypothesis Kind = "hypothesis" // what may have happened
	Cause      Kind = "cause"      // why it could happen
	Well       Kind = "well"       // what went well
	Badly      Kind = "badly"      // what did not
)

// Kinds lists the kinds in the order in which they are shown.
func Kinds() []Kind { return []Kind{Hypothesis, Cause, Well, Badly} }

// State is how sure we are of a hypothesis or a cause. What went well or badly has none.
type State string

// The states.
const (
	None      State = ""
	Supposed  State = "supposed"
	Confirmed State = "confirmed"
	Refuted   State = "refuted"
)

// Lesson is something thought, found or learned.
type Lesson struct {
	ID       string    `json:"id"`
	Incident string    `json:"incident"`
	Kind     Kind      `json:"kind"`
	State    State     `json:"state,omitempty"`
	Text     string    `json:"text"`              // Markdown
	Grounds  string    `json:"grounds,omitempty"` // why we think so
	By       string    `json:"by"`
	Created  time.Time `json:"created"`
	Editor   string    `json:"editor"`
	Changed  time.Time `json:"changed"`
	Version  int64     `json:"version"`
}

// Draft is a lesson as somebody writes it.
type Draft struct {
	Kind          Kind // not changed by an edit
	State         State
	Text, Grounds string
}

// Progress is how far an action is.
type Progress string

// The ways.
const (
	Open    Progress = "open"
	Done    Progress = "done"
	Dropped Progress = "dropped" // somebody decided against it
)

// Action is something to be done.
type Action struct {
	ID       string    `json:"id"`
	Incident string    `json:"incident"`
	Ref      string    `json:"ref,omitempty"`   // of the incident, in the list of all
	Title    string    `json:"title,omitempty"` // of the incident, in the list of all
	Lesson   string    `json:"lesson,omitempty"`
	Text     string    `json:"text"`
	State    Progress  `json:"state"`
	Owner    string    `json:"owner,omitempty"` // account
	Due      time.Time `json:"due,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	EndedBy  string    `json:"ended_by,omitempty"`
	Outcome  string    `json:"outcome,omitempty"` // what was done, or why it was dropped
	By       string    `json:"by"`
	Created  time.Time `json:"created"`
	Version  int64     `json:"version"`
}

// ActionDraft is an action as somebody writes it.
type ActionDraft struct {
	Lesson string // id; "" for none
	Text   string
	Owner  string // account; "" for nobody yet
	Due    time.Time
}

// Board is all of one incident.
type Board struct {
	Incident incident.Inside `json:"-"`
	Lessons  []Lesson        `json:"lessons"`
	Actions  []Action        `json:"actions"`
}

// Of lists the lessons of a kind.
func (b *Board) Of(k Kind) (list []Lesson) {
	for _, l := range b.Lessons {
		if l.Kind == k {
			list = append(list, l)
		}
	}
	return list
}

// Filter chooses open actions of all incidents.
type Filter struct {
	page.Request
	Owner string // account; "" for everybody's
}

// Limits of text, in bytes, and how many of each one incident has.
const (
	MaxText  = 20 << 10
	MaxEach  = 500
	maxOwner = 200
)

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Clock     clock.Clock
	Incidents *incident.Service
}

// Service is the room. It is safe for concurrent use.
type Service struct{ o Options }

// New makes the room.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	return &Service{o}
}
