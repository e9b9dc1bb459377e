package release

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// The operations that this room asks identity about.
const (
	OpDecide identity.Operation = "release.decide"
	OpGrant  identity.Operation = "release.grant"
	OpRevoke identity.Operation = "release.revoke"
	OpRead   identity.Operation = "release.read"
	OpForget identity.Operation = "release.forget"
	// OpCorrespond is to decide that a message goes to somebody with whom the team is in a dialogue.
	OpCorrespond identity.Operation = "release.correspond"
	// OpName is to be named those whom something may be told to.
	OpName identity.Operation = "release.name"
	// OpSecond is to approve or refuse what needs a second person.
	OpSecond identity.Operation = "release.second"
	// OpSchedule is to record what a source agreed about a label, an embargo or a review.
	OpSchedule identity.Operation = "release.schedule"
	// OpAsk is to write to a source for another label.
	OpAsk identity.Operation = "release.ask"
	// OpHolders is to see who has what.
	OpHolders identity.Operation = "release.holders"
	// OpReceive is to note that somebody read or acknowledged what they got.
	OpReceive identity.Operation = "release.receive"
	// OpCorrect is to tell those who hold something that it was wrong, or must not be used.
	OpCorrect identity.Operation = "release.correct"
	// OpDecay is to tell those who hold something that its label has stepped down.
	OpDecay identity.Operation = "release.decay"
)

// Options are what a Service needs.
type Options struct {
	DB       *sqldb.DB
	Clock    clock.Clock            // clock.Real if nil
	Register *constituency.Register // knows the organisations that a grant names
	Team     string                 // the team's own mailbox, for ForTeam; "" for none
	Zone     *time.Location         // in which embargoes are told; UTC if nil
	// Agreements gives, of some organisations, what the agreements in force with each let flow; one that has none is left out. nil: nobody has any.
	Agreements func(tx *sqldb.Tx, organisations []string, now time.Time) (map[string]Lets, error)
	// Handling gives, of some organisations, the strictest label that each says it can keep; one that says none is left out. nil: nobody says so.
	Handling func(tx *sqldb.Tx, organisations []string) (map[string]tlp.Label, error)
	// Recorded hears of a wish, in the transaction that records it; nil: nobody does.
	Recorded func(tx *sqldb.Tx, actor identity.Actor, w Wish) error
	// Circle gives a sharing group; of one that is not there the zero Circle. nil: there are none.
	Circle func(tx *sqldb.Tx, group string, now time.Time) (Circle, error)
	// Now gives an item that was decided about as its room has it now; false for what cannot be asked for again. nil: what was decided is all that is known.
	Now func(tx *sqldb.Tx, decided Item) (Item, bool, error)
	// Deliveries gives the messages that stand on some decisions. nil: nothing is sent from here.
	Deliveries func(tx *sqldb.Tx, decisions []string) ([]Sent, error)
	// Cancel takes back what is not sent yet, and returns how many messages. nil: nothing is sent from here.
	Cancel func(ctx context.Context, actor identity.Actor, deliveries []string, reason string) (int, error)
	// Withdraw takes an item that is recalled out of wherever others fetch it. nil: nothing is fetched from here.
	Withdraw func(ctx context.Context, actor identity.Actor, item Item, reason string) error
	// Unnamed gives the names that words about an item must not hold for who has a copy without names. nil: there are none.
	Unnamed func(ctx context.Context, actor identity.Actor, item Item, to Copy) (leak.Names, error)
	// Post writes a letter under a permit and returns the id of its delivery. nil: nothing is sent from here.
	Post func(tx *sqldb.Tx, p Permit, l Letter) (string, error)
	// Remind reminds the team that it meant to look at an item's schedule again. nil: nobody is reminded from here.
	Remind func(tx *sqldb.Tx, s Schedule) error
	// Embargoed hears that what a person wanted to tell was refused because of an embargo, and when that ends. nil: nobody does.
	Embargoed func(tx *sqldb.Tx, item Item, until time.Time) error
	// Behind gives the messages that told of an item which its sender knows by another name, as one finding among all of its owner; nil for an item that
	// decisions name themselves. nil: there are no such items.
	Behind func(tx *sqldb.Tx, kind, id string) ([]Sent, error)
	// StoodOn gives the decisions that a message stands on, and the address that it went to. nil: nothing is sent from here.
	StoodOn func(tx *sqldb.Tx, delivery string) (decisions []string, address string, err error)
	// Secret seals where a copy names somebody until a second person has looked at it. nil: the places are kept without the names.
	Secret func() ([32]byte, error)
	// Unseen gives the condition that decisions, under an alias, meet that an actor may not know of, with its arguments; first is the number of the first.
	// nil: there is nothing to hide.
	Unseen func(tx *sqldb.Tx, actor identity.Actor, alias string, first int) (string, []any, error)
	// SourceOf finds whom to ask about an item's label. nil: nobody is asked from here.
	SourceOf func(ctx context.Context, actor identity.Actor, item Item) (Recipient, error)
}

// Service decides and remembers. It is safe for concurrent use.
type Service struct {
	o         Options
	cache     *cache
	keys      *keys
	resolvers []Resolver
}

// New returns the service over a database.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Service{o: o, cache: newCache(), keys: newKeys()}
}

// For decides about one item. A refusal is no error: Decision.Allowed is false
// and the permit invalid. Errors: Forbidden, and Unavailable for the database.
func (s *Service) For(ctx context.Context, actor identity.Actor, item Item, to Recipient) (Permit, Decision, error) {
	permits, decisions, err := s.ForAll(ctx, actor, []Item{item}, to)
	if err != nil {
		return Permit{}, Decision{}, err
	}
	return permits[0], decisions[0], nil
}

// ForAll decides about several items for one recipient, as Decide does.
func (s *Service) ForAll(ctx context.Context, actor identity.Actor, items []Item, to Recipient) ([]Permit, []Decision, error) {
	asks := make([]Ask, len(items))
	for i, item := range items {
		asks[i] = Ask{item, to}
	}
	return s.Decide(ctx, actor, asks)
}

// Decide decides a set together, in one transaction; the results are in the
// order of the asks. What was decided before is not decided again: it gets the
// recorded decision. A refusal is no error: its permit is invalid.
func (s *Service) Decide(ctx context.Context, actor identity.Actor, asks []Ask) ([]Permit, []Decision, error) {
	if err := authorise(actor, asks); err != nil {
		return nil, nil, err
	}
	decisions, err := s.decide(ctx, actor, OpDecide, asks)
	if err != nil {
		return nil, nil, err
	}
	permits := make([]Permit, len(asks))
	for i, d := range decisions {
		permits[i] = permit(d, asks[i].To.Contact)
	}
	return permits, decisions, nil
}

// Name decides which of some recipients may be named to a program of the team's own that tells them itself, and puts each answer on record as Decide does. It
// gives no permits: nothing is sent from here. Errors: Forbidden, and Unavailable for the database.
func (s *Service) Name(ctx context.Context, actor identity.Actor, asks []Ask) ([]Decision, error) {
	if err := actor.Authorise(OpName, "recipients"); err != nil || len(asks) == 0 {
		return nil, err
	}
	return s.decide(ctx, actor, OpName, asks)
}

func authorise(actor identity.Actor, asks []Ask) error {
	if len(asks) == 0 {
		return actor.Authorise(OpDecide, "nothing")
	}
	for _, a := range asks {
		if err := actor.Authorise(OpDecide, a.Item.Owner); err != nil {
			return err
		}
	}
	return nil
}

// decide takes from memory what it can, and has the rest recorded.
func (s *Service) decide(ctx context.Context, actor identity.Actor, op identity.Operation, asks []Ask) ([]Decision, error) {
	now := s.o.Clock.Now()
	matters, err := s.matters(ctx, asks, now)
	if err != nil {
		return nil, err
	}
	if found, all := s.remembered(matters); all {
		return found, nil
	}
	// What was read a moment ago decides: who sends asks Permit.Stands, and delivery asks Again, so nothing is won by reading it twice.
	var decisions []Decision
	write := s.o.DB.Write
	if len(matters) == 1 {
		write = s.o.DB.WriteOne
	}
	err = write(ctx, func(tx *sqldb.Tx) error {
		decisions, err = s.record(tx, actor, op, matters, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range matters {
		if decisions[i].Outcome != Second { // somebody may approve it at any moment, in another process too
			s.cache.put(matters[i].key, decisions[i])
		}
	}
	return decisions, nil
}

// remembered returns the decisions that the cache holds, and whether those are all.
func (s *Service) remembered(matters []matter) ([]Decision, bool) {
	found := make([]Decision, len(matters))
	for i := range matters {
		d, ok := s.cache.get(matters[i].key)
		if !ok {
			return nil, false
		}
		d.Item = matters[i].Item // the same but for its count
		found[i] = d
	}
	return found, true
}

// Preview says what Decide would, records nothing and gives no permits.
func (s *Service) Preview(ctx context.Context, actor identity.Actor, asks []Ask) ([]Decision, error) {
	if err := actor.Authorise(OpRead, "preview"); err != nil {
		return nil, err
	}
	now := s.o.Clock.Now()
	matters, err := s.matters(ctx, asks, now)
	if err != nil {
		return nil, err
	}
	decisions := make([]Decision, len(asks))
	for i := range matters {
		decisions[i] = matters[i].decision(actor.ID, now)
	}
	return decisions, nil
}

// matters settles the facts of all asks, and reads the database only if what stands there may decide.
func (s *Service) matters(ctx context.Context, asks []Ask, now time.Time) (list []matter, err error) {
	w := s.wanted(asks)
	if w.nothing() {
		return s.mattersWith(asks, lore{}, now), nil
	}
	err = s.o.DB.Glance(ctx, func(tx *sqldb.Tx) error {
		list, err = s.mattersIn(tx, asks, now)
		return err
	})
	return list, err
}

func (s *Service) mattersIn(tx *sqldb.Tx, asks []Ask, now time.Time) ([]matter, error) {
	l, err := s.learn(tx, s.wanted(asks), now)
	return s.mattersWith(asks, l, now), err
}

func (s *Service) mattersWith(asks []Ask, l lore, now time.Time) []matter {
	l.zone = s.o.Zone
	list := make([]matter, len(asks))
	key := func(c constituency.Contact) string { return s.keys.trouble(c.Key, now) }
	for i, a := range asks {
		list[i] = consider(a, l, key, now)
	}
	return list
}
