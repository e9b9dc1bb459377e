package finding_test

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestHandGivesOneFinding(t *testing.T) {
	to := func(org string) func(finding.Finding) (string, string, string) {
		return func(finding.Finding) (string, string, string) { return org, "net-" + org, "prefix" }
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.intake(facts("a"), seen{ip: "192.0.2.1", at: noon, org: "o1"}, seen{ip: "192.0.2.2", at: noon, org: "o1"})
		h.apply()
		f := h.get("192.0.2.1")
		changed, err := h.Hand(ctx, team, f.Key, f.Version, to("o2"))
		if err != nil || !changed {
			t.Fatalf("%v, %v", changed, err)
		}
		now := h.get("192.0.2.1")
		if now.Organisation != "o2" || now.Network != "net-o2" || now.State != finding.Open || now.Due != finding.Immediately {
			t.Errorf("got %+v", now)
		}
		if other := h.get("192.0.2.2"); other.Organisation != "o1" {
			t.Errorf("another finding changed too: %+v", other)
		}
		if changed, err := h.Hand(ctx, team, f.Key, now.Version, to("o2")); err != nil || changed {
			t.Errorf("the same owner again: %v, %v", changed, err)
		}
		if _, err := h.Hand(ctx, team, f.Key, f.Version, to("o3")); !problem.Is(err, problem.Conflict) {
			t.Errorf("an old version: %v", err)
		}
		history, err := h.History(ctx, team, f.Key)
		if err != nil || len(history) != 1 || history[0].Name != "change owner" {
			t.Errorf("history %+v, %v", history, err)
		}
		h.move(finding.Muted, "192.0.2.2")
		muted := h.get("192.0.2.2")
		if _, err := h.Hand(ctx, team, muted.Key, muted.Version, to("o2")); !problem.Is(err, problem.Conflict) {
			t.Errorf("a muted one: %v", err)
		}
		if _, err := h.Hand(ctx, team, keyOf("192.0.2.9"), 1, to("o2")); !problem.Is(err, problem.NotFound) {
			t.Errorf("none: %v", err)
		}
		if _, err := h.Hand(ctx, identity.Actor{}, f.Key, now.Version, to("o2")); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}
