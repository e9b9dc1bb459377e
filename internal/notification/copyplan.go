package notification

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/identity"
)

// withCopies adds to a plan what would go beside the messages to teams that want copies sent to their providers, each copy after the team's last message,
// and of what no copy goes, with the reason. Of a team with very much it looks at some.
func (s *Service) withCopies(ctx context.Context, actor identity.Actor, f *facts, bundles []*bundle) ([]*bundle, error) {
	if s.Copies.Direct == nil || s.Copies.Provider == nil {
		return bundles, nil
	}
	direct, err := s.Copies.Direct(ctx)
	if err != nil || len(direct) == 0 {
		return bundles, err
	}
	var theirs []*bundle
	for _, b := range bundles {
		if direct[b.OrganisationID] && b.to != nil && b.shown != 0 {
			theirs = append(theirs, b)
		}
	}
	r := &sending{Service: s, actor: actor, facts: f, decide: s.preview, planning: true}
	for _, u := range unitsOf(theirs) {
		u.limit = mostAsked
		if err := r.loadFindings(ctx, u); err != nil {
			return nil, err
		}
		if err := r.copiesOf(ctx, u); err != nil {
			return nil, err
		}
		bundles = slices.Insert(bundles, 1+slices.Index(bundles, u.bundles[len(u.bundles)-1]), r.planned(u)...)
	}
	return bundles, nil
}

// planned are the copies of a unit as a plan shows them: they go, wait and are held with the team's own message.
func (r *sending) planned(u *unit) (list []*bundle) {
	for _, b := range u.copies {
		r.follow(u, b)
		list = append(list, b)
	}
	for _, reason := range slices.Sorted(maps.Keys(u.left)) {
		b := &bundle{party: u.party, classes: map[string]*amount{}, waits: map[approved]string{}, only: u.left[reason], listed: true}
		b.Organisation, b.OrganisationID, b.CopyOf, b.Channel = u.party.name, u.party.id, u.party.name, ChannelQueue
		for id := range b.only {
			it := u.ids[id].finding
			b.classes[it.Type] = &amount{}
			b.sources |= it.Sources
			b.Findings++
			b.Events += it.Count
		}
		b.Held = "no copy goes to a provider: " + string(reason)
		b.finish(r.facts)
		list = append(list, b)
	}
	return list
}

// follow makes a copy go as the team's message goes.
func (r *sending) follow(u *unit, b *bundle) {
	b.listed = true
	for id := range b.only {
		b.Findings++
		b.Events += u.ids[id].finding.Count
	}
	team := u.bundles[0] // the one that goes first
	maps.Copy(b.waits, team.waits)
	if b.Held == "" && team.Held != "" {
		b.Held = fmt.Sprintf("it goes with the message to %s, which is held: %s", team.Organisation, team.Held)
	}
	b.finish(r.facts)
}
