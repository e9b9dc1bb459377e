package sharing

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
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
	if list, bad, err = decode(strings.NewReader(bundle(indicator(1, v3, amber), indicator(1, v3, amber)))); err != nil || len(list) != 2 || len(bad) != 0 {
		t.Errorf("what is given twice is not counted twice: %d, %d, %v", len(list), len(bad), err)
	}
	if _, _, err := decode(strings.NewReader("x")); err == nil {
		t.Error("what is no JSON is read")
	}
}

// A status counts what stood in the envelope, and the collection has it once.
func TestTwiceInOneEnvelope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Service.o.Decode = STIX(stix.Limits{Now: day})
		network := address(2, "192.0.2.1")
		in := In{Collection: w.c.ID, Origin: OriginUpload, Body: strings.NewReader(bundle(indicator(1, v1, ""), network, indicator(1, v1, ""), network))}
		st, err := w.Add(ctx, ada, in)
		if err != nil || st.Total != 4 || st.Success != 4 || st.New != 2 || len(st.Successes) != 4 {
			t.Errorf("%+v, %v", st, err)
		}
		a, err := w.Read(ctx, ada, Question{Collection: w.c.ID, What: Manifest, Filter: Filter{All: true}})
		if err != nil || len(a.Places) != 2 {
			t.Errorf("%d places, %v", len(a.Places), err)
		}
	})
}

// An observable whose id is made of its content is nobody's: another team gives it under its own label, and hides nothing by that.
func TestObservableOfSeveral(t *testing.T) {
	const green, amber = "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	of := func(value, label string) string {
		return `{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--8dded90c-40c0-545a-8027-5b212bb37e8e","value":"` + value + `","object_marking_refs":["marking-definition--` + label + `"]}`
	}
	each(t, func(t *testing.T, w *world) {
		w.Service.o.Decode = STIX(stix.Limits{Now: day})
		w.collection(t, Draft{Title: "Second", Alias: "second", Group: "g", CanRead: true, CanWrite: true, Label: tlp.Amber})
		steps := []struct {
			name, who, into, object string
			fresh, failed, places   int
			label                   string
		}{
			{"the first", "north", "community", of("192.0.2.1", green), 1, 0, 1, green},
			{"a stricter one adds nothing there", "south", "community", of("192.0.2.1", amber), 0, 0, 1, green},
			{"and is its own elsewhere", "south", "second", of("192.0.2.1", amber), 1, 0, 1, amber},
			{"a wider one is placed behind it", "north", "second", of("192.0.2.1", green), 0, 0, 2, ""},
			{"what is known from elsewhere hides nothing either", "south", "community", of("192.0.2.1", amber), 0, 0, 1, green},
			{"under the id of another content", "south", "community", of("192.0.2.2", green), 0, 1, 1, green},
		}
		for _, s := range steps {
			w.now.Advance(time.Minute)
			st, err := w.Add(ctx, peer(s.who), In{Collection: s.into, Origin: OriginTAXII, Body: strings.NewReader(bundle(s.object))})
			if err != nil || st.New != s.fresh || st.Failure != s.failed || st.Success != 1-s.failed {
				t.Errorf("%s: %+v, %v", s.name, st, err)
			}
			a, err := w.Read(ctx, ada, Question{Collection: s.into, What: Objects, Filter: Filter{All: true}})
			if err != nil || len(a.Places) != s.places || !strings.Contains(string(a.Places[0].Raw), s.label) {
				t.Errorf("%s: %+v, %v", s.name, a.Places, err)
			}
		}
	})
}
