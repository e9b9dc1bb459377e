package incident

import "slices"

// State is how far a report, or an investigation, has come.
type State string

// The states.
const (
	StateNew      State = "new"
	StateOpen     State = "open"
	StateResolved State = "resolved"
	StateRejected State = "rejected"
)

// States lists the states of a report in the order of its life.
func States() []State { return []State{StateNew, StateOpen, StateResolved, StateRejected} }

// Stage is how far an incident has come.
type Stage string

// The stages.
const (
	StageOpen      Stage = "open"
	StageResolved  Stage = "resolved"
	StageAbandoned Stage = "abandoned"
	StageMerged    Stage = "merged" // into another, to which its name leads
)

// Stages lists the stages of an incident in the order of its life.
func Stages() []Stage { return []Stage{StageOpen, StageResolved, StageAbandoned, StageMerged} }

// MoveName names a move as a verb.
type MoveName string

// The moves. Those of reports that need more than a reason have methods of their own.
const (
	Reject  MoveName = "reject"
	Take    MoveName = "take"   // somebody works on it
	Link    MoveName = "link"   // Service.Link
	OpenOne MoveName = "open"   // Service.OpenIncident
	Launch  MoveName = "launch" // Service.Investigate
	Ask     MoveName = "ask"    // Service.Reply
	Pass    MoveName = "pass"   // Service.Refer
	Merge   MoveName = "merge"  // Service.Merge
	Heard   MoveName = "heard"  // its reporter wrote again
	Test    MoveName = "test"   // it was one
	Resolve MoveName = "resolve"
	Reopen  MoveName = "reopen"
	Police  MoveName = "police" // what is quarantined was told to the police or the hotline
	Abandon MoveName = "abandon"
	Woken   MoveName = "woken" // something beneath it was opened again
)

// By says who makes a move.
type By string

// Who makes moves.
const (
	Person By = "person"
	System By = "system"
)

// Move is a line of a table of what may become of a report, an investigation or an incident.
type Move[S ~string] struct {
	Name   MoveName
	From   []S
	To     S
	By     By
	Reason bool // a person has to say why
}

var undone = []State{StateNew, StateOpen}

var reportMoves = []Move[State]{
	{Take, []State{StateNew}, StateOpen, Person, false},
	{Link, []State{StateNew, StateOpen, StateResolved, StateRejected}, StateOpen, Person, false},
	{OpenOne, undone, StateOpen, Person, false},
	{Launch, undone, StateOpen, Person, false},
	{Ask, undone, StateOpen, Person, false},
	{Pass, undone, StateOpen, Person, true},
	{Reject, undone, StateRejected, Person, true},
	{Test, undone, StateResolved, Person, false},
	{Merge, undone, StateResolved, Person, false},
	{Police, undone, StateResolved, Person, true},
	{Resolve, []State{StateOpen}, StateResolved, Person, false},
	{Reopen, []State{StateResolved, StateRejected}, StateOpen, Person, true},
	{Heard, []State{StateResolved}, StateOpen, System, false},
}

var investigationMoves = []Move[State]{
	{Resolve, []State{StateOpen}, StateResolved, Person, false},
	{Reopen, []State{StateResolved}, StateOpen, Person, false},
	{Heard, []State{StateResolved}, StateOpen, System, false},
}

var incidentMoves = []Move[Stage]{
	{Resolve, []Stage{StageOpen}, StageResolved, Person, true},
	{Abandon, []Stage{StageOpen}, StageAbandoned, Person, true},
	{Reopen, ended, StageOpen, Person, true},
	{Woken, ended, StageOpen, System, false},
	{Merge, []Stage{StageOpen, StageResolved, StageAbandoned}, StageMerged, Person, true}, // Service.MergeIncident; to undo it gives its stage back
}

var ended = []Stage{StageResolved, StageAbandoned}

// plain are the moves of incidents that need no more than a reason.
var plain = []MoveName{Resolve, Abandon, Reopen}

// along are the moves that reports make with their incident, by its stage.
var along = map[Stage]MoveName{StageResolved: Resolve, StageAbandoned: Reject}

// Moves is the table of what may become of a report.
func Moves() []Move[State] { return slices.Clone(reportMoves) }

// InvestigationMoves is the table of what may become of an investigation.
func InvestigationMoves() []Move[State] { return slices.Clone(investigationMoves) }

// MovesOfIncidents is the table of what may become of an incident.
func MovesOfIncidents() []Move[Stage] { return slices.Clone(incidentMoves) }

// find gives the line of a move by name.
func find[S ~string](table []Move[S], name MoveName) (Move[S], bool) {
	i := slices.IndexFunc(table, func(m Move[S]) bool { return m.Name == name })
	if i < 0 {
		return Move[S]{}, false
	}
	return table[i], true
}

// from lists the moves that a person may make in a state.
func from[S ~string](table []Move[S], state S) (names []MoveName) {
	for _, m := range table {
		if m.By == Person && slices.Contains(m.From, state) {
			names = append(names, m.Name)
		}
	}
	return names
}
