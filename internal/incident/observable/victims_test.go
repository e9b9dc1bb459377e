package observable

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/release/leak"
)

// What somebody marked as the victim's must not stand in what leaves; what was taken out again, or has another part, may.
func TestVictimsAreNamesThatMustNotLeave(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		list, err := h.Add(t.Context(), ada, i.ID, []Draft{
			{Kind: indicator.IP, Value: "198.51.100.77", Role: Victim},
			{Kind: indicator.URL, Value: "http://shop.victim.example/login", Role: Victim},
			{Kind: indicator.Domain, Value: "evil.example", Role: Attacker},
			{Kind: indicator.Domain, Value: "gone.example", Role: Victim},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list.Added {
			if o.Value == "gone.example" {
				if _, err := h.Remove(t.Context(), ada, i.ID, []string{o.ID}, "a mistake"); err != nil {
					t.Fatal(err)
				}
			}
		}
		told, err := h.incidents.Telling(t.Context(), ada, i.ID, incident.Party{Name: "Host"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range leak.Check(leak.Content{Text: "198.51.100.77 and 198.51.100.78\nmail.shop.victim.example\nevil.example, gone.example"}, told.Names) {
			got = append(got, l.String())
		}
		if want := []string{`line 1 names the victim "198.51.100.77"`, `line 2 names the victim "shop.victim.example"`}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
