package notification

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// Copies is how the room learns who is told beside a fellow team of what is in its patch: the team itself said that it wants that. The zero value sends
// none. A copy goes with the team's own message or not at all, holds only what that tells of and what is in the provider's network, and is decided about
// by release for that provider: the terms of the feed have to let providers have it. It is no telling: the findings stay the team's.
type Copies struct {
	// Direct gives the ids of the teams that want copies sent directly to their providers.
	Direct func(ctx context.Context) (map[string]bool, error)
	// Provider gives the id of the provider in whose network, by the register, a finding of a team lies; "" for none.
	Provider func(ctx context.Context, actor identity.Actor, f finding.Finding) (organisation string, err error)
}

// copies adds to units what goes to the providers of teams that want it. What is due for those teams has been read.
func (r *sending) copies(ctx context.Context, units []*unit) error {
	if r.Copies.Direct == nil || r.Copies.Provider == nil {
		return nil
	}
	direct, err := r.Copies.Direct(ctx)
	if err != nil {
		return err
	}
	for _, u := range units {
		if !direct[u.party.id] {
			continue
		}
		if err := r.copiesOf(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// copiesOf makes the bundles of one team's providers.
func (r *sending) copiesOf(ctx context.Context, u *unit) error {
	theirs, err := r.providers(ctx, u)
	if err != nil || len(theirs) == 0 {
		return err
	}
	known, err := r.Register.Recipients(ctx, r.actor, slices.Sorted(maps.Keys(theirs)))
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(theirs)) {
		if err := r.copyTo(ctx, u, known[id], theirs[id]); err != nil {
			return err
		}
	}
	return nil
}

// providers lists by provider the findings of a unit that lie in its network, by id.
func (r *sending) providers(ctx context.Context, u *unit) (map[string]map[string]bool, error) {
	theirs := map[string]map[string]bool{}
	for id, it := range u.ids {
		provider, err := r.Copies.Provider(ctx, r.actor, it.finding)
		if err != nil {
			return nil, err
		}
		if provider == "" || provider == u.party.id {
			continue
		}
		if theirs[provider] == nil {
			theirs[provider] = map[string]bool{}
		}
		theirs[provider][id] = true
	}
	return theirs, nil
}

// copyTo asks release about the findings of one provider, and makes a bundle for each of its contacts that may have some.
func (r *sending) copyTo(ctx context.Context, u *unit, to constituency.Recipients, ids map[string]bool) error {
	p := &party{id: to.Organisation.ID, name: to.Organisation.Name}
	p.take(to, release.ChainOwn)
	classes, sources := map[string]*amount{}, uint64(0)
	for id := range ids {
		f := u.ids[id].finding
		classes[f.Type], sources = &amount{}, sources|f.Sources
	}
	sources &= r.facts.known()
	if err := r.decideCopies(ctx, p, sources); err != nil {
		return err
	}
	for _, to := range p.recipients {
		if shown := to.allowed() & sources; shown != 0 {
			b := newBundle(p, to, slot{})
			b.shown, b.sources, b.classes, b.only = shown, sources, classes, ids
			u.copies = append(u.copies, b)
		}
	}
	return nil
}

func (r *sending) decideCopies(ctx context.Context, p *party, sources uint64) error {
	var asks []release.Ask
	var questions []question
	for _, to := range p.recipients {
		for bit := range eachBit(sources) {
			asks = append(asks, release.Ask{Item: itemOf(p.id, r.facts.sources[bit]), To: release.Recipient{Contact: to.contact, Organisation: to.of, Chain: to.chain}})
			questions = append(questions, question{to, bit})
		}
	}
	if len(asks) == 0 {
		return nil
	}
	permits, decisions, err := r.Release.Decide(ctx, r.actor, asks)
	if err != nil {
		return err
	}
	for i, q := range questions {
		q.to.verdicts[q.bit] = verdict{allowed: decisions[i].Allowed, reason: decisions[i].Reason, label: decisions[i].Label, permit: permits[i]}
	}
	return nil
}

// composeCopies makes the copies of a unit, of what its messages tell.
func (r *sending) composeCopies(ctx context.Context, u *unit) (failed []problemOf, err error) {
	told := map[string]bool{}
	for _, l := range u.letters {
		for _, p := range l.parts {
			for _, t := range p.told {
				told[t.Key.ID()] = true
			}
		}
	}
	for _, b := range u.copies {
		only := map[string]bool{}
		for id := range b.only {
			if told[id] {
				only[id] = true
			}
		}
		b.only = only
		l, err := r.letter(ctx, u, b)
		switch {
		case err == nil:
			u.letters = append(u.letters, l)
		case ctx.Err() != nil:
			return nil, err
		case !errors.Is(err, errNothing):
			failed = append(failed, problemOf{b, err})
		}
	}
	return failed, nil
}

// isCopy tells that a bundle goes beside the message to the team whose findings they are.
func (b *bundle) isCopy() bool { return b.only != nil }
