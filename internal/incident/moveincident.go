package incident

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MoveIncident resolves, abandons or reopens an incident. What Ending lists under Along ends with it, in the same transaction. Errors: NotFound, Invalid;
// Conflict if from its state there is no such move; Conflict with a Standing if a block or take-down is in force, or a part of it is open.
func (s *Service) MoveIncident(ctx context.Context, actor identity.Actor, name string, move MoveName, why string) (Incident, error) {
	return s.MoveIncidentWith(ctx, actor, name, move, why, Agreed{})
}

// MoveIncidentWith is MoveIncident for a person who was asked, and what they said.
func (s *Service) MoveIncidentWith(ctx context.Context, actor identity.Actor, name string, move MoveName, why string, said Agreed) (Incident, error) {
	if err := actor.Authorise(OpIncidentMove, name); err != nil {
		return Incident{}, err
	}
	m, why, err := plainMove(move, why)
	if err != nil {
		return Incident{}, err
	}
	err = s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, _ time.Time) error {
		return s.moveIncident(tx, actor, i, m, why, said)
	})
	if err != nil {
		return Incident{}, err
	}
	return s.Incident(ctx, actor, name)
}

// plainMove gives the line of a move that needs no more than a reason, and the reason.
func plainMove(move MoveName, why string) (m Move[Stage], _ string, err error) {
	m, ok := find(incidentMoves, move)
	if !ok || !slices.Contains(plain, move) {
		return m, "", problem.New(problem.Invalid, "%q is no move of an incident: resolve, abandon and reopen are", move)
	}
	why, err = reason(why)
	return m, why, err
}

func (s *Service) moveIncident(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, m Move[Stage], why string, said Agreed) error {
	if err := m.possible(i.State, "incident "+i.Ref); err != nil {
		return err
	}
	in, err := s.inside(tx, i)
	if err != nil {
		return err
	}
	if m.To != StageOpen {
		if err := s.cascade(tx, actor, in, m.To, why, said); err != nil {
			return err
		}
	}
	if err := s.stage(tx, i, m.To, in); err != nil {
		return err
	}
	if err := s.Tell(tx, actor, in, Entry{Code: "incident." + string(m.Name), Args: map[string]string{"why": why}}); err != nil {
		return err
	}
	return actor.AuditReason(tx, in.Now, OpIncidentMove, i.ID, why, map[string]any{"state": in.Stage}, map[string]any{"state": m.To})
}

// possible refuses a move that the table does not have from a state.
func (m Move[S]) possible(state S, what string) error {
	if slices.Contains(m.From, state) {
		return nil
	}
	return problem.New(problem.Conflict, "%s is %s: from there one cannot %s it", what, state, m.Name)
}

// MoveIncidents is MoveIncident for several. Those that cannot make the move are listed with why: "state", "gone", "active" where something is in
// force, or "parts" where parts of it are open, and somebody has to look. Errors: Invalid.
func (s *Service) MoveIncidents(ctx context.Context, actor identity.Actor, names []string, move MoveName, why string) (Moved, error) {
	if err := actor.Authorise(OpIncidentMove, string(move)); err != nil {
		return Moved{}, err
	}
	m, why, err := plainMove(move, why)
	if err != nil {
		return Moved{}, err
	}
	return s.bulkIncidents(ctx, actor, names, func(tx *sqldb.Tx, i *incidentRecord) error {
		if m.possible(i.State, "") != nil {
			return errState
		}
		return s.moveIncident(tx, actor, i, m, why, Agreed{})
	})
}

// bulkIncidents does something with each of several incidents within the actor's sight, in one transaction; it lists those that are not, those for
// which do gives errState, and those over which something stands.
func (s *Service) bulkIncidents(ctx context.Context, actor identity.Actor, names []string, do func(tx *sqldb.Tx, i *incidentRecord) error) (out Moved, err error) {
	if len(names) == 0 || len(names) > MaxBulk {
		return out, problem.New(problem.Invalid, "name between 1 and %d incidents, and not %d", MaxBulk, len(names))
	}
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out = Moved{Moved: []string{}}
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := s.oneIncident(tx, v, name, do, &out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Moved{}, err
	}
	return out, nil
}

func (s *Service) oneIncident(tx *sqldb.Tx, v Sight, name string, do func(tx *sqldb.Tx, i *incidentRecord) error, out *Moved) error {
	i, err := s.survivor(tx, v, name)
	if problem.Is(err, problem.NotFound) {
		out.Unmoved = append(out.Unmoved, Unmoved{ID: name, Why: "gone"})
		return nil
	}
	if err != nil {
		return err
	}
	var standing *Standing
	switch err := do(tx, &i); {
	case errors.Is(err, errState):
		out.Unmoved = append(out.Unmoved, Unmoved{ID: i.ID, Why: "state"})
	case errors.As(err, &standing):
		why := "parts"
		if active, _ := standing.Over(); active {
			why = "active"
		}
		out.Unmoved = append(out.Unmoved, Unmoved{ID: i.ID, Why: why})
	case err != nil:
		return err
	default:
		out.Moved = append(out.Moved, i.ID)
	}
	return nil
}
