package rsit_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/rsit"
)

func TestCounts(t *testing.T) {
	if n := len(rsit.Classes()); n != 11 {
		t.Errorf("%d classes, want 11", n)
	}
	if n := len(rsit.Types()); n != 39 {
		t.Errorf("%d types, want 39", n)
	}
	sum := 0
	for _, c := range rsit.Classes() {
		of := rsit.TypesOf(c)
		if len(of) == 0 || c.Title() == string(c) || c.Description() == "" {
			t.Errorf("class %s lacks types, a title or a description", c)
		}
		sum += len(of)
	}
	if sum != 39 {
		t.Errorf("the classes hold %d types", sum)
	}
}

func TestLookup(t *testing.T) {
	tests := []struct {
		name  string
		want  rsit.Type
		class rsit.Class
		ok    bool
	}{
		{"infected-system", rsit.InfectedSystem, rsit.MaliciousCode, true},
		{" Infected System ", rsit.InfectedSystem, rsit.MaliciousCode, true},
		{"DDOS_AMPLIFIER", rsit.DDoSAmplifier, rsit.Vulnerable, true},
		{"other", rsit.OtherType, rsit.Other, true},
		{"test", rsit.TestType, rsit.Test, true},
		{"compromised", "", "", false},
		{"", "", "", false},
		{"malicious-code", "", "", false},
	}
	for _, tt := range tests {
		got, ok := rsit.Lookup(tt.name)
		if got != tt.want || ok != tt.ok || got.Class() != tt.class {
			t.Errorf("%q: got %q of %q, %v", tt.name, got, got.Class(), ok)
		}
	}
}

func TestLookupClass(t *testing.T) {
	for _, c := range rsit.Classes() {
		if got, ok := rsit.LookupClass(string(c)); got != c || !ok {
			t.Errorf("%s: got %q, %v", c, got, ok)
		}
	}
	if c, ok := rsit.LookupClass("spam"); ok {
		t.Errorf("a type was taken for the class %q", c)
	}
}

func TestEveryTypeIsDescribed(t *testing.T) {
	for _, typ := range rsit.Types() {
		if got, ok := rsit.Lookup(string(typ)); !ok || got != typ {
			t.Errorf("%s is not found", typ)
		}
		if !slices.Contains(rsit.Classes(), typ.Class()) || typ.Description() == "" || typ.Title() == "" {
			t.Errorf("%s lacks a class, title or description", typ)
		}
	}
}

func TestUnknownIsHarmless(t *testing.T) {
	if rsit.Type("x").Class() != "" || rsit.Type("x").Title() != "x" || rsit.Type("x").Description() != "" {
		t.Error("an unknown type is described")
	}
	if rsit.Class("x").Title() != "x" || rsit.Class("x").Description() != "" {
		t.Error("an unknown class is described")
	}
}

// The taxonomy's own file is the judge, where the reference data are at hand.
func TestAgreesWithTheTaxonomy(t *testing.T) {
	raw, err := os.ReadFile("../../../../shared/data/rsit/rsit-v1003.json")
	if err != nil {
		t.Skipf("the reference data are not here: %v", err)
	}
	var file struct {
		Version int
		Values  []struct {
			Predicate string
			Entry     []struct{ Value string }
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var types []rsit.Type
	for _, v := range file.Values {
		for _, e := range v.Entry {
			types = append(types, rsit.Type(e.Value))
			if got := rsit.Type(e.Value).Class(); string(got) != v.Predicate {
				t.Errorf("%s is of class %q, want %q", e.Value, got, v.Predicate)
			}
		}
	}
	if file.Version != rsit.Version || !slices.Equal(types, rsit.Types()) {
		t.Errorf("version %d, types %v", file.Version, types)
	}
}
