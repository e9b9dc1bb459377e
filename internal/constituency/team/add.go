package team

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Add makes a team of an organisation, by its name: one that the register does not have comes in as a peer of that country. Its entry is empty.
// Errors: Invalid; Conflict if it is a team already, or if the register has it in another country.
func (s *Service) Add(ctx context.Context, actor identity.Actor, name, country string) (t Team, err error) {
	if err := actor.Authorise(OpChange, clip(name)); err != nil {
		return t, err
	}
	wanted := constituency.Organisation{Kind: constituency.Peer}
	if wanted.Name, err = constituency.CleanName(name); err != nil {
		return t, err
	}
	if country != "" {
		if wanted.Country, err = constituency.ParseCountry(country); err != nil {
			return t, err
		}
	}
	err = s.write(ctx, actor, OpChange, wanted.Name, func(tx *sqldb.Tx, now time.Time) error {
		o, err := registered(tx, actor, now, wanted)
		if err != nil {
			return err
		}
		if _, err := byOrganisation(tx, o.ID); !problem.Is(err, problem.NotFound) {
			if err == nil {
				err = problem.New(problem.Conflict, "%s is in the directory already", o.Name)
			}
			return err
		}
		t, err = put(tx, actor, OpChange, now, Team{Organisation: o.ID, Handling: tlp.AmberStrict, Source: ByHand})
		return err
	})
	if err == nil {
		err = s.Register.Refresh(ctx)
	}
	return t, err
}

// registered finds an organisation in the register, or puts it there.
func registered(tx *sqldb.Tx, actor identity.Actor, now time.Time, wanted constituency.Organisation) (constituency.Organisation, error) {
	o, err := constituency.OrganisationNamed(tx, wanted.Name)
	if err == nil && wanted.Country != "" && o.Country != wanted.Country {
		err = problem.New(problem.Conflict, "the register has %s in another country (%s): change it there, or leave the country empty", o.Name, o.Country)
	}
	if !problem.Is(err, problem.NotFound) {
		return o, err
	}
	if err := actor.Authorise(constituency.OpChange, clip(wanted.Name)); err != nil {
		return o, err
	}
	if err := constituency.Touch(tx); err != nil {
		return o, err
	}
	if o, err = constituency.AddOrganisationIn(tx, now, wanted); err != nil {
		return o, err
	}
	return o, actor.Audit(tx, now, constituency.OpChange, o.ID, nil, o)
}
