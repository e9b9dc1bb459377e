package incident

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Link adds reports to an incident; from then on they are open. Those that cannot be linked are listed. Errors: NotFound; Conflict for an incident that is
// closed.
func (s *Service) Link(ctx context.Context, actor identity.Actor, incident string, ids []string) (Moved, error) {
	if err := actor.Authorise(OpLink, incident); err != nil {
		return Moved{}, err
	}
	defer s.wake()
	return s.bulk(ctx, actor, ids, func(tx *sqldb.Tx, r *record) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		i, err := s.survivor(tx, v, incident)
		if err != nil {
			return err
		}
		if i.State != StageOpen {
			return problem.New(problem.Conflict, "incident %s is %s: reopen it first", i.Ref, i.State)
		}
		return s.link(tx, actor, &i, r)
	})
}

// link links one report, and takes back that it was passed to members of others: somebody has looked. errState if it cannot be.
func (s *Service) link(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, r *record) error {
	m, _ := find(reportMoves, Link)
	if !slices.Contains(m.From, r.State) || r.Duplicate != "" || i.State != StageOpen {
		return errState
	}
	if err := s.kept(tx, i, r); err != nil {
		return err
	}
	now := s.now()
	if _, err := tx.Exec(`DELETE FROM incident_link WHERE report = $1 AND alert = 1`, r.ID); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO incident_link (incident, report, alert, actor, at) VALUES ($1, $2, 0, $3, $4) ON CONFLICT DO NOTHING`, i.ID, r.ID, actor.ID, r.at(now))
	if err != nil || n == 0 {
		return err
	}
	if err := s.moveTo(tx, now, r, m.To); err != nil {
		return err
	}
	if err := s.handled(tx, actor, r); err != nil {
		return err
	}
	if err := s.settle(tx, r.ID); err != nil {
		return err
	}
	if err := rematch(tx, now, r); err != nil {
		return err
	}
	if err := s.raiseTo(tx, actor, i, r); err != nil {
		return err
	}
	if err := s.toldReport(tx, actor, i, r, "report.linked"); err != nil {
		return err
	}
	return actor.Audit(tx, r.at(now), OpLink, r.ID, nil, map[string]any{"incident": i.ID})
}

// kept refuses to show a report of a restricted incident to everybody by the way of an open one: that is decided where it is hidden.
func (s *Service) kept(tx *sqldb.Tx, i *incidentRecord, r *record) error {
	if !r.Hidden || i.Restricted {
		return nil
	}
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM incident_link l JOIN incident x ON x.id = l.incident WHERE l.report = $1 AND l.alert = 0 AND x.restricted = 1`, r.ID).Scan(&n)
	if err == nil && n > 0 {
		return problem.New(problem.Conflict, "report %s belongs to a restricted incident, and %s is open to the team: take the report out of the restricted one first, with a reason, or restrict %s", r.Ref, i.Ref, i.Ref)
	}
	return err
}

// rematch has the reports that resemble this one compared again: they were judged before it belonged to an incident. Of an anonymous one no job tells.
func rematch(tx *sqldb.Tx, now time.Time, r *record) error {
	if r.Anonymous {
		return nil
	}
	_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: JobRematch, Subject: r.ID, Unique: true})
	return err
}

// Unlink takes a report out of an incident. Errors: NotFound; Invalid without a reason.
func (s *Service) Unlink(ctx context.Context, actor identity.Actor, incident, name, why string) error {
	if err := actor.Authorise(OpLink, incident); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		i, err := s.survivor(tx, v, incident)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM incident_link WHERE incident IN (SELECT id FROM incident WHERE root = $1) AND report = $2 AND alert = 0`, i.ID, r.ID)
		if err == nil && n == 0 {
			return gone("report in "+i.Ref, name)
		}
		if err == nil {
			err = step(tx, s.now(), r, "lead = lead")
		}
		if err == nil {
			err = s.settle(tx, r.ID)
		}
		if err == nil {
			err = s.toldReport(tx, actor, &i, r, "report.unlinked")
		}
		if err == nil {
			err = s.wakeIf(tx, actor, r)
		}
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, r.at(s.now()), OpLink, r.ID, why, map[string]any{"incident": i.ID}, nil)
	})
}

// HandBack gives a report that was passed to named handlers to the queue again: one of them says that it is none of theirs. Errors: NotFound; Conflict if
// it was not passed.
func (s *Service) HandBack(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpHandBack, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		n, err := tx.Exec(`DELETE FROM incident_link WHERE report = $1 AND alert = 1`, r.ID)
		if err == nil && n == 0 {
			return problem.New(problem.Conflict, "report %s was passed to nobody", r.Ref)
		}
		if err == nil {
			err = step(tx, s.now(), r, "lead = lead")
		}
		if err == nil {
			err = s.settle(tx, r.ID)
		}
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, r.at(s.now()), OpHandBack, r.ID, why, nil, nil)
	})
}
