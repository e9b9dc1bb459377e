package lessons_test

import (
	"io"
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
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+at+"/lessons", nil)
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

func TestLessonsAndActions(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	in := opened(t, s, false)
	at := in + "/lessons"
	try(t, s, at, http.StatusSeeOther, url.Values{"kind": {"hypothesis"}, "text": {hostile}})
	page := s.Get(t, at)
	contains(t, page, "<strong>bold</strong>", "Supposed")
	one := find(t, page, `action="(`+at+`/[^/"]+)"`)
	change := url.Values{"version": {"1"}, "state": {"confirmed"}, "text": {"They phished."}}
	try(t, s, one, http.StatusSeeOther, change)
	change.Set("text", "Mine.")
	try(t, s, one, http.StatusConflict, change)
	contains(t, s.Get(t, at), "They phished.", "Confirmed")
	try(t, s, at, http.StatusUnprocessableEntity, url.Values{"kind": {"well"}, "text": {" "}})
	try(t, s, in+"/actions", http.StatusSeeOther, url.Values{"text": {"Ring " + hostile}, "due": {"2020-02-03"}, "owner": {s.Actor.ID}})
	contains(t, s.Get(t, "/lessons"), "Ring ", "A phish")
	contains(t, s.Get(t, "/lessons?mine=1"), "Ring ")
	action := find(t, s.Get(t, at), `action="(`+in+`/actions/[^/"]+)"`)
	try(t, s, action, http.StatusSeeOther, url.Values{"version": {"1"}, "text": {"Ring her"}})
	try(t, s, action+"/end", http.StatusUnprocessableEntity, url.Values{"version": {"2"}, "to": {"dropped"}})
	try(t, s, action+"/end", http.StatusSeeOther, url.Values{"version": {"2"}, "to": {"done"}, "outcome": {"She knows."}})
	contains(t, s.Get(t, at), "She knows.", "Open it again")
	try(t, s, one+"/remove", http.StatusSeeOther, url.Values{"version": {"2"}, "reason": {"another"}})
	contains(t, s.Get(t, "/lessons"), "Nothing is to be done")
}

// Several actions of the list are changed at once, and what refuses is named with why.
func TestSeveral(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	in := opened(t, s, false)
	for _, text := range []string{"Ring " + hostile, "Write", "Look"} {
		try(t, s, in+"/actions", http.StatusSeeOther, url.Values{"text": {text}, "due": {"2026-12-01"}})
	}
	page := s.Get(t, "/lessons")
	contains(t, page, `data-bulk`, "Set the day", "Nobody yet")
	var ids []string
	for _, m := range regexp.MustCompile(`name="id" value="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		ids = append(ids, m[1])
	}
	if len(ids) != 3 {
		t.Fatalf("%d actions can be chosen", len(ids))
	}
	try(t, s, "/lessons", http.StatusSeeOther, url.Values{"action": {"assign"}, "owner": {s.Actor.ID}, "id": ids[:2]})
	try(t, s, "/lessons", http.StatusSeeOther, url.Values{"action": {"due"}, "due": {"2027-02-03"}, "all": {"1"}, "q": {"mine"}})
	if page := s.Get(t, "/lessons?mine=1"); strings.Count(page, "2027-02-0") < 2 {
		t.Error("their day is not set")
	}
	try(t, s, "/lessons", http.StatusSeeOther, url.Values{"action": {"done"}, "done-outcome": {"Done."}, "id": ids[:1]})
	res := s.Post(t, "/lessons", url.Values{"action": {"dropped"}, "dropped-outcome": {"Over."}, "id": {ids[0], ids[1], "none"}})
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", res.StatusCode, err)
	}
	contains(t, string(text), "1 action was changed.", "2 were left as they were.", "the action is done already", "It is not there.", in+"/lessons")
	try(t, s, "/lessons", http.StatusUnprocessableEntity, url.Values{"action": {"dropped"}, "id": ids[2:]})
}
