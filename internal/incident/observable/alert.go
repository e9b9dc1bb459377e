package observable

import (
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const (
	matched   = "observable.matched" // in the timeline of a restricted incident: something elsewhere matches
	quietFor  = time.Hour            // its members get no second mail about it
	mostTells = 20                   // matches of one value with what is out of sight
)

// teller is who says so.
var teller = identity.System("observable")

// alert tells the members of restricted incidents that the actor does not see of what was added and matches there. The actor hears nothing of it.
func (s *Service) alert(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, values []value) error {
	if actor.Kind == identity.SystemKind {
		return nil
	}
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return err
	}
	unseen := func(alias string, first int) (string, []any) {
		cond, args := sight.Incidents(alias, first)
		return "o.sealed = 1 AND " + alias + ".restricted = 1 AND NOT " + cond, args
	}
	found := map[string][]string{} // observables by incident
	var order []string
	for _, v := range values {
		hits, err := s.newSearch(tx, v, unseen, in.IDs, mostTells).run()
		if err != nil {
			return err
		}
		for _, h := range hits {
			if found[h.Incident] == nil {
				order = append(order, h.Incident)
			}
			found[h.Incident] = append(found[h.Incident], h.ID)
		}
	}
	for _, name := range order {
		if err := s.alertOne(tx, in, name, found[name]); err != nil {
			return err
		}
	}
	return nil
}

// alertOne writes it into one incident's timeline, and to its members. Which incident it comes from they are told unless that is restricted too.
func (s *Service) alertOne(tx *sqldb.Tx, in *incident.Inside, name string, list []string) error {
	there, err := s.o.Incidents.Inside(tx, teller, name)
	if err != nil {
		return err
	}
	told, err := incident.ToldSince(tx, there, matched, there.Now.Add(-quietFor))
	if err != nil {
		return err
	}
	e := incident.Entry{Code: matched, Args: map[string]string{"count": strconv.Itoa(len(list)), "ref": in.Ref}, Link: link(there) + "/" + list[0]}
	if in.Restricted {
		e.Code = matched + "-hidden"
		delete(e.Args, "ref")
	}
	if err := s.o.Incidents.Tell(tx, teller, there, e); err != nil || told {
		return err
	}
	return s.o.Incidents.TellMembers(tx, there, "Look at the observables of "+there.Ref, "Something that was seen elsewhere matches an observable of "+there.Ref+". Log in and look at its timeline.\n")
}
