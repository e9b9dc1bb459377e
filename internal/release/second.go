package release

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Approve lets go what needs a second person: the same question is answered with yes from now on, until the facts are others or the month ends. Errors:
// Forbidden for who asked, and for a part of Firehall acting by itself; NotFound; Conflict if nobody is waited for; Invalid without a reason.
func (s *Service) Approve(ctx context.Context, actor identity.Actor, decision, reason string) (Decision, error) {
	return s.second(ctx, actor, decision, reason, func(d Decision) Outcome {
		if d.Profile != "" {
			return AllowedRedacted
		}
		return Allowed
	})
}

// Refuse keeps back what needs a second person. Errors as of Approve.
func (s *Service) Refuse(ctx context.Context, actor identity.Actor, decision, reason string) (Decision, error) {
	return s.second(ctx, actor, decision, reason, func(Decision) Outcome { return Refused })
}

// second records another person's word.
func (s *Service) second(ctx context.Context, actor identity.Actor, decision, reason string, outcome func(Decision) Outcome) (d Decision, err error) {
	if err := actor.Authorise(OpSecond, decision); err != nil {
		return d, err
	}
	if actor.Kind == identity.SystemKind {
		return d, problem.New(problem.Forbidden, "a second person is a person, and %s is none", actor)
	}
	if reason, err = cleanReason(reason); err != nil {
		return d, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if d, _, err = s.one(tx, actor, decision); err != nil {
			return err
		}
		if d.Outcome != Second {
			return problem.New(problem.Conflict, "decision %s waits for nobody: it is %s", d.ID, d.Outcome)
		}
		own, err := token.Same(tx, d.By, actor)
		if err != nil {
			return err
		}
		if own {
			return problem.New(problem.Forbidden, "you asked for it yourself: another person has to look at it")
		}
		return s.settle(tx, actor, &d, outcome(d), reason)
	})
	return d, err
}

func (s *Service) settle(tx *sqldb.Tx, actor identity.Actor, d *Decision, outcome Outcome, reason string) error {
	now := s.o.Clock.Now()
	n, err := tx.Exec(`UPDATE release_decision SET outcome = $2, seconder = $3, seconded_at = $4, seconded_for = $5 WHERE id = $1 AND outcome = 'needs a second person'`,
		d.ID, string(outcome), actor.ID, now, reason)
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.Conflict, "decision %s was settled by somebody else meanwhile: look at it again", d.ID)
	}
	d.Outcome, d.Allowed, d.Seconder, d.Seconded, d.SecondedBy = outcome, outcome.lets(), actor.ID, now, reason
	return actor.AuditReason(tx, now, OpSecond, d.ID, reason, map[string]any{"outcome": Second}, map[string]any{"outcome": outcome, "asked": d.By})
}

// One gives a recorded decision with its steps. Errors: NotFound, the same for one that the actor may not know of.
func (s *Service) One(ctx context.Context, actor identity.Actor, decision string) (d Decision, err error) {
	if err := actor.Authorise(OpRead, decision); err != nil {
		return d, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var have fact
		d, have, err = s.one(tx, actor, decision)
		if err == nil && d.Policy == PolicyVersion {
			d.Steps = d.matter(have).steps()
		}
		return err
	})
	return d, err
}

func (s *Service) one(tx *sqldb.Tx, actor identity.Actor, decision string) (Decision, fact, error) {
	seen, args, err := s.seen(tx, actor, []any{decision})
	if err != nil {
		return Decision{}, 0, err
	}
	d, have, err := scanDecision(tx.QueryRow("SELECT "+decisionColumns+" FROM release_decision d WHERE d.id = $1 AND "+seen, args...).Scan)
	if sqldb.NoRows(err) {
		return d, 0, problem.New(problem.NotFound, "there is no decision %q: firehall release list shows them", decision)
	}
	return d, have, err
}

// matter is what a recorded decision was about, as far as it was kept.
func (d Decision) matter(have fact) matter {
	m := matter{facts: have, relation: d.To, effective: d.Effective}
	m.Item = d.Item
	return m
}
