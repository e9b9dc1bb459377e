package give

import (
	"context"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Secret names the keyring's secret from which ids of objects are made.
const Secret = "stix-ids"

// Thing is something that the team can tell of.
type Thing struct {
	Item       release.Item // but for its group
	Ref, Title string
	Names      leak.Names // of whom a copy for that recipient must not name; looked for only where release asks for such a copy
	// Fill adds the thing to a set: nothing with a stricter label than most. It gives the kinds for which STIX has no form, and how much was left out
	// because of its label.
	Fill func(s *convert.Set, most tlp.Label) (without []string, stricter int)
}

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Clock   clock.Clock
	Sharing *sharing.Service
	Release *release.Service
	// Thing finds a thing by its id or number, as the actor may see it; to is whom it would be told. Error: NotFound.
	Thing func(ctx context.Context, actor identity.Actor, name string, to release.Recipient) (Thing, error)
	// Events gives the newest events of a query, n at most, and whether there are more. nil: there are none here.
	Events func(ctx context.Context, actor identity.Actor, query string, n int) (list []Event, more bool, err error)
	// Audience gives the group of a collection as a recipient; of the zero collection the team itself.
	Audience func(ctx context.Context, c sharing.Collection) (release.Recipient, error)
	// Secret gives the secret of that name.
	Secret func(name string) ([32]byte, error)
	Self   convert.Party // the team
}

// Service tells. It is safe for concurrent use.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service { return &Service{o} }

// Object is one object of a draft.
type Object struct {
	ID    string    `json:"id"`
	Type  string    `json:"type"`
	Label tlp.Label `json:"label"`
	New   bool      `json:"new"` // it is not stored yet, or says something else there
	Raw   []byte    `json:"-"`
}

// Draft is what would stand in a collection.
type Draft struct {
	Item       release.Item       `json:"-"`
	Ref        string             `json:"ref"`
	Title      string             `json:"title"`
	Collection sharing.Collection `json:"collection"`
	Outcome    release.Outcome    `json:"outcome"`
	Rule       string             `json:"rule"`              // that decided: one of release.Rules, RuleLabel, RuleRestricted or RuleSecond
	Reason     string             `json:"reason"`            // of the decision, in words
	Profile    string             `json:"profile,omitempty"` // of redaction; "" for a full copy
	Label      tlp.Label          `json:"label"`
	Objects    []Object           `json:"objects"`
	Waits      string             `json:"waits,omitempty"`    // the decision that a second person is asked about
	Changed    []convert.Change   `json:"changed,omitempty"`  // what became of fields of the objects
	Leaks      []string           `json:"leaks,omitempty"`    // places where a name stands: it cannot go as it is
	Without    []string           `json:"without,omitempty"`  // kinds of observables for which STIX has no form
	Stricter   int                `json:"stricter,omitempty"` // left out: their own label is stricter
	Dropped    map[string]int     `json:"dropped,omitempty"`  // left out by the profile, by type
	Stamp      string             `json:"stamp"`              // of all that was seen, for Put
	Standing   []sharing.Told     `json:"standing"`           // where the thing stands now

	Found []leak.Leak `json:"-"` // Leaks, for who shows them; the number of a place's first step is that of the object, from 1

	to     release.Recipient
	names  leak.Names
	bodies []stix.Body
	barred bool // the collection does not take it, whatever release says
}

// The rules of a draft beside those of release.
const (
	RuleLabel      = "collection-label"      // its label is stricter than the collection takes
	RuleRestricted = "collection-restricted" // it is restricted, and the whole team reads the collection
	RuleSecond     = "second-person"         // a second person was asked, and said so
)

// Goes tells whether it may be put as it is.
func (d *Draft) Goes() bool {
	return (d.Outcome == release.Allowed || d.Outcome == release.AllowedRedacted) && len(d.Leaks) == 0 && len(d.Objects) > 0
}

// Draft shows what would stand in a collection if a thing were put there now. Nothing is recorded. Errors: Forbidden; NotFound.
func (s *Service) Draft(ctx context.Context, actor identity.Actor, name, collection string) (d Draft, err error) {
	if err := actor.Authorise(sharing.OpAdd, name); err != nil {
		return d, err
	}
	c, err := s.o.Sharing.Get(ctx, actor, collection)
	if err != nil {
		return d, err
	}
	to, err := s.o.Audience(ctx, c)
	if err != nil {
		return d, err
	}
	thing, err := s.o.Thing(ctx, actor, name, to)
	if err != nil {
		return d, err
	}
	thing.Item.Group, to.Chosen = c.Group, actor.ID
	d = Draft{Item: thing.Item, Ref: thing.Ref, Title: thing.Title, Collection: c, to: to, names: thing.Names}
	if err := s.decided(ctx, actor, &d); err != nil {
		return d, err
	}
	if d.Standing, err = s.o.Sharing.Where(ctx, actor, own(thing.Item)); err != nil {
		return d, err
	}
	return d, s.fill(ctx, actor, &d, thing)
}

// decided says what release would decide, or what a second person said when it was asked before.
func (s *Service) decided(ctx context.Context, actor identity.Actor, d *Draft) error {
	seen, err := s.o.Release.Preview(ctx, actor, []release.Ask{{Item: d.Item, To: d.to}})
	if err != nil {
		return err
	}
	now := seen[0]
	d.Outcome, d.Rule, d.Reason, d.Profile, d.Label = now.Outcome, now.Rule, now.Reason, now.Profile, now.Effective
	if rule, why := barred(d.Collection, now); why != "" {
		d.Outcome, d.Rule, d.Reason, d.barred = release.Refused, rule, why, true
	}
	if d.Outcome != release.Second {
		return nil
	}
	before, err := s.o.Release.Decisions(ctx, actor, release.Filter{Kind: d.Item.Kind, ID: d.Item.ID, Limit: answers})
	for _, b := range before {
		if b.Audience == now.Audience && b.Contact == now.Contact && b.Rule == now.Rule && b.Effective == now.Effective {
			d.answered(b)
			break
		}
	}
	return err
}

// answers is how many decisions about a thing are looked through for the one that a second person was asked about.
const answers = 50

// answered takes over what became of the same question when it was asked before, the newest time.
func (d *Draft) answered(b release.Decision) {
	if b.Outcome == release.Second {
		d.Waits = b.ID
		return
	}
	d.Outcome, d.Rule, d.Reason = b.Outcome, RuleSecond, b.SecondedBy
}

// barred tells by which rule and why a collection does not take what release would let go to its readers; "" if it does.
func barred(c sharing.Collection, d release.Decision) (rule, why string) {
	switch {
	case d.Effective > c.Label:
		return RuleLabel, "It is " + d.Effective.String() + ", and the collection takes " + c.Label.String() + " at most."
	case c.Group == "" && d.Item.Marks&release.Restricted != 0:
		return RuleRestricted, "Only the members of the incident see it, and everybody of the team reads this collection. Choose a collection of a sharing group, or lift the restriction."
	}
	return "", ""
}

func own(item release.Item) sharing.Own { return sharing.Own{Kind: item.Kind, Item: item.ID} }

// fill makes the objects of a draft, and looks through them.
func (s *Service) fill(ctx context.Context, actor identity.Actor, d *Draft, t Thing) error {
	if d.Outcome == release.Refused || d.Outcome == release.Held {
		return nil
	}
	made, err := s.made(t, d.Label, d.Profile, d.Collection.Group)
	if err != nil {
		return err
	}
	d.Without, d.Stricter, d.Dropped, d.Changed = made.without, made.stricter, made.copy.Dropped, made.copy.Changed
	d.bodies, d.Stamp = made.copy.Objects, made.stamp()
	if d.Objects, err = s.versions(ctx, actor, d.bodies); err != nil {
		return err
	}
	if d.Profile != "" {
		d.Found = leak.Check(sharing.Content(given(d.Objects)), t.Names)
	}
	for _, l := range d.Found {
		d.Leaks = append(d.Leaks, l.String())
	}
	return nil
}

// About is a thing, and where it stands.
type About struct {
	Item       release.Item
	Ref, Title string
	Standing   []sharing.Told
}

// About finds a thing that may be told of, and where it stands. Errors: Forbidden; NotFound.
func (s *Service) About(ctx context.Context, actor identity.Actor, name string) (a About, err error) {
	if err := actor.Authorise(sharing.OpOverview, name); err != nil {
		return a, err
	}
	to, err := s.o.Audience(ctx, sharing.Collection{})
	if err != nil {
		return a, err
	}
	t, err := s.o.Thing(ctx, actor, name, to)
	if err != nil {
		return a, err
	}
	a = About{Item: t.Item, Ref: t.Ref, Title: t.Title}
	a.Standing, err = s.o.Sharing.Where(ctx, actor, own(t.Item))
	return a, err
}

// Put puts a thing into a collection, as a draft with that stamp showed it; "" takes whatever it is now. Errors: Forbidden; NotFound; Conflict if it has
// changed since it was looked at, if release does not let it go (release.Stopped tells the decision), or if a copy names somebody.
func (s *Service) Put(ctx context.Context, actor identity.Actor, name, collection, stamp string) (sharing.Status, error) {
	if err := actor.Authorise(sharing.OpAdd, name); err != nil {
		return sharing.Status{}, err
	}
	d, err := s.Draft(ctx, actor, name, collection)
	if err != nil {
		return sharing.Status{}, err
	}
	if stamp != "" && stamp != d.Stamp {
		return sharing.Status{}, problem.New(problem.Conflict, "it has changed since you looked at it: look at it again, then put it there")
	}
	list := given(d.Objects)
	permit, err := s.permit(ctx, actor, &d, list)
	if err != nil {
		return sharing.Status{}, err
	}
	return s.o.Sharing.Put(ctx, actor, sharing.In{
		Collection: d.Collection.ID, Origin: sharing.OriginUpload, Unmarked: tlp.Clear, Own: own(d.Item), Permit: permit,
	}, list, nil)
}

// permit has release decide, on record, and look through the copy.
func (s *Service) permit(ctx context.Context, actor identity.Actor, d *Draft, list []sharing.Object) (p release.Permit, err error) {
	if d.barred {
		return p, problem.New(problem.Conflict, "%s", d.Reason)
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var decided release.Decision
		if p, decided, err = s.o.Release.Must(tx, actor, d.Item, d.to); err != nil {
			return err
		}
		if decided.Profile != d.Profile || decided.Effective != d.Label {
			return problem.New(problem.Conflict, "what may be told has changed meanwhile: look at it again")
		}
		p, err = s.o.Release.Clear(tx, actor, p, sharing.Content(list), d.names)
		return err
	})
	return p, err
}
