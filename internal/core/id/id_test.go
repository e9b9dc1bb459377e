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

// The random bits reach every character behind the time; the first of the 80 is
// free, so the first character behind it has half the values.
func TestRandomPart(t *testing.T) {
	var kinds [id.Size]map[byte]bool
	for n := range 4000 {
		s := id.NewAt(time.UnixMilli(int64(n % 2)))
		for i := range id.Size {
			if kinds[i] == nil {
				kinds[i] = map[byte]bool{}
			}
			kinds[i][s[i]] = true
		}
	}
	for i, k := range kinds {
		want := 32
		switch {
		case i < 9:
			want = 1
		case i == 9:
			want = 2 // the two milliseconds
		case i == 10:
			want = 16
		}
		if len(k) != want {
			t.Errorf("character %d has %d values, want %d", i, len(k), want)
		}
	}
}

// What is made in one millisecond sorts as it was made, and the steps tell
// nobody how many there were.
func TestOrderInAMillisecond(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	var all []string
	for range 100_000 {
		all = append(all, id.NewAt(now))
	}
	for i := 1; i < len(all); i++ {
		if all[i-1] >= all[i] {
			t.Fatalf("%s, then %s", all[i-1], all[i])
		}
	}
	steps := map[string]bool{}
	for i := 1; i < 1000; i++ {
		steps[all[i][16:]] = true
	}
	if len(steps) < 990 {
		t.Errorf("a thousand ids end in %d ways", len(steps))
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		id.New()
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
