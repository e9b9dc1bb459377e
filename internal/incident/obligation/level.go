package obligation

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The facts of a report that stages may depend on: nobody is asked for them.
const (
	factAnswerable = "answerable" // there is a way to the reporter
	factUrgent     = "urgent"     // its severity is critical or high
)

func reportFacts() []string { return []string{factAnswerable, factUrgent} }

func factsOf(l *incident.Lived) (facts []string) {
	if l.Answerable {
		facts = append(facts, factAnswerable)
	}
	if l.Severity == triage.Critical || l.Severity == triage.High {
		facts = append(facts, factUrgent)
	}
	return facts
}

// Levels gives the stages of what the team promises itself of a report, by id or ref, as they stand now; none if nothing is promised. Errors: NotFound.
func (s *Service) Levels(ctx context.Context, actor identity.Actor, name string) (list []Stage, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		l, err := s.o.Incidents.LifeOf(tx, actor, name)
		if err != nil {
			return err
		}
		duties, err := levelsOf(tx, l.ID)
		list = []Stage{}
		for _, duty := range duties {
			if err == nil {
				var stages []Stage
				stages, err = s.level(tx, &l, duty)
				list = append(list, stages...)
			}
		}
		return err
	})
	return list, err
}

// levelsOf lists the duties that were begun for a report.
func levelsOf(tx *sqldb.Tx, report string) (list []string, err error) {
	err = tx.Each(`SELECT duty FROM report_level WHERE report = $1 ORDER BY duty`, []any{report}, func(scan func(...any) error) error {
		var duty string
		err := scan(&duty)
		list = append(list, duty)
		return err
	})
	return list, err
}

// level calculates the stages of a duty for a report, by the version that counted when it came; none if none did.
func (s *Service) level(tx *sqldb.Tx, l *incident.Lived, duty string) ([]Stage, error) {
	law, track, err := s.o.Laws.Duty(duty, l.Received)
	if problem.Is(err, problem.NotFound) || err == nil && (law.Of != OfReport || !law.Binds(l.Received)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := Case{Now: s.o.Clock.Now(), Zone: s.o.Zone, Holidays: s.o.Holidays, Facts: factsOf(l), Anchors: map[Anchor]time.Time{Received: l.Received, Answered: l.Answered, Closed: l.Ended}}
	if s.o.Worked != nil {
		worked, err := s.o.Worked(tx, l.ID)
		if err != nil {
			return nil, err
		}
		c.Anchors[Acknowledged], c.Anchors[Triaged] = worked[incident.Acknowledged], worked[incident.Triaged]
	}
	maps.DeleteFunc(c.Anchors, func(_ Anchor, at time.Time) bool { return at.IsZero() })
	return law.Stages(track.ID, c), nil
}

// leveled names a report and a duty of it.
type leveled struct{ report, duty string }

// beginReports lets the duties of Always that are of reports begin for new ones. Of what a machine sends in masses, what stands for it in the queue is meant.
func (s *Service) beginReports(ctx context.Context, actor identity.Actor) (int, error) {
	var list []leveled
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		for _, duty := range s.reports {
			if err := tx.Each(`SELECT r.id FROM report r WHERE r.changed > CAST($1 AS BIGINT) AND r.received > CAST($1 AS BIGINT) AND r.test = 0 AND r.duplicate = ''
				AND (r.fold = '' OR r.lead = 1 OR r.hidden = 1 OR r.state <> 'new')
				AND NOT EXISTS (SELECT 1 FROM report_level l WHERE l.report = r.id AND l.duty = $2) ORDER BY r.changed, r.id LIMIT CAST($3 AS BIGINT)`,
				[]any{sqldb.Millis(s.o.Clock.Now().Add(-youngest)), duty, told}, func(scan func(...any) error) error {
					l := leveled{duty: duty}
					err := scan(&l.report)
					list = append(list, l)
					return err
				}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(list), s.renewReports(ctx, actor, list)
}

// reopenable is how long ago a report may have been changed that is looked at although all its clocks had stopped: somebody may have opened it again. Times of
// anonymous reports are of the hour.
const reopenable = 2 * time.Hour

// changedReports lists what has to be calculated anew: the report was changed since, or the laws may have been.
func (s *Service) changedReports(ctx context.Context) (list []leveled, err error) {
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT l.report, l.duty FROM report_level l JOIN report r ON r.id = l.report WHERE (l.version <> r.version OR l.computed < CAST($1 AS BIGINT))
			AND EXISTS (SELECT 1 FROM report_clock c WHERE c.report = l.report AND c.duty = l.duty AND c.done = 0)
			UNION SELECT l.report, l.duty FROM report r JOIN report_level l ON l.report = r.id WHERE r.changed > CAST($2 AS BIGINT) AND l.version <> r.version
			ORDER BY 1, 2 LIMIT CAST($3 AS BIGINT)`, []any{s.since, s.o.Clock.Now().Add(-reopenable), told}, func(scan func(...any) error) error {
			var l leveled
			err := scan(&l.report, &l.duty)
			list = append(list, l)
			return err
		})
	})
	return list, err
}

func (s *Service) renewReports(ctx context.Context, actor identity.Actor, list []leveled) error {
	for _, one := range list {
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			l, err := s.o.Incidents.LifeOf(tx, actor, one.report)
			if problem.Is(err, problem.NotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			return s.renewReport(tx, &l, one.duty)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// renewReport writes the clocks of a report as they stand, for lists and for telling.
func (s *Service) renewReport(tx *sqldb.Tx, l *incident.Lived, duty string) error {
	now := s.o.Clock.Now()
	stages, err := s.level(tx, l, duty)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO report_level (report, duty, version, computed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (report, duty) DO UPDATE SET version = excluded.version, computed = excluded.computed`, l.ID, duty, l.Version, now); err != nil {
		return err
	}
	var stale []string
	err = tx.Each(`SELECT stage FROM report_clock WHERE report = $1 AND duty = $2`, []any{l.ID, duty}, func(scan func(...any) error) error {
		var stage string
		err := scan(&stage)
		if !slices.ContainsFunc(stages, func(one Stage) bool { return one.ID == stage && !one.Due.IsZero() }) {
			stale = append(stale, stage)
		}
		return err
	})
	for _, stage := range stale {
		if err == nil {
			_, err = tx.Exec(`DELETE FROM report_clock WHERE report = $1 AND duty = $2 AND stage = $3`, l.ID, duty, stage)
		}
	}
	for i := range stages {
		if err == nil && !stages[i].Due.IsZero() {
			err = tickReport(tx, l.ID, duty, &stages[i], now)
		}
	}
	return err
}

// tickReport is tick for a report.
func tickReport(tx *sqldb.Tx, report, duty string, one *Stage, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO report_clock AS c (report, duty, stage, begun, due, done, reminded, escalated) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
		ON CONFLICT (report, duty, stage) DO UPDATE SET begun = excluded.begun, due = excluded.due, done = excluded.done,
		reminded = CASE WHEN excluded.due > c.due THEN 0 ELSE c.reminded END,
		escalated = CASE WHEN excluded.due > CAST($7 AS BIGINT) THEN 0 ELSE c.escalated END`,
		report, duty, one.ID, one.FromAt, one.Due, one.Submitted, now)
	return err
}
