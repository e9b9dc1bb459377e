package finding_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// source gives the source of a finding that one source showed.
func (h *house) source(f finding.Finding) finding.Source {
	h.Helper()
	list, err := h.Sources(ctx)
	h.must(err)
	for _, s := range list {
		if f.Sources == 1<<s.Bit {
			return s
		}
	}
	h.Fatalf("of bits %b there is no source", f.Sources)
	return finding.Source{}
}

// What an event says itself makes its feed's policy stricter, never laxer, and whoever reads the event later finds the same source.
func TestAnEventsOwnPolicyCounts(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		in := facts("i1")
		in.IEP = &iep.Policy{Encrypt: true, End: noon.Add(time.Hour), Name: "The feed's"}
		said := map[string]string{
			"192.0.2.1": "", "192.0.2.2": "affected_party_notifications=must-not, tlp=amber", "192.0.2.3": "attribution=must-not", "192.0.2.4": "be kind",
			"192.0.2.5": "affected_party_notifications=must-not, policy_name=Another, end_date=2026-01-01, tlp=amber", // as an older program may have kept it
		}
		var rows []seen
		for ip, policy := range said {
			rows = append(rows, seen{ip: ip, at: noon, org: "o1", iep: policy})
		}
		h.intake(in, rows...)
		h.apply()
		of, err := h.SourceOf(ctx)
		h.must(err)
		for ip, want := range map[string]string{
			"192.0.2.1": in.IEP.String(), "192.0.2.2": `{"affected_party_notifications":"must-not","encrypt_in_transit":"must","policy_name":"The feed's"}`,
			"192.0.2.3": `{"attribution":"must-not","encrypt_in_transit":"must","policy_name":"The feed's"}`,
		} {
			if s := h.source(h.get(ip)); s.IEP.String() != want || s.Feed != "scans" {
				t.Errorf("%s: %s, want %s", ip, s.IEP, want)
			}
		}
		if s := h.source(h.get("192.0.2.4")); !s.IEP.NoNotify || !s.IEP.Obfuscate || s.Label != tlp.Red || s.PAP != tlp.PAPRed {
			t.Errorf("what cannot be read lets %+v", s)
		}
		if a, b := h.source(h.get("192.0.2.2")), h.source(h.get("192.0.2.5")); a.Bit != b.Bit || a.Label != tlp.Amber {
			t.Errorf("policies that ask for the same are two sources: %+v, %+v", a, b)
		}
		for ip, policy := range said {
			bit, ok := of("i1", fold.OwnOf("", "", policy))
			if s := h.source(h.get(ip)); !ok || bit != s.Bit {
				t.Errorf("%s: bit %d, %v, want %d", ip, bit, ok, s.Bit)
			}
		}
	})
}

// Whoever writes the events of one feed cannot use up the sources of others: what they say beyond a few is treated as the strictest there is.
func TestOneFeedTakesFewSources(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		in := facts("i1")
		in.Feed = "hostile"
		var rows []seen
		n := 0
		for code := range iep.Code(512) {
			policy := code.Policy()
			if policy == nil {
				continue
			}
			n++
			rows = append(rows, seen{ip: fmt.Sprintf("192.0.%d.%d", 2+n/250, 1+n%250), at: noon, org: "o1", iep: policy.Text(), tlp: []string{"", "green", "amber"}[n%3]})
		}
		h.intake(in, rows...)
		h.apply()
		h.intake(facts("i2"), seen{ip: "198.51.100.1", at: noon, org: "o1", iep: "affected_party_notifications=must-not"}, seen{ip: "198.51.100.2", at: noon, org: "o1"})
		h.apply()
		list, err := h.Sources(ctx)
		h.must(err)
		const most = 16 + 1 // and the strictest
		hostile := 0
		for _, s := range list {
			if s.Feed == "hostile" {
				hostile++
			}
		}
		if hostile != most || n < 200 {
			t.Errorf("%d policies made %d sources", n, hostile)
		}
		if a, b := h.source(h.get("198.51.100.1")), h.source(h.get("198.51.100.2")); !a.IEP.NoNotify || a.Feed != "scans" || b.IEP != nil || b.Label != tlp.Green {
			t.Errorf("another feed is under %+v and %+v", a, b)
		}
		of, err := h.SourceOf(ctx)
		h.must(err)
		own, strict := map[int]int{}, 0 // which come first is left to chance
		for _, row := range rows {
			s := h.source(h.get(row.ip))
			said := fold.OwnOf(row.tlp, "", row.iep)
			if bit, ok := of("i1", said); !ok || bit != s.Bit {
				t.Fatalf("%q: bit %d, %v, want %d", row.iep, bit, ok, s.Bit)
			}
			want := said.IEP.Policy()
			if s.Feed != "hostile" || s.Label < said.Label || s.PAP < said.PAP || !strings.Contains(iep.Stricter(want, s.IEP).Text(), s.IEP.Text()) {
				t.Fatalf("%q is under %+v", row.iep, s)
			}
			if own[s.Bit]++; s.Label == tlp.Red && s.IEP.Text() == iep.Strictest().Text() {
				strict = s.Bit
			}
		}
		if len(own) != most || own[strict] < n/2 {
			t.Errorf("%d of %d are under the strictest of %d", own[strict], n, len(own))
		}
	})
}
