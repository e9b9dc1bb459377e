package countermeasure

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
)

// State is how far a countermeasure has come.
type State string

// The states.
const (
	Draft     State = "draft"
	Asked     State = "asked"
	Chased    State = "chased"
	Escalated State = "escalated"
	Gone      State = "gone" // verified; of a block: in force
	Relapsed  State = "relapsed"
	Refused   State = "refused" // by the party
	Withdrawn State = "withdrawn"
	Lifting   State = "lifting" // of a block: it is to go, and nobody has confirmed yet that it has
	Lifted    State = "lifted"
)

// States lists the states in the order of a countermeasure's life.
func States() []State {
	return []State{Draft, Asked, Chased, Escalated, Gone, Relapsed, Refused, Withdrawn, Lifting, Lifted}
}

// asking are the states in which somebody is to act.
var asking = []State{Asked, Chased, Escalated, Relapsed}

// Waits tells whether somebody is to act.
func (s State) Waits() bool { return slices.Contains(asking, s) }

// Open tells whether there is still work on it, so that its incident cannot be closed: RTIR's rule for what lies beneath an incident. What is only being
// lifted is wanted no more; that it is confirmed is left to the team's queue.
func (s State) Open() bool { return s == Draft || s == Refused || s.Waits() }

// MoveName names a move as a verb.
type MoveName string

// The moves.
const (
	MoveAsk      MoveName = "ask"
	MoveChase    MoveName = "chase"
	MoveEscalate MoveName = "escalate"
	MoveVerify   MoveName = "verify"
	MoveRelapse  MoveName = "relapse"
	MoveRefuse   MoveName = "refuse"
	MoveWithdraw MoveName = "withdraw"
	MoveLift     MoveName = "lift"
	MoveConfirm  MoveName = "confirm" // the block is off
	MoveKeep     MoveName = "keep"    // the block stays, though it was to be lifted
	MoveReopen   MoveName = "reopen"
)

// Move is a line of the table of what may become of a countermeasure.
type Move struct {
	Name   MoveName
	From   []State
	To     State
	By     []incident.By
	Reason bool // a person has to say why
	Only   Kind // the one kind that can make it; "": each
}

var (
	person = []incident.By{incident.Person}
	both   = []incident.By{incident.Person, incident.System}
)

var moves = []Move{
	{MoveAsk, []State{Draft}, Asked, person, false, ""},
	{MoveChase, []State{Asked, Chased, Relapsed}, Chased, both, false, ""},
	{MoveChase, []State{Escalated}, Escalated, both, false, ""},
	{MoveEscalate, []State{Asked, Chased, Escalated, Relapsed, Refused}, Escalated, both, false, ""},
	{MoveVerify, []State{Asked, Chased, Escalated, Relapsed, Refused}, Gone, both, true, ""},
	{MoveRelapse, []State{Gone}, Relapsed, both, true, ""},
	{MoveRefuse, []State{Asked, Chased, Escalated, Relapsed}, Refused, person, true, ""},
	{MoveWithdraw, []State{Draft, Asked, Chased, Escalated, Relapsed, Refused}, Withdrawn, person, true, ""},
	{MoveLift, []State{Gone}, Lifting, person, true, Block},
	{MoveChase, []State{Lifting}, Lifting, both, false, Block},
	{MoveConfirm, []State{Lifting}, Lifted, person, true, Block},
	{MoveKeep, []State{Lifting}, Gone, person, true, Block},
	{MoveReopen, []State{Withdrawn, Lifted}, Draft, person, true, ""},
}

// Moves is the table of what may become of a countermeasure.
func Moves() []Move { return slices.Clone(moves) }

// Step gives the line of a move from a state. Errors: Invalid for a move that there is not; Conflict if it cannot be made from the state.
func Step(kind Kind, state State, name MoveName) (Move, error) {
	known := false
	for _, m := range moves {
		if m.Name != name {
			continue
		}
		known = true
		if slices.Contains(m.From, state) && (m.Only == "" || m.Only == kind) {
			return m, nil
		}
	}
	if !known {
		return Move{}, problem.New(problem.Invalid, "%q is no move of a countermeasure", string(name))
	}
	return Move{}, problem.New(problem.Conflict, "a countermeasure (%s) that is %s cannot make the move %s: it can %s", kind, state, name, list(From(kind, state)))
}

func list(names []MoveName) string {
	if len(names) == 0 {
		return "make none"
	}
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, ", ")
}

// From lists the moves that a person may make from a state.
func From(kind Kind, state State) (names []MoveName) {
	for _, m := range moves {
		if slices.Contains(m.By, incident.Person) && slices.Contains(m.From, state) && (m.Only == "" || m.Only == kind) {
			names = append(names, m.Name)
		}
	}
	return names
}

// Picture writes the table as a diagram of Mermaid.
func Picture(w io.Writer) error {
	lines := []string{"stateDiagram-v2", "    [*] --> " + string(Draft)}
	for _, m := range moves {
		says := string(m.Name)
		if m.Only != "" {
			says += ", of a " + string(m.Only)
		}
		if slices.Contains(m.By, incident.System) {
			says += " *"
		}
		for _, s := range m.From {
			lines = append(lines, fmt.Sprintf("    %s --> %s: %s", s, m.To, says))
		}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}
