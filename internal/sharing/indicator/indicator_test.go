package indicator_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/sharing/indicator"
)

const day = 24 * time.Hour

var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	base := indicator.Facts{Kind: "ip", Confidence: new(80), From: made}
	with := func(change func(*indicator.Facts)) indicator.Facts {
		f := base
		change(&f)
		return f
	}
	tests := []struct {
		name     string
		facts    indicator.Facts
		after    time.Duration
		state    indicator.State
		strength int
	}{
		{"new", base, 0, indicator.Fresh, 80},
		{"half a life later", base, 7 * day, indicator.Fresh, 40},
		{"two lives later", base, 14 * day, indicator.Fading, 20},
		{"four lives later", base, 28 * day, indicator.Expired, 0},
		{"a hash, a year later", with(func(f *indicator.Facts) { f.Kind = "sha256" }), 365 * day, indicator.Fresh, 70},
		{"who does not say how sure", with(func(f *indicator.Facts) { f.Confidence = nil }), 0, indicator.Fresh, 50},
		{"not sure at all", with(func(f *indicator.Facts) { f.Confidence = new(0) }), 0, indicator.Expired, 0},
		{"seen again", with(func(f *indicator.Facts) { f.Seen, f.Sightings = made.Add(14*day), 1 }), 14 * day, indicator.Fresh, 85},
		{"seen by many", with(func(f *indicator.Facts) { f.Seen, f.Sightings = made, 50 }), 0, indicator.Fresh, 100},
		{"before it holds", base, -day, indicator.Early, 0},
		{"past its end", with(func(f *indicator.Facts) { f.Until = made.Add(day) }), day, indicator.Expired, 0},
		{"before its end", with(func(f *indicator.Facts) { f.Until = made.Add(day) }), day - 1, indicator.Fresh, 72},
		{"taken back", with(func(f *indicator.Facts) { f.Revoked = true }), 0, indicator.Revoked, 0},
		{"gone", with(func(f *indicator.Facts) { f.Gone = made.Add(day) }), day, indicator.Expired, 0},
		{"gone, and seen again", with(func(f *indicator.Facts) { f.Gone, f.Seen, f.Sightings = made.Add(day), made.Add(2*day), 1 }), 2 * day, indicator.Fresh, 85},
		{"wrong, says one, and nobody saw it", with(func(f *indicator.Facts) { f.Wrong = 1 }), 0, indicator.Disputed, 0},
		{"wrong, says one of three", with(func(f *indicator.Facts) { f.Wrong, f.Sightings = 1, 3 }), 0, indicator.Fresh, 85},
		{"on a warning list", with(func(f *indicator.Facts) { f.Listed = []string{"public-dns"} }), 0, indicator.Warned, 0},
		{"an unknown kind", with(func(f *indicator.Facts) { f.Kind = "smell" }), 90 * day, indicator.Fresh, 40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := indicator.Judge(tt.facts, made.Add(tt.after))
			if v.State != tt.state || v.Strength != tt.strength {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func TestServes(t *testing.T) {
	tests := []struct {
		state         indicator.State
		block, search bool
	}{
		{indicator.Fresh, true, true},
		{indicator.Fading, false, true},
		{indicator.Disputed, false, true},
		{indicator.Expired, false, false},
		{indicator.Early, false, false},
		{indicator.Revoked, false, false},
		{indicator.Warned, false, false},
	}
	for _, tt := range tests {
		if tt.state.Serves(indicator.Block) != tt.block || tt.state.Serves(indicator.Search) != tt.search {
			t.Errorf("%s", tt.state)
		}
	}
}

// With time an indicator only weakens, and it expires when it said that it would.
func TestStrengthOnlyFalls(t *testing.T) {
	kinds := []indicator.Kind{"ip", "url", "domain", "sha256", "asn", indicator.Other}
	rapid.Check(t, func(t *rapid.T) {
		f := indicator.Facts{
			Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Confidence: new(rapid.IntRange(0, 100).Draw(t, "confidence")), From: made,
			Sightings: rapid.IntRange(1, 5).Draw(t, "sightings"), Seen: made.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "seen")) * day),
		}
		if rapid.Bool().Draw(t, "ends") {
			f.Until = f.Seen.Add(time.Duration(rapid.IntRange(1, 500).Draw(t, "until")) * day)
		}
		now := f.Seen
		v := indicator.Judge(f, now)
		for range 5 {
			now = now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "hours")) * time.Hour)
			w := indicator.Judge(f, now)
			if w.Strength > v.Strength {
				t.Fatalf("it grew from %+v to %+v", v, w)
			}
			if over := !v.Ends.IsZero() && !now.Before(v.Ends); over && w.State != indicator.Expired || !over && v.State != indicator.Expired && w.State == indicator.Expired {
				t.Fatalf("%+v, and at %s %+v", v, now, w)
			}
			v = w
		}
	})
}
