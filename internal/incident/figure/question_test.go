package figure

import (
	"testing"
	"time"
)

func TestBounds(t *testing.T) {
	until := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC) // the first of April in Brussels
	for _, c := range []struct {
		step       Step
		periods    int
		first, end string
		last       time.Duration // of the last period
	}{
		{Day, 3, "2026-03-30T00:00:00+02:00", "2026-04-02T00:00:00+02:00", 24 * time.Hour},
		{Week, 2, "2026-03-23T00:00:00+01:00", "2026-04-06T00:00:00+02:00", 168 * time.Hour},
		{Month, 2, "2026-03-01T00:00:00+01:00", "2026-05-01T00:00:00+02:00", 720 * time.Hour},
		{Quarter, 2, "2026-01-01T00:00:00+01:00", "2026-07-01T00:00:00+02:00", 91 * 24 * time.Hour},
		{Year, 1, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00", 365 * 24 * time.Hour},
	} {
		q := Question{Step: c.step, Periods: c.periods, Until: until}
		b := q.bounds(zone)
		if got := b[0].Format(time.RFC3339); len(b) != c.periods+1 || got != c.first {
			t.Errorf("%s begins %s, want %s", c.step, got, c.first)
		}
		if got := b[c.periods].Format(time.RFC3339); got != c.end {
			t.Errorf("%s ends %s, want %s", c.step, got, c.end)
		}
		if got := b[c.periods].Sub(b[c.periods-1]); got != c.last {
			t.Errorf("the last %s lasts %s, want %s", c.step, got, c.last)
		}
	}
	short := Question{Step: Day, Periods: 1, Until: time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)}
	if b := short.bounds(zone); b[1].Sub(b[0]) != 23*time.Hour {
		t.Errorf("the day on which the clocks change lasts %s", b[1].Sub(b[0]))
	}
}

func TestPercentiles(t *testing.T) {
	for _, c := range []struct {
		list        []int64
		median, p90 time.Duration
	}{
		{nil, 0, 0}, {[]int64{7}, 7, 7}, {[]int64{2, 1}, 1, 2}, {[]int64{3, 1, 2}, 2, 3}, {[]int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 5, 9},
	} {
		if l := lapseOf(c.list); l != (Lapse{len(c.list), c.median * time.Millisecond, c.p90 * time.Millisecond}) {
			t.Errorf("%v: %+v", c.list, l)
		}
	}
}
