package finding_test

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestUntellGivesEventsBack shows that the events which a failed message told of count as new again, and those told before it do not.
func TestUntellGivesEventsBack(t *testing.T) {
	tests := []struct {
		name   string
		before bool // a message arrived first
		want   int64
	}{
		{"never told", false, 2},
		{"told before", true, 1},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := newHouse(t, db)
				h.wipe()
				h.intake(facts("i1"), seen{ip: "192.0.2.1", at: noon.Add(-time.Hour), org: "o1"})
				h.apply()
				if tt.before {
					h.tell("m1", 0, "192.0.2.1")
				}
				h.clock.Advance(time.Hour)
				h.intake(facts("i2"), seen{ip: "192.0.2.1", at: h.clock.Now(), org: "o1"})
				h.apply()
				h.clock.Advance(time.Hour)
				h.tell("m2", time.Hour, "192.0.2.1")
				h.write(func(tx *sqldb.Tx) error { _, err := h.Untell(tx, h.clock.Now(), "m2"); return err })
				groups, err := h.DueGroups(ctx, finding.DueQuery{Now: h.clock.Now()})
				h.must(err)
				if len(groups) != 1 || groups[0].Events != tt.want || groups[0].Told != tt.before {
					t.Errorf("got %+v, want %d events", groups, tt.want)
				}
			})
		}
	})
}
