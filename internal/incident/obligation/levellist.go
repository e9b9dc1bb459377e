package obligation

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const reportsFrom = ` FROM report_clock c JOIN report r ON r.id = c.report WHERE `

// seenReports is the query for what an actor sees of what is due of reports.
func (s *Service) seenReports(tx *sqldb.Tx, actor identity.Actor) (q query, err error) {
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return q, err
	}
	q.where = []string{"c.done = 0", "r.test = 0", "r.duplicate = ''"}
	q.of(func(first int) (string, []any) { return sight.Reports("r", first) })
	return q, nil
}

// ListReports is List for the levels of reports. Errors: Invalid.
func (s *Service) ListReports(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Due], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	if f.Side == Constituent {
		return page.Page[Due]{Items: []Due{}}, nil
	}
	f.Side = "" // all are the team's
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		q, err := s.seenReports(tx, actor)
		if err == nil {
			err = q.filter(&f, s.o.Clock.Now())
		}
		if err == nil {
			out, err = s.listReports(tx, q, &f)
		}
		return err
	})
	return out, err
}

func (s *Service) listReports(tx *sqldb.Tx, q query, f *Filter) (out page.Page[Due], err error) {
	order, than := "", ">"
	if f.Latest {
		order, than = " DESC", "<"
	}
	var at int64
	var report, duty, stage string
	if more, err := f.After.Into(&at, &report, &duty, &stage); err != nil {
		return out, err
	} else if more {
		q.and("(c.due, c.report, c.duty, c.stage) "+than+" (CAST(? AS BIGINT), ?, ?, ?)", at, report, duty, stage)
	}
	limit := f.Rows()
	q.args = append(q.args, limit+1)
	list, err := s.dueOf(tx, strings.Join(q.where, " AND ")+` ORDER BY c.due`+order+`, c.report`+order+`, c.duty`+order+`, c.stage`+order+` LIMIT $`+strconv.Itoa(len(q.args)), q.args)
	if err != nil {
		return out, err
	}
	return page.Cut(list, limit, func(d Due) []any { return []any{sqldb.Millis(d.At), d.Report, d.Duty, d.Stage} }), nil
}

// dueOf reads clocks of reports, with the names of their stages. It opens no report: what it says of one is its number.
func (s *Service) dueOf(tx *sqldb.Tx, cond string, args []any) (list []Due, err error) {
	now := s.o.Clock.Now()
	list = []Due{}
	err = tx.Each(`SELECT c.report, r.ref, r.hidden, r.received, c.duty, c.stage, c.begun, c.due`+reportsFrom+cond, args, func(scan func(...any) error) error {
		d := Due{By: Team, State: Running}
		var received time.Time
		if err := scan(&d.Report, &d.Ref, &d.Restricted, moment{&received}, &d.Duty, &d.Stage, moment{&d.Begun}, moment{&d.At}); err != nil {
			return err
		}
		s.nameLevel(&d, received)
		if d.At.Before(now) {
			d.State = Overdue
		}
		list = append(list, d)
		return nil
	})
	return list, err
}

// nameLevel gives a row the names of its law and stage: of several with one id, which are one stage under conditions, the first.
func (s *Service) nameLevel(d *Due, when time.Time) {
	d.Law, d.Name = d.Duty, d.Stage
	law, track, err := s.o.Laws.Duty(d.Duty, when)
	if err != nil {
		return
	}
	d.Law = law.Name
	for _, r := range track.Stages {
		if r.ID == d.Stage {
			d.Name, d.French = r.Name, r.French
			return
		}
	}
}

// maxNext bounds of how many reports one question asks.
const maxNext = 500

// NextOf gives of some reports, by id, what is due first and not done, as far as the actor sees them; one with nothing due is missing. Errors: Invalid for too
// many.
func (s *Service) NextOf(ctx context.Context, actor identity.Actor, reports []string) (map[string]Due, error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	if len(reports) > maxNext {
		return nil, problem.New(problem.Invalid, "ask of at most %d reports, and not of %d", maxNext, len(reports))
	}
	next := map[string]Due{}
	if len(reports) == 0 {
		return next, nil
	}
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(next)
		q, err := s.seenReports(tx, actor)
		if err != nil {
			return err
		}
		args := make([]any, len(reports))
		for i, id := range reports {
			args[i] = id
		}
		q.and("c.report IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
		list, err := s.dueOf(tx, strings.Join(q.where, " AND ")+" ORDER BY c.due, c.stage", q.args)
		for _, d := range list {
			if _, ok := next[d.Report]; !ok {
				next[d.Report] = d
			}
		}
		return err
	})
	return next, err
}

// CountReports is Count for the levels of reports.
func (s *Service) CountReports(ctx context.Context, actor identity.Actor) (c Counts, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return c, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		q, err := s.seenReports(tx, actor)
		if err != nil {
			return err
		}
		now, n := s.o.Clock.Now(), len(q.args)
		a, b := "CAST($"+strconv.Itoa(n+1)+" AS BIGINT)", "CAST($"+strconv.Itoa(n+2)+" AS BIGINT)"
		return tx.QueryRow(`SELECT count(*) FILTER (WHERE c.due < `+a+`), count(*) FILTER (WHERE c.due >= `+a+` AND c.due <= `+b+`), count(*) FILTER (WHERE c.due >= `+a+`),
			coalesce(min(c.due) FILTER (WHERE c.due >= `+a+`), 0)`+reportsFrom+strings.Join(q.where, " AND "), append(q.args, sqldb.Millis(now), sqldb.Millis(now.Add(24*time.Hour)))...).
			Scan(&c.Overdue, &c.Soon, &c.Running, moment{&c.Next})
	})
	return c, err
}
