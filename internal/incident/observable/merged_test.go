package observable

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
)

// What two incidents had stands once where they are merged, with the stricter label, and is theirs again when the merge is undone.
func TestMergedIncidentsShowAValueOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, other := h.open(t, ada, incident.Opening{TLP: tlp.Green}), h.open(t, ada, incident.Opening{TLP: tlp.Red})
		h.put(t, ada, one.ID, "198.51.100.7", "green.example")
		h.put(t, ada, other.ID, "198.51.100.7", "red.example")
		if _, err := h.incidents.MergeIncident(t.Context(), ada, other.ID, one.ID, "the same"); err != nil {
			t.Fatal(err)
		}
		l, err := h.List(t.Context(), ada, one.ID, Filter{}, page.Request{})
		if got := values(l.Items); err != nil || l.Total != 3 || !slices.Equal(got, []string{"198.51.100.7", "green.example", "red.example"}) {
			t.Fatalf("%v of %d, %v", got, l.Total, err)
		}
		for _, o := range l.Items {
			if o.Value == "198.51.100.7" && o.TLP != tlp.Red {
				t.Errorf("it is labelled %s", o.TLP)
			}
		}
		if got := h.list(t, ada, one.ID, Filter{Text: "198.51"}); len(got) != 1 {
			t.Errorf("by its text: %v", got)
		}
		if err := h.incidents.UnmergeIncident(t.Context(), ada, other.ID, "not the same"); err != nil {
			t.Fatal(err)
		}
		for _, i := range []string{one.ID, other.ID} {
			if got := h.list(t, ada, i, Filter{}); len(got) != 2 || got[0] != "198.51.100.7" {
				t.Errorf("after the merge is undone: %v", got)
			}
		}
	})
}
