package sharing

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// content is what is worked out of an object's bytes.
type content struct {
	digest []byte  // of its content, whatever the order of its keys
	taken  bool    // back, by who made it
	marks  []int64 // of the values in it, each once
}

// Limits of what is looked up.
const (
	maxValues = 20_000 // of one object; what is beyond is not found
	maxValue  = 4096   // bytes
)

func contentOf(raw []byte) (content, error) {
	v, err := parsed(raw)
	if err != nil {
		return content{}, err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return content{}, problem.Wrap(problem.Invalid, err, "an object that cannot be written")
	}
	sum := sha256.Sum256(text)
	c := content{digest: sum[:]}
	if o, ok := v.(map[string]any); ok {
		c.taken, _ = o["revoked"].(bool)
	}
	for _, value := range valuesOf(v) {
		c.marks = append(c.marks, mark(value))
	}
	slices.Sort(c.marks)
	c.marks = slices.Compact(c.marks)
	return c, nil
}

func parsed(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "an object that is not JSON")
	}
	return v, nil
}

// structural are properties whose texts say how an object is made, and not what it is about.
var structural = map[string]bool{
	"type": true, "id": true, "spec_version": true, "created": true, "modified": true, "pattern_type": true, "pattern_version": true, "lang": true,
	"description": true, "relationship_type": true, "valid_from": true, "valid_until": true, "first_seen": true, "last_seen": true, "first_observed": true,
	"last_observed": true, "kill_chain_phases": true, "granular_markings": true, "definition": true, "definition_type": true, "extension_type": true,
	"identity_class": true, "source_name": true, "labels": true, "payload_bin": true, "start_time": true, "stop_time": true, "sectors": true,
	"indicator_types": true, "malware_types": true, "threat_actor_types": true, "tool_types": true, "roles": true, "explanation": true, "abstract": true,
}

// valuesOf lists the values that an object of STIX holds: addresses, names, hashes, what its pattern compares with.
func valuesOf(v any) []string {
	w := walk{seen: map[string]bool{}}
	w.value("", v)
	return w.list
}

type walk struct {
	seen map[string]bool
	list []string
}

func (w *walk) value(key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			if !structural[k] && !strings.HasSuffix(k, "_ref") && !strings.HasSuffix(k, "_refs") {
				w.value(k, v[k])
			}
		}
	case []any:
		for _, one := range v {
			w.value(key, one)
		}
	case json.Number:
		if key == "number" { // of an autonomous system
			w.add("AS" + v.String())
		}
	case string:
		if key == "pattern" {
			literals(v, w.add)
			return
		}
		w.add(v)
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (w *walk) add(s string) {
	if s = Normal(s); len(s) < 2 || len(s) > maxValue || len(w.list) >= maxValues || w.seen[s] {
		return
	}
	w.seen[s] = true
	w.list = append(w.list, s)
}

// literals gives the texts in quotes of a pattern (STIX 2.1 §9.3: a backslash escapes a quote or a backslash).
func literals(pattern string, add func(string)) {
	var b strings.Builder
	inside := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\'' && inside:
			add(b.String())
			b.Reset()
			inside = false
		case c == '\'':
			inside = true
		case inside && c == '\\' && i+1 < len(pattern):
			i++
			b.WriteByte(pattern[i])
		case inside:
			b.WriteByte(c)
		}
	}
}

var refang = strings.NewReplacer("hxxp", "http", "[.]", ".", "(.)", ".", "[:]", ":", "[@]", "@", "[at]", "@")

// Normal is how values are compared: small letters, no blanks around, harmless forms made whole.
func Normal(s string) string { return refang.Replace(strings.ToLower(strings.TrimSpace(s))) }

// mark is a value as it is looked up.
func mark(value string) int64 {
	sum := sha256.Sum256([]byte(value))
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // all bits are wanted
}
