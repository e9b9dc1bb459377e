package obligation

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxBulk is how many obligations can be decided about at a time.
const MaxBulk = 200

// Dismiss decides of several obligations, by id, that they do not apply, for one reason, each for itself: see incident.Severally. What was found out about each
// stays, and so does what was submitted. Errors: Invalid.
func (s *Service) Dismiss(ctx context.Context, actor identity.Actor, names []string, why string) (incident.Moved, error) {
	if err := actor.Authorise(OpDecide, ""); err != nil {
		return incident.Moved{}, err
	}
	why, err := short("why they do not apply", why, true)
	if err != nil {
		return incident.Moved{}, err
	}
	return incident.Severally(names, MaxBulk, func(name string) error { return s.dismiss(ctx, actor, name, why) })
}

func (s *Service) dismiss(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpDecide, name); err != nil {
		return err
	}
	of, err := s.incidentOf(ctx, name)
	if err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, of, func(tx *sqldb.Tx, in *incident.Inside) error {
		list, err := decisions(tx, in)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(o Obligation) bool { return o.ID == name })
		if i < 0 {
			return gone("obligation", name)
		}
		o := list[i]
		if !o.Applies {
			return problem.New(problem.Conflict, "it is decided already that %s does not apply to incident %s", o.Duty, in.Ref)
		}
		d := Decision{
			Obligation: o.ID, Version: o.Version, Organisation: o.Organisation, Who: o.Who, Facts: o.Facts, Kind: o.Kind, Entity: o.Entity, Crossing: o.Crossing, Crime: o.Crime, Reason: why,
		}
		if _, err := s.decide(tx, actor, in, &d); err != nil {
			return err
		}
		_, err = s.one(tx, in, o.ID)
		return err
	})
}

// incidentOf gives the incident of an obligation, whoever asks. Errors: NotFound.
func (s *Service) incidentOf(ctx context.Context, name string) (of string, err error) {
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT incident FROM obligation WHERE id = $1`, name).Scan(&of)
	})
	if sqldb.NoRows(err) {
		return "", gone("obligation", name)
	}
	return of, err
}

// Obligation gives one by its id, and the incident that it hangs on. Errors: NotFound.
func (s *Service) Obligation(ctx context.Context, actor identity.Actor, name string) (o Obligation, ref string, err error) {
	of, err := s.incidentOf(ctx, name)
	if err != nil {
		return o, "", err
	}
	err = s.o.Incidents.Look(ctx, actor, OpRead, of, func(tx *sqldb.Tx, in *incident.Inside) error {
		ref = in.Ref
		list, err := s.obligations(tx, in)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(o Obligation) bool { return o.ID == name })
		if at < 0 {
			return gone("obligation", name)
		}
		o = list[at]
		return nil
	})
	if problem.Is(err, problem.NotFound) {
		err = gone("obligation", name)
	}
	return o, ref, err
}
