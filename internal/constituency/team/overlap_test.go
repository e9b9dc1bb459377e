package team

import (
	"testing"

	"github.com/firehall/firehall/internal/constituency"
)

// Who approves a claim learns first that it covers what is ours.
func TestOverlaps(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		f := &Finder{Service: h.Service, Own: []string{"country:NO", "AS64501"}}
		city, err := h.Register.AddOrganisation(ctx, ada, constituency.Organisation{Name: "City", Kind: constituency.Constituent, Country: "FI"})
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"192.0.2.128/25", "city.example"} {
			if _, err := h.Register.AddNetwork(ctx, ada, constituency.Network{Organisation: city.ID, Value: value}); err != nil {
				t.Fatal(err)
			}
		}
		h.load("name,country,networks\nCERT A,SE,192.0.2.0/24 www.city.example AS64501 country:NO country:FI country:SE 198.51.100.0/24 AS64502 else.example\n", ImportOptions{})
		e := h.named("CERT A")
		list, err := f.Overlaps(ctx, ada, e.Team.Organisation, nil)
		got := map[string]string{}
		for _, o := range list {
			got[o.Network] = o.String()
		}
		for network, want := range map[string]string{
			"192.0.2.0/24": "our constituents City", "www.city.example": "our constituents City", "AS64501": "our own AS64501", "country:NO": "our own country:NO",
			"country:FI": "our constituents City",
		} {
			if got[network] != network+" covers "+want {
				t.Errorf("%s: %q", network, got[network])
			}
		}
		if err != nil || len(got) != 5 {
			t.Errorf("%v, %v", got, err)
		}
		for _, n := range e.Networks {
			if n.Value == "else.example" {
				if list, err := f.Overlaps(ctx, ada, e.Team.Organisation, []string{n.ID}); err != nil || len(list) != 0 {
					t.Errorf("%v, %v", list, err)
				}
			}
		}
		if _, err := f.Overlaps(ctx, watcher, e.Team.Organisation, nil); err == nil {
			t.Error("who may not approve is told")
		}
		if _, err := h.Approve(ctx, ada, e.Team.Organisation, nil); err != nil {
			t.Fatal(err)
		}
		if list, err := f.Overlaps(ctx, ada, e.Team.Organisation, nil); err != nil || len(list) != 0 {
			t.Errorf("what is approved: %v, %v", list, err)
		}
	})
}
