package notification

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/abuse"
	"github.com/firehall/firehall/internal/core/problem"
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
	// Abuse knows the abuse contacts that registries name, for networks of no provider in the register. nil: registries are not asked here.
	Abuse *abuse.Service
	// MayAsk tells whether the terms of a feed let registries be asked about what it shows; nil: none does.
	MayAsk func(feed string) bool
}

// askTime bounds how long a run waits for registries before it tells what is known. They are asked ahead (AskRegistries), so that it rarely waits.
const askTime = 20 * time.Second

// mostAsked bounds the findings of one team that registries are asked about in one go, and those that a plan looks at.
const mostAsked = 2000

// AskRegistries asks registries for the abuse contacts of the networks in which lies what teams are to be told that want copies sent to their providers:
// as far as each feed that showed it allows, the register knows no provider, and release, by the strictest PAP, lets the question out. It gives how many
// questions there were, and ends with ctx. Errors: Forbidden.
func (s *Service) AskRegistries(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpPlan, "registries"); err != nil {
		return 0, err
	}
	if s.Copies.Abuse == nil || s.Copies.MayAsk == nil || s.Copies.Direct == nil {
		return 0, nil
	}
	direct, err := s.Copies.Direct(ctx)
	if err != nil || len(direct) == 0 {
		return 0, err
	}
	f := &facts{now: s.Clock.Now(), rules: s.rules, sources: map[int]finding.Source{}}
	if err := s.readDue(ctx, f); err != nil {
		return 0, err
	}
	r := &sending{Service: s, actor: actor, facts: f}
	for _, team := range slices.Sorted(maps.Keys(direct)) {
		if !direct[team] || !slices.ContainsFunc(f.due, func(d due) bool { return d.organisation == team }) {
			continue
		}
		list, err := r.toAsk(ctx, team)
		if err != nil {
			return n, err
		}
		asked, err := s.Copies.Abuse.Ask(ctx, actor, list)
		if n += asked; err != nil || ctx.Err() != nil {
			return n, err
		}
	}
	return n, nil
}

// toAsk lists the addresses of what a team is to be told that registries may be asked about.
func (r *sending) toAsk(ctx context.Context, team string) (list []netip.Addr, err error) {
	page, err := r.Findings.DueFindings(ctx, r.dueNow(r.facts), team, nil, findingKey{}, mostAsked)
	if err != nil {
		return nil, err
	}
	for _, f := range page {
		if r.silent(f.Report) || !r.mayAsk(f) {
			continue
		}
		provider, err := r.Copies.Provider(ctx, r.actor, f)
		if err != nil {
			return nil, err
		}
		if provider == "" {
			list = append(list, f.Addr)
		}
	}
	return list, nil
}

// mayAsk tells whether registries may be asked about a finding: all feeds that showed it have to allow that.
func (r *sending) mayAsk(f finding.Finding) bool {
	if !f.Addr.IsValid() || r.Copies.Abuse == nil || r.Copies.MayAsk == nil {
		return false
	}
	for bit := range eachBit(f.Sources) {
		if source, known := r.facts.sources[bit]; !known || !r.Copies.MayAsk(source.Feed) {
			return false
		}
	}
	return true
}

// askAhead gives registries a moment before a run. What they do not answer is told without copies, and is no fault of the run.
func (s *Service) askAhead(ctx context.Context, actor identity.Actor) {
	short, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if _, err := s.AskRegistries(short, actor); err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "registries could not be asked: some copies will not go", "error", err)
	}
}

// holder is who gets a copy: a provider of the register, or who answers for a network by its registry.
type holder struct {
	to       constituency.Recipients
	registry bool
}

// why is the reason for which nobody gets a copy.
type why string

// The reasons.
const (
	whyTeams    why = "the team itself is the contact of that network"
	whyTerms    why = "the register has no provider for it, and registries may not be asked: rdap.enabled, or rdap of a feed that showed it, is off"
	whyUnasked  why = "its registry has not been asked yet: a server asks within a minute"
	whyNothing  why = "its registry names no abuse contact"
	whySilent   why = "its registry did not answer: it is asked again"
	whyNoPermit why = "release lets no registry be asked about it"
)

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
	theirs, rest, err := r.providers(ctx, u)
	if err != nil {
		return err
	}
	known, err := r.Register.Recipients(ctx, r.actor, slices.Sorted(maps.Keys(theirs)))
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(theirs)) {
		if err := r.copyTo(ctx, u, holder{to: known[id]}, theirs[id]); err != nil {
			return err
		}
	}
	mailboxes, err := r.byRegistries(ctx, u, rest)
	if err != nil {
		return err
	}
	for _, mailbox := range slices.Sorted(maps.Keys(mailboxes)) {
		to, err := r.holderAt(ctx, mailbox)
		if err == nil && to.to.Organisation.ID == u.party.id {
			u.leave(whyTeams, mailboxes[mailbox])
			continue
		}
		if err == nil {
			err = r.copyTo(ctx, u, to, mailboxes[mailbox])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// providers lists by provider the findings of a unit that lie in its network, by id, and those that lie in none of the register's.
func (r *sending) providers(ctx context.Context, u *unit) (theirs map[string]map[string]bool, rest map[string]bool, err error) {
	theirs, rest = map[string]map[string]bool{}, map[string]bool{}
	for id, it := range u.ids {
		provider, err := r.Copies.Provider(ctx, r.actor, it.finding)
		switch {
		case err != nil:
			return nil, nil, err
		case provider == u.party.id:
		case provider == "":
			rest[id] = true
		default:
			put(theirs, provider, id)
		}
	}
	return theirs, rest, nil
}

// put adds a value to a set of a key.
func put[K comparable](sets map[K]map[string]bool, key K, value string) {
	if sets[key] == nil {
		sets[key] = map[string]bool{}
	}
	sets[key][value] = true
}

// byRegistries lists findings by the abuse contact that registries name, as far as that is known, and notes on the unit why others have none.
func (r *sending) byRegistries(ctx context.Context, u *unit, ids map[string]bool) (map[string]map[string]bool, error) {
	var list []netip.Addr
	for id := range ids {
		if f := u.ids[id].finding; r.mayAsk(f) {
			list = append(list, f.Addr)
		}
	}
	var known map[netip.Addr]abuse.Contact
	if len(list) > 0 {
		var err error
		if known, err = r.Copies.Abuse.Known(ctx, r.actor, list); err != nil {
			return nil, err
		}
	}
	mailboxes := map[string]map[string]bool{}
	for id := range ids {
		f := u.ids[id].finding
		c := known[f.Addr]
		switch {
		case !r.mayAsk(f):
			u.leave(whyTerms, map[string]bool{id: true})
		case c.Outcome == abuse.Told:
			put(mailboxes, strings.ToLower(c.Mail), id)
		default:
			u.leave(unanswered(c), map[string]bool{id: true})
		}
	}
	return mailboxes, nil
}

// unanswered says why nobody is known at a network.
func unanswered(c abuse.Contact) why {
	switch c.Outcome {
	case abuse.None:
		return whyNothing
	case abuse.Failed:
		return whySilent
	case abuse.Refused:
		return whyNoPermit + why(": "+c.Reason)
	}
	return whyUnasked
}

// leave notes of which findings no copy goes.
func (u *unit) leave(reason why, ids map[string]bool) {
	if u.left == nil {
		u.left = map[why]map[string]bool{}
	}
	for id := range ids {
		put(u.left, reason, id)
	}
}

// holderAt is who has a mailbox that a registry names: an organisation of the register if one has it, with its key and its health, else nobody known.
func (r *sending) holderAt(ctx context.Context, mailbox string) (holder, error) {
	contacts, err := r.Register.ContactsAt(ctx, r.actor, mailbox)
	if problem.Is(err, problem.NotFound) {
		return unregistered(mailbox), nil
	}
	if err != nil {
		return holder{}, err
	}
	o, err := r.Register.Organisation(ctx, r.actor, contacts[0].Organisation)
	return holder{to: constituency.Recipients{Organisation: o, Contacts: contacts[:1]}}, err
}

// unregistered is who answers for a network and stands in no register.
func unregistered(mailbox string) holder {
	_, domain, _ := strings.Cut(mailbox, "@")
	o := constituency.Organisation{ID: release.Correspondent, Name: domain, Kind: constituency.Provider}
	return holder{constituency.Recipients{Organisation: o, Contacts: []constituency.Contact{release.Correspondence(mailbox)}}, true}
}

// copyTo asks release about the findings of one provider, and makes a bundle for each of its contacts that may have some.
func (r *sending) copyTo(ctx context.Context, u *unit, h holder, ids map[string]bool) error {
	p := &party{id: h.to.Organisation.ID, name: h.to.Organisation.Name}
	p.take(h.to, release.ChainOwn)
	classes, sources := map[string]*amount{}, uint64(0)
	for id := range ids {
		f := u.ids[id].finding
		if classes[f.Type] == nil {
			classes[f.Type] = &amount{}
		}
		classes[f.Type].findings++
		classes[f.Type].events += f.Count
		sources |= f.Sources
	}
	if !r.planning || u.bundles[0].Goes() {
		sources &= r.facts.known()
	}
	if err := r.decideCopies(ctx, u, p, h.registry, sources); err != nil {
		return err
	}
	for _, to := range p.recipients {
		shown := to.allowed() & sources
		if shown == 0 && !r.planning {
			continue
		}
		b := newBundle(p, to, slot{})
		b.shown, b.sources, b.classes, b.only, b.CopyOf = shown, sources, classes, ids, u.party.name
		if h.registry { // it is about the team's network, and each mailbox has a thread of its own
			b.OrganisationID, b.Contact = u.party.id, "registry:"+b.To
		}
		if shown == 0 {
			b.Held = to.refusal(sources)
		}
		u.copies = append(u.copies, b)
	}
	return nil
}

// decideCopies asks release. What goes to a provider of the register is about its own network; who answers for a network by its registry is concerned by
// what is the team's.
func (r *sending) decideCopies(ctx context.Context, u *unit, p *party, registry bool, sources uint64) error {
	var asks []release.Ask
	var questions []question
	for _, to := range p.recipients {
		for bit := range eachBit(sources) {
			item := itemOf(p.id, r.facts.sources[bit])
			if registry {
				item = itemOf(u.party.id, r.facts.sources[bit])
				item.Concerns = []string{release.Correspondent}
			}
			asks = append(asks, release.Ask{Item: item, To: release.Recipient{Contact: to.contact, Organisation: to.of, Chain: to.chain}})
			questions = append(questions, question{to, bit})
		}
	}
	if len(asks) == 0 {
		return nil
	}
	permits, decisions, err := r.decide(ctx, r.actor, asks)
	if err != nil {
		return err
	}
	for i, q := range questions {
		q.to.verdicts[q.bit] = verdict{allowed: decisions[i].Allowed, reason: decisions[i].Reason, label: decisions[i].Effective, under: decisions[i].Handling(), permit: permits[i]}
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
		b.keep(told)
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

// keep leaves in a copy what the team's own messages tell.
func (b *bundle) keep(told map[string]bool) {
	only := map[string]bool{}
	for id := range b.only {
		if told[id] {
			only[id] = true
		}
	}
	b.only = only
}

// isCopy tells that a bundle goes beside the message to the team whose findings they are.
func (b *bundle) isCopy() bool { return b.only != nil }
