package release

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Resolver finds an item by a name that people use: a ref such as R-7K2QX9, an id. ok is false if it knows no such thing, or the actor may not know of it.
// The item's Concerns, Owner, Terms and marks are as a sender would say them.
type Resolver func(ctx context.Context, actor identity.Actor, name string) (item Item, ok bool, err error)

// Resolve adds resolvers, which are asked in their order. It is for who puts the rooms together, before anybody asks.
func (s *Service) Resolve(list ...Resolver) { s.resolvers = append(s.resolvers, list...) }

// ItemOf finds an item by its name. Errors: NotFound, the same for one that the actor may not know of.
func (s *Service) ItemOf(ctx context.Context, actor identity.Actor, name string) (Item, error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return Item{}, err
	}
	for _, find := range s.resolvers {
		item, ok, err := find(ctx, actor, name)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return item, err
		}
		if ok {
			_, item, err = s.Wish(ctx, actor, item)
			return item, err
		}
	}
	return Item{}, problem.New(problem.NotFound, "there is no such item: name a report, an incident or a finding by its number, or something shared by its id")
}

// Explain says what would be decided about an item for a recipient, by which rule, and what was asked on the way. It records nothing and gives no permit.
func (s *Service) Explain(ctx context.Context, actor identity.Actor, item Item, to Recipient) (Decision, error) {
	if err := actor.Authorise(OpRead, item.ID); err != nil {
		return Decision{}, err
	}
	item, err := s.forCircle(ctx, item, to)
	if err != nil {
		return Decision{}, err
	}
	now := s.o.Clock.Now()
	matters, err := s.matters(ctx, []Ask{{item, to}}, now)
	if err != nil {
		return Decision{}, err
	}
	m := matters[0]
	if item.Kind == findingsKind && decide(m.facts).name == "granted" { // who is granted gets a finding as its owner does
		m.Item.Holds, m.facts = 0, m.facts&^sensitive
	}
	d := m.decision(actor.ID, now)
	d.Steps = m.steps()
	return d, nil
}

// findingsKind is the kind of findings as they are released.
const findingsKind = "findings"

// forCircle is an item as it would be put for a sharing group, if the recipient is one.
func (s *Service) forCircle(ctx context.Context, item Item, to Recipient) (Item, error) {
	if s.o.Circle == nil || to.Organisation.ID == "" {
		return item, nil
	}
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		c, err := s.o.Circle(tx, to.Organisation.ID, s.o.Clock.Now())
		if c.has(to.Organisation.ID) { // a group is in itself, and nothing else is
			item.Group = to.Organisation.ID
		}
		return err
	})
	return item, err
}
