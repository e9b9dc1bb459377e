package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing"
)

// mostSearched bounds how many objects a person gives at once: what is too much to be looked through does not pass unseen.
const mostSearched = 20_000

// atOnceSearched is how many values are looked up at once.
const atOnceSearched = 100

// searchOwn looks through objects that somebody of the team puts into a group's collection by hand. What stands in an incident too, restricted or not, must
// not come with whom that happened to, who reported it, or its numbers: those names are looked for as in a letter about it. What names them is put there
// from the incident, where names are taken out. The reason says not which incident it is, since who gives the object may not see it.
func (a *App) searchOwn(ctx context.Context, _ identity.Actor, c sharing.Collection, list []sharing.Object) (map[string]string, error) {
	if c.Group == "" || a.Observables == nil || len(list) == 0 { // the team's own
		return nil, nil
	}
	if len(list) > mostSearched {
		return nil, problem.New(problem.Invalid, "%d objects are too many to be looked through for names at once: give %d at most", len(list), mostSearched)
	}
	to, err := a.audienceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	s := ownSearch{App: a, to: incident.Party{Name: to.Organisation.Name}, names: map[string][]leak.Names{}}
	why := map[string]string{}
	for i := range list {
		found, err := s.leaks(ctx, list[i])
		if err != nil {
			return nil, err
		}
		if found {
			why[list[i].ID] = "it names somebody, or a number, of an incident in which the same stands, or has too much to be looked through: share it from the incident, where names are taken out"
		}
	}
	return why, nil
}

// ownSearch is one search.
type ownSearch struct {
	*App
	to    incident.Party
	names map[string][]leak.Names // by the incident
}

// leaks tells whether an object names what hangs on an incident with which it has something in common.
func (s *ownSearch) leaks(ctx context.Context, o sharing.Object) (bool, error) {
	system := identity.System("sharing")
	values := indicator.Extract(string(o.Raw), indicator.Limits{})
	if values.Cut || values.Left > 0 { // it cannot be looked through to its end
		return true, nil
	}
	var seen []triage.Seen
	for part := range slices.Chunk(values.List, atOnceSearched) {
		some, err := s.observedIn(ctx, system, part)
		if err != nil {
			return false, err
		}
		seen = append(seen, some...)
	}
	for _, n := range seen {
		names, known := s.names[n.Incident]
		if !known {
			told, err := s.Incidents.Telling(ctx, system, n.Incident, s.to)
			if err != nil && !problem.Is(err, problem.NotFound) {
				return false, fmt.Errorf("the names of an incident: %w", err)
			}
			number := leak.NewNames() // which a letter about the incident may have, and a stranger need not
			if err == nil {
				i, err := s.Incidents.Incident(ctx, system, n.Incident)
				if err != nil {
					return false, err
				}
				number.AddAs(leak.Ours, leak.Ticket, i.Ref)
			}
			names = []leak.Names{told.Names, number}
			s.names[n.Incident] = names
		}
		for _, list := range names {
			if len(leak.Check(sharing.Content([]sharing.Object{o}), list)) > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}
