package keep

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
)

func TestPlan(t *testing.T) {
	const today, keysFrom = 100, 90
	l := limits{bytes: 100, rows: 1000, group: 10}
	seg := func(name string, day, bytes int64, change ...func(*event.Segment)) event.Segment {
		s := event.Segment{Path: name, Feed: "f", Report: "r", Day: day, Taxonomy: "c", Rows: 1, Bytes: bytes, Keys: true, Position: int64(name[0])}
		for _, c := range change {
			c(&s)
		}
		return s
	}
	overflow := func(leaves ...string) func(*event.Segment) {
		return func(s *event.Segment) { s.Leaves = append([]string{"extra"}, leaves...) }
	}
	many := []event.Segment{}
	for i := range leastOfToday {
		many = append(many, seg(fmt.Sprint(i), today, 10))
	}
	for name, c := range map[string]struct {
		segments []event.Segment
		want     string
	}{
		"two of a past day":         {[]event.Segment{seg("b", 95, 10), seg("a", 95, 10)}, "[ab keys]"},
		"one alone":                 {[]event.Segment{seg("a", 95, 10)}, ""},
		"another feed":              {[]event.Segment{seg("a", 95, 10), seg("b", 95, 10, func(s *event.Segment) { s.Feed = "g" })}, ""},
		"another report":            {[]event.Segment{seg("a", 95, 10), seg("b", 95, 10, func(s *event.Segment) { s.Report = "s" })}, ""},
		"another class":             {[]event.Segment{seg("a", 95, 10), seg("b", 95, 10, func(s *event.Segment) { s.Taxonomy = "d" })}, ""},
		"another day":               {[]event.Segment{seg("a", 95, 10), seg("b", 96, 10)}, ""},
		"large ones stay":           {[]event.Segment{seg("a", 95, 50), seg("b", 95, 60), seg("c", 95, 1)}, ""},
		"many rows stay":            {[]event.Segment{seg("a", 95, 1, func(s *event.Segment) { s.Rows = 500 }), seg("b", 95, 1)}, ""},
		"as many as fit":            {[]event.Segment{seg("a", 95, 40), seg("b", 95, 40), seg("c", 95, 40), seg("d", 95, 40)}, "[ab keys][cd keys]"},
		"today waits":               {many[1:], ""},
		"today with enough":         {many, "[01234567 keys]"},
		"old keys go":               {[]event.Segment{seg("a", 80, 10)}, "[a]"},
		"old keys of large ones go": {[]event.Segment{seg("a", 80, 900), seg("b", 80, 900)}, "[a][b]"},
		"without keys nothing is left to do": {
			[]event.Segment{seg("a", 80, 10, func(s *event.Segment) { s.Keys = false })}, "",
		},
		"with and without keys, of old": {
			[]event.Segment{seg("a", 80, 10), seg("b", 80, 10, func(s *event.Segment) { s.Keys = false })}, "[ab]",
		},
		"with and without keys, of late": {
			[]event.Segment{seg("a", 95, 10), seg("b", 95, 10, func(s *event.Segment) { s.Keys = false })}, "",
		},
		"overflowing extras of other columns": {[]event.Segment{seg("a", 95, 10, overflow("extra.a")), seg("b", 95, 10, overflow("extra.b"))}, ""},
		"overflowing extras of the same":      {[]event.Segment{seg("a", 95, 10, overflow("x", "y")), seg("b", 95, 10, overflow("y", "x"))}, "[ab keys]"},
	} {
		got := ""
		for _, j := range l.plan(c.segments, today, keysFrom) {
			got += "["
			for _, s := range j.segments {
				got += s.Path
			}
			if j.keys {
				got += " keys"
			}
			got += "]"
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFitsBoundsExtras(t *testing.T) {
	wide := func(from int) event.Segment {
		s := event.Segment{}
		for i := range event.MaxExtras {
			s.Leaves = append(s.Leaves, fmt.Sprint(event.ExtraPrefix, from+i))
		}
		return s
	}
	if !defaultLimits.fits([]event.Segment{wide(0), wide(0)}) || defaultLimits.fits([]event.Segment{wide(0), wide(1)}) {
		t.Error("the limit of extras does not count distinct names")
	}
}

func TestGroupRowsFollowTheWidth(t *testing.T) {
	for name, c := range map[string]struct{ bytes, rows, want int64 }{
		"narrow": {50, 1, 128 << 10}, "wide": {256, 1, 64 << 10}, "very wide": {1 << 20, 1, 16 << 10}, "empty": {0, 0, 128 << 10},
	} {
		if got := defaultLimits.groupRows([]event.Segment{{Bytes: c.bytes, Rows: c.rows}}); int64(got) != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []address
		for _, v := range rapid.SliceOfN(rapid.Uint64Range(0, 9), 0, 60).Draw(t, "addresses") {
			all = append(all, address{v / 5, v})
		}
		slices.SortFunc(all, address.compare)
		most := rapid.IntRange(1, 20).Draw(t, "most")
		bounds := splits(all, most)
		if !slices.IsSortedFunc(bounds, address.compare) || len(slices.Compact(slices.Clone(bounds))) != len(bounds) {
			t.Fatalf("bounds %v", bounds)
		}
		from := 0
		for _, b := range append(bounds, address{^uint64(0), 0}) {
			to, _ := slices.BinarySearchFunc(all, b, address.compare)
			part := all[from:to]
			if len(part) > most && part[0] != part[len(part)-1] {
				t.Fatalf("a slice of %d rows of several addresses, at most %d: %v of %v", len(part), most, bounds, all)
			}
			if len(part) == 0 && len(all) > 0 {
				t.Fatalf("an empty slice: %v of %v", bounds, all)
			}
			from = to
		}
	})
}
