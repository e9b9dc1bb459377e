package triage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
)

// Seen is an incident that has something of a report among what was observed in it.
type Seen struct {
	Incident string // id
	Kind     indicator.Kind
	Value    string // of the report
	Near     bool   // not the same: the host of a URL, or a URL on the host
	Others   int    // incidents that have it
}

// observed adds the incidents in which indicators of the report were seen, restricted ones too: who may see which is decided where it is read.
func (t *Triage) observed(ctx context.Context, found []indicator.Indicator, list []Similar) ([]Similar, error) {
	if t.o.Observed == nil || len(found) == 0 {
		return list, nil
	}
	seen, err := t.o.Observed(ctx, identity.System("triage"), found)
	if err != nil {
		return nil, err
	}
	for _, s := range byIncident(seen) {
		if s.Score >= leastSame { // a report leaves the queue for a restricted one: that needs more than a common host
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b Similar) int { return cmp.Compare(b.Score, a.Score) })
	return list[:min(len(list), mostSimilar)], nil
}

// byIncident adds up what each incident shares with a report.
func byIncident(seen []Seen) (list []Similar) {
	like, order := map[string]*likeness{}, []string(nil)
	for _, s := range seen {
		l := like[s.Incident]
		if l == nil {
			l, order = &likeness{}, append(order, s.Incident)
			like[s.Incident] = l
		}
		w := weight(s.Kind, s.Others)
		if s.Near {
			w /= 2
		}
		l.score += w
		l.shared = append(l.shared, shared{trait{kind: s.Kind, value: s.Value}, w, s.Others})
	}
	for _, name := range order {
		list = append(list, like[name].seenIn(name))
	}
	return list
}

// seenIn says it with a score.
func (l *likeness) seenIn(incident string) Similar {
	s := Similar{Incident: incident, Score: int(math.Min(100, l.score))}
	slices.SortStableFunc(l.shared, func(a, b shared) int { return cmp.Compare(b.weight, a.weight) })
	for _, sh := range l.shared[:min(len(l.shared), mostWhy)] {
		s.Why = append(s.Why, Reason{"similar", "similar.observed", []string{string(sh.kind), sh.value, strconv.Itoa(sh.others)}})
	}
	return s
}
