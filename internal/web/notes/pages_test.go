package notes_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

const hostile = `**bold** <script>alert(1)</script> =cmd <img src=https://evil.example/x>`

func opened(t *testing.T, s *station.Station, restricted bool) string {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "A phish", Restricted: restricted})
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
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+at+"/notes", nil)
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

func TestNotesAreMarkdown(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	in := opened(t, s, false)
	at := in + "/notes"
	contains(t, s.Get(t, at), "No note yet")
	try(t, s, at, http.StatusSeeOther, url.Values{"text": {hostile}})
	page := s.Get(t, at)
	contains(t, page, "<strong>bold</strong>")
	one := find(t, page, `action="(`+at+`/[^/"]+)"`)
	try(t, s, one, http.StatusSeeOther, url.Values{"version": {"1"}, "text": {"She rings at two."}})
	try(t, s, one, http.StatusConflict, url.Values{"version": {"1"}, "text": {"Mine."}})
	try(t, s, at, http.StatusUnprocessableEntity, url.Values{"text": {" "}})
}

// What is typed is there again when the page is opened the next time, and gone once it is kept.
func TestWhatIsTypedIsKept(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	in := opened(t, s, false)
	id := strings.TrimPrefix(in, "/incidents/")
	draft := url.Values{"draft_about": {id}, "draft_field": {"note"}, "text": {"half a sen"}}
	try(t, s, "/notes/draft", http.StatusOK, draft)
	contains(t, s.Get(t, in+"/notes"), "half a sen", "You typed this before")
	try(t, s, in+"/notes", http.StatusSeeOther, url.Values{"text": {"half a sentence"}})
	if page := s.Get(t, in+"/notes"); strings.Contains(page, "You typed this before") {
		t.Error("the draft is still there")
	}
	draft.Set("draft_about", "I-NOSUCH")
	try(t, s, "/notes/draft", http.StatusNotFound, draft)
}
