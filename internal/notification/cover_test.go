package notification

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// Of an event goes what its source's policy lets others see: not who told, not whom it happened to, and no words in which either may stand.
func TestCoveredFields(t *testing.T) {
	all := map[string]string{
		"time.source": "2026-11-20T10:00:00Z", "source.ip": "192.0.2.1", "destination.ip": "203.0.113.9", "destination.fqdn": "victim.example", "classification.type": "ddos",
		"feed.name": "ms-berg", "feed.report": "attacks", "extra.reporter.org": "Berg", "extra.severity": "high", "tlp": "amber", "extra.pap": "red", "extra.iep": "attribution=must-not",
		"event_description.text": "Seen by Berg at victim.example", "event_description.target": "victim.example", "comment": "Berg", "malware.name": "mirai", "screenshot_url": "https://berg.example/1",
	}
	told := []string{"classification.type", "extra.iep", "extra.pap", "extra.severity", "malware.name", "source.ip", "time.source", "tlp"}
	owner, victim := finding.Finding{Role: "source"}, finding.Finding{Role: "destination", Standing: message.Victim}
	for name, c := range map[string]struct {
		policy *iep.Policy
		f      finding.Finding
		want   []string
	}{
		"nothing said":             {nil, owner, slices.Sorted(maps.Keys(all))},
		"who told":                 {&iep.Policy{Attribution: iep.MustNotAttribute}, owner, append([]string{"destination.fqdn", "destination.ip"}, told...)},
		"whom it happened to":      {&iep.Policy{Obfuscate: true}, owner, append([]string{"feed.name", "feed.report"}, told...)},
		"both":                     {&iep.Policy{Obfuscate: true, Attribution: iep.MustNotAttribute}, owner, told},
		"to the victim itself":     {&iep.Policy{Obfuscate: true}, victim, append([]string{"destination.fqdn", "destination.ip", "feed.name", "feed.report"}, told...)},
		"of whom the other end is": {&iep.Policy{Obfuscate: true}, finding.Finding{Role: "destination"}, append([]string{"destination.fqdn", "destination.ip", "feed.name", "feed.report"}, slices.DeleteFunc(slices.Clone(told), func(n string) bool { return n == "source.ip" })...)},
		"another statement":        {&iep.Policy{Encrypt: true, Attribution: iep.MustAttribute}, owner, slices.Sorted(maps.Keys(all))},
	} {
		got := slices.Sorted(maps.Keys(coverOf(c.policy).fields(all, otherSide(c.f))))
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A message to an owner keeps to the policies of its events: what must not be told to whom it affects is held with the reason, and who told is named nowhere. What
// others said of the same thing is told.
func TestAnEventsOwnPolicyInMessages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, plain)
		o := h.organisation("City Hospital", constituency.Constituent, "soc@hospital.example")
		for _, ip := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
			h.owners[ip] = o
		}
		silent := sight{feed: "green", ip: "192.0.2.1", iep: "affected_party_notifications=must-not"}
		h.see(silent, sight{feed: "green", ip: "192.0.2.2", iep: "attribution=must-not"}, sight{feed: "amber", ip: "192.0.2.3"})
		h.approve()
		run := h.send()
		if len(h.post.drafts) != 1 || !h.get(silent).Told.IsZero() {
			t.Fatalf("%d messages, %+v", len(h.post.drafts), run)
		}
		for _, d := range h.post.drafts {
			all := said(d)
			if strings.Contains(all, "192.0.2.1") || !strings.Contains(all, "192.0.2.2") || !strings.Contains(all, "192.0.2.3") {
				t.Errorf("it tells of\n%s", all)
			}
			if strings.Contains(all, "Green Feed") || strings.Contains(all, "mark-1.") || !strings.Contains(all, "mark-2.") {
				t.Errorf("who told stands in it:\n%s", all)
			}
			if d.Label != tlp.Amber {
				t.Errorf("under %s", d.Label)
			}
		}
		list, err := h.Release.Decisions(ctx, system, release.Filter{Kind: "findings", Limit: 10})
		if err != nil || !slices.ContainsFunc(list, func(d release.Decision) bool {
			return d.Outcome == release.Refused && d.Rule == "iep-affected" && strings.Contains(d.Reason, "forbids to tell those whom it affects")
		}) {
			t.Errorf("%+v, %v", list, err)
		}
		h.clock.Advance(24 * hour)
		h.see(sight{feed: "amber", ip: "192.0.2.1"}) // another source tells of it, and lets it be told
		h.send()
		if h.get(silent).Told.IsZero() {
			t.Error("what another source lets be told is not")
		}
	})
}
