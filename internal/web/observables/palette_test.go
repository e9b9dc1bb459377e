package observables_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/test/station"
)

// The palette finds a value in the incidents that the reader sees, and in no others.
func TestPaletteFindsObservables(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	for title, restricted := range map[string]bool{"An open matter": false, "A secret matter": true} {
		i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: title, Restricted: restricted})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.App.Observables.Add(t.Context(), s.Actor, i.ID, []observable.Draft{{Value: "c2.evil-corp.example"}}); err != nil {
			t.Fatal(err)
		}
	}
	eve := s.LoginAs(t, "eve", identity.IncidentHandler)
	for _, c := range []struct {
		who    *http.Client
		q      string
		counts map[string]bool
	}{
		{s.Client, "c2.evil-corp.example", map[string]bool{"An open matter": true, "A secret matter": true}},
		{eve, "c2.evil-corp.example", map[string]bool{"An open matter": true, "A secret matter": false}},
		{s.Client, "c2.other.example", map[string]bool{"An open matter": false}},
		{s.Client, "c2", map[string]bool{"An open matter": false}},
	} {
		res, err := c.who.Get(s.URL + "/palette?" + url.Values{"q": {c.q}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res.Status, err)
		}
		for title, want := range c.counts {
			if got := strings.Contains(string(text), title); got != want {
				t.Errorf("%q finds %q: %t", c.q, title, got)
			}
		}
	}
}
