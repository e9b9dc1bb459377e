package convert

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Label is what may be done with an object.
type Label struct {
	TLP tlp.Label
	PAP tlp.PAP
	IEP *iep.Policy // nil: its source said nothing more
}

// Set gathers objects. It is filled by one goroutine and redacted once.
type Set struct {
	secret [32]byte
	group  string
	now    stix.Time
	self   string // id of our identity
	label  Label  // of objects that have none of their own
	drafts []*draft
	byID   map[string]*draft
	done   bool
}

// draft is an object before it is redacted.
type draft struct {
	body   stix.Body
	whole  redact.Sensitivity // of its being there; 0: it always may be
	slots  []slot
	label  *Label // nil: that of the set
	plain  bool   // it carries no marking: it is a marking, or our own identity
	stands bool   // a pseudonym can stand for its value
}

// slot is a text of an object.
type slot struct {
	field    redact.Field
	text     *string
	required bool // without it the object goes
}

// Options say who tells, and how.
type Options struct {
	Secret [32]byte  // of ids: a key of the keyring, of no other use
	Self   Party     // the team
	Label  Label     // of objects that have none of their own
	Now    time.Time // when objects are made that have no time of their own
	Group  string    // of readers: others get other ids, but for the team's own and those of observables, which follow from their values
}

// New begins a set with the team's identity.
func New(o Options) *Set {
	s := &Set{secret: o.Secret, now: stix.At(o.Now), label: o.Label, byID: map[string]*draft{}}
	us := identity(o.Self)
	s.self = s.add(&draft{body: us, plain: true}, "identity", o.Self.ID, o.Self.Changed)
	us.CreatedBy, s.group = "", o.Group
	return s
}

// Self is the id of the team's identity.
func (s *Set) Self() string { return s.self }

// digest is what ids are made of: nobody without the secret can make it.
func (s *Set) digest(parts ...string) (out [16]byte) {
	h := hmac.New(sha256.New, s.secret[:])
	if s.group != "" {
		parts = append(parts, "group "+s.group)
	}
	for _, p := range parts {
		_, _ = h.Write([]byte{byte(len(p) >> 8), byte(len(p))}) // a hash takes everything
		_, _ = h.Write([]byte(p))
	}
	return [16]byte(h.Sum(nil)[:16])
}

// add takes a domain object or relation; what is there already stays. It gives the object's id.
func (s *Set) add(d *draft, typ, key string, changed time.Time) string {
	id := stix.IDFrom(typ, s.digest(typ, key))
	if s.byID[id] != nil {
		return id
	}
	h, _ := d.body.Common()
	*h = stix.Head{Type: typ, SpecVersion: stix.SpecVersion, ID: id, CreatedBy: s.self, Created: s.now, Modified: s.now}
	if at := stix.At(changed); !at.IsZero() && at.Before(s.now.Time) {
		h.Created, h.Modified = at, at
	}
	s.keep(id, d)
	return id
}

func (s *Set) keep(id string, d *draft) {
	if d.label == nil {
		d.label = &s.label
	}
	s.drafts = append(s.drafts, d)
	s.byID[id] = d
}

// observe takes an observable, which is there once however often it is met: as the most sensitive that it was met as.
func (s *Set) observe(typ string, d *draft) (string, error) {
	id, err := stix.Name(typ, d.body)
	if err != nil {
		return "", err
	}
	if d.label == nil {
		d.label = &s.label
	}
	if known := s.byID[id]; known != nil {
		known.whole |= d.whole
		for i := range known.slots {
			known.slots[i].field.Sensitivity |= d.whole
		}
		known.label = stricter(known.label, d.label)
		return id, nil
	}
	s.keep(id, d)
	return id, nil
}

// stricter gives what both labels allow.
func stricter(a, b *Label) *Label {
	return &Label{max(a.TLP, b.TLP), max(a.PAP, b.PAP), iep.Stricter(a.IEP, b.IEP)}
}

// relate says how one object relates to another, since both are there: told once more later, it is the same.
func (s *Set) relate(kind, from, to string) {
	if from == "" || to == "" || from == to {
		return
	}
	created, modified := s.since(from, to)
	body := &stix.Relationship{Kind: kind, Source: from, Target: to}
	s.add(&draft{body: body}, "relationship", kind+" "+from+" "+to, modified)
	if !created.IsZero() && created.Before(body.Modified.Time) {
		body.Created = stix.At(created)
	}
}

// since is when the last of some objects was created, and when it was modified; zero for observables, which have no times.
func (s *Set) since(ids ...string) (created, modified time.Time) {
	for _, id := range ids {
		if d := s.byID[id]; d != nil {
			h, _ := d.body.Common()
			created, modified = later(created, h.Created.Time), later(modified, h.Modified.Time)
		}
	}
	return created, modified
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// text makes a slot.
func text(p *string, name string, s redact.Sensitivity, kind leak.Kind, required bool) slot {
	return slot{redact.Field{Name: name, Sensitivity: s, Kind: kind, Value: *p}, p, required}
}

// self is the profile of the team.
const self = "self"

// Reader says for whom a copy is.
type Reader struct {
	Profile    redact.Profile
	Names      leak.Names        // of whom and what the thing is about
	Pseudonyms redact.Pseudonyms // of the thing and the group of readers
	Group      string            // the group of readers: ids of what has a pseudonym are of it
}

// Copy is what a reader gets.
type Copy struct {
	Objects []stix.Body    // in the order of stix.Sort, markings first
	Dropped map[string]int // how many were left out, by type
	Changed []Change       // what became of fields of those that are there
}

// Redact makes the copy for a reader. Errors: Conflict if the set was redacted before.
func (s *Set) Redact(r Reader) (Copy, error) {
	if s.done {
		return Copy{}, problem.New(problem.Conflict, "the set was redacted already: fill another one")
	}
	s.done = true
	w := writer{set: s, reader: r, ids: map[string]string{}, out: Copy{Dropped: map[string]int{}}}
	for _, d := range s.drafts {
		h, _ := d.body.Common()
		old := h.ID
		w.fields = nil
		if !w.write(d) {
			w.ids[old] = ""
			w.out.Dropped[h.Type]++
			continue
		}
		w.ids[old] = h.ID
		w.changed(h)
		w.out.Objects = append(w.out.Objects, d.body)
	}
	w.out.Objects = stix.Sort(append(w.out.Objects, w.markings()...))
	return w.out, nil
}

// writer makes one copy.
type writer struct {
	set    *Set
	reader Reader
	ids    map[string]string // the id in the copy of each id that was met; "" if it was dropped
	labels []Label
	fields []Change // of the object that is being written
	out    Copy
}

// write makes an object ready; false if it is left out.
func (w *writer) write(d *draft) bool {
	act := redact.Keep
	if d.whole != 0 {
		act = w.reader.Profile.On(d.whole)
	}
	if act == redact.Drop || act == redact.Pseudonym && !d.stands {
		return false
	}
	if !w.slots(d) || !w.refs(d.body) {
		return false
	}
	h, t := d.body.Common()
	if !d.plain {
		label := *d.label
		label.IEP = iep.Stricter(label.IEP, w.set.label.IEP) // what the source of the whole said holds for each part
		label.PAP = max(label.PAP, label.IEP.PAP())
		t.Markings = label.refs()
		w.labels = append(w.labels, label)
	}
	if stix.ClassOf(h.Type) == stix.Observable {
		if _, err := stix.Name(h.Type, d.body); err != nil {
			return false
		}
	} else if act == redact.Pseudonym {
		h.ID = stix.IDFrom(h.Type, w.set.digest("pseudonym", w.reader.Group, h.ID))
	}
	return stix.Check(d.body) == nil
}

// slots redacts the texts of an object; false if it cannot stand without one that was dropped. What the team itself gets is as it was written.
func (w *writer) slots(d *draft) bool {
	if w.reader.Profile.Name == self {
		return true
	}
	for _, s := range d.slots {
		if *s.text == "" {
			continue
		}
		s.field.Value = *s.text
		kept := redact.Copy(w.reader.Profile, []redact.Field{s.field}, w.reader.Names, w.reader.Pseudonyms)
		if len(kept) == 0 && s.required {
			return false
		}
		*s.text = ""
		if len(kept) > 0 {
			*s.text = kept[0].Value
		}
		w.note(s, *s.text)
	}
	_, t := d.body.Common()
	t.ExternalReferences = slices.DeleteFunc(t.ExternalReferences, func(r stix.ExternalReference) bool { return r.ExternalID == "" && r.URL == "" })
	return true
}

// refs writes the ids of the copy into an object; false if one is gone without which it says nothing.
func (w *writer) refs(b stix.Body) bool {
	h, _ := b.Common()
	w.one(&h.CreatedBy)
	switch o := b.(type) {
	case *stix.Relationship:
		return w.one(&o.Source) && w.one(&o.Target)
	case *stix.Sighting:
		w.many(&o.Where)
		w.many(&o.ObservedData)
		return w.one(&o.Of)
	case *stix.ObservedData:
		return w.many(&o.ObjectRefs)
	case *stix.Note:
		return w.many(&o.Objects)
	case *stix.NetworkTraffic:
		from, to := w.one(&o.Source), w.one(&o.Destination)
		return from || to
	case *stix.DomainName:
		w.many(&o.ResolvesTo)
	case *stix.IPv4Address:
		w.many(&o.BelongsTo)
	case *stix.IPv6Address:
		w.many(&o.BelongsTo)
	}
	return true
}

// one writes an id; false if there is none, or none any more.
func (w *writer) one(id *string) bool {
	*id = w.ids[*id]
	return *id != ""
}

func (w *writer) many(ids *[]string) bool {
	for i := range *ids {
		w.one(&(*ids)[i])
	}
	*ids = slices.DeleteFunc(*ids, func(id string) bool { return id == "" })
	return len(*ids) > 0
}

// markings are those that the objects of the copy name.
func (w *writer) markings() (out []stix.Body) {
	for _, l := range w.labels {
		out = append(out, stix.MarkTLP(l.TLP), stix.MarkPAP(l.PAP))
		if l.IEP != nil {
			out = append(out, stix.MarkIEP(l.IEP))
		}
	}
	return stix.Sort(out)
}

// refs are the ids of the markings that say it.
func (l Label) refs() []string {
	refs := []string{stix.RefTLP(l.TLP), stix.RefPAP(l.PAP)}
	if l.IEP != nil {
		refs = append(refs, stix.RefIEP(l.IEP))
	}
	return refs
}
