package id_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/id"
)

func TestNewIsValidAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		s := id.New()
		if !id.Valid(s) || seen[s] {
			t.Fatalf("%q is no new id", s)
		}
		seen[s] = true
	}
}

func TestIdsSortByTimeAndTellIt(t *testing.T) {
	moment := rapid.Int64Range(0, 1<<48-1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := moment.Draw(t, "a"), moment.Draw(t, "b")
		x, y := id.NewAt(time.UnixMilli(a)), id.NewAt(time.UnixMilli(b))
		if a < b && x >= y || a > b && x <= y {
			t.Fatalf("%d gives %s, %d gives %s", a, x, b, y)
		}
		back, ok := id.Time(x)
		if !ok || back.UnixMilli() != a || back.Location() != time.UTC {
			t.Fatalf("%s of %d tells %v", x, a, back)
		}
	})
}

// The 80 random bits reach every character behind the time.
func TestRandomPart(t *testing.T) {
	now := time.UnixMilli(1)
	var kinds [id.Size]map[byte]bool
	for range 2000 {
		s := id.NewAt(now)
		for i := range id.Size {
			if kinds[i] == nil {
				kinds[i] = map[byte]bool{}
			}
			kinds[i][s[i]] = true
		}
	}
	for i, k := range kinds {
		if want := map[bool]int{true: 1, false: 32}[i < 10]; len(k) != want {
			t.Errorf("character %d has %d values, want %d", i, len(k), want)
		}
	}
}

func TestValid(t *testing.T) {
	good := id.New()
	tests := []struct {
		name, text string
	}{
		{"empty", ""},
		{"short", good[1:]},
		{"long", good + "0"},
		{"upper case", strings.Repeat("0", 25) + "A"},
		{"letter not in the alphabet", strings.Repeat("0", 25) + "u"},
		{"more than 128 bits", "8" + strings.Repeat("0", 25)},
		{"not ASCII", strings.Repeat("0", 24) + "é"},
		{"a path", "../../../../../../../etc/p"},
	}
	for _, tt := range tests {
		if id.Valid(tt.text) {
			t.Errorf("%s: %q passes", tt.name, tt.text)
		}
		if _, ok := id.Time(tt.text); ok {
			t.Errorf("%s: %q has a time", tt.name, tt.text)
		}
	}
	if !id.Valid(strings.Repeat("0", 26)) || !id.Valid("7"+strings.Repeat("z", 25)) {
		t.Error("the first or the last id does not pass")
	}
}

func TestAlphabetKeepsOrder(t *testing.T) {
	var all []string
	for ms := range int64(200) {
		all = append(all, id.NewAt(time.UnixMilli(ms)))
	}
	if !slices.IsSorted(all) {
		t.Error("the ids are not in order")
	}
}
