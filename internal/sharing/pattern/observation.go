package pattern

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// Observation is what was seen at one time: things, and when.
type Observation struct {
	First, Last time.Time
	Count       int // how often it was seen; 0 counts as once
	Things      []Thing
}

// Thing is an observable object, as much of it as is known.
type Thing struct {
	Type       string // "ipv4-addr"
	ID         string // by which others refer to it
	Properties Properties
}

// Properties are names and values. A value is a string, bool, int64, float64, List or Properties.
type Properties []Property

// Property is a name and its value.
type Property struct {
	Name  string
	Value any
}

// List is a list of values.
type List []any

// get finds a property.
func (p Properties) get(name string) (any, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return nil, false
}

// maxThings bounds the things of one observation that is read from STIX.
const maxThings = 10_000

// Observations makes observations of what came in: one of each observed-data, with all that it refers to, as far as it is there.
// What no observed-data speaks of is in none.
func Observations(objects []stix.Object) []Observation {
	g := gatherer{byID: map[string]*stix.Object{}, things: map[string]Thing{}}
	for i := range objects {
		if stix.ClassOf(objects[i].Type) == stix.Observable || stix.ClassOf(objects[i].Type) == stix.Other {
			g.byID[objects[i].ID] = &objects[i]
		}
	}
	var out []Observation
	for i := range objects {
		d, ok := objects[i].Body.(*stix.ObservedData)
		if !ok {
			continue
		}
		o := Observation{First: d.FirstObserved.Time, Last: d.LastObserved.Time, Count: int(d.NumberObserved), Things: g.gather(d.ObjectRefs)}
		for key, raw := range d.Objects { // as STIX 2.0 has them: they refer to each other by their keys
			if t, ok := thing(key, raw); ok && len(o.Things) < maxThings {
				o.Things = append(o.Things, t)
			}
		}
		out = append(out, o)
	}
	return out
}

// gatherer follows references.
type gatherer struct {
	byID   map[string]*stix.Object
	things map[string]Thing
}

func (g *gatherer) gather(ids []string) (out []Thing) {
	seen := map[string]bool{}
	for queue := ids; len(queue) > 0 && len(out) < maxThings; queue = queue[1:] {
		id := queue[0]
		o := g.byID[id]
		if o == nil || seen[id] {
			continue
		}
		seen[id] = true
		t, ok := g.things[id]
		if !ok {
			t, _ = thing(id, o.Raw)
			g.things[id] = t
		}
		out = append(out, t)
		next := make([]string, 0, len(queue)+len(o.Refs))
		next = append(next, queue...)
		for _, r := range o.Refs {
			next = append(next, r.ID)
		}
		queue = next
	}
	return out
}

// thing reads an object as it came.
func thing(id string, raw []byte) (Thing, bool) {
	var all map[string]any
	if json.Unmarshal(raw, &all) != nil {
		return Thing{}, false
	}
	typ, _ := all["type"].(string)
	return Thing{Type: typ, ID: id, Properties: properties(all)}, typ != ""
}

func properties(all map[string]any) Properties {
	out := make(Properties, 0, len(all))
	for name, v := range all {
		out = append(out, Property{name, plain(v)})
	}
	return out
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return properties(v)
	case []any:
		out := make(List, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return v
}

// reference reports whether a property holds references.
func reference(name string) bool {
	return strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs")
}
