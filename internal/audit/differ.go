package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is one field of what was done something to.
type Difference struct {
	Field         string // "networks.0.prefix"; empty if the object is a plain value
	Before, After string // as text; empty where there was or is none
	Changed       bool
}

// Limits of what is taken apart: entries hold a megabyte at most, and what lies deeper is shown as it is.
const (
	maxDepth  = 8
	maxFields = 500
)

// Differences compares an object before and after, field by field: those that changed first, each part in the order of its name. more is how many
// fields are left out.
func Differences(before, after json.RawMessage) (list []Difference, more int) {
	old, fresh := flat(before), flat(after)
	names := slices.Collect(maps.Keys(old))
	for name := range fresh {
		if _, ok := old[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var same []Difference
	for _, name := range names {
		d := Difference{Field: name, Before: old[name], After: fresh[name], Changed: old[name] != fresh[name]}
		if d.Changed {
			list = append(list, d)
		} else {
			same = append(same, d)
		}
	}
	list = append(list, same...)
	if len(list) > maxFields {
		return list[:maxFields], len(list) - maxFields
	}
	return list, 0
}

func flat(raw json.RawMessage) map[string]string {
	out := map[string]string{}
	if len(raw) == 0 {
		return out
	}
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber() // an id is no floating point number
	if d.Decode(&v) != nil {
		out[""] = string(raw)
		return out
	}
	flatten(out, "", v, 0)
	return out
}

func flatten(out map[string]string, name string, v any, depth int) {
	switch x := v.(type) {
	case nil:
	case map[string]any:
		if depth == maxDepth {
			out[name] = text(x)
			return
		}
		for key, value := range x {
			flatten(out, join(name, key), value, depth+1)
		}
	case []any:
		if plain, ok := plainList(x); ok || depth == maxDepth {
			if plain != "" {
				out[name] = plain
			}
			return
		}
		for i, value := range x {
			flatten(out, join(name, fmt.Sprint(i+1)), value, depth+1)
		}
	default:
		out[name] = fmt.Sprint(x)
	}
}

// plainList writes a list of plain values in one line.
func plainList(list []any) (string, bool) {
	var parts []string
	for _, v := range list {
		switch v.(type) {
		case nil:
			continue
		case map[string]any, []any:
			return text(list), false
		}
		parts = append(parts, fmt.Sprint(v))
	}
	return strings.Join(parts, ", "), true
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}
