package events_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/stix/stixtest"
	"github.com/firehall/firehall/test/station"
)

// Events leave as STIX that fits the published schemas, is the same each time, can be read again, and is a decision of release on record.
func TestExportAsSTIX(t *testing.T) {
	s := station.Open(t, station.Options{})
	at := path("/events/export", "q", "class:infected-system", "format", "stix")
	status, text := get(t, s, at)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	objects, bad, err := stix.Parse(strings.NewReader(text), stix.Limits{Clock: s.Clock})
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	fits, known := stixtest.Schemas(t), map[string]bool{}
	for _, o := range objects {
		known[o.ID] = true
		if err := fits(o.Raw); err != nil {
			t.Errorf("%v\n%s", err, o.Raw)
		}
	}
	for _, o := range objects {
		for _, r := range o.Refs {
			if !known[r.ID] {
				t.Errorf("%s names %s, which is not there", o.ID, r.ID)
			}
		}
	}
	in := convert.Read(objects)
	if len(in.Seen) == 0 || len(in.Sightings) == 0 || len(in.Parties) < 2 || len(in.Seen[0].Objects) == 0 || in.Seen[0].Type != "infected-system" {
		t.Errorf("%d seen, %d sightings, %d parties", len(in.Seen), len(in.Sightings), len(in.Parties))
	}
	ids := func(text string) string { _, rest, _ := strings.Cut(text, `"objects"`); return rest }
	if _, again := get(t, s, at); ids(again) != ids(text) {
		t.Error("the same events are other objects")
	}
	taken, err := s.App.Release.Decisions(t.Context(), s.Actor, release.Filter{Kind: "observed-data", To: release.Self})
	if err != nil || len(taken) != 1 {
		t.Errorf("decided %d times, %v", len(taken), err)
	}
	has(t, s.Get(t, "/events"), "format=stix")
}

// What cannot be told as STIX is said, and who may not export does not.
func TestNoSTIX(t *testing.T) {
	s := station.Open(t, station.Options{})
	for _, c := range []struct{ q, says string }{{"class:nothing-such", "nothing to tell"}, {"class:(", ""}} {
		if status, text := get(t, s, path("/events/export", "q", c.q, "format", "stix")); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest || !strings.Contains(text, c.says) {
			t.Errorf("%q answers %d", c.q, status)
		}
	}
	vol := s.LoginAs(t, "vol", identity.Volunteer)
	res, err := vol.Get(s.URL + path("/events/export", "format", "stix"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a volunteer exports: %s", res.Status)
	}
	for _, n := range []int{-1, give.MostEvents + 1} {
		if _, err := s.App.Give.Events(t.Context(), s.Actor, "", n); err == nil {
			t.Errorf("%d events were given", n)
		}
	}
	e, err := s.App.Give.Events(t.Context(), s.Actor, "", 3)
	if err != nil || e.Events+e.Untimed != 3 || !e.More {
		t.Errorf("%+v, %v", e, err)
	}
}
