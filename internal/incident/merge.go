package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Merge makes reports duplicates of another: they are resolved and point to it, and keep all that they have, so that Unmerge gives everything back. Those
// that are done, or have duplicates themselves, are listed and left. Errors: NotFound; Conflict if into is a duplicate itself, Invalid if it
// is among them.
func (s *Service) Merge(ctx context.Context, actor identity.Actor, into string, ids []string, why string) (Moved, error) {
	if err := actor.Authorise(OpMerge, into); err != nil {
		return Moved{}, err
	}
	m, _ := find(reportMoves, Merge)
	return s.bulk(ctx, actor, ids, func(tx *sqldb.Tx, r *record) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		target, err := s.report(tx, v, into)
		switch {
		case err != nil:
			return err
		case target.ID == r.ID:
			return problem.New(problem.Invalid, "report %s cannot be a duplicate of itself", r.Ref)
		case target.Duplicate != "":
			return problem.New(problem.Conflict, "report %s is a duplicate: merge into the one that it points to", target.Ref)
		}
		return s.merge(tx, actor, &target, r, m, line(why))
	})
}

func (s *Service) merge(tx *sqldb.Tx, actor identity.Actor, target, r *record, m Move[State], why string) error {
	if err := m.possible(r.State, ""); err != nil || r.Duplicate != "" {
		return errState
	}
	var own int
	if err := tx.QueryRow(`SELECT count(*) FROM report WHERE duplicate = $1 AND duplicate <> ''`, r.ID).Scan(&own); err != nil {
		return err
	}
	if own > 0 {
		return errState
	}
	if _, err := tx.Exec(`UPDATE report SET duplicate = $2, before = state WHERE id = $1`, r.ID, target.ID); err != nil {
		return err
	}
	if err := s.moveTo(tx, s.now(), r, m.To); err != nil {
		return err
	}
	return actor.AuditReason(tx, r.at(s.now()), OpMerge, r.ID, why, nil, map[string]any{"into": target.ID})
}

// Unmerge undoes Merge for one report: it has its state and links again. Errors: NotFound; Conflict if it is no duplicate.
func (s *Service) Unmerge(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpMerge, name); err != nil {
		return err
	}
	return s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		if r.Duplicate == "" {
			return problem.New(problem.Conflict, "report %s is no duplicate", r.Ref)
		}
		if _, err := tx.Exec(`UPDATE report SET duplicate = '', before = '' WHERE id = $1`, r.ID); err != nil {
			return err
		}
		if err := s.moveBack(tx, s.now(), r, r.Before); err != nil {
			return err
		}
		if err := s.undone(tx, r); err != nil {
			return err
		}
		if err := s.wakeIf(tx, actor, r); err != nil {
			return err
		}
		return actor.AuditReason(tx, r.at(s.now()), OpMerge, r.ID, line(why), map[string]any{"into": r.Duplicate}, nil)
	})
}
