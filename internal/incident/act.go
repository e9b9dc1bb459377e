package incident

import (
	"context"
	"errors"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxBulk is how many reports one move may name.
const MaxBulk = 1000

// simple are the moves of reports that need no more than a reason.
var simple = []MoveName{Take, Reject, Test, Resolve, Reopen, Police}

// Move makes a move that needs no more than a reason with several reports: take, reject, test, resolve, reopen, police. Those that cannot make it
// are listed and left as they are. Errors: Invalid for another move, or a reason that is missing.
func (s *Service) Move(ctx context.Context, actor identity.Actor, ids []string, move MoveName, why string) (Moved, error) {
	if err := actor.Authorise(OpMove, string(move)); err != nil {
		return Moved{}, err
	}
	m, ok := find(reportMoves, move)
	if !ok || !slices.Contains(simple, move) {
		return Moved{}, problem.New(problem.Invalid, "%q is no move that needs only a reason: %v are", move, simple)
	}
	why, err := reason(why)
	if err != nil && m.Reason {
		return Moved{}, err
	}
	return s.bulk(ctx, actor, ids, func(tx *sqldb.Tx, r *record) error {
		if !slices.Contains(m.From, r.State) || r.Duplicate != "" || move == Police && !r.Quarantined {
			return errState
		}
		if err := s.moveTo(tx, s.now(), r, m.To); err != nil {
			return err
		}
		if err := s.wakeIf(tx, actor, r); err != nil {
			return err
		}
		if move == Test {
			if _, err := tx.Exec(`UPDATE report SET test = 1 WHERE id = $1`, r.ID); err != nil {
				return err
			}
		}
		return actor.AuditReason(tx, r.at(s.now()), OpMove, r.ID, why, nil, map[string]any{"move": move, "to": m.To})
	})
}

// errState says that a report cannot make the move from its state.
var errState = problem.New(problem.Conflict, "from its state there is no such move")

// bulk does something with each of several reports within the actor's sight, in one transaction; it lists those that are not, and those for which do
// gives errState.
func (s *Service) bulk(ctx context.Context, actor identity.Actor, ids []string, do func(tx *sqldb.Tx, r *record) error) (out Moved, err error) {
	if len(ids) == 0 || len(ids) > MaxBulk {
		return out, problem.New(problem.Invalid, "name between 1 and %d reports, and not %d", MaxBulk, len(ids))
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out = Moved{Moved: []string{}}
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		for _, name := range ids {
			if err := s.one(tx, actor, v, name, do, &out); err != nil {
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

func (s *Service) one(tx *sqldb.Tx, actor identity.Actor, v Sight, name string, do func(tx *sqldb.Tx, r *record) error, out *Moved) error {
	r, err := s.report(tx, v, name)
	if problem.Is(err, problem.NotFound) {
		out.Unmoved = append(out.Unmoved, Unmoved{ID: name, Why: "gone"})
		return nil
	}
	if err != nil {
		return err
	}
	switch err := do(tx, &r); {
	case errors.Is(err, errState):
		out.Unmoved = append(out.Unmoved, Unmoved{ID: r.ID, Why: "state"})
		return nil
	case err != nil:
		return err
	}
	out.Moved = append(out.Moved, r.ID)
	return s.handled(tx, actor, &r)
}

// Assign gives reports to somebody, by account; "" to nobody.
func (s *Service) Assign(ctx context.Context, actor identity.Actor, ids []string, account string) (Moved, error) {
	if err := actor.Authorise(OpAssign, account); err != nil {
		return Moved{}, err
	}
	if len(account) > MaxField {
		return Moved{}, problem.New(problem.Invalid, "that is no account")
	}
	return s.bulk(ctx, actor, ids, func(tx *sqldb.Tx, r *record) error {
		if err := step(tx, s.now(), r, "assignee = $4", account); err != nil {
			return err
		}
		return actor.Audit(tx, r.at(s.now()), OpAssign, r.ID, map[string]any{"assignee": r.Assignee}, map[string]any{"assignee": account})
	})
}

// change does something with one report within the actor's sight. Errors: NotFound, Conflict if version is not its version (0: whatever it is).
func (s *Service) change(ctx context.Context, actor identity.Actor, name string, version int64, do func(tx *sqldb.Tx, r *record) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		r, err := s.report(tx, v, name)
		if err != nil {
			return err
		}
		if version != 0 && version != r.Version {
			return problem.New(problem.Conflict, "report %s was changed by somebody else meanwhile (version %d, not %d): look at it again", r.Ref, r.Version, version)
		}
		if err := s.handled(tx, actor, &r); err != nil {
			return err
		}
		return do(tx, &r)
	})
}

// Edit changes a report's class, severity, label or confidentiality. Errors: NotFound, Invalid; Conflict if version is not its version.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, name string, version int64, e Edit) (Report, error) {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return Report{}, err
	}
	if err := checkFields(e.Class, e.Severity, e.TLP); err != nil {
		return Report{}, err
	}
	err := s.change(ctx, actor, name, version, func(tx *sqldb.Tx, r *record) error {
		before, was := r.fields(), r.TLP
		if e.Class != nil {
			r.Class, r.Type = *e.Class, typeIn(*e.Class, r.Type)
		}
		setTo(&r.Severity, e.Severity)
		if e.TLP != nil {
			r.TLP = int64(*e.TLP)
		}
		if e.Confidential != nil && *e.Confidential != r.Confidential {
			if !*e.Confidential {
				return problem.New(problem.Conflict, "report %s is confidential, and stays so", r.Ref)
			}
			r.Confidential = true
		}
		err := step(tx, s.now(), r, "class = $4, type = $5, severity = $6, tlp = $7, confidential = $8", string(r.Class), string(r.Type), string(r.Severity), r.TLP, r.Confidential)
		if err == nil {
			err = s.settleSealed(tx, r.ID)
		}
		if err == nil {
			err = raisedLabel(tx, s.now(), ReportItem, r.ID, was, r.TLP)
		}
		if err != nil {
			return err
		}
		return actor.Audit(tx, r.at(s.now()), OpEdit, r.ID, before, r.fields())
	})
	if err != nil {
		return Report{}, err
	}
	return s.Report(ctx, actor, name)
}

// settleSealed settles a report of which the seal may have changed.
func (s *Service) settleSealed(tx *sqldb.Tx, id string) error {
	r, err := s.report(tx, Sight{all: true}, id)
	if err == nil && r.sealed() && r.words != "" {
		err = s.reindex(tx, &r)
	}
	return err
}

// typeIn keeps a type if it is of the class.
func typeIn(class rsit.Class, t rsit.Type) rsit.Type {
	if t.Class() == class {
		return t
	}
	return ""
}

func setTo[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// fields are what the record says of a change: none of them is text.
func (r *record) fields() map[string]any {
	return map[string]any{"class": r.Class, "severity": r.Severity, "tlp": r.label(), "confidential": r.Confidential}
}

func checkFields(class *rsit.Class, severity *triage.Severity, label *tlp.Label) error {
	if class != nil && *class != "" {
		if _, ok := rsit.LookupClass(string(*class)); !ok {
			return problem.New(problem.Invalid, "%q is no class of the taxonomy", *class)
		}
	}
	if severity != nil && *severity != "" && !slices.Contains(triage.Severities(), *severity) {
		return problem.New(problem.Invalid, "%q is no severity: %v are", *severity, triage.Severities())
	}
	if label != nil && *label > tlp.Red {
		return problem.New(problem.Invalid, "that is no label of TLP 2.0")
	}
	return nil
}
