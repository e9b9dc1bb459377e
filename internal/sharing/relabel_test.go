package sharing

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// A wider label takes the place of the stricter ones, and of nothing else; the same object gives the same bytes.
func TestRemark(t *testing.T) {
	const own = "marking-definition--11111111-1111-4111-8111-111111111111"
	amber, green, clear, pap := stix.RefTLP(tlp.Amber), stix.RefTLP(tlp.Green), stix.RefTLP(tlp.Clear), stix.RefPAP(tlp.PAPAmber)
	head := `{"type":"indicator","id":"indicator--` + uid(1) + `","created":"` + v1 + `","modified":"` + v1 + `"`
	later := `{"type":"indicator","id":"indicator--` + uid(1) + `","created":"` + v1 + `","modified":"2026-01-01T00:00:00.001Z"`
	for _, tt := range []struct {
		name, in string
		at       time.Time
		want     string
	}{
		{"a domain object", head + `,"object_marking_refs":["` + pap + `","` + amber + `"],"n":1.50}`, time.Time{}, later + `,"object_marking_refs":["` + green + `","` + pap + `"],"n":1.50}`},
		{"at a moment", head + `}`, day, `{"type":"indicator","id":"indicator--` + uid(1) + `","created":"` + v1 + `","modified":"2026-11-22T03:00:00.123Z","object_marking_refs":["` + green + `"]}`},
		{
			"parts", head + `,"granular_markings":[{"marking_ref":"` + amber + `","selectors":["name"]},{"marking_ref":"` + clear + `","selectors":["x"]}]}`,
			time.Time{},
			later + `,"granular_markings":[{"marking_ref":"` + clear + `","selectors":["x"]}],"object_marking_refs":["` + green + `"]}`,
		},
		{"parts alone", head + `,"granular_markings":[{"marking_ref":"` + amber + `","selectors":["name"]}]}`, time.Time{}, later + `,"object_marking_refs":["` + green + `"]}`},
		{"an observable", `{"type":"ipv4-addr","id":"ipv4-addr--` + uid(1) + `","object_marking_refs":["` + amber + `"]}`, day, `{"type":"ipv4-addr","id":"ipv4-addr--` + uid(1) + `","object_marking_refs":["` + green + `"]}`},
		{"its own definition", head + `,"object_marking_refs":["` + own + `"]}`, time.Time{}, later + `,"object_marking_refs":["` + green + `"]}`},
	} {
		o, no := Read([]byte(tt.in))
		if no != nil {
			t.Fatal(tt.name, no.Detail)
		}
		known := markings{own: {label: tlp.Amber, says: true}, pap: {}}
		got, err := known.remark(o, tlp.Green, tt.at)
		again, _ := known.remark(o, tlp.Green, tt.at)
		if err != nil || string(got.Raw) != tt.want || !bytes.Equal(got.Raw, again.Raw) {
			t.Errorf("%s: %v\n%s\n%s", tt.name, err, got.Raw, tt.want)
		}
		if label, unknown := known.label(&got, tlp.Red); label != tlp.Green || unknown != "" {
			t.Errorf("%s: %s, %s", tt.name, label, unknown)
		}
	}
	o, _ := Read([]byte(head + `,"object_marking_refs":["` + own + `"]}`))
	if _, err := (markings{own: {label: tlp.Amber, says: true, more: true}}).remark(o, tlp.Green, time.Time{}); !problem.Is(err, problem.Conflict) {
		t.Errorf("a marking that says more: %v", err)
	}
}

// What its source makes stricter is read no more as it was, also if the stricter version may not stand; what another gave stays.
func TestRaisedBySource(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mark := func(l tlp.Label) string { return `,"object_marking_refs":["` + stix.RefTLP(l) + `"]` }
		w.give(t, peer("north"), indicator(1, v1, mark(tlp.Green)), indicator(2, v1, mark(tlp.Green)))
		w.give(t, peer("north"), indicator(1, v2, mark(tlp.Amber)), indicator(2, v2, mark(tlp.AmberStrict)))
		if got := strings.Join(w.read(t, peer("south"), Filter{All: true}, 0), ", "); got != "001 "+v2 {
			t.Errorf("left: %s", got)
		}
		list, err := w.Raised(ctx, poller)
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, r := range list {
			if err := w.Told(ctx, poller, r); err != nil {
				t.Error(err)
			}
		}
		if list, err := w.Raised(ctx, poller); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
