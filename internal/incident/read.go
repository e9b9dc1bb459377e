package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Report gives one report by its id or ref, with all that the actor may see of it. One that went to named handlers is given, to who worked on it
// before, with nothing but ID, Ref, State, Received and Passed. Errors: NotFound.
func (s *Service) Report(ctx context.Context, actor identity.Actor, name string) (out Report, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return out, err
	}
	restricted := false
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		r, err := s.report(tx, v, name)
		if problem.Is(err, problem.NotFound) {
			out, err = s.passedReport(tx, actor, name, err)
			return err
		}
		if err != nil {
			return err
		}
		restricted = r.Hidden
		out, err = s.whole(tx, v, &r)
		return err
	})
	if err == nil && restricted {
		err = s.recordReading(ctx, actor, OpRead, []string{out.ID})
	}
	if err != nil {
		return Report{}, err
	}
	return out, nil
}

// passedReport is all that somebody is told of a report that they may not see any more.
func (s *Service) passedReport(tx *sqldb.Tx, actor identity.Actor, name string, none error) (Report, error) {
	list, err := s.passed(tx, actor, name)
	if err != nil || len(list) == 0 {
		if err == nil {
			err = none
		}
		return Report{}, err
	}
	p := list[0]
	return Report{ID: p.ID, Ref: p.Ref, State: p.State, Received: p.Received, Passed: true}, nil
}

// whole is a report with all that hangs on it.
func (s *Service) whole(tx *sqldb.Tx, v Sight, r *record) (out Report, err error) {
	if len(r.wrapped) == 0 {
		out = r.bare()
	} else {
		f, err := s.full(r)
		if err != nil {
			return out, err
		}
		out = f.shown()
		if err := s.withText(tx, v, &f, &out); err != nil {
			return out, err
		}
	}
	linked, err := s.incidentsOf(tx, v, []string{r.ID})
	if err != nil {
		return out, err
	}
	out.Incidents = linked[r.ID]
	if out.Files, err = s.vault.Of(tx, r.ID); err != nil {
		return out, err
	}
	if err := tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM incident_link WHERE report = $1 AND alert = 1 LIMIT 1) AS found`, r.ID).Scan(&out.Handed); err != nil {
		return out, err
	}
	out.Duplicates, err = s.duplicates(tx, v, r.ID)
	return out, err
}

// withText adds what is sealed under the report's own key.
func (s *Service) withText(tx *sqldb.Tx, v Sight, f *full, out *Report) (err error) {
	if out.Assessment.Similar, err = s.similar(tx, v, f.assessment.Similar); err != nil {
		return err
	}
	if out.Notes, err = notesOf(tx, f.key, f.ID); err != nil {
		return err
	}
	if out.Messages, err = messagesOf(tx, f.key, f.ID); err != nil {
		return err
	}
	if out.Investigations, err = s.investigationsOf(tx, f.key, "report", f.ID); err != nil {
		return err
	}
	if out.Referrals, err = referralsOf(tx, f.key, f.ID); err != nil {
		return err
	}
	out.Significance, err = significanceOf(tx, f.key, f.ID)
	return err
}

// similar keeps what of the resembling the reader may see: a report within sight, and an incident within sight.
func (s *Service) similar(tx *sqldb.Tx, v Sight, list []triage.Similar) (out []triage.Similar, err error) {
	var reports, incidents []string
	for _, one := range list {
		reports, incidents = append(reports, one.Report), append(incidents, one.Incident)
	}
	seen, err := reportRefs(tx, v, reports)
	if err != nil {
		return nil, err
	}
	known, err := s.refs(tx, v, incidents)
	for _, one := range list {
		ref, ok := known[one.Incident]
		if one.Incident, one.Ref = ref.ID, ref.Ref; !ok && one.Report == "" {
			continue
		}
		if _, ok := seen[one.Report]; one.Report != "" && !ok {
			continue
		}
		out = append(out, one)
	}
	return out, err
}

// reportRefs gives the refs of those of some reports that are within sight.
func reportRefs(tx *sqldb.Tx, v Sight, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var q query
	q.in("r.id", ids)
	q.seen(v.Reports, "r")
	err := tx.Each("SELECT r.id, r.ref FROM report r WHERE "+q.String(), q.args, func(scan func(...any) error) error {
		var id, ref string
		err := scan(&id, &ref)
		out[id] = ref
		return err
	})
	return out, err
}

// duplicates lists the reports within sight that were merged into one.
func (s *Service) duplicates(tx *sqldb.Tx, v Sight, into string) (list []Ref, err error) {
	var q query
	q.and("r.duplicate = ? AND r.duplicate <> ''", into)
	q.seen(v.Reports, "r")
	return s.reportList(tx, q, "r.received, r.id")
}

// reportList gives reports as links.
func (s *Service) reportList(tx *sqldb.Tx, q query, order string) (list []Ref, err error) {
	err = tx.Each("SELECT "+rowColumns+" FROM report r WHERE "+q.String()+" ORDER BY "+order+" LIMIT 1000", q.args, func(scan func(...any) error) error {
		var r record
		if err := scan(r.rowInto()...); err != nil {
			return err
		}
		row, err := s.row(&r)
		list = append(list, Ref{ID: r.ID, Ref: r.Ref, Title: row.Subject})
		return err
	})
	return list, err
}
