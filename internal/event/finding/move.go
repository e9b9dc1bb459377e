package finding

// State is how far a finding has come.
type State string

// The states.
const (
	Open         State = "open"           // its owner is to be told
	Notified     State = "notified"       // a message to its owner is on its way or arrived
	Acknowledged State = "acknowledged"   // the owner said that they know
	Muted        State = "muted"          // a person wants no messages about it until a time, for a reason
	NoLongerSeen State = "no-longer-seen" // a complete run did not show it any more
	Fixed        State = "fixed"          // a person confirmed it
	Reopened     State = "reopened"       // it was seen again after it was fixed or no longer seen
)

// States lists the states in the order of a finding's life.
func States() []State {
	return []State{Open, Notified, Acknowledged, Muted, NoLongerSeen, Fixed, Reopened}
}

// By says who makes a move.
type By string

// Who makes moves.
const (
	Person By = "person"
	System By = "system"
)

// Move is a line of the table of what may become of a finding.
type Move struct {
	From []State
	To   State
	By   By
	Name string // what happens, as a verb
}

// live are the states of problems that stand.
var live = []State{Open, Notified, Acknowledged, Reopened}

var moves = []Move{
	{[]State{Open, Reopened, Notified, Acknowledged}, Notified, System, "tell"},
	{[]State{Notified, Acknowledged}, Open, System, "untell"},
	{live, Open, System, "change owner"},
	{live, NoLongerSeen, System, "miss"},
	{[]State{NoLongerSeen, Fixed}, Reopened, System, "see again"},
	{[]State{Muted}, Open, System, "wake"},
	{[]State{Open, Notified, Reopened}, Acknowledged, Person, "acknowledge"},
	{[]State{Open, Notified, Acknowledged, Reopened, NoLongerSeen, Muted}, Muted, Person, "mute"},
	{[]State{Open, Notified, Acknowledged, Reopened, NoLongerSeen, Muted}, Fixed, Person, "confirm fixed"},
	{[]State{Muted, Acknowledged, NoLongerSeen, Fixed}, Open, Person, "open again"},
}

// Moves gives the table of moves; the check, the pictures and the buttons are made from it.
func Moves() []Move {
	out := make([]Move, len(moves))
	for i, m := range moves {
		out[i] = m
		out[i].From = append([]State(nil), m.From...)
	}
	return out
}

// moveOf finds the move to a state that somebody may make.
func moveOf(to State, by By) (Move, bool) {
	for _, m := range moves {
		if m.To == to && m.By == by {
			return m, true
		}
	}
	return Move{}, false
}
