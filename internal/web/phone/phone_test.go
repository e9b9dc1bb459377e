package phone_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// hostile is what somebody types who wants to break the page.
const hostile = "<script>document.title='broken'</script>\u202e=cmd()"

// A draft keeps itself, says what is known by then, and becomes a report with its call-back.
func TestACall(t *testing.T) {
	s := station.Open(t, station.Options{})
	if page := s.Get(t, "/reports/new"); !strings.Contains(page, "Do not disclose anything before a recorded call-back") {
		t.Error("the script is not shown")
	}
	typed := url.Values{"text": {"ransomware encrypted our files " + hostile}, "organisation": {"City Hospital"}, "phone": {"+33 1"}, "name": {hostile}}
	res := s.Post(t, "/reports/new/draft", typed)
	if part := body(t, res); res.StatusCode != http.StatusOK || !strings.Contains(part, "Kept") || strings.Contains(part, "<script") {
		t.Errorf("%s %s", res.Status, part)
	}
	if page := s.Get(t, "/reports/new"); !strings.Contains(page, "ransomware encrypted our files &lt;script&gt;") || strings.Contains(page, "<script>document") {
		t.Error("the draft is not there, or not as text")
	}
	typed.Set("result", "nobody")
	typed.Set("number", "+33 2")
	res = s.Post(t, "/reports/new", typed)
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/reports/") {
		t.Fatalf("%s %s", res.Status, body(t, res))
	}
	r, err := s.App.Incidents.Report(t.Context(), s.Actor, strings.TrimPrefix(res.Header.Get("Location"), "/reports/"))
	if err != nil || r.Door != incident.Phone || r.Reporter.Organisation != "City Hospital" || r.Reporter.Verified != "" {
		t.Errorf("%+v, %v", r, err)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0].Text, "Nobody answered") {
		t.Errorf("notes %+v", r.Notes)
	}
	if page := s.Get(t, "/reports/new"); strings.Contains(page, "encrypted our files") {
		t.Error("the draft waits still")
	}
	res = s.Post(t, "/reports/"+r.ID+"/call-back", url.Values{"result": {"confirmed"}, "number": {"+99 999"}, "person": {"somebody"}})
	if page := body(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "stands nowhere in the register") {
		t.Errorf("a number that nobody registered: %s", res.Status)
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	for name, v := range map[string]url.Values{
		"nothing said": {"name": {"kept & shown"}},
		"no address":   {"text": {"something"}, "email": {"nobody"}, "name": {"kept & shown"}},
	} {
		res := s.Post(t, "/reports/new", v)
		if page := body(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "kept &amp; shown") {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	if res := s.Post(t, "/reports/new", url.Values{"do": {"drop"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("drop: %s", res.Status)
	}
	res := s.Post(t, "/reports/new", url.Values{"text": {"secret"}, "confidential": {"1"}})
	if page := body(t, res); res.StatusCode != http.StatusOK || !strings.Contains(page, "let them read it back") {
		t.Errorf("confidential: %s", res.Status)
	}
}
