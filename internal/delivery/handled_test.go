package delivery

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release"
)

// Whoever gets a message reads what its sources let be done with it, and never whose policy that is; where nothing was said nothing is added.
func TestWhatMayBeDoneStandsInTheMessage(t *testing.T) {
	whole := &iep.Policy{ID: "0224bfdf", Name: "Of Ms Berg", Reference: "https://berg.example/p", Encrypt: true, NoResale: true}
	for name, tt := range map[string]struct {
		h             release.Handling
		text, payload string
		wantText      string
		want          map[string]any
	}{
		"nothing said": {release.Handling{}, "Hello.\n", `{"a":1}`, "Hello.\n", map[string]any{"a": 1.0}},
		"a PAP":        {release.Handling{PAP: tlp.PAPAmber}, "Hello.\n\n", ` {"a":1}` + "\n", "Hello.\n\nTLP:GREEN PAP:AMBER\n", map[string]any{"a": 1.0, "pap": "PAP:AMBER"}},
		"a policy": {
			release.Handling{IEP: whole},
			"Hello.", `{}`, "Hello.\n\nTLP:GREEN PAP:CLEAR\nIEP: encrypt_in_transit=must, unmodified_resale=must-not\n",
			map[string]any{"pap": "PAP:CLEAR", "iep": []any{"encrypt_in_transit=must", "unmodified_resale=must-not"}},
		},
		"a policy of a name alone": {release.Handling{IEP: &iep.Policy{Name: "Of Ms Berg"}}, "Hello.", `{}`, "Hello.", map[string]any{}},
		"no text and no object":    {release.Handling{PAP: tlp.PAPRed}, "", `[1]`, "", nil},
	} {
		d := Handled(tt.h, Draft{Label: tlp.Green, Text: tt.text, Payload: []byte(tt.payload)})
		var got map[string]any
		if err := json.Unmarshal(d.Payload, &got); (err == nil) != (tt.want != nil) {
			t.Errorf("%s: %s: %v", name, d.Payload, err)
		}
		if diff := cmp.Diff(tt.want, got); d.Text != tt.wantText || diff != "" {
			t.Errorf("%s: %q %s", name, d.Text, diff)
		}
	}
}
