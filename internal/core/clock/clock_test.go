package clock_test

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
)

var (
	_ clock.Clock = clock.Real{}
	_ clock.Clock = (*clock.Fixed)(nil)
)

func TestReal(t *testing.T) {
	before := time.Now()
	now := clock.Real{}.Now()
	if now.Location() != time.UTC || now.Before(before) || time.Since(now) > time.Minute {
		t.Errorf("got %v", now)
	}
}

func TestFixed(t *testing.T) {
	start := time.Date(2026, 3, 29, 3, 0, 0, 0, time.FixedZone("", 2*3600))
	c := clock.At(start)
	if got := c.Now(); !got.Equal(start) || got.Location() != time.UTC {
		t.Errorf("got %v", got)
	}
	c.Advance(time.Hour)
	c.Advance(-time.Minute)
	if got := c.Now().Sub(start); got != 59*time.Minute {
		t.Errorf("advanced by %v", got)
	}
	c.Set(start)
	if !c.Now().Equal(start) || c.Now().Location() != time.UTC {
		t.Errorf("set to %v", c.Now())
	}
}
