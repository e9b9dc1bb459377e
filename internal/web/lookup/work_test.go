package lookup_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/test/station"
)

// What was seen in incidents stands with all else that is known; of a restricted one only for its members.
func TestWork(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	for title, restricted := range map[string]bool{"A phishing": false, "Minister": true} {
		i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: title, Restricted: restricted})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.App.Observables.Add(t.Context(), s.Actor, i.ID, []observable.Draft{{Value: "www.evil.net"}, {Value: "CVE-2024-12345"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{"evil[.]net", "CVE-2024-12345"} {
		page := s.Get(t, "/lookup?q="+q)
		for _, want := range []string{"Seen in incidents", "A phishing", "Minister"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say %q", q, want)
			}
		}
	}
	s.Client = s.LoginAs(t, "eve", identity.IncidentHandler)
	page := s.Get(t, "/lookup?q=evil.net")
	if strings.Contains(page, "Minister") || !strings.Contains(page, "A phishing") {
		t.Error("who is no member sees what is restricted")
	}
	if res, err := s.Client.Get(s.URL + "/lookup?q=what+is+it"); err != nil || res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}
}

// Reports that name an address with colons, a network or a URL, and files by an MD5, are listed on the page and by the API.
func TestWorkOfWhatHasColons(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	r, err := s.App.Incidents.Accept(t.Context(), s.Actor, incident.Draft{Door: incident.Phone, Subject: "Flood from six", Text: "2001:db8:7::42 asks https://www.evil.example/a/b.php?x=1 all day"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "Kit"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Incidents.AddEvidence(t.Context(), s.Actor, i.ID, incident.File{Name: "kit.zip", Body: strings.NewReader("a kit")}, incident.Intake{Reason: "found"}); err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string]string{
		"2001:db8:7::42": r.ID, "https://www.evil.example/a/b.php?x=1": r.ID, "0f66456958e0574434f0b12dfbbe0901": i.ID,
	} {
		if page := s.Get(t, ask(q)); !strings.Contains(page, want) {
			t.Errorf("%s: the page does not lead to %s", q, want)
		}
		if answer := s.Get(t, "/api/v1"+ask(q)); !strings.Contains(answer, want) {
			t.Errorf("%s: the API does not name %s: %s", q, want, answer)
		}
	}
}
