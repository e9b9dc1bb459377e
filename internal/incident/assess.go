package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Critical is the topic of outbox rows that name a report which the person on call should know of now.
const Critical = "report.critical"

// ForTriage gives a report as triage needs it; for the job, whose actor is the system. Errors: NotFound, also for one whose text was erased.
func (s *Service) ForTriage(ctx context.Context, actor identity.Actor, id string) (out triage.Report, err error) {
	if err := actor.Authorise(OpAssess, id); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		r, err := s.report(tx, Sight{all: true}, id)
		if err != nil {
			return err
		}
		f, err := s.full(&r)
		out = f.forTriage()
		return err
	})
	return out, err
}

func (f *full) forTriage() triage.Report {
	h, b := f.head, f.body
	out := triage.Report{
		ID: f.ID, Door: string(f.Door), Received: f.Received, Subject: h.Subject, Text: b.Text, Files: b.Files, Auto: b.Trust.Auto, Sealed: f.sealed(),
		Reporter: triage.Reporter{Name: h.Reporter.Name, Email: h.Reporter.Email, Organisation: h.Reporter.Organisation, Verified: string(f.Verified)},
		Answers: triage.Answers{
			Happened: b.Answers.Happened, Affected: b.Answers.Affected, Impact: b.Answers.Impact, Help: b.Answers.Help, Children: b.Answers.Children, Urgent: b.Answers.Urgent,
		},
	}
	if m := b.Machine; m != nil {
		out.Machine = &triage.Machine{Format: m.Format, Type: m.Type, Source: m.Source, SourceIP: m.SourceIP, Domain: m.Domain, URL: m.URL, Date: m.Date}
	}
	return out
}

// Unassessed lists the ids of reports that were not assessed yet, at most 1,000; anonymous tells whether only anonymous ones are meant.
func (s *Service) Unassessed(ctx context.Context, actor identity.Actor, anonymous bool) (ids []string, err error) {
	if err := actor.Authorise(OpAssess, ""); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		ids = nil
		return tx.Each(`SELECT id FROM report WHERE assessed = 0 AND anonymous >= $1 AND data_key IS NOT NULL ORDER BY id LIMIT 1000`, []any{anonymous}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}

// SaveAssessment stores what triage makes of a report. Is there a restricted incident among those that it resembles, the report is hidden at
// once from all but that incident's members, who are alerted. It is a step of the job. Errors: NotFound; Conflict if the report was changed in
// between.
func (s *Service) SaveAssessment(tx *sqldb.Tx, actor identity.Actor, id string, a triage.Assessment) error {
	if err := actor.Authorise(OpAssess, id); err != nil {
		return err
	}
	r, err := s.report(tx, Sight{all: true}, id)
	if err != nil {
		return err
	}
	f, err := s.full(&r)
	if err != nil {
		return err
	}
	now := s.now()
	if err := s.judge(tx, now, &f, a); err != nil {
		return err
	}
	if err := concern(tx, id, a.Concerned); err != nil {
		return err
	}
	if err := s.resemble(tx, now, actor, &f, a); err != nil {
		return err
	}
	if err := s.indexAssessed(tx, id); err != nil {
		return err
	}
	if a.Alert && f.assessment.Alert != a.Alert {
		if err := outbox.Post(tx, r.at(now), Critical, id); err != nil {
			return err
		}
	}
	return actor.Audit(tx, r.at(now), OpAssess, id, nil, map[string]any{
		"class": a.Class, "severity": a.Severity, "rank": a.Rank, "quarantine": a.Quarantine, "concerned": organisationsOf(a.Concerned),
	})
}

// organisationsOf lists the ids of those whom a report concerns, for the record.
func organisationsOf(list []triage.Concern) []string {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.Organisation
	}
	return ids
}

// judge writes the assessment, and what of it lists ask for.
func (s *Service) judge(tx *sqldb.Tx, now time.Time, f *full, a triage.Assessment) error {
	sealed, err := put(f.key, "assessment", a)
	if err != nil {
		return err
	}
	class, kind, severity := a.Class, a.Type, a.Severity
	if f.judged() {
		class, kind, severity = f.Class, f.Type, f.Severity
	}
	r := &f.record
	quarantine := a.Quarantine && !r.Quarantined
	err = step(tx, now, r, `assessment = $4, class = $5, type = $6, severity = $7, rank = $8, fold = $9, move = $10, resembles = '', assessed = $3, quarantined = $11`,
		sealed, string(class), string(kind), string(severity), a.Rank, a.Fold, string(a.Move), r.Quarantined || a.Quarantine)
	if err == nil && a.Fold != r.Fold {
		err = lead(tx, r.Fold)
	}
	if err == nil && quarantine {
		err = s.vault.Quarantine(tx, r.at(now), r.ID, "system:triage")
	}
	return err
}

// indexAssessed settles the report, and indexes the indicators that were found with its words.
func (s *Service) indexAssessed(tx *sqldb.Tx, id string) error {
	if err := s.settle(tx, id); err != nil {
		return err
	}
	r, err := s.report(tx, Sight{all: true}, id)
	if err != nil || r.sealed() {
		return err
	}
	return s.reindex(tx, &r)
}

// concern notes which organisations a report concerns.
func concern(tx *sqldb.Tx, id string, list []triage.Concern) error {
	if _, err := tx.Exec(`DELETE FROM report_concern WHERE report = $1`, id); err != nil {
		return err
	}
	for _, c := range list {
		if _, err := tx.Exec(`INSERT INTO report_concern (organisation, report, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, c.Organisation, id, c.Role); err != nil {
			return err
		}
	}
	return nil
}

// resemble notes the open incident that the report resembles most, and passes it to the members of restricted ones.
func (s *Service) resemble(tx *sqldb.Tx, now time.Time, actor identity.Actor, f *full, a triage.Assessment) error {
	best, linked := "", 0
	if err := tx.QueryRow(`SELECT count(*) FROM incident_link WHERE report = $1`, f.ID).Scan(&linked); err != nil {
		return err
	}
	for _, similar := range a.Similar {
		if similar.Incident == "" {
			continue
		}
		i, err := s.survivor(tx, Sight{all: true}, similar.Incident)
		if problem.Is(err, problem.NotFound) || err == nil && i.State != StageOpen {
			continue
		}
		if err != nil {
			return err
		}
		if i.Restricted && linked == 0 {
			if err := s.pass(tx, now, actor, f, i); err != nil {
				return err
			}
		}
		if !i.Restricted && best == "" {
			best = i.ID
		}
	}
	_, err := tx.Exec(`UPDATE report SET resembles = $2 WHERE id = $1`, f.ID, best)
	return err
}

// pass hands a report to the members of a restricted incident. What everybody reads says that it was passed, and no more.
func (s *Service) pass(tx *sqldb.Tx, now time.Time, actor identity.Actor, f *full, i incidentRecord) error {
	n, err := tx.Exec(`INSERT INTO incident_link (incident, report, alert, actor, at) VALUES ($1, $2, 1, $3, $4) ON CONFLICT DO NOTHING`, i.ID, f.ID, actor.ID, f.at(now))
	if err != nil || n == 0 {
		return err
	}
	_, err = queue.Raise(tx, f.at(now), queue.Task{
		Kind: "report-passed", Object: f.ID, Title: "Report " + f.Ref + " was passed to a named handler",
		Advice: "The handler gives it back to the queue if it belongs there. If nobody looks at it, a duty officer may break the glass, with a reason.",
	})
	if err != nil {
		return err
	}
	return s.tellMembers(tx, i.ID, "Report "+f.Ref+" was passed to you", "A report resembles something that you are a handler of. Log in and look at "+f.Ref+".\n")
}
