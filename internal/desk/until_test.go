package desk

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
)

func TestParseUntil(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	d := New(Options{Clock: clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), Zone: zone})
	for _, tt := range []struct{ text, want string }{
		{"30d", "2026-12-22T12:00:00Z"},
		{"12h", "2026-11-23T00:00:00Z"},
		{"2w", "2026-12-06T12:00:00Z"},
		{"2026-12-31", "2026-12-31T22:00:00Z"},
		{"2026-11-22", "2026-11-22T22:00:00Z"},
		{"2026-12-31T12:00", "2026-12-31T10:00:00Z"},
		{"2026-12-31T12:00:00Z", "2026-12-31T12:00:00Z"},
		{"2026-11-21", "past"},
		{"0d", "past"},
		{"9000w", "five years"},
		{"99999d", "no end"},
		{"d", "no end"},
		{"", "no end"},
		{"-3d", "no end"},
		{"tomorrow", "no end"},
		{"30d state:open", "no end"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := d.ParseUntil(tt.text)
			if err != nil {
				if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v", err)
				}
				return
			}
			if got.Format(time.RFC3339) != tt.want {
				t.Errorf("got %s, want %s", got.Format(time.RFC3339), tt.want)
			}
		})
	}
}
