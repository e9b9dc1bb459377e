package notification

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/fold"
)

// pageSize is how many findings are read at a time, mostEvents about how many observations of one organisation one run tells of: what is beyond
// stays due, and is in the next run.
const (
	pageSize   = 5000
	mostEvents = 500_000
)

// late is how much later than it was seen a thing may arrive and still be looked for.
const late = 48 * time.Hour

// load reads the due findings of units, and the events behind them.
func (r *sending) load(ctx context.Context, units []*unit) error {
	var organisations []string
	index := map[findingKey]*item{}
	for _, u := range units {
		if err := r.loadFindings(ctx, u); err != nil {
			return err
		}
		maps.Copy(index, u.items)
		organisations = append(organisations, u.party.id)
	}
	if len(index) == 0 {
		return nil
	}
	sourceOf, err := r.Findings.SourceOf(ctx)
	if err != nil {
		return err
	}
	oldest := r.facts.now.Add(-r.rules.oldest)
	return r.Evidence(ctx, EvidenceQuery{Organisations: organisations, Since: oldest.Add(-late), From: oldest}, func(e Evidence) error {
		it := index[finding.KeyOf(e.Asset)]
		if it == nil || it.finding.Organisation != e.Organisation || !it.newer(e, oldest) {
			return nil
		}
		bit, ok := sourceOf(e.Intake, fold.OwnOf(e.Label, e.Fields[event.FieldPAP], e.Fields[event.FieldIEP]))
		if !ok {
			e, bit = Evidence{}, noSource // it is there, which is all that may be said of it
		}
		it.rows = append(it.rows, row{e, bit})
		return nil
	})
}

// loadFindings reads the findings that the messages of a unit are about.
func (r *sending) loadFindings(ctx context.Context, u *unit) error {
	u.items, u.ids = map[findingKey]*item{}, map[string]*item{}
	networks, err := r.networks(ctx, u.party.id)
	if err != nil {
		return err
	}
	classes := map[string]bool{}
	var shown uint64
	for _, b := range u.bundles {
		shown |= b.shown
		for c := range b.classes {
			classes[c] = true
		}
	}
	var after findingKey
	for most := u.most(); ; {
		page, err := r.Findings.DueFindings(ctx, r.dueNow(r.facts), u.party.id, slices.Sorted(maps.Keys(classes)), after, pageSize)
		if err != nil {
			return err
		}
		for _, f := range page {
			after = f.Key
			if f.Sources&shown == 0 || r.silent(f.Report) {
				continue
			}
			it := &item{finding: f, id: f.Key.ID(), network: networks[f.Network]}
			u.items[f.Key], u.ids[it.id] = it, it
			if int64(len(u.items)) >= most {
				u.cut = true
				return nil
			}
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// most is of how many findings of the unit one run tells.
func (u *unit) most() int64 {
	if u.limit > 0 {
		return u.limit
	}
	if u.events <= mostEvents {
		return math.MaxInt64
	}
	return max(1, u.findings*mostEvents/u.events)
}

// networks gives the networks of an organisation by the register's ids.
func (r *sending) networks(ctx context.Context, organisation string) (map[string]string, error) {
	list, err := r.Register.Networks(ctx, r.actor, organisation)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for _, n := range list {
		out[n.ID] = n.Value
	}
	return out, nil
}
