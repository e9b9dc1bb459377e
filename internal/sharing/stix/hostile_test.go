package stix_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// A chain of markings of which the last is not there falls whole, whatever its order, and each is looked at once.
func TestChainsOfMarkingsFallInOneGo(t *testing.T) {
	const n = 5_000
	var chain []string
	for i := range n {
		chain = append(chain, fmt.Sprintf(`{"type":"marking-definition","spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"x"},"object_marking_refs":[%q]}`,
			id("marking-definition", i), id("marking-definition", i+1)))
	}
	objects, bad, err := stix.Parse(strings.NewReader(bundle(chain...)), limits())
	if err != nil || len(objects) > 0 || len(bad) != n {
		t.Errorf("%d taken, %d set aside, %v", len(objects), len(bad), err)
	}
}

// A chain of many folders, one in the other, needs no deep stack; closed to a ring it falls.
func TestLongChains(t *testing.T) {
	const n = 20_000
	for _, ring := range []bool{false, true} {
		var chain []string
		for i := range n {
			next := i + 1
			if ring {
				next %= n
			}
			chain = append(chain, fmt.Sprintf(`{"type":"directory","id":%q,"path":"/","contains_refs":[%q]}`, id("directory", i), id("directory", next)))
		}
		objects, bad, err := stix.Parse(strings.NewReader(bundle(chain...)), limits())
		if want := map[bool]int{false: 0, true: n}[ring]; err != nil || len(bad) != want || len(objects) != n-want {
			t.Errorf("ring %v: %d taken, %d set aside, %v", ring, len(objects), len(bad), err)
		}
	}
}

// What is set aside as a ring is exactly what reaches itself.
func TestRingsAgreeWithReaching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "folders")
		var edges [8][8]bool
		var texts []string
		for i := range n {
			var refs []string
			for j := range n {
				if i != j && rapid.IntRange(0, 4).Draw(t, "edge") == 0 {
					edges[i][j] = true
					refs = append(refs, fmt.Sprintf("%q", id("directory", j)))
				}
			}
			texts = append(texts, fmt.Sprintf(`{"type":"directory","id":%q,"path":"/","contains_refs":[%s]}`, id("directory", i), strings.Join(refs, ",")))
		}
		for k := range n { // Warshall
			for i := range n {
				for j := range n {
					edges[i][j] = edges[i][j] || edges[i][k] && edges[k][j]
				}
			}
		}
		_, bad, err := stix.Parse(strings.NewReader(bundle(texts...)), limits())
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			set := slices.ContainsFunc(bad, func(r stix.Rejected) bool { return r.Index == i && r.Code == stix.Cycle })
			if set != edges[i][i] {
				t.Fatalf("folder %d of %v: set aside %v", i, texts, set)
			}
		}
	})
}

// Objects are cut where a JSON decoder would cut them, whatever is in them.
func TestReaderCutsAsAJSONDecoderDoes(t *testing.T) {
	value := rapid.StringOfN(rapid.SampledFrom([]rune(`{}[],:"\ é`+"\n")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		var objects []string
		for i := range rapid.IntRange(0, 5).Draw(t, "objects") {
			text, err := json.Marshal(map[string]any{
				"type": "x-own", "id": id("x-own", i), value.Draw(t, "name") + "x": []any{value.Draw(t, "text"), map[string]any{value.Draw(t, "inner"): nil}},
			})
			if err != nil {
				t.Fatal(err)
			}
			objects = append(objects, string(text))
		}
		between := rapid.SampledFrom([]string{",", " ,\n", "\t,"}).Draw(t, "between")
		extra, err := json.Marshal(value.Draw(t, "extra"))
		if err != nil {
			t.Fatal(err)
		}
		doc := fmt.Sprintf(`{"x": [%s,{"objects":[1]}], "type":"bundle","objects":[%s],"y":%s}`, extra, strings.Join(objects, between), extra)
		var want struct {
			Objects []json.RawMessage `json:"objects"`
		}
		if err := json.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatal(err)
		}
		got, bad, err := stix.Parse(strings.NewReader(doc), limits())
		if err != nil || len(bad) > 0 || len(got) != len(want.Objects) {
			t.Fatalf("%s: %d of %d, %v, %v", doc, len(got), len(want.Objects), bad, err)
		}
		for i := range got {
			if string(got[i].Raw) != string(want.Objects[i]) || got[i].Index != i {
				t.Fatalf("object %d is %s, and not %s", i, got[i].Raw, want.Objects[i])
			}
		}
	})
}

// A thing that is broken in the middle of a bundle takes nothing else with it, wherever it stands.
func TestABadObjectStopsNothing(t *testing.T) {
	bad := []string{
		`{"type":"tool"` + strings.Repeat(`,"a":{`, 50) + strings.Repeat("}", 50) + `}`, `{"a":]}`, `{"a":[}`, `{]}`, `{}`, `[]`, `[[{}]]`, `true`, `-1e5`, `"a,b]}"`, `{"a":"\"}"}`, `{"type":1,"id":{}}`, `{"a" "b"}`, `{,}`,
	}
	good := func(n int) string { return sdo("tool", n, `,"name":"x"`) }
	for _, b := range bad {
		for place := range 3 {
			list := slices.Insert([]string{good(1), good(2)}, place, b)
			objects, rejected, err := stix.Parse(strings.NewReader(bundle(list...)), limits())
			if err != nil || len(objects) != 2 || len(rejected) != 1 || rejected[0].Index != place {
				t.Errorf("%s at %d: %s, %v", b, place, taken(objects, rejected), err)
			}
		}
	}
}
