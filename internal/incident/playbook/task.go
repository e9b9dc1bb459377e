package playbook

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

// State is how far a task is.
type State string

// The states.
const (
	Open      State = "open"
	Doing     State = "doing"
	Done      State = "done"
	NotNeeded State = "not-needed"
)

// States lists the states in the order of a task's life.
func States() []State { return []State{Open, Doing, Done, NotNeeded} }

var undone = []State{Open, Doing}

// MoveName names a move as a verb.
type MoveName string

// The moves.
const (
	Begin  MoveName = "begin" // it becomes the actor's, if it is nobody's
	Leave  MoveName = "leave"
	End    MoveName = "end" // of a question: with the answer
	Drop   MoveName = "drop"
	Reopen MoveName = "reopen"
)

// Move is a line of the table of what may become of a task.
type Move struct {
	Name   MoveName
	From   []State
	To     State
	Reason bool // it has to be given
	Ready  bool // what the task waits for has to be done
}

var moves = []Move{
	{Begin, []State{Open}, Doing, false, true},
	{Leave, []State{Doing}, Open, false, false},
	{End, undone, Done, false, true},
	{Drop, undone, NotNeeded, true, false},
	{Reopen, []State{Done, NotNeeded}, Open, false, false},
}

// Moves is the table of what may become of a task.
func Moves() []Move { return slices.Clone(moves) }

func findMove(name MoveName) (Move, error) {
	i := slices.IndexFunc(moves, func(m Move) bool { return m.Name == name })
	if i < 0 {
		return Move{}, problem.New(problem.Invalid, "%q is no move of a task: begin, leave, end, drop and reopen are", name)
	}
	return moves[i], nil
}

func movesFrom(s State) (names []MoveName) {
	for _, m := range moves {
		if slices.Contains(m.From, s) {
			names = append(names, m.Name)
		}
	}
	return names
}

// Codes of why a task is not needed, where no person said it.
const (
	WhyClosed   = "closed"   // its incident ended
	WhyAnswer   = "answer"   // the answer to a question says so
	WhyUpgraded = "upgraded" // a later version of its playbook lacks the step
	WhySaid     = "said"     // a person said why: Task.Reason
)

// Task is something to be done about an incident.
type Task struct {
	ID         string        `json:"id"`
	Incident   string        `json:"incident"` // id of the one that it hangs on now
	Ref        string        `json:"ref"`      // of the incident
	About      string        `json:"about"`    // the incident's title
	Restricted bool          `json:"restricted,omitempty"`
	TLP        tlp.Label     `json:"tlp"`
	Run        string        `json:"run,omitempty"`  // the run of a playbook that it comes from
	Book       string        `json:"book,omitempty"` // id of the playbook
	Step       string        `json:"step,omitempty"`
	Title      Words         `json:"title"`
	Text       Words         `json:"text,omitzero"` // how it is done, in Markdown
	Note       string        `json:"note,omitempty"`
	State      State         `json:"state"`
	Why        string        `json:"why,omitempty"` // it is not needed: a code
	Reason     string        `json:"reason,omitempty"`
	Assignee   string        `json:"assignee,omitempty"` // account
	Role       identity.Role `json:"role,omitempty"`
	Due        time.Time     `json:"due,omitzero"`
	Overdue    bool          `json:"overdue,omitempty"`
	After      string        `json:"after,omitempty"` // it is due so long (In) after that step ended
	In         time.Duration `json:"-"`
	Waits      []Words       `json:"waits,omitempty"` // titles of what has to be done first; lists of many incidents leave it out
	Ask        bool          `json:"ask,omitempty"`
	Answer     Answer        `json:"answer,omitempty"`
	Optional   bool          `json:"optional,omitempty"`
	Rank       int64         `json:"rank"`
	Created    time.Time     `json:"created"`
	Changed    time.Time     `json:"changed"`
	Ended      time.Time     `json:"ended,omitzero"`
	By         string        `json:"by"` // who changed it last
	Version    int64         `json:"version"`
	Moves      []MoveName    `json:"moves"`
}

// Draft is a task that no playbook has.
type Draft struct {
	Title    string
	Note     string
	Assignee string
	Due      time.Time
}

// Revision changes a task's fields; nil leaves as it is. Only a free task's title can be changed.
type Revision struct {
	Title    *string
	Note     *string
	Assignee *string
	Due      *time.Time
}

// Manner says more about a move.
type Manner struct {
	Answer  Answer // to a question
	Reason  string
	Version int64 // of the task as it was seen; 0: whatever it is
}

// Run is a playbook that was started on an incident.
type Run struct {
	ID      string    `json:"id"`
	Book    string    `json:"book"`
	Version int       `json:"version"`
	Title   Words     `json:"title"`
	Started time.Time `json:"started"`
	By      string    `json:"by"`
	Newer   int       `json:"newer,omitempty"` // a later text of it has this version
	Changes []Change  `json:"changes,omitempty"`
}

// Kinds of changes.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Change is a difference between two texts of a playbook, about one step.
type Change struct {
	Kind   string   `json:"kind"`
	Step   string   `json:"step"`
	Title  Words    `json:"title"`
	Fields []string `json:"fields,omitempty"` // what of it was changed: title, text, role, due, needs, ask, when, optional
}

// Suggestion is a playbook that may fit, and why: "class" (Word is the class), "word" (the title holds Word).
type Suggestion struct {
	Book Book   `json:"book"`
	Why  string `json:"why"`
	Word string `json:"word"`
}

// Sheet is what is to be done about one incident.
type Sheet struct {
	Incident  *incident.Inside `json:"-"`
	Tasks     []Task           `json:"tasks"`
	Runs      []Run            `json:"runs"`
	Suggested []Suggestion     `json:"suggested"`
}

// Load says how much is to be done.
type Load struct {
	Undone  int    `json:"undone"`
	Mine    int    `json:"mine"`
	Overdue int    `json:"overdue"`
	Next    []Task `json:"next,omitempty"` // undone, the first due first; a few
}

// Moved says what a move did with several; why not is one of gone, state and answer.
type Moved = incident.Moved
