package stix

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse reads a bundle, a TAXII envelope, a list of objects or one object, and checks the objects against each other. What it gives is
// in the order of the input; an object that stands there twice is given once, unless the limits say otherwise. Errors: Invalid if the input is no STIX, is cut off, or
// is beyond the limits as a whole: what was read up to there is given all the same, and checked.
func Parse(r io.Reader, l Limits) ([]Object, []Rejected, error) {
	l = l.full()
	p := parse(l)
	err := p.read(NewReader(r, l))
	p.settle()
	return p.flat(), p.rejected, err
}

// parse begins with nothing.
func parse(l Limits) *parsed {
	seed := maphash.MakeSeed()
	return &parsed{
		limits: l, versions: map[version]int{}, first: map[uint64]int{}, clash: map[string]int{}, hash: func(id string) uint64 { return maphash.String(seed, id) },
	}
}

// flat gives the objects one behind the other.
func (p *parsed) flat() []Object {
	if len(p.objects) == 0 {
		return nil
	}
	out := make([]Object, len(p.objects))
	for i, o := range p.objects {
		out[i] = *o
	}
	return out
}

// version names a version of an object.
type version struct {
	id   string
	time int64 // nanoseconds since 1970
}

func (o *Object) version() version {
	if o.Modified.IsZero() {
		return version{id: o.ID}
	}
	return version{o.ID, o.Modified.UnixNano()}
}

// parsed is what Parse gathers.
type parsed struct {
	limits   Limits
	objects  []*Object // where they were decoded: they are large to copy
	rejected []Rejected
	versions map[version]int // places in objects, save of the first of an id
	hash     func(id string) uint64
	first    map[uint64]int // of each id, by its hash: in memory that is slow, looking at the ids again takes longer than all else
	clash    map[string]int // of the ids whose hash another has
}

// find gives the first object of an id; taken: the hash is that of another.
func (p *parsed) find(key uint64, id string) (at int, there, taken bool) {
	if at, taken = p.first[key]; !taken || p.objects[at].ID == id {
		return at, taken, false
	}
	at, there = p.clash[id]
	return at, there, true
}

// refuse sets an object aside.
func (p *parsed) refuse(o *Object, f *fault) {
	p.rejected = append(p.rejected, Rejected{Index: o.Index, Type: o.Type, ID: o.ID, Code: f.code, Reason: f.reason, Raw: o.Raw})
}

// add takes an object, unless it collides with one before it; key is the hash of its id.
func (p *parsed) add(o *Object, key uint64) {
	first, again, taken := p.find(key, o.ID)
	if again {
		if known, ok := p.same(first, o); ok {
			switch {
			case !Same(p.objects[known].Raw, o.Raw):
				p.refuse(o, faulty(Collision, "object %d of the input has the same id and version, and says something else", p.objects[known].Index))
			case p.limits.Twice:
				p.objects = append(p.objects, o)
			}
			return
		}
	}
	f := forged(o)
	if again && f == nil {
		f = p.objects[first].sibling(o)
	}
	if f != nil {
		p.refuse(o, f)
		return
	}
	switch {
	case again:
		p.versions[o.version()] = len(p.objects)
	case taken:
		p.clash[o.ID] = len(p.objects)
	default:
		p.first[key] = len(p.objects)
	}
	p.objects = append(p.objects, o)
}

// same finds the object of the same id and version: the first of that id, or one of those that came after it.
func (p *parsed) same(first int, o *Object) (int, bool) {
	if p.objects[first].version() == o.version() {
		return first, true
	}
	known, ok := p.versions[o.version()]
	return known, ok
}

// sibling says whether o can be another version of the same object: only its creator makes new ones (section 3.6).
func (o *Object) sibling(other *Object) *fault {
	a, _ := o.Body.Common()
	b, _ := other.Body.Common()
	switch {
	case a.CreatedBy != b.CreatedBy:
		return faulty(Collision, "another version of it (object %d of the input) has another creator", o.Index)
	case !o.Created.Equal(other.Created):
		return faulty(Collision, "another version of it (object %d of the input) was created at another time", o.Index)
	}
	return nil
}

// Same reports whether two objects say the same, however they are written.
func Same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	ca, cb := jsontext.Value(bytes.Clone(a)), jsontext.Value(bytes.Clone(b))
	return ca.Canonicalize() == nil && cb.Canonicalize() == nil && bytes.Equal(ca, cb)
}

// settle checks what needs all objects.
func (p *parsed) settle() {
	p.sift(p.rings())
	p.sift(p.unmarked())
}

// sift sets objects aside, by their places.
func (p *parsed) sift(bad map[int]*fault) {
	if len(bad) == 0 {
		return
	}
	kept := p.objects[:0]
	for i := range p.objects {
		if f := bad[i]; f != nil {
			p.refuse(p.objects[i], f)
			continue
		}
		kept = append(kept, p.objects[i])
	}
	clear(p.objects[len(kept):])
	p.objects = kept
}

// unmarked finds objects whose markings nobody knows. A marking may be marked itself, so one that is set aside leaves others bare: they
// are followed from marking to marked, each once.
func (p *parsed) unmarked() map[int]*fault {
	known, marked := p.marks()
	var lost []string // markings that are not there
	for id := range marked {
		if !known[id] && !published[id] && (p.limits.Marking == nil || !p.limits.Marking(id)) {
			lost = append(lost, id)
		}
	}
	slices.Sort(lost)
	bad := map[int]*fault{}
	for ; len(lost) > 0; lost = lost[1:] {
		for _, i := range marked[lost[0]] {
			if bad[i] != nil {
				continue
			}
			bad[i] = faulty(UnknownMarking, "it is marked with %s, which is not there: nobody can say who may have it", lost[0])
			if o := p.objects[i]; o.Type == "marking-definition" {
				lost = append(lost, o.ID)
			}
		}
	}
	return bad
}

// marks gives the markings that are there, and the places of the objects that name each.
func (p *parsed) marks() (known map[string]bool, marked map[string][]int) {
	known, marked = map[string]bool{}, map[string][]int{}
	for i, o := range p.objects {
		if o.Type == "marking-definition" {
			known[o.ID] = true
		}
		for _, r := range o.Refs {
			if typed[r.Property] == "marking-definition" {
				marked[r.ID] = append(marked[r.ID], i)
			}
		}
	}
	return known, marked
}

// Summary counts objects by type, for people.
func Summary(objects []Object) map[string]int {
	out := map[string]int{}
	for i := range objects {
		out[objects[i].Type]++
	}
	return out
}

// String names an object for messages.
func (o *Object) String() string {
	if o.Modified.IsZero() {
		return o.ID
	}
	return fmt.Sprintf("%s of %s", o.ID, Time{o.Modified})
}
