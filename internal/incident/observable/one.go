package observable

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// One is an observable with all that is known of it.
type One struct {
	Observable
	In        Head       `json:"-"`
	RelatedTo []Relation `json:"related_to"`
	Sightings []Sighting `json:"sightings"` // the latest first, at most 200
	Matches   []Match    `json:"matches"`   // in other incidents that the reader sees
	More      bool       `json:"more,omitempty"`
}

// One gives an observable of an incident. Errors: NotFound.
func (s *Service) One(ctx context.Context, actor identity.Actor, name, observable string) (out One, err error) {
	var r record
	var but []string
	err = s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if r, err = one(tx, in, observable); err != nil {
			return err
		}
		but = in.IDs
		out, err = s.whole(tx, in, &r)
		return err
	})
	if err != nil || !r.Removed.IsZero() {
		return out, err
	}
	// The others are opened apart, since that they were read is on record too.
	err = s.o.Incidents.Across(ctx, actor, OpRead, func(tx *sqldb.Tx, sight incident.Sight, open func(string) (*incident.Inside, error)) error {
		list, more, err := s.newSearch(tx, r.parts(), sight.Incidents, but, MostMatches+1).matches(open)
		out.Matches, out.More = append([]Match{}, list...), more
		return err
	})
	if err != nil {
		return One{}, err
	}
	return out, nil
}

// whole is an observable with what hangs on it.
func (s *Service) whole(tx *sqldb.Tx, in *incident.Inside, r *record) (out One, err error) {
	out = One{Observable: r.Observable, In: headOf(in), RelatedTo: []Relation{}, Sightings: []Sighting{}, Matches: []Match{}}
	relations, err := relationsOf(tx, in, r.ID)
	if err != nil {
		return out, err
	}
	sightings, err := sightingsOf(tx, in, r, mostSightings)
	if err != nil {
		return out, err
	}
	out.RelatedTo, out.Sightings = append(out.RelatedTo, relations...), append(out.Sightings, sightings...)
	return out, sighted(tx, map[string]*Observable{r.ID: &out.Observable})
}

// Find gives the observable of an incident that has a value; its kind is found out, if the value tells. Errors: NotFound.
func (s *Service) Find(ctx context.Context, actor identity.Actor, name, text string) (out Observable, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		for _, kind := range append([]Kind{""}, told...) {
			v, err := read(kind, text)
			if err != nil {
				continue
			}
			r, err := find(tx, in, s.markOf(v))
			if err != nil || r.ID != "" {
				out = r.Observable
				return err
			}
		}
		return gone(text)
	})
	if err != nil {
		return Observable{}, err
	}
	return out, nil
}
