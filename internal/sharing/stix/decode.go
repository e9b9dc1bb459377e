package stix

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// outline is what one walk over an object's tokens finds.
type outline struct {
	typ, id string
	names   []string // at the top
	refs    []Ref
	count   int    // of tokens
	null    string // a property that is null, or a list with null in it
}

// decoders are kept for their memory.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(new(bytes.Buffer)) }}

// walk reads the tokens of an object: whether it is JSON, no name twice, and what it refers to.
func walk(raw []byte, l Limits) (outline, *fault) {
	o := outline{names: make([]string, 0, 8)}
	d := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.NewBuffer(raw)) // which is read where it lies
	path := make([]string, 0, 8)  // the names above
	for {
		before := d.StackDepth()
		tok, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return o, nil
		}
		if err != nil {
			return o, syntax(err)
		}
		if o.count++; o.count > l.Members {
			return o, faulty(TooMany, "it has more than %d names and values", l.Members)
		}
		if tok.Kind() == '0' && !representable(tok.String()) {
			return o, faulty(BadValue, "the number %q is larger than those of STIX, and few could read it", cut(tok.String()))
		}
		path = o.token(d, tok, path, before)
		if len(o.refs) > l.Refs {
			return o, faulty(TooMany, "it refers to more than %d objects", l.Refs)
		}
	}
}

// token takes one token; path[i] is the name under which level i+1 stands.
func (o *outline) token(d *jsontext.Decoder, tok jsontext.Token, path []string, depth int) []string {
	if tok.Kind() != '"' && tok.Kind() != 'n' || depth == 0 {
		return path
	}
	kind, n := d.StackIndex(depth)
	if tok.Kind() == 'n' {
		if depth == 1 || depth == 2 && kind == '[' {
			o.null = path[0]
		}
		return path
	}
	if kind == '{' && n%2 == 1 { // a name: names and values are counted
		name := tok.String()
		if depth == 1 {
			o.names = append(o.names, name)
		}
		for len(path) < depth {
			path = append(path, "")
		}
		path[depth-1] = name
		return path[:depth]
	}
	o.text(tok, path, depth)
	return path
}

// text takes a string that is a value.
func (o *outline) text(tok jsontext.Token, path []string, depth int) {
	name := ""
	if len(path) > 0 {
		name = path[min(depth, len(path))-1]
	}
	switch {
	case depth == 1 && name == "type":
		o.typ = tok.String()
	case depth == 1 && name == "id":
		o.id = tok.String()
	case (strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs")) && path[0] != "objects":
		o.refs = append(o.refs, Ref{name, tok.String()})
	}
}

// mostDigits is how long a number may be written.
const mostDigits = 1000

// representable reports whether a number is one that every reader of JSON can hold (section 2.5: IEEE 754, 64 bits).
func representable(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && len(text) <= mostDigits
}

func syntax(err error) *fault {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return faulty(BadJSON, "a name stands twice: %v", err)
	}
	return faulty(BadJSON, "it is no sound JSON: %v", err)
}

// decode reads one object.
func decode(raw []byte, l Limits) (Object, *fault) {
	o := Object{Raw: raw}
	line, f := walk(raw, l)
	o.Type, o.ID, o.Refs = line.typ, line.id, line.refs
	if f == nil {
		f = named(line)
	}
	if f != nil {
		return o, f
	}
	m, known := models[o.Type]
	if !known {
		m.make = made[Unknown]
		o.Quirks = append(o.Quirks, UnknownType)
	}
	o.Body = m.make()
	if err := json.Unmarshal(raw, o.Body, jsontext.AllowDuplicateNames(true)); err != nil { // the walk has met none
		return o, faulty(BadValue, "%v", semantic(err))
	}
	o.lift(m.class)
	if f = o.sound(m, line, l); f != nil {
		return o, f
	}
	o.own(m)
	return o, nil
}

// semantic gives an error of the decoder without the names of our types.
func semantic(err error) string {
	var s *json.SemanticError
	if !errors.As(err, &s) {
		return err.Error()
	}
	where := strings.TrimPrefix(string(s.JSONPointer), "/")
	if s.Err != nil {
		return where + ": " + s.Err.Error()
	}
	return where + " cannot be " + kindWords(s.JSONKind)
}

func kindWords(k jsontext.Kind) string {
	words := map[jsontext.Kind]string{'n': "null", 'f': "false", 't': "true", '"': "a text", '0': "this number", '{': "an object", '[': "a list"}
	if w, ok := words[k]; ok {
		return w
	}
	return "what it is"
}

// named checks the type and the id.
func named(line outline) *fault {
	switch {
	case !ValidType(line.typ):
		return faulty(BadType, "%q is no type of object", cut(line.typ))
	case !ValidID(line.id):
		return faulty(BadID, "%q is no id: a type, two hyphens and a UUID", cut(line.id))
	case typeOf(line.id) != line.typ:
		return faulty(BadID, "the id %s is not that of a %s", line.id, line.typ)
	case line.null != "":
		return faulty(BadValue, "%s is null, or has null in it, which STIX does not know", cut(line.null))
	case line.typ == "bundle":
		return faulty(BadType, "a bundle cannot be inside another")
	}
	return nil
}

// lift takes the common properties out of the body. An object with times and no version is of STIX 2.0 (section 3.2).
func (o *Object) lift(c Class) {
	h, _ := o.Body.Common()
	o.SpecVersion, o.Created, o.Modified = h.SpecVersion, h.Created.Time, h.Modified.Time
	if o.SpecVersion == "" {
		o.SpecVersion = SpecVersion
		if c != Observable && !o.Created.IsZero() {
			o.SpecVersion = "2.0"
		}
	}
	if o.SpecVersion == "2.0" {
		o.Quirks = append(o.Quirks, OldVersion)
	}
	if c == Meta && o.Modified.IsZero() {
		o.Modified = o.Created
	}
}

// sound checks what must hold of every object, and of its type.
func (o *Object) sound(m model, line outline, l Limits) *fault {
	if f := o.dated(m.class, l); f != nil {
		return f
	}
	for _, r := range o.Refs {
		if f := o.ref(r); f != nil {
			return f
		}
	}
	if o.SpecVersion == "2.0" {
		return nil
	}
	for _, name := range m.required {
		if !slices.Contains(line.names, name) {
			return faulty(Missing, "it has no %s", name)
		}
	}
	_, t := o.Body.Common()
	if t.Confidence != nil && (*t.Confidence < 0 || *t.Confidence > 100) {
		return faulty(BadValue, "confidence is %d, and must be from 0 to 100", *t.Confidence)
	}
	if check := checks[o.Type]; check != nil {
		return check(o.Body)
	}
	return nil
}

// dated checks the version and the times.
func (o *Object) dated(c Class, l Limits) *fault {
	switch {
	case o.SpecVersion != "2.0" && o.SpecVersion != SpecVersion:
		return faulty(BadValue, "spec_version is %q, and 2.0 and 2.1 are known", cut(o.SpecVersion))
	case o.Created.IsZero() && c != Observable && c != Other:
		return faulty(Missing, "it has no created")
	case o.Modified.IsZero() && (c == Domain || c == Relation):
		return faulty(Missing, "it has no modified")
	case !o.Modified.IsZero() && o.Modified.Before(o.Created):
		return faulty(BadValue, "it was modified (%s) before it was created (%s)", Time{o.Modified}, Time{o.Created})
	case !l.Now.IsZero() && (o.Modified.After(l.Now.Add(l.Ahead)) || o.Created.After(l.Now.Add(l.Ahead))):
		return faulty(Future, "it says that it was made at %s, which is to come", Time{o.Modified})
	}
	return nil
}

// ref checks a reference.
func (o *Object) ref(r Ref) *fault {
	want := typed[r.Property]
	switch {
	case !ValidID(r.ID):
		return faulty(BadRef, "%s is %q, which is no id", r.Property, cut(r.ID))
	case want != "" && typeOf(r.ID) != want:
		return faulty(BadRef, "%s is %s, and must be of a %s", r.Property, r.ID, want)
	case r.ID == o.ID && r.Property != "created_by_ref":
		return faulty(Cycle, "it names itself as %s", r.Property)
	}
	return nil
}

// Derived tells whether an object is an observable whose id is the one that its content gives (section 2.9).
func (o *Object) Derived() bool {
	if ClassOf(o.Type) != Observable {
		return false
	}
	id, err := idOf(o.Type, o.Raw)
	return err == nil && id != "" && strings.EqualFold(id, o.ID)
}

// own notes an observable whose id is not the one that its content gives.
func (o *Object) own(m model) {
	if m.class != Observable || o.SpecVersion != SpecVersion || !strings.HasPrefix(o.ID[len(o.Type)+16:], "5") {
		return
	}
	if id, ok := plainID(o.Type, o.Body); ok {
		if !strings.EqualFold(id, o.ID) {
			o.Quirks = append(o.Quirks, ForeignID)
		}
		return
	}
	if id, err := idOf(o.Type, o.Raw); err != nil || id != "" && !strings.EqualFold(id, o.ID) {
		o.Quirks = append(o.Quirks, ForeignID)
	}
}
