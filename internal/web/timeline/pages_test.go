package timeline_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

const hostile = `**bold** <script>alert(1)</script> =cmd <img src=https://evil.example/x>`

// opened is an incident of the station.
func opened(t *testing.T, s *station.Station, restricted bool) string {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "Phish " + hostile, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return "/incidents/" + i.ID
}

// status posts a form, and gives what is answered.
func status(t *testing.T, s *station.Station, path string, v url.Values) int {
	t.Helper()
	res := s.Post(t, path, v)
	_ = res.Body.Close()
	return res.StatusCode
}

func TestTheTimelineOfAnIncident(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, false) + "/timeline"
	when := "2020-01-02T03:04"
	if n := status(t, s, at, url.Values{"at": {when}, "side": {"world"}, "text": {hostile}}); n != http.StatusSeeOther {
		t.Fatalf("writing answers %d", n)
	}
	page := s.Get(t, at)
	for _, want := range []string{"opened the incident", "<strong>bold</strong>", "Write into the timeline"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "evil.example/x\"") {
		t.Error("the page lets it run")
	}
	if page := s.Get(t, at+"?side=world"); strings.Contains(page, "opened the incident") {
		t.Error("the filter does nothing")
	}
	if n := status(t, s, at, url.Values{"at": {""}, "text": {"typed in vain?"}}); n != http.StatusUnprocessableEntity {
		t.Errorf("without a time: %d", n)
	}
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, at+"/export?format=csv&kind=written"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][2] != "world" {
		t.Errorf("%v, %v", rows, err)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(s.Get(t, at+"/export?format=json")), &list); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	entry := at + "/" + rows[1][0]
	edit := url.Values{"version": {"1"}, "at": {when}, "side": {"ours"}, "text": {"We rang."}}
	if n := status(t, s, entry, edit); n != http.StatusSeeOther {
		t.Errorf("changing answers %d", n)
	}
	edit.Set("text", "Mine.")
	if n := status(t, s, entry, edit); n != http.StatusConflict {
		t.Errorf("the second is answered %d", n)
	}
	if n := status(t, s, entry+"/remove", url.Values{"version": {"2"}, "reason": {"another incident"}}); n != http.StatusSeeOther {
		t.Errorf("taking out answers %d", n)
	}
	if page := s.Get(t, at+"?removed=1"); !strings.Contains(page, "another incident") {
		t.Error("why it was taken out is not shown")
	}
}

func TestOthersSeeNoTimeline(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, true) + "/timeline"
	client := s.LoginAs(t, "eve", identity.IncidentHandler)
	for _, path := range []string{at, at + "/export"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d", path, res.StatusCode)
		}
	}
}

// What a program did by the API stands there under the name of its token; work is given to people.
func TestWhatAProgramDid(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	text, _, err := s.App.Programs.Make(t.Context(), s.Actor, token.Draft{Name: "IntelMQ <b>", Scopes: []identity.Scope{identity.IncidentsRead, identity.IncidentsWrite}})
	if err != nil {
		t.Fatal(err)
	}
	program, ok, err := s.App.Programs.Check(t.Context(), text)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	i, err := s.App.Incidents.OpenIncident(t.Context(), program, incident.Opening{Title: "By a program"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/incidents/" + i.ID, "/incidents/" + i.ID + "/timeline"} {
		if page := s.Get(t, path); !strings.Contains(page, "IntelMQ &lt;b&gt;") || strings.Contains(page, ">"+program.ID+"<") || strings.Contains(page, `<option value="token:`) {
			t.Errorf("%s names the program by its id, gives it work, or not at all", path)
		}
	}
}
