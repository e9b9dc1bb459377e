package countermeasure

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Moving is a move that somebody makes.
type Moving struct {
	Move   MoveName `json:"move"`
	Reason string   `json:"reason,omitempty"`
	Party  *Party   `json:"party,omitempty"`  // of ask and escalate: whom; nil of escalate: the next of the ladder
	Text   string   `json:"text,omitempty"`   // the letter, if it is to be another than ours
	Silent bool     `json:"silent,omitempty"` // of withdraw, lift and keep: the party is not written to
	// Version is that of what was read; 0: whatever stands.
	Version int64 `json:"version,omitempty"`
}

// MaxBulk is how many one bulk move may name.
const MaxBulk = 200

// Move makes a move. Errors: NotFound; Invalid for what is missing; Conflict if it cannot be made from the state, or before the checklist is answered.
func (s *Service) Move(ctx context.Context, actor identity.Actor, name string, m Moving) (out Countermeasure, err error) {
	if err := actor.Authorise(OpMove, name); err != nil {
		return out, err
	}
	err = s.work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		if m.Version != 0 && m.Version != r.Version {
			return problem.New(problem.Conflict, "countermeasure %s was changed by somebody else meanwhile: look at it again", r.Ref)
		}
		if m.Move == MoveRelapse && r.State == Gone { // what was clean before counts no more
			seen := Check{At: in.Now, Exit: ByPerson, By: actor.ID, Outcome: Present, Reason: WhyPerson, Detail: line(m.Reason)}
			if err := insertCheck(tx, in, r, &seen); err != nil {
				return err
			}
		}
		return s.make(tx, actor, in, r, m)
	})
	if err != nil {
		return out, err
	}
	return s.Countermeasure(ctx, actor, name)
}

// MoveAll makes a move that needs no party with several, each for itself: chase, withdraw. Those that cannot make it are listed and stay as they are. Errors:
// Invalid for another move.
func (s *Service) MoveAll(ctx context.Context, actor identity.Actor, names []string, m Moving) (out incident.Moved, err error) {
	if err := actor.Authorise(OpMove, string(m.Move)); err != nil {
		return out, err
	}
	if m.Move != MoveChase && m.Move != MoveWithdraw {
		return out, problem.New(problem.Invalid, "%q is no move of several: chase and withdraw are", string(m.Move))
	}
	if len(names) == 0 || len(names) > MaxBulk {
		return out, problem.New(problem.Invalid, "name between 1 and %d countermeasures, and not %d", MaxBulk, len(names))
	}
	if m.Move == MoveWithdraw && line(m.Reason) == "" {
		return out, problem.New(problem.Invalid, "say why they are withdrawn")
	}
	names = slices.Clone(names)
	slices.Sort(names)
	m.Version, m.Party, m.Text = 0, nil, ""
	out.Moved = []string{}
	for _, name := range slices.Compact(names) {
		err := s.work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, r *record) error { return s.make(tx, actor, in, r, m) })
		switch {
		case problem.Is(err, problem.NotFound):
			out.Unmoved = append(out.Unmoved, incident.Unmoved{ID: name, Why: "gone"})
		case problem.Is(err, problem.Conflict), problem.Is(err, problem.Invalid):
			out.Unmoved = append(out.Unmoved, incident.Unmoved{ID: name, Why: "state"})
		case err != nil:
			return out, err
		default:
			out.Moved = append(out.Moved, name)
		}
	}
	return out, nil
}

// make makes a move in a transaction.
func (s *Service) make(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m Moving) error {
	step, err := Step(r.Kind, r.State, m.Move)
	if err != nil {
		return err
	}
	by := incident.Person
	if actor.Kind == identity.SystemKind {
		by = incident.System
	}
	m.Reason = line(m.Reason)
	switch {
	case !slices.Contains(step.By, by):
		return problem.New(problem.Conflict, "the move %s is for a person to make", m.Move)
	case step.Reason && m.Reason == "":
		return problem.New(problem.Invalid, "the move %s needs a reason", m.Move)
	case len(m.Reason) > maxLine:
		return problem.New(problem.Invalid, "the reason has %d bytes, and may have %d", len(m.Reason), maxLine)
	case len(m.Text) > incident.MaxMessage:
		return problem.New(problem.Invalid, "the letter has %d KiB, and may have %d", len(m.Text)>>10, incident.MaxMessage>>10)
	}
	if step.To.Open() || step.To == Gone && r.Kind == Block { // nothing is open beneath what is closed
		if err := s.o.Incidents.Wake(tx, actor, in); err != nil {
			return err
		}
	}
	if err := s.effect(tx, actor, in, r, m); err != nil {
		return err
	}
	return s.made(tx, actor, in, r, step, m)
}

// effect does what a move does beside changing the state.
func (s *Service) effect(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m Moving) error {
	switch m.Move {
	case MoveAsk, MoveEscalate:
		return s.turnTo(tx, actor, in, r, m)
	case MoveChase:
		return s.chase(tx, actor, in, r, m)
	case MoveVerify:
		return s.gone(tx, in, r)
	case MoveRelapse:
		return s.back(tx, in, r)
	case MoveRefuse:
		r.Due, r.Stuck = in.Now, false
	case MoveWithdraw, MoveConfirm:
		return s.end(tx, actor, in, r, m)
	case MoveLift, MoveKeep:
		return s.lift(tx, actor, in, r, m)
	case MoveReopen:
		r.turn, r.Party, r.Asked, r.Gone, r.Watched, r.CleanSince, r.Cleans, r.Stuck = "", nil, time.Time{}, time.Time{}, time.Time{}, time.Time{}, 0, false
	}
	return nil
}

// made puts a move on record: in the history, on the timeline and in the audit.
func (s *Service) made(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, step Move, m Moving) error {
	was := r.State
	r.State = step.To
	if err := insertMove(tx, in, r, Made{At: in.Now, Move: step.Name, From: was, To: step.To, By: actor.ID, Reason: m.Reason}); err != nil {
		return err
	}
	args := map[string]string{}
	if r.Party != nil {
		args["party"] = r.Party.Name
	}
	if m.Reason != "" {
		args["reason"] = m.Reason
	}
	if err := s.tell(tx, actor, in, r, string(step.Name), args); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpMove, r.ID, map[string]any{"state": was}, map[string]any{"state": step.To, "move": step.Name, "turn": r.turn})
}

// gone notes that the thing is gone: since the first of the checks that showed it, or since a person says so.
func (s *Service) gone(tx *sqldb.Tx, in *incident.Inside, r *record) error {
	r.Gone = in.Now
	if r.Cleans > 0 && !r.CleanSince.IsZero() {
		r.Gone = r.CleanSince
	}
	r.Watched, r.Due, r.CheckDue, r.Stuck = in.Now.Add(s.o.Policy.WatchFor), time.Time{}, time.Time{}, false
	if s.automatic(r) {
		r.CheckDue = in.Now.Add(s.o.Policy.WatchEvery)
	}
	_, err := tx.Exec(`UPDATE countermeasure_turn SET gone = $2 WHERE id = $1`, r.turn, r.Gone)
	return err
}

// back notes that it is there again: its party is chased at once.
func (s *Service) back(tx *sqldb.Tx, in *incident.Inside, r *record) error {
	r.Gone, r.Watched, r.CleanSince, r.Cleans, r.Due, r.Stuck = time.Time{}, time.Time{}, time.Time{}, 0, in.Now, false
	if s.automatic(r) {
		r.CheckDue = in.Now.Add(s.o.Policy.CheckEvery)
	}
	_, err := tx.Exec(`UPDATE countermeasure_turn SET gone = 0, chases = 0 WHERE id = $1`, r.turn)
	return err
}

// end stops all that was to come, and tells the party; that a block is off was theirs to say.
func (s *Service) end(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m Moving) error {
	r.Due, r.CheckDue, r.Watched, r.Stuck = time.Time{}, time.Time{}, time.Time{}, false
	if m.Silent || r.turn == "" || r.State == Refused || m.Move == MoveConfirm {
		return nil
	}
	t, err := current(tx, in, r)
	if err != nil {
		return err
	}
	return s.send(tx, actor, in, r, &t, m.Move, m.Text)
}

// lift asks the party to lift the block, or to keep it after all. Until somebody confirms that it is off, it is in force: the party is reminded, and if
// nothing was written to it, a person is.
func (s *Service) lift(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m Moving) error {
	t, err := current(tx, in, r)
	if err != nil {
		return err
	}
	r.Due, r.CheckDue, r.Stuck = in.Now.Add(s.o.Policy.ChaseAfter), time.Time{}, false
	if m.Move == MoveKeep {
		r.Due = time.Time{}
	}
	if _, err := tx.Exec(`UPDATE countermeasure_turn SET chases = 0 WHERE id = $1`, t.ID); err != nil || m.Silent {
		return err
	}
	return s.send(tx, actor, in, r, &t, m.Move, m.Text)
}

// toLift tells whether the last that a party was written is to lift the block.
func toLift(tx *sqldb.Tx, in *incident.Inside, r *record) (bool, error) {
	list, err := messagesOf(tx, in, r)
	return err == nil && len(list) > 0 && list[len(list)-1].Move == MoveLift, err
}

// automatic tells whether it can be looked at by itself: a take-down of what has a web page and is not quarantined.
func (s *Service) automatic(r *record) bool {
	return r.Kind == Takedown && (r.Asset.Kind == URL || r.Asset.Kind == Domain) && !r.Quarantined && len(s.o.Exits) > 0
}
