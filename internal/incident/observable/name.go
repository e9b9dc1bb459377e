package observable

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Named is an incident that has something of a report among its observables.
type Named struct {
	Incident string // id
	Kind     Kind
	Value    string // of the report
	Why      Why
	Others   int // incidents that have it
}

// Limits of what triage is told.
const (
	mostNamed  = 100 // indicators of a report that are looked for
	mostOthers = 20  // incidents with the same: what more have says nothing
)

// Name tells triage which incidents have what stands in a report, restricted ones too: exactly, or as the host of a URL. Errors: Forbidden for all
// but the system.
func (s *Service) Name(ctx context.Context, actor identity.Actor, found []indicator.Indicator) (out []Named, err error) {
	if err := actor.Authorise(OpMatch, ""); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		sight, err := s.o.Incidents.SightOf(tx, actor)
		if err != nil {
			return err
		}
		for _, in := range found[:min(mostNamed, len(found))] {
			v := value{kind: in.Kind, text: in.Value, host: in.Host, listed: in.Listed}
			hits, err := s.newSearch(tx, v, sight.Incidents, nil, mostOthers+1).run()
			if err != nil {
				return err
			}
			out = append(out, named(v, hits)...)
		}
		return nil
	})
	return out, err
}

// named gives one for each incident that has the value, or its host.
func named(v value, hits []hit) (list []Named) {
	var seen []string
	for _, h := range hits {
		if h.why != Same && h.why != Host && h.why != OnHost || slices.Contains(seen, h.Incident) {
			continue
		}
		seen = append(seen, h.Incident)
		list = append(list, Named{Incident: h.Incident, Kind: v.kind, Value: v.text, Why: h.why})
	}
	if len(seen) > mostOthers {
		return nil
	}
	for i := range list {
		list[i].Others = len(seen)
	}
	return list
}
