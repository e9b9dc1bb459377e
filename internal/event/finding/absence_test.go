package finding_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// rows are sights of hosts 1 to n at a time.
func rows(n int, at time.Time) (out []seen) {
	for i := range n {
		out = append(out, seen{ip: fmt.Sprintf("192.0.2.%d", i+1), at: at, org: "o1"})
	}
	return out
}

// Yesterday's run showed hosts 1 to 4. What becomes of host 4 by what comes today?
func TestAbsence(t *testing.T) {
	const ip = "192.0.2.4"
	today := noon.Add(day)
	tests := []struct {
		name string
		play func(h *house)
		want finding.State
	}{
		{"a complete run without it", func(h *house) { h.intake(complete("i2"), rows(3, today)...) }, finding.NoLongerSeen},
		{"a run that is not complete", func(h *house) { h.intake(facts("i2"), rows(3, today)...) }, finding.Open},
		{"rows were set aside", func(h *house) {
			in := complete("i2")
			in.Whole = false
			h.intake(in, rows(3, today)...)
		}, finding.Open},
		{"rows were set aside, and replayed", func(h *house) {
			in := complete("i2")
			in.Whole = false
			h.intake(in, rows(2, today)...)
			h.apply()
			in.Whole = true
			h.intake(in, seen{ip: "192.0.2.3", at: today.Add(time.Hour), org: "o1"})
		}, finding.NoLongerSeen},
		{"another report", func(h *house) {
			in := complete("i2")
			in.Report = "scan_ssh"
			h.intake(in, rows(3, today)...)
		}, finding.Open},
		{"a sudden collapse", func(h *house) { h.intake(complete("i2"), rows(1, today)...) }, finding.Open},
		{"a collapse, a week after", func(h *house) {
			h.clock.Advance(8 * day)
			h.intake(complete("i2"), rows(1, today.Add(8*day))...)
		}, finding.NoLongerSeen},
		{"an empty run", func(h *house) { h.intake(complete("i2")) }, finding.Open},
		{"an older run", func(h *house) { h.intake(complete("i2"), rows(3, noon.Add(-2*day))...) }, finding.Open},
		{"a repeat counts as presence", func(h *house) {
			all := rows(4, time.Time{})
			for i := range all {
				all[i].repeat = true
			}
			h.intake(complete("i2"), all...)
		}, finding.Open},
		{"a list the same every day, shorter today", func(h *house) {
			all := rows(3, time.Time{})
			for i := range all {
				all[i].repeat = true
			}
			h.intake(complete("i2"), all...)
		}, finding.NoLongerSeen},
		{"muted stays muted", func(h *house) {
			h.move(finding.Muted, ip)
			h.intake(complete("i2"), rows(3, today)...)
		}, finding.Muted},
		{"seen by another feed since", func(h *house) {
			other := facts("i3")
			other.Feed = "other"
			h.intake(complete("i2"), rows(3, today.Add(-time.Hour))...)
			h.apply()
			h.intake(other, seen{ip: ip, at: today.Add(-time.Minute), org: "o1"})
		}, finding.Reopened},
		{"seen by another feed before", func(h *house) {
			other := facts("i3")
			other.Feed = "other"
			h.intake(complete("i2"), rows(3, today)...)
			h.apply()
			h.intake(other, seen{ip: ip, at: noon.Add(time.Hour), org: "o1"})
		}, finding.NoLongerSeen},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		root := newHouse(t, db)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := root.as(t)
				h.intake(complete("i1"), rows(4, noon.Add(-time.Hour))...)
				h.apply()
				h.clock.Advance(day)
				tt.play(h)
				h.apply()
				f := h.get(ip)
				if f.State != tt.want || f.State == finding.NoLongerSeen && !f.Due.IsZero() {
					t.Errorf("got %s due %s, want %s", f.State, f.Due, tt.want)
				}
				if g := h.get("192.0.2.1"); g.State != finding.Open {
					t.Errorf("the one that was shown is %s", g.State)
				}
			})
		}
	})
}

func TestReattribute(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.intake(facts("i1"), rows(4, noon.Add(-time.Hour))...)
		h.apply()
		h.tell("m1", week, "192.0.2.1")
		n, err := h.Reattribute(ctx, team, func(f finding.Finding) (string, string, string) {
			switch f.Addr.String() {
			case "192.0.2.2":
				return "o2", "n2", "prefix"
			case "192.0.2.3":
				return "", "", ""
			}
			return f.Organisation, f.Network, f.Rule
		})
		if err != nil || n != 2 {
			t.Fatalf("got %d, %v", n, err)
		}
		if f := h.get("192.0.2.2"); f.Organisation != "o2" || f.Network != "n2" || !f.Due.Equal(finding.Immediately) {
			t.Errorf("got %+v", f)
		}
		if f := h.get("192.0.2.3"); f.Organisation != "" || !f.Due.IsZero() {
			t.Errorf("got %+v", f)
		}
	})
}

func TestDue(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		old := rows(3, noon.Add(-time.Hour))
		old[1].severity = "high"
		h.intake(facts("i1"), append(old, seen{ip: "192.0.2.9", org: "o2", at: noon.Add(-30 * day)}, seen{ip: "192.0.2.10"})...)
		info := facts("i2")
		info.Report = "device_id"
		h.intake(info, seen{ip: "192.0.2.20", org: "o1"})
		h.apply()
		h.tell("m1", week, "192.0.2.1")
		q := finding.DueQuery{Now: noon, NotBefore: noon.Add(-week)}
		groups, err := h.DueGroups(ctx, q)
		if err != nil || len(groups) != 2 || groups[0].Organisation != "o1" || groups[0].Findings != 1 || groups[0].Events != 1 ||
			groups[0].Severity != "" || groups[1].Severity != "high" || groups[0].Type != "vulnerable-system" || groups[0].Told {
			t.Errorf("got %+v, %v", groups, err)
		}
		q.Informational = []string{"device_id"}
		if groups, err = h.DueGroups(ctx, q); err != nil || len(groups) != 3 {
			t.Errorf("got %+v, %v", groups, err)
		}
		some, err := h.DueFindings(ctx, q, "o1", []string{"vulnerable-system"}, finding.Key{}, 2)
		if err != nil || len(some) != 2 || some[0].Key != keyOf("192.0.2.2") {
			t.Errorf("got %+v, %v", some, err)
		}
		more, err := h.DueFindings(ctx, q, "o1", nil, some[1].Key, 2)
		if err != nil || len(more) != 1 || more[0].Key != keyOf("192.0.2.20") {
			t.Errorf("got %+v, %v", more, err)
		}
		if none, err := h.DueFindings(ctx, q, "o1", []string{"phishing"}, finding.Key{}, 2); err != nil || len(none) != 0 {
			t.Errorf("got %+v, %v", none, err)
		}
	})
}
