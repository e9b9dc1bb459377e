package give

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
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
	Reason     string             `json:"reason"`            // of the decision, in words
	Profile    string             `json:"profile,omitempty"` // of redaction; "" for a full copy
	Label      tlp.Label          `json:"label"`
	Objects    []Object           `json:"objects"`
	Leaks      []string           `json:"leaks,omitempty"`    // places where a name stands: it cannot go as it is
	Without    []string           `json:"without,omitempty"`  // kinds of observables for which STIX has no form
	Stricter   int                `json:"stricter,omitempty"` // left out: their own label is stricter
	Dropped    map[string]int     `json:"dropped,omitempty"`  // left out by the profile, by type
	Stamp      string             `json:"stamp"`              // of all that was seen, for Put
	Standing   []sharing.Told     `json:"standing"`           // where the thing stands now

	to     release.Recipient
	names  leak.Names
	bodies []stix.Body
}

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
	seen, err := s.o.Release.Preview(ctx, actor, []release.Ask{{Item: thing.Item, To: to}})
	if err != nil {
		return d, err
	}
	d = Draft{
		Item: thing.Item, Ref: thing.Ref, Title: thing.Title, Collection: c, Outcome: seen[0].Outcome, Reason: seen[0].Reason, Profile: seen[0].Profile,
		Label: seen[0].Effective, to: to, names: thing.Names,
	}
	if d.Standing, err = s.o.Sharing.Where(ctx, actor, own(thing.Item)); err != nil {
		return d, err
	}
	return d, s.fill(ctx, actor, &d, thing)
}

func own(item release.Item) sharing.Own { return sharing.Own{Kind: item.Kind, Item: item.ID} }

// fill makes the objects of a draft, and looks through them.
func (s *Service) fill(ctx context.Context, actor identity.Actor, d *Draft, t Thing) error {
	if d.Outcome == release.Refused || d.Outcome == release.Held {
		return nil
	}
	if d.Label > d.Collection.Label {
		d.Outcome = release.Refused
		d.Reason = "It is " + d.Label.String() + ", and the collection takes " + d.Collection.Label.String() + " at most."
		return nil
	}
	made, err := s.made(t, d.Label, d.Profile, d.Collection.Group)
	if err != nil {
		return err
	}
	d.Without, d.Stricter, d.Dropped, d.bodies, d.Stamp = made.without, made.stricter, made.copy.Dropped, made.copy.Objects, made.stamp()
	if d.Objects, err = s.versions(ctx, actor, d.bodies); err != nil {
		return err
	}
	if d.Profile != "" {
		for _, l := range leak.Check(sharing.Content(given(d.Objects)), t.Names) {
			d.Leaks = append(d.Leaks, l.String())
		}
	}
	return nil
}

// copied is a thing as objects.
type copied struct {
	copy     convert.Copy
	without  []string
	stricter int
}

// made makes the objects of a thing for a group of readers; profile "" is for a full copy.
func (s *Service) made(t Thing, label tlp.Label, profile, group string) (out copied, err error) {
	ids, err := s.o.Secret(Secret)
	if err != nil {
		return out, err
	}
	pseudonyms, err := s.o.Secret(redact.Secret)
	if err != nil {
		return out, err
	}
	set := convert.New(convert.Options{
		Secret: ids, Self: s.o.Self, Group: group, Label: convert.Label{TLP: label, PAP: t.Item.PAP}, Now: s.o.Clock.Now(),
	})
	out.without, out.stricter = t.Fill(set, label)
	r := convert.Reader{Profile: redact.For(string(release.Self)), Names: leak.NewNames(), Pseudonyms: redact.NewPseudonyms(pseudonyms, t.Item.ID, group), Group: group}
	if profile != "" {
		r.Profile, r.Names = redact.For(profile), t.Names
	}
	out.copy, err = set.Redact(r)
	return out, err
}

// stamp stands for what objects say, but for when they were made.
func (c *copied) stamp() string {
	h := sha256.New()
	for _, b := range c.copy.Objects {
		head, _ := b.Common()
		created, modified := head.Created, head.Modified
		head.Created, head.Modified = stix.Time{}, stix.Time{}
		raw, err := stix.Marshal(b)
		head.Created, head.Modified = created, modified
		if err != nil {
			raw = []byte(err.Error())
		}
		_, _ = h.Write(append(raw, '\n')) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// versions writes the objects: what says the same as its newest stored version is that version, and what does not is a new one.
func (s *Service) versions(ctx context.Context, actor identity.Actor, bodies []stix.Body) (out []Object, err error) {
	ids := make([]string, len(bodies))
	for i, b := range bodies {
		head, _ := b.Common()
		ids[i] = head.ID
	}
	known, err := s.o.Sharing.Newest(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	now := stix.At(s.o.Clock.Now())
	for _, b := range bodies {
		head, _ := b.Common()
		o := Object{ID: head.ID, Type: head.Type, New: true}
		if o.Raw, err = version(b, known[head.ID].Raw, now); err != nil {
			return nil, err
		}
		o.New = !bytes.Equal(o.Raw, known[head.ID].Raw)
		if l := (stix.Markings{}).Of(b).TLP; l != nil {
			o.Label = *l
		}
		out = append(out, o)
	}
	return out, nil
}

// version writes an object as the next version of what is stored.
func version(b stix.Body, stored []byte, now stix.Time) ([]byte, error) {
	head, _ := b.Common()
	if len(stored) == 0 {
		return stix.Marshal(b)
	}
	if stix.ClassOf(head.Type) == stix.Meta { // a marking that is published everywhere: whoever gave it, it is the same
		return stored, nil
	}
	before, _, err := stix.Parse(bytes.NewReader(stored), stix.Limits{Marking: func(string) bool { return true }})
	if err != nil || len(before) != 1 || head.Modified.IsZero() {
		return stix.Marshal(b)
	}
	head.Created, head.Modified = stix.Time{Time: before[0].Created}, stix.Time{Time: before[0].Modified}
	same, err := stix.Marshal(b)
	if err != nil || bytes.Equal(same, stored) {
		return same, err
	}
	if !now.After(head.Modified.Time) {
		now = stix.Time{Time: head.Modified.Add(time.Millisecond)}
	}
	head.Modified = now
	return stix.Marshal(b)
}

// given are objects as package sharing takes them.
func given(list []Object) []sharing.Object {
	out := make([]sharing.Object, 0, len(list))
	for _, o := range list {
		if one, no := sharing.Read(o.Raw); no == nil {
			out = append(out, one)
		}
	}
	return out
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
	if d.Label > d.Collection.Label {
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

// Bundle is a thing for the team itself.
type Bundle struct {
	Ref     string
	Label   tlp.Label // of the strictest object
	Without []string
	bodies  []stix.Body
}

// Write writes the bundle.
func (b *Bundle) Write(w io.Writer) error { return stix.WriteBundle(w, "", b.bodies) }

// Bundle gives a thing, whole, to a person of the team; that they took it is on record. Errors: Forbidden; NotFound.
func (s *Service) Bundle(ctx context.Context, actor identity.Actor, name string) (b Bundle, err error) {
	if err := actor.Authorise(sharing.OpExport, name); err != nil {
		return b, err
	}
	to, err := s.o.Audience(ctx, sharing.Collection{})
	if err != nil {
		return b, err
	}
	t, err := s.o.Thing(ctx, actor, name, to)
	if err != nil {
		return b, err
	}
	b.Ref, b.Label = t.Ref, t.Item.Terms.Label
	made, err := s.made(Thing{Item: t.Item, Fill: func(set *convert.Set, _ tlp.Label) ([]string, int) { return t.Fill(set, tlp.Red) }}, b.Label, "", "")
	if err != nil {
		return b, err
	}
	b.Without, b.bodies = made.without, made.copy.Objects
	for _, o := range b.bodies {
		if l := (stix.Markings{}).Of(o).TLP; l != nil {
			b.Label = tlp.Strictest(b.Label, *l)
		}
	}
	return b, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.Audit(tx, s.o.Clock.Now(), sharing.OpExport, t.Item.ID, nil, map[string]any{"kind": t.Item.Kind, "objects": len(b.bodies), "label": b.Label})
	})
}

// Withdraw takes a thing out of a collection again, and returns how many objects those were. Errors: Forbidden; NotFound.
func (s *Service) Withdraw(ctx context.Context, actor identity.Actor, name, collection, reason string) (int, error) {
	if err := actor.Authorise(sharing.OpAdd, name); err != nil {
		return 0, err
	}
	c, err := s.o.Sharing.Get(ctx, actor, collection)
	if err != nil {
		return 0, err
	}
	to, err := s.o.Audience(ctx, c)
	if err != nil {
		return 0, err
	}
	t, err := s.o.Thing(ctx, actor, name, to)
	if err != nil {
		return 0, err
	}
	n, err := s.o.Sharing.Withdraw(ctx, actor, own(t.Item), c.ID, reason)
	if err == nil && n == 0 {
		err = problem.New(problem.NotFound, "nothing of it stands in this collection")
	}
	return n, err
}

// Review takes out what may not stand any more: its label has become stricter, its group or its consent is gone. It returns how many things. It is for the
// clock. A thing that is gone itself goes too.
func (s *Service) Review(ctx context.Context, actor identity.Actor) (n int, err error) {
	list, err := s.o.Sharing.AllTold(ctx, actor)
	for _, told := range list {
		if err != nil {
			return n, err
		}
		why, looked := s.stands(ctx, actor, told)
		if looked != nil {
			return n, looked
		}
		if why != "" {
			n++
			_, err = s.o.Sharing.Withdraw(ctx, actor, told.Own, told.Collection, why)
		}
	}
	return n, err
}

// stands tells why a thing may not stand in a collection any more; "" if it may.
func (s *Service) stands(ctx context.Context, actor identity.Actor, told sharing.Told) (why string, err error) {
	c, err := s.o.Sharing.Get(ctx, actor, told.Collection)
	if err != nil {
		return "", err
	}
	to, err := s.o.Audience(ctx, c)
	if problem.Is(err, problem.Conflict) {
		return err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	t, err := s.o.Thing(ctx, actor, told.Item, to)
	if problem.Is(err, problem.NotFound) {
		return "it is gone", nil
	}
	if err != nil {
		return "", err
	}
	t.Item.Group, to.Chosen = c.Group, actor.ID
	_, decisions, err := s.o.Release.ForAll(ctx, actor, []release.Item{t.Item}, to)
	if err != nil {
		return "", err
	}
	d := decisions[0]
	seconded := d.Outcome == release.Second // a person agreed to it when it was put there
	switch {
	case !d.Allowed && !seconded:
		return d.Reason, nil
	case d.Effective > c.Label:
		return "it is " + d.Effective.String() + ", and the collection takes " + c.Label.String() + " at most", nil
	case d.Effective > told.Label:
		return "it is " + d.Effective.String() + " now, and stands there as " + told.Label.String() + ": put it there again", nil
	}
	return "", nil
}
