package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxDialogues is how many investigations one move, or one assignment, may name.
const MaxDialogues = 200

// investigationMove gives the line of a move that a person makes with an investigation.
func investigationMove(move MoveName) (Move[State], error) {
	m, ok := find(investigationMoves, move)
	if !ok || m.By != Person {
		return m, problem.New(problem.Invalid, "%q is no move of an investigation: resolve and reopen are", move)
	}
	return m, nil
}

// MoveInvestigations is MoveInvestigation for several, each for itself: see Severally. Errors: Invalid.
func (s *Service) MoveInvestigations(ctx context.Context, actor identity.Actor, names []string, move MoveName) (Moved, error) {
	if err := actor.Authorise(OpInvestigate, ""); err != nil {
		return Moved{}, err
	}
	if _, err := investigationMove(move); err != nil {
		return Moved{}, err
	}
	return Severally(names, MaxDialogues, func(name string) error { return s.MoveInvestigation(ctx, actor, name, move) })
}

// AssignInvestigations gives several investigations to somebody, by account ("": nobody), each for itself: see Severally. Errors: Invalid.
func (s *Service) AssignInvestigations(ctx context.Context, actor identity.Actor, names []string, account string) (Moved, error) {
	if err := actor.Authorise(OpInvestigate, ""); err != nil {
		return Moved{}, err
	}
	if len(account) > MaxField {
		return Moved{}, problem.New(problem.Invalid, "that is no account")
	}
	return Severally(names, MaxDialogues, func(name string) error { return s.AssignInvestigation(ctx, actor, name, account) })
}

// AssignInvestigation gives an investigation to somebody, by account; "" to nobody. Errors: NotFound; Conflict if somebody was faster.
func (s *Service) AssignInvestigation(ctx context.Context, actor identity.Actor, name, account string) error {
	if err := actor.Authorise(OpInvestigate, name); err != nil {
		return err
	}
	return s.dialogueBy(ctx, actor, name, func(tx *sqldb.Tx, p place, v *Investigation) error {
		n, err := tx.Exec(`UPDATE investigation SET assignee = $3, version = version + 1 WHERE id = $1 AND version = $2`, v.ID, v.Version, account)
		if err == nil && n == 0 {
			err = problem.New(problem.Conflict, "investigation %s was changed by somebody else meanwhile: look at it again", v.Ref)
		}
		if err != nil {
			return err
		}
		before := map[string]any{"investigation": v.ID, "assignee": v.Assignee}
		return actor.Audit(tx, p.at(s.now()), OpInvestigate, p.id, before, map[string]any{"investigation": v.ID, "assignee": account})
	})
}
