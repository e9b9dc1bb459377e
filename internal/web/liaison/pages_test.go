package liaison_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

const hostile = `**bold** <script>alert(1)</script> =cmd <img src=https://evil.example/x>`

func opened(t *testing.T, s *station.Station, restricted bool) string {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "A phish", TLP: tlp.Green, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return "/incidents/" + i.ID
}

// try posts a form, and wants an answer.
func try(t *testing.T, s *station.Station, path string, want int, v url.Values) {
	t.Helper()
	res := s.Post(t, path, v)
	if _ = res.Body.Close(); res.StatusCode != want {
		t.Errorf("%s answers %d, not %d", path, res.StatusCode, want)
	}
}

// find gives the path that a pattern finds in a page.
func find(t *testing.T, page, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no %s", pattern)
	}
	return m[1]
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("the page lets it run")
	}
}

func TestOthersSeeNone(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, true)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+at+"/liaison", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.LoginAs(t, "eve", identity.IncidentHandler).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusNotFound {
		t.Errorf("%s answers %d", at, res.StatusCode)
	}
}

func TestHandoverAndLogs(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	in := opened(t, s, false)
	at := in + "/liaison"
	contains(t, s.Get(t, at), "nobody considers it")
	try(t, s, in+"/handovers", http.StatusSeeOther, url.Values{"agency": {"Police " + hostile}, "what": {hostile}, "note": {hostile}})
	page := s.Get(t, at)
	contains(t, page, "Considered", "<strong>bold</strong>")
	one := find(t, page, `action="(`+in+`/handovers/[^/"]+)"`)
	try(t, s, one+"/move", http.StatusUnprocessableEntity, url.Values{"version": {"1"}, "move": {"decide"}})
	try(t, s, one, http.StatusSeeOther, url.Values{"version": {"1"}, "agency": {"Police"}, "basis": {"a law"}, "what": {"a disk"}})
	try(t, s, one+"/move", http.StatusSeeOther, url.Values{"version": {"2"}, "move": {"decide"}})
	try(t, s, one+"/move", http.StatusSeeOther, url.Values{"version": {"3"}, "move": {"hand-over"}, "note": {"brought by hand"}})
	contains(t, s.Get(t, at), "Handed over", "brought by hand", "They have it", "What release decided")
	ordered := url.Values{"agency": {"Prosecutor"}, "basis": {"an act"}, "what": {"a disk"}, "order": {"12 K " + hostile}, "silent": {"1"}}
	try(t, s, in+"/handovers", http.StatusUnprocessableEntity, ordered)
	ordered.Set("authority", "District Court")
	ordered.Set("issued", "2020-01-02")
	try(t, s, in+"/handovers", http.StatusSeeOther, ordered)
	page = s.Get(t, at)
	contains(t, page, "District Court, 2020-01-02", "The order forbids to tell")
	all := regexp.MustCompile(`action="(`+in+`/handovers/[^/"]+)/move"`).FindAllStringSubmatch(page, -1)
	two := all[len(all)-1][1]
	try(t, s, two+"/move", http.StatusSeeOther, url.Values{"version": {"1"}, "move": {"decide"}})
	try(t, s, two+"/move", http.StatusUnprocessableEntity, url.Values{"version": {"2"}, "move": {"hand-over"}}) // a second person looks at the order first
	said := url.Values{"track": {"media"}, "at": {"2020-01-02T03:04"}, "who": {"A. Writer"}, "said": {"Nothing yet."}}
	try(t, s, at, http.StatusUnprocessableEntity, said)
	said.Set("approver", s.Actor.ID)
	try(t, s, at, http.StatusSeeOther, said)
	page = s.Get(t, at)
	contains(t, page, "Nothing yet.", "Approved by")
	entry := find(t, page, `action="(`+at+`/[^/"]+)"`)
	said.Set("version", "1")
	try(t, s, entry, http.StatusSeeOther, said)
	try(t, s, entry, http.StatusConflict, said)
	try(t, s, entry+"/remove", http.StatusSeeOther, url.Values{"version": {"2"}, "reason": {"another"}})
}
