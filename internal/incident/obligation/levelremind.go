package obligation

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// remindReports is what Remind does about reports.
func (s *Service) remindReports(ctx context.Context, actor identity.Actor, r *Reminded) error {
	begun, err := s.beginReports(ctx, actor)
	if err != nil {
		return err
	}
	changed, err := s.changedReports(ctx)
	if err == nil {
		err = s.renewReports(ctx, actor, changed)
	}
	if err != nil {
		return err
	}
	list, err := s.waitingReports(ctx)
	for _, w := range list {
		if err != nil {
			return err
		}
		var n Notice
		switch n, err = s.claimReport(ctx, actor, w); {
		case n.Ref == "":
		case n.Overdue:
			r.Escalated++
		default:
			r.Reminders++
		}
	}
	r.Begun, r.Renewed = r.Begun+begun, r.Renewed+len(changed)
	r.More = begun == told*max(1, len(s.reports)) || len(changed) == told || len(list) == told
	return err
}

// waitReport is a clock of a report of which somebody has to be told.
type waitReport struct {
	leveled
	wait
}

// waitingReports is waiting for reports.
func (s *Service) waitingReports(ctx context.Context) (list []waitReport, err error) {
	now := s.o.Clock.Now()
	var most time.Duration
	for _, d := range s.o.Remind {
		most = max(most, d)
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT c.report, c.duty, c.stage, c.begun, c.due, c.reminded FROM report_clock c JOIN report r ON r.id = c.report
			WHERE c.done = 0 AND c.due <= CAST($1 AS BIGINT) AND c.escalated = 0 AND r.test = 0 AND r.duplicate = '' ORDER BY c.due, c.report, c.duty, c.stage`,
			[]any{now.Add(most)}, func(scan func(...any) error) error {
				var w waitReport
				if err := scan(&w.report, &w.duty, &w.stage, moment{&w.begun}, moment{&w.due}, &w.reminded); err != nil {
					return err
				}
				if len(list) < told && s.tells(&w.wait, now) {
					list = append(list, w)
				}
				return nil
			})
	})
	return list, err
}

// claimReport is claim for a report.
func (s *Service) claimReport(ctx context.Context, actor identity.Actor, w waitReport) (n Notice, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = Notice{}
		l, err := s.o.Incidents.LifeOf(tx, actor, w.report)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		now := s.o.Clock.Now()
		var taken int64
		if w.before == 0 {
			taken, err = tx.Exec(`UPDATE report_clock SET escalated = $5 WHERE report = $1 AND duty = $2 AND stage = $3 AND due = $4 AND done = 0 AND escalated = 0`,
				w.report, w.duty, w.stage, w.due, now)
		} else {
			taken, err = tx.Exec(`UPDATE report_clock SET reminded = $5 WHERE report = $1 AND duty = $2 AND stage = $3 AND due = $4 AND done = 0 AND escalated = 0 AND reminded = $6`,
				w.report, w.duty, w.stage, w.due, w.before.Milliseconds(), w.reminded)
		}
		if err != nil || taken == 0 {
			return err
		}
		if n, err = s.noticeOfReport(tx, &l, w, now); err != nil {
			return err
		}
		if s.o.Tell != nil {
			if err := s.o.Tell(tx, n); err != nil {
				return err
			}
		}
		return actor.Audit(tx, now, OpRemind, l.ID, nil, map[string]any{"duty": w.duty, "stage": w.stage, "due": stamp(w.due), "overdue": n.Overdue})
	})
	return n, err
}

// noticeOfReport is notice for a report: of a hidden one its members are told, else who has it, else the team.
func (s *Service) noticeOfReport(tx *sqldb.Tx, l *incident.Lived, w waitReport, now time.Time) (n Notice, err error) {
	n = Notice{Report: l.ID, Ref: l.Ref, Restricted: l.Hidden, Due: w.due, Overdue: w.before == 0, Before: w.before, Now: now}
	d := Due{Duty: w.duty, Stage: w.stage}
	s.name(&d, &Obligation{Facts: factsOf(l)}, l.Received)
	n.Law, n.Stage = d.Law, d.Name
	switch {
	case l.Hidden:
		n.People, err = s.o.Incidents.MembersOf(tx, l.ID)
	case l.Assignee != "":
		n.People = []string{l.Assignee}
	}
	return n, err
}
