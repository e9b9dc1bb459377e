package sharing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits of what Plain reads.
const (
	MaxObject  = 4 << 20 // bytes of one object
	MaxObjects = 500_000 // of one bundle
	keptRaw    = 64 << 10
)

// Plain is a Decode that looks at nothing but what every object has: id, type, times, markings. What the type asks beside that it does not know.
func Plain(r io.Reader) (list []Object, bad []Rejected, err error) {
	d := json.NewDecoder(r)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, notJSON(err)
	}
	rest := map[string]json.RawMessage{}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, notJSON(err)
		}
		if key == "objects" && !found {
			found = true
			list, bad, err = readList(d)
		} else {
			var v json.RawMessage
			err = d.Decode(&v)
			rest[fmt.Sprint(key)] = v
		}
		if err != nil {
			return nil, nil, notJSON(err)
		}
	}
	if found {
		return list, bad, nil
	}
	raw, err := json.Marshal(rest)
	if err != nil {
		return nil, nil, notJSON(err)
	}
	one, no := Read(raw)
	if no != nil {
		return nil, []Rejected{*no}, nil
	}
	return []Object{one}, nil, nil
}

func notJSON(err error) error {
	if problem.KindOf(err) != problem.Internal && err != nil {
		return err
	}
	if err == nil {
		return problem.New(problem.Invalid, "this is no bundle or envelope: it is an object with a list of objects")
	}
	return problem.Wrap(problem.Invalid, err, "this is no bundle or envelope in JSON")
}

// readList reads the objects of a list.
func readList(d *json.Decoder) (list []Object, bad []Rejected, err error) {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, nil, notJSON(err)
	}
	for d.More() {
		if len(list)+len(bad) >= MaxObjects {
			return nil, nil, problem.New(problem.Invalid, "more than %d objects at once: give them in parts", MaxObjects)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, notJSON(err)
		}
		if o, no := Read(raw); no != nil {
			bad = append(bad, *no)
		} else {
			list = append(list, o)
		}
	}
	_, err = d.Token()
	return list, bad, err
}

var (
	idShape   = regexp.MustCompile(`^([a-z0-9]+(?:-[a-z0-9]+)*)--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	timeShape = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$`)
)

// Read reads one object in JSON: all that Plain knows of it, or why it is none.
func Read(raw []byte) (Object, *Rejected) {
	if len(raw) > MaxObject {
		return Object{}, &Rejected{Code: CodeTooLarge, Detail: fmt.Sprintf("an object of %d bytes: more than %d", len(raw), MaxObject), Raw: clip(raw)}
	}
	var head struct {
		ID        string   `json:"id"`
		Type      string   `json:"type"`
		Spec      string   `json:"spec_version"`
		Created   string   `json:"created"`
		Modified  string   `json:"modified"`
		CreatedBy string   `json:"created_by_ref"`
		Markings  []string `json:"object_marking_refs"`
		Granular  []struct {
			Ref string `json:"marking_ref"`
		} `json:"granular_markings"`
	}
	no := func(format string, args ...any) (Object, *Rejected) {
		return Object{}, &Rejected{ID: head.ID, Code: CodeMalformed, Detail: fmt.Sprintf(format, args...), Raw: clip(raw)}
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return no("not an object of STIX: %v", err)
	}
	m := idShape.FindStringSubmatch(head.ID)
	if m == nil || len(head.ID) > 300 {
		head.ID = short(head.ID, 300)
		return no("an id is a type, two dashes and a UUID in small letters")
	}
	if m[1] != head.Type {
		return no("the id is of another type than %s", short(head.Type, 100))
	}
	o := Object{ID: head.ID, Type: head.Type, SpecVersion: head.Spec, CreatedBy: head.CreatedBy, Markings: head.Markings}
	for _, g := range head.Granular { // a part that is marked more strictly makes all of it so: objects are not taken apart
		if g.Ref != "" {
			o.Markings = append(o.Markings, g.Ref)
		}
	}
	var ok bool
	if o.Created, ok = readTime(head.Created); !ok {
		return no("created is no time in UTC")
	}
	if o.Modified, ok = readTime(head.Modified); !ok {
		return no("modified is no time in UTC")
	}
	return o.finish(raw)
}

// finish keeps the bytes, and what spec_version is where the object says none.
func (o Object) finish(raw []byte) (Object, *Rejected) {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return Object{}, &Rejected{ID: o.ID, Code: CodeMalformed, Detail: err.Error(), Raw: clip(raw)}
	}
	o.Raw = b.Bytes()
	switch {
	case o.SpecVersion != "":
	case o.Modified.IsZero():
		o.SpecVersion = "2.1" // observables need not say it (STIX 2.1 §3.2)
	default:
		o.SpecVersion = "2.0" // which had no such property
	}
	if o.SpecVersion != "2.0" && o.SpecVersion != "2.1" {
		return Object{}, &Rejected{ID: o.ID, Code: CodeMalformed, Detail: "spec_version is neither 2.0 nor 2.1", Raw: clip(raw)}
	}
	return o, nil
}

// readTime reads a time of STIX; "" is none.
func readTime(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC().Truncate(time.Microsecond), err == nil && timeShape.MatchString(s) && t.Year() >= 1970
}

func clip(raw []byte) []byte { return bytes.Clone(raw[:min(len(raw), keptRaw)]) }

// short is a text of at most n bytes that can be stored.
func short(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
