package observables_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/test/station"
)

// post sends a form, and gives the status, where it leads, and the page.
func post(t *testing.T, s *station.Station, path string, v url.Values) (status int, to, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(v.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.URL)
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

// done posts a form that has to be taken.
func done(t *testing.T, s *station.Station, path string, v url.Values) {
	t.Helper()
	if status, _, page := post(t, s, path, v); status != http.StatusSeeOther {
		t.Fatalf("%s answers %d: %s", path, status, page)
	}
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

// get answers a status and a body.
func get(t *testing.T, s *station.Station, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func open(t *testing.T, s *station.Station, d incident.Opening) string {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, d)
	if err != nil {
		t.Fatal(err)
	}
	return "/incidents/" + i.ID + "/observables"
}

// idOf is the id of an observable by its value.
func idOf(t *testing.T, s *station.Station, at, value string) string {
	t.Helper()
	l, err := s.App.Observables.List(t.Context(), s.Actor, strings.Split(at, "/")[2], observable.Filter{Text: value}, page.Request{})
	if err != nil || len(l.Items) == 0 {
		t.Fatalf("%s: %v", value, err)
	}
	return l.Items[0].ID
}

func TestPaste(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := open(t, s, incident.Opening{Title: "A phishing"})
	contains(t, s.Get(t, at), "No observables yet", at+"/-/add")
	text := "from hxxps://login[.]evil[.]net/a, 10.0.0.1\nfilename: =cmd|' /C calc'!A0.exe"
	status, _, page := post(t, s, at+"/-/look", url.Values{"text": {text}})
	if status != http.StatusOK {
		t.Fatalf("it answers %d: %s", status, page)
	}
	contains(t, page, "https://login.evil.net/a", "private", "The text holds 3 things", "hxxps://login[.]evil[.]net/a")
	done(t, s, at+"/-/take", url.Values{
		"text": {text}, "shown": {"https://login.evil.net/a", "10.0.0.1"}, "take": {"https://login.evil.net/a"}, "role": {"infrastructure"}, "detection": {"1"},
	})
	list := s.Get(t, at)
	contains(t, list, "https://login.evil.net/a", "infrastructure", "for detection", "/lookup?q=https", "2 observables")
	if strings.Contains(list, "10.0.0.1") {
		t.Error("what was not ticked was added")
	}
	contains(t, s.Get(t, at+"?kind=filename"), "calc", "1 observable")
	contains(t, s.Get(t, at+"?q=nothing"), "Nothing matches the filter")
	if status, page := get(t, s, at+"?kind=colour"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "no kind of observable") {
		t.Errorf("an unknown kind answers %d", status)
	}
	if status, _, page := post(t, s, at+"/-/look", url.Values{"text": {"nothing to see"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "nothing to see") {
		t.Errorf("a text without any answers %d", status)
	}
	status, body := get(t, s, at+"/-/export?format=csv&defanged=1")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) != 3 {
		t.Fatalf("%d, %v: %s", status, err, body)
	}
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[1], "=") || strings.HasPrefix(row[1], "http:") {
			t.Errorf("%q does harm", row[1])
		}
	}
}

func TestOne(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := open(t, s, incident.Opening{Title: "A phishing"})
	other := open(t, s, incident.Opening{Title: "Another of them"})
	for _, v := range []string{"evil.net", "198.18.201.77"} {
		done(t, s, at+"/-/one", url.Values{"value": {v}})
	}
	done(t, s, other+"/-/one", url.Values{"value": {"www.evil.net"}, "note": {"<script>alert(1)</script>"}})
	if status, _, page := post(t, s, at+"/-/one", url.Values{"value": {"what is it"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "what is it") {
		t.Errorf("what is nothing answers %d", status)
	}
	one := at + "/" + idOf(t, s, at, "evil.net")
	contains(t, s.Get(t, at), "1 other incident")
	contains(t, s.Get(t, one), "Another of them", "a name below it", "www.evil.net")
	done(t, s, one+"/relate", url.Values{"relation": {"resolves-to"}, "other": {"198[.]18[.]201[.]77"}})
	done(t, s, one+"/sight", url.Values{"seer": {"ISP One"}, "count": {"40"}, "verdict": {"false"}, "at": {"2026-11-19T10:00"}})
	done(t, s, one+"/edit", url.Values{"role": {"attacker"}, "note": {"the landing page"}, "tlp": {"TLP:RED"}, "pap": {"PAP:RED"}, "first": {"2026-11-18T10:00"}, "last": {""}})
	contains(t, s.Get(t, one), "resolves to", "ISP One", "seen 40 times", "a false positive", "the landing page", "TLP:RED", "PAP:RED")
	for path, v := range map[string]url.Values{
		"relate": {"relation": {"resolves-to"}, "other": {"198.18.1.1"}}, "sight": {"count": {"many"}, "seer": {"typed in vain?"}}, "edit": {"first": {"yesterday"}},
	} {
		if status, _, _ := post(t, s, one+"/"+path, v); status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", path, status)
		}
	}
	page := s.Get(t, other+"/"+idOf(t, s, other, "www.evil.net"))
	if contains(t, page, "&lt;script&gt;"); strings.Contains(page, "<script>alert") {
		t.Error("the note is not escaped")
	}
}

func TestBulk(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := open(t, s, incident.Opening{Title: "A phishing"})
	for _, v := range []string{"evil.net", "198.18.201.77", "198.18.201.78"} {
		done(t, s, at+"/-/one", url.Values{"value": {v}})
	}
	done(t, s, at+"/-/bulk", url.Values{"action": {"role"}, "role": {"victim"}, "all": {"1"}, "q": {"kind=ip"}})
	contains(t, s.Get(t, at+"?role=victim"), "2 observables")
	done(t, s, at+"/-/bulk", url.Values{"action": {"remove"}, "reason": {"ours"}, "id": {idOf(t, s, at, "evil.net")}})
	contains(t, s.Get(t, at+"?removed=1"), "evil.net", "removed: ours")
	if status, _, _ := post(t, s, at+"/-/bulk", url.Values{"action": {"explode"}, "id": {"x"}}); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("what cannot be done answers %d", status)
	}
}

// Of a restricted incident nobody but its members gets a page.
func TestRestrictedPages(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := open(t, s, incident.Opening{Title: "Minister", Restricted: true})
	done(t, s, at+"/-/one", url.Values{"value": {"minister.evil.net"}})
	elsewhere := open(t, s, incident.Opening{Title: "Another of them"})
	done(t, s, elsewhere+"/-/one", url.Values{"value": {"www.minister.evil.net"}})
	one := at + "/" + idOf(t, s, at, "minister")
	paths := []string{at, at + "?q=minister", at + "/-/add", at + "/-/export", at + "/-/export?format=json", one}
	for _, path := range paths {
		s.Get(t, path)
	}
	member := s.Client
	s.Client = s.LoginAs(t, "eve", identity.IncidentHandler)
	for _, path := range paths {
		if status, page := get(t, s, path); status != http.StatusNotFound || strings.Contains(page, "minister.evil") {
			t.Errorf("%s answers %d", path, status)
		}
	}
	for path, v := range map[string]url.Values{
		at + "/-/one": {"value": {"evil.net"}}, at + "/-/look": {"text": {"evil.net"}}, at + "/-/take": {"text": {"evil.net"}},
		one + "/edit": {}, one + "/sight": {"seer": {"x"}}, one + "/relate": {"relation": {"drops"}, "other": {"minister.evil.net"}},
		at + "/-/bulk": {"action": {"remove"}, "reason": {"x"}, "id": {"x"}},
	} {
		if status, _, _ := post(t, s, path, v); status != http.StatusNotFound {
			t.Errorf("POST %s answers %d", path, status)
		}
	}
	theirs := s.Get(t, elsewhere)
	if strings.Contains(theirs, "other incident") {
		t.Error("it is counted")
	}
	s.Client = member
	contains(t, s.Get(t, elsewhere), "1 other incident")
}
