package figure

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The codes of the timeline.
const (
	CodeContained   = "incident.contained"
	CodeUncontained = "incident.uncontained"
)

// Contain says that an incident does no more harm since a time; zero is now. Errors: NotFound; Invalid for a time to come; Conflict if it was said
// already.
func (s *Service) Contain(ctx context.Context, actor identity.Actor, name string, at time.Time) error {
	if err := actor.Authorise(OpContain, name); err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if at.IsZero() {
			at = in.Now
		}
		had, err := contained(tx, in)
		switch {
		case err != nil:
			return err
		case !had.IsZero():
			return problem.New(problem.Conflict, "incident %s is contained already: take that back first", in.Ref)
		case at.After(in.Now):
			return problem.New(problem.Invalid, "incident %s cannot be contained at a time that is to come", in.Ref)
		}
		m := incident.Moment{About: incident.AboutIncident, Subject: in.ID, Code: incident.Contained, At: at, Since: in.Opened}
		if err := Keep(tx, m); err != nil {
			return err
		}
		if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{At: at, Code: CodeContained}); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpContain, in.ID, nil, map[string]any{"contained": at.UTC()})
	})
}

// Uncontain takes that back. Errors: NotFound; Invalid without a reason; Conflict if it was never said.
func (s *Service) Uncontain(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpContain, name); err != nil {
		return err
	}
	if why = strings.TrimSpace(why); why == "" || len(why) > 1000 {
		return problem.New(problem.Invalid, "say in at most 1000 bytes why the incident is not contained")
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		at, err := contained(tx, in)
		if err == nil && at.IsZero() {
			err = problem.New(problem.Conflict, "nobody said that incident %s is contained", in.Ref)
		}
		if err == nil {
			err = Keep(tx, incident.Moment{About: incident.AboutIncident, Subject: in.ID, Code: incident.Uncontained, At: in.Now})
		}
		if err == nil {
			err = s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: CodeUncontained, Text: why})
		}
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, in.Now, OpContain, in.ID, why, map[string]any{"contained": at.UTC()}, nil)
	})
}

// When gives when a person first dealt with an incident, when it first had a class, and since when it does no more harm, as far as that happened.
func When(tx *sqldb.Tx, in *incident.Inside) (map[incident.MomentCode]time.Time, error) {
	return WhenOf(tx, in.ID)
}

// WhenOf is When for a report, or an incident, by its id.
func WhenOf(tx *sqldb.Tx, subject string) (map[incident.MomentCode]time.Time, error) {
	found := map[incident.MomentCode]time.Time{}
	err := tx.Each(`SELECT code, at FROM moment WHERE subject = $1 AND code IN ('acknowledged', 'triaged', 'contained') AND standing >= 0`, []any{subject}, func(scan func(...any) error) error {
		var code string
		var at int64
		err := scan(&code, &at)
		found[incident.MomentCode(code)] = sqldb.Time(at)
		return err
	})
	return found, err
}

// Contained is since when an incident does no more harm; zero: nobody said so. Errors: NotFound.
func (s *Service) Contained(ctx context.Context, actor identity.Actor, name string) (at time.Time, err error) {
	err = s.o.Incidents.Look(ctx, actor, incident.OpIncidentRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		at, err = contained(tx, in)
		return err
	})
	return at, err
}

func contained(tx *sqldb.Tx, in *incident.Inside) (time.Time, error) {
	var at int64
	err := tx.QueryRow(`SELECT at FROM moment WHERE subject = $1 AND code = $2 AND standing = 1`, in.ID, string(incident.Contained)).Scan(&at)
	if sqldb.NoRows(err) {
		return time.Time{}, nil
	}
	return sqldb.Time(at), err
}
