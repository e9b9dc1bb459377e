package stix_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// least is the least that an object of each type says, beside what all have: each of these properties must be there (STIX 2.1 §4 to §7).
var least = map[string]string{
	"extension-definition": `"created_by_ref":"ID","name":"x","schema":"https://a.example/","version":"1.0","extension_types":["property-extension"]`,
	"language-content":     `"object_ref":"REF","contents":{"fr":{"name":"x"}}`,
	"attack-pattern":       `"name":"x"`,
	"course-of-action":     `"name":"x"`,
	"grouping":             `"context":"suspicious-activity","object_refs":["REF"]`,
	"identity":             `"name":"x"`,
	"incident":             `"name":"x"`,
	"indicator":            `"pattern":"[url:value = 'x']","pattern_type":"stix","valid_from":"TIME"`,
	"infrastructure":       `"name":"x"`,
	"malware":              `"is_family":false`,
	"note":                 `"content":"x","object_refs":["REF"]`,
	"observed-data":        `"first_observed":"TIME","last_observed":"TIME","number_observed":1,"object_refs":["REF"]`,
	"report":               `"name":"x","published":"TIME","object_refs":["REF"]`,
	"threat-actor":         `"name":"x"`,
	"tool":                 `"name":"x"`,
	"vulnerability":        `"name":"x"`,
	"relationship":         `"relationship_type":"uses","source_ref":"REF","target_ref":"ID"`,
	"sighting":             `"sighting_of_ref":"REF"`,
	"autonomous-system":    `"number":64500`,
	"directory":            `"path":"/"`,
	"domain-name":          `"value":"a.example"`,
	"email-addr":           `"value":"a@b.example"`,
	"email-message":        `"is_multipart":false`,
	"ipv4-addr":            `"value":"192.0.2.1"`,
	"ipv6-addr":            `"value":"2001:db8::1"`,
	"mac-addr":             `"value":"00:00:5e:00:53:af"`,
	"mutex":                `"name":"x"`,
	"software":             `"name":"x"`,
	"url":                  `"value":"http://a.example/"`,
	"network-traffic":      `"protocols":["tcp"]`,
}

// needless are properties above that the standard asks for and we do not: those who make extensions often leave them out.
var needless = map[string]bool{"created_by_ref": true}

// written is an object of a type with some properties, in JSON.
func written(t *testing.T, typ string, properties map[string]json.RawMessage) string {
	t.Helper()
	all := maps.Clone(properties)
	head := map[string]string{"type": typ, "spec_version": "2.1", "id": id(typ, 1)}
	switch stix.ClassOf(typ) {
	case stix.Observable:
	default:
		head["created"], head["modified"] = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"
	}
	for k, v := range head {
		all[k] = json.RawMessage(fmt.Sprintf("%q", v))
	}
	if typ == "network-traffic" {
		all["src_ref"] = json.RawMessage(fmt.Sprintf("%q", id("ipv4-addr", 3)))
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func properties(t *testing.T, text string) (p map[string]json.RawMessage) {
	t.Helper()
	text = strings.NewReplacer("REF", id("tool", 7), "ID", id("identity", 7), "TIME", "2026-01-01T00:00:00Z").Replace(text)
	if err := json.Unmarshal([]byte("{"+text+"}"), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// Of each type the least is taken; without any one of its properties, or with null or a text of the wrong sort for it, it is set aside.
func TestRequiredProperties(t *testing.T) {
	for _, typ := range slices.Sorted(maps.Keys(least)) {
		full := properties(t, least[typ])
		if objects, bad, err := stix.Parse(strings.NewReader(bundle(written(t, typ, full))), limits()); err != nil || len(objects) != 1 {
			t.Errorf("%s: %s, %+v, %v", typ, taken(objects, bad), bad, err)
			continue
		}
		for name := range full {
			if needless[name] {
				continue
			}
			for _, instead := range []string{"", "null"} {
				some := maps.Clone(full)
				if delete(some, name); instead != "" {
					some[name] = json.RawMessage(instead)
				}
				objects, bad, err := stix.Parse(strings.NewReader(bundle(written(t, typ, some))), limits())
				if err != nil || len(objects) != 0 || len(bad) != 1 || instead == "" && bad[0].Code != stix.Missing {
					t.Errorf("%s with %q for %s: %s, %v", typ, instead, name, taken(objects, bad), err)
				}
			}
		}
	}
}

// What each type may not say, though all of its properties are there.
func TestLimitsOfTypes(t *testing.T) {
	tests := []struct{ typ, more, want string }{
		{"indicator", `"pattern":""`, "missing"},
		{"indicator", `"valid_until":"2026-01-01T00:00:00Z"`, "bad-value"},
		{"indicator", `"valid_until":"2025-01-01T00:00:00Z"`, "bad-value"},
		{"malware", `"is_family":true`, "missing"},
		{"observed-data", `"number_observed":0`, "bad-value"},
		{"observed-data", `"number_observed":1000000000`, "bad-value"},
		{"observed-data", `"last_observed":"2025-01-01T00:00:00Z"`, "bad-value"},
		{"observed-data", `"objects":{"0":{"type":"url","value":"x"}}`, "missing"},
		{"relationship", `"start_time":"2026-01-02T00:00:00Z","stop_time":"2026-01-01T00:00:00Z"`, "bad-value"},
		{"relationship", `"target_ref":"REF"`, "cycle"},
		{"relationship", `"target_ref":"x"`, "bad-ref"},
		{"sighting", `"count":-1`, "bad-value"},
		{"sighting", `"count":1000000000`, "bad-value"},
		{"sighting", `"sighting_of_ref":"` + id("url", 1) + `"`, "bad-ref"},
		{"sighting", `"sighting_of_ref":"` + id("marking-definition", 1) + `"`, "bad-ref"},
		{"sighting", `"first_seen":"2026-01-02T00:00:00Z","last_seen":"2026-01-01T00:00:00Z"`, "bad-value"},
		{"autonomous-system", `"number":-1`, "bad-value"},
		{"autonomous-system", `"number":4294967296`, "bad-value"},
		{"ipv4-addr", `"value":"192.0.2.256"`, "bad-value"},
		{"ipv4-addr", `"value":"192.0.2.0/33"`, "bad-value"},
		{"ipv6-addr", `"value":"192.0.2.1"`, "bad-value"},
		{"network-traffic", `"protocols":[]`, "missing"},
		{"network-traffic", `"dst_port":65536`, "bad-value"},
		{"network-traffic", `"src_port":-1`, "bad-value"},
		{"network-traffic", `"is_active":true,"end":"2026-01-01T00:00:00Z"`, "bad-value"},
		{"network-traffic", `"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"`, "bad-value"},
		{"tool", `"object_marking_refs":["` + id("marking-definition", 9) + `"]`, "no-such-marking"},
		{"tool", `"granular_markings":[{"marking_ref":"` + id("marking-definition", 9) + `","selectors":["name"]}]`, "no-such-marking"},
		{"tool", `"created_by_ref":"` + id("tool", 2) + `"`, "bad-ref"},
	}
	for _, tt := range tests {
		t.Run(tt.typ+" "+tt.more, func(t *testing.T) {
			p := properties(t, least[tt.typ])
			maps.Copy(p, properties(t, tt.more))
			objects, bad, err := stix.Parse(strings.NewReader(bundle(written(t, tt.typ, p))), limits())
			if got := taken(objects, bad); err != nil || got != tt.want {
				t.Errorf("got %q, want %q: %+v, %v", got, tt.want, bad, err)
			}
		})
	}
}
