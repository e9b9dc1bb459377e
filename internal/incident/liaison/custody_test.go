package liaison

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident"
)

// handed checks that the chain of custody of a file says to whom it went, and holds.
func (h *house) handed(t testing.TB, item, to string) {
	t.Helper()
	shown, err := h.incidents.Exhibit(t.Context(), bob, item)
	if err != nil {
		t.Fatal(err)
	}
	last := shown.Chain[len(shown.Chain)-1]
	if last.Act != "handed" || last.To != to || last.By != bob.ID || last.Reason == "" || !shown.Verdict.Holds {
		t.Errorf("%+v, %+v", last, shown.Verdict)
	}
}

// What is handed over again, after it was reopened, is in the chain again; what is only considered is not.
func TestCustodyOfWhatIsHandedOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		item, err := h.incidents.Attach(t.Context(), bob, i, incident.File{Name: "disk.img", MediaType: "application/octet-stream", Body: strings.NewReader("x")})
		if err != nil {
			t.Fatal(err)
		}
		one, err := h.Consider(t.Context(), bob, i, Facts{Agency: "Police", Basis: "a warrant", Items: []string{item.ID}}, "")
		if err != nil {
			t.Fatal(err)
		}
		for n, move := range []string{"decide", "hand-over", "close", "reopen", "decide", "hand-over"} {
			if err := h.Move(t.Context(), bob, i, one.ID, int64(n+1), move, "so it is"); err != nil {
				t.Fatalf("%s: %v", move, err)
			}
		}
		shown, err := h.incidents.Exhibit(t.Context(), bob, item.ID)
		if err != nil || len(shown.Chain) != 3 {
			t.Errorf("%+v, %v", shown.Chain, err)
		}
		h.handed(t, item.ID, "Police")
	})
}
