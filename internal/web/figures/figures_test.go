package figures_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

// status asks for a page.
func status(t *testing.T, s *station.Station, method, path string, v url.Values) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(v.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.URL)
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestPage(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	contains(t, s.Get(t, "/figures"), "Reports that came", "90th percentile", "Who worked on what", "Mon", `id="figures-arrived"`)
	contains(t, s.Get(t, "/figures?step=month&n=4&class=fraud&sector=energy&until=2026-11-22"), "figures-incidents")
	for _, wrong := range []string{"step=hour", "n=0", "n=1000", "n=x", "until=soon", "class=%3Cscript%3E", "org=%22%3E%3Cscript%3E"} {
		if got := status(t, s, http.MethodGet, "/figures?"+wrong, nil); got != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", wrong, got)
		}
	}
}

func TestExport(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, "/figures/export?step=year&n=2&format=csv"))).ReadAll()
	if err != nil || len(rows) != 5 || rows[1][2] != "reports" || rows[4][2] != "incidents" {
		t.Errorf("%v, %v", rows, err)
	}
	for format, want := range map[string]string{"classes": "from,to,class,incidents,reports", "workload": "from,to,account,person,weekday,hour,things"} {
		text := s.Get(t, "/figures/export?step=year&n=2&format="+format)
		lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(lines) < 2 || !strings.HasPrefix(text, want) {
			t.Errorf("%s: %v, %v", format, lines, err)
		}
	}
	var f figure.Figures
	if err := json.Unmarshal([]byte(s.Get(t, "/figures/export?step=year&n=2&format=json")), &f); err != nil || len(f.Periods) != 2 || f.Reports.New == 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if got := status(t, s, http.MethodGet, "/figures/export?format=xlsx", nil); got != http.StatusUnprocessableEntity && got != http.StatusBadRequest {
		t.Errorf("another format answers %d", got)
	}
}

func TestContain(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	found, err := s.App.Incidents.Incidents(t.Context(), s.Actor, incident.Filter{Query: "ransomware"})
	if err != nil || len(found.Items) == 0 {
		t.Fatal(err)
	}
	at := "/incidents/" + found.Items[0].ID
	contains(t, s.Get(t, at), "It is contained", at+"/contained")
	if got := status(t, s, http.MethodPost, at+"/contained", nil); got != http.StatusOK && got != http.StatusSeeOther {
		t.Errorf("containing answers %d", got)
	}
	if since, err := s.App.Figures.Contained(t.Context(), s.Actor, found.Items[0].ID); err != nil || since.IsZero() {
		t.Errorf("%s, %v", since, err)
	}
	contains(t, s.Get(t, at), "It is not contained after all")
	contains(t, s.Get(t, at+"/timeline"), "said that the incident is contained")
	if got := status(t, s, http.MethodPost, at+"/contained", nil); got != http.StatusConflict {
		t.Errorf("twice answers %d", got)
	}
	if got := status(t, s, http.MethodPost, at+"/uncontained", url.Values{"reason": {"too early"}}); got != http.StatusOK && got != http.StatusSeeOther {
		t.Errorf("taking it back answers %d", got)
	}
	if got := status(t, s, http.MethodPost, "/incidents/nosuch/contained", nil); got != http.StatusNotFound {
		t.Errorf("no incident answers %d", got)
	}
}
