package sharing

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/sharing/stix"
)

func TestSTIX(t *testing.T) {
	decode := STIX(stix.Limits{Now: day})
	const amber = `,"object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]`
	list, bad, err := decode(strings.NewReader(bundle(indicator(1, v3, amber), address(2, "192.0.2.1"), indicator(3, "2027-01-01T00:00:00.000Z", ""), `{"type":"x"}`)))
	if err != nil || len(list) != 2 || len(bad) != 2 {
		t.Fatalf("%d, %d, %v", len(list), len(bad), err)
	}
	if o := list[0]; o.Label == nil || o.Label.Short() != "amber" || VersionStamp(o.Modified) != v3 || o.SpecVersion != "2.1" || len(o.Markings) != 0 {
		t.Errorf("%+v", o)
	}
	for _, no := range bad {
		if no.Code != CodeFuture && no.Code != CodeMalformed || no.Detail == "" {
			t.Errorf("%+v", no)
		}
	}
	if _, _, err := decode(strings.NewReader("x")); err == nil {
		t.Error("what is no JSON is read")
	}
}
