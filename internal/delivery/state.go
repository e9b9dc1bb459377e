package delivery

import (
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
)

// State is where a delivery stands.
type State string

// The states.
const (
	Queued    State = "queued"    // to be sent at its time; after a deferral too
	Sending   State = "sending"   // handed to the channel
	Delivered State = "accepted"  // taken on by the other side
	InDoubt   State = "doubtful"  // may have arrived; repeated at its time
	Held      State = "held"      // in doubt, or kept back by release, and a person decides
	Rejected  State = "refused"   // for good, or given up
	Bounced   State = "bounced"   // accepted first, and came back
	Cancelled State = "cancelled" // by a person
)

// States lists the states in the order of a message's life.
func States() []State {
	return []State{Queued, Sending, Delivered, InDoubt, Held, Rejected, Bounced, Cancelled}
}

// ParseState reads a state.
func ParseState(text string) (State, error) {
	if s := State(text); slices.Contains(States(), s) {
		return s, nil
	}
	return "", problem.New(problem.Invalid, "%q is no state of a message: use one of %v", text, States())
}

// Final reports whether nothing is sent any more.
func (s State) Final() bool {
	return slices.Contains([]State{Delivered, Rejected, Bounced, Cancelled}, s)
}

// Mover is who makes a move.
type Mover string

// The movers.
const (
	ByLane   Mover = "lane"   // the one that sends on a channel
	ByPerson Mover = "person" // at the command line
	ByBounce Mover = "bounce" // a report that came back
)

// Move is a step that a delivery may take. Moves is the whole table: what is not in it does not happen.
type Move struct {
	Name string
	From []State
	To   State
	By   Mover
}

var (
	moveClaim    = Move{"claim", []State{Queued, InDoubt}, Sending, ByLane}
	moveAccept   = Move{"accept", []State{Sending}, Delivered, ByLane}
	moveDefer    = Move{"defer", []State{Sending}, Queued, ByLane}
	moveReturn   = Move{"return", []State{Sending}, Queued, ByLane} // nothing was sent: stopped, or the channel is down
	moveDoubt    = Move{"doubt", []State{Sending}, InDoubt, ByLane}
	moveHold     = Move{"hold", []State{Sending}, Held, ByLane}
	moveWithhold = Move{"withhold", []State{Sending}, Held, ByLane} // release would not let it go as things are now
	moveWake     = Move{"wake", []State{Held}, Queued, ByLane}      // what kept it back has ended
	moveRefuse   = Move{"refuse", []State{Sending}, Rejected, ByLane}
	moveRecall   = Move{"recall", []State{Queued, InDoubt}, Cancelled, ByLane} // it may not go to its contact any more
	moveBounce   = Move{"bounce", []State{Delivered, InDoubt, Held, Queued}, Bounced, ByBounce}
	moveConfirm  = Move{"confirm", []State{Held, InDoubt}, Delivered, ByPerson} // it arrived, says somebody who knows
	moveRelease  = Move{"release", []State{Held}, Queued, ByPerson}
	moveRetry    = Move{"retry", []State{Queued, InDoubt, Rejected}, Queued, ByPerson}
	moveCancel   = Move{"cancel", []State{Queued, InDoubt, Held}, Cancelled, ByPerson}
)

// Moves is the table of moves.
func Moves() []Move {
	return []Move{
		moveClaim, moveAccept, moveDefer, moveReturn, moveDoubt, moveHold, moveWithhold, moveWake, moveRefuse, moveRecall, moveBounce, moveConfirm, moveRelease, moveRetry, moveCancel,
	}
}

// allows refuses a move from a state where it does not begin.
func (m Move) allows(id string, from State) error {
	if slices.Contains(m.From, from) {
		return nil
	}
	if from == Sending {
		return problem.New(problem.Conflict, "message %s is being sent at this moment: look again in a minute, or stop the sending first", id)
	}
	return problem.New(problem.Conflict, "message %s is %s: %s is for messages that are %v", id, from, m.Name, m.From)
}
