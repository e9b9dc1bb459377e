package team

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
)

// Who approves a claim learns first that it covers what is ours.
func TestOverlaps(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.Own = []string{"country:NO", "AS64501", "203.0.113.0/24"}
		h.Register = constituency.New(h.DB, constituency.Options{Clock: h.now, Guard: Guarded, Locate: func(a netip.Addr) constituency.Location {
			return map[string]constituency.Location{"203.0.113.0": {ASN: 64510}, "198.51.100.0": {ASN: 64520}, "200.0.7.0": {Country: "NO"}, "198.18.9.0": {ASN: 64501}}[a.String()]
		}})
		city, err := h.Register.AddOrganisation(ctx, ada, constituency.Organisation{Name: "City", Kind: constituency.Constituent, Country: "FI"})
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"192.0.2.128/25", "city.example", "AS64520"} {
			if _, err := h.Register.AddNetwork(ctx, ada, constituency.Network{Organisation: city.ID, Value: value}); err != nil {
				t.Fatal(err)
			}
		}
		h.load("name,country,networks\nCERT A,SE,192.0.2.0/24 www.city.example AS64501 country:NO country:FI country:SE 198.51.100.0/24 AS64502 AS64510 else.example 200.0.0.0/16 198.18.0.0/16 team.no\n", ImportOptions{})
		e := h.named("CERT A")
		list, err := h.Overlaps(ctx, ada, e.Team.Organisation, nil)
		got := map[string]string{}
		for _, o := range list {
			got[o.Network] = o.String()
		}
		for network, want := range map[string]string{
			"192.0.2.0/24": "our constituents City", "www.city.example": "our constituents City", "AS64501": "our own AS64501", "country:NO": "our own country:NO",
			"country:FI": "our constituents City", "198.51.100.0/24": "our constituents City", "AS64510": "our own 203.0.113.0/24",
			"200.0.0.0/16": "our own country:NO", "198.18.0.0/16": "our own AS64501", "team.no": "our own country:NO",
		} {
			if got[network] != network+" covers "+want {
				t.Errorf("%s: %q", network, got[network])
			}
		}
		if err != nil || len(got) != 10 {
			t.Errorf("%v, %v", got, err)
		}
		for _, n := range e.Networks {
			if n.Value == "else.example" {
				if list, err := h.Overlaps(ctx, ada, e.Team.Organisation, []string{n.ID}); err != nil || len(list) != 0 {
					t.Errorf("%v, %v", list, err)
				}
			}
		}
		if _, err := h.Overlaps(ctx, watcher, e.Team.Organisation, nil); err == nil {
			t.Error("who may not approve is told")
		}
		if done, err := h.Approve(ctx, ada, e.Team.Organisation, nil, false); !problem.Is(err, problem.Conflict) || len(done) > 0 || !strings.Contains(err.Error(), "our own AS64501") {
			t.Errorf("%v, %v", done, err)
		}
		if _, err := h.Approve(ctx, ada, e.Team.Organisation, nil, true); err != nil {
			t.Fatal(err)
		}
		if list, err := h.Overlaps(ctx, ada, e.Team.Organisation, nil); err != nil || len(list) != 0 {
			t.Errorf("what is approved: %v, %v", list, err)
		}
	})
}

// A file whose networks are approved with it leaves those that are ours to a person.
func TestImportLeavesOursToAPerson(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.Own = []string{"AS64501"}
		rep := h.load("name,country,networks\nCERT A,SE,AS64501 AS64502\n", ImportOptions{Approve: true})
		approved := map[string]bool{}
		for _, n := range h.named("CERT A").Networks {
			approved[n.Value] = n.Approved()
		}
		if approved["AS64501"] || !approved["AS64502"] {
			t.Errorf("%v", approved)
		}
		said := false
		for _, d := range rep.Changes {
			said = said || d.Op == "claim" && strings.Contains(d.Detail, "our own AS64501")
		}
		if !said {
			t.Errorf("%+v", rep.Changes)
		}
	})
}
