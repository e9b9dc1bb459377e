package dialogues_test

import (
	"io"
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

func opened(t *testing.T, s *station.Station, d incident.Opening) string {
	t.Helper()
	d.Title = "A phish"
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, d)
	if err != nil {
		t.Fatal(err)
	}
	return "/incidents/" + i.ID + "/dialogues"
}

// post sends a form, and gives the status and the page.
func post(t *testing.T, s *station.Station, path string, v url.Values) (int, string) {
	t.Helper()
	res := s.Post(t, path, v)
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(page)
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

func TestALetterToTwo(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, incident.Opening{TLP: tlp.Green})
	contains(t, s.Get(t, at), "No dialogue yet")
	contains(t, s.Get(t, at+"/new?text=ask&lang=fr"), "Une question sur un incident", "{party}")
	letter := url.Values{"to": {"Peer <cert@peer.example>\n abuse@host.example "}, "subject": {"Who <b>is</b> it?"}, "text": {"Dear {party}, <script>alert(1)</script>"}}
	status, page := post(t, s, at, letter)
	if contains(t, page, "Nothing has been sent yet", "2 mails, each in a dialogue of its own", "Dear Peer, &lt;script&gt;", "May go"); status != http.StatusOK {
		t.Fatalf("the preview answers %d", status)
	}
	letter.Set("step", "change")
	_, page = post(t, s, at, letter)
	contains(t, page, "abuse@host.example", "Who &lt;b&gt;is&lt;/b&gt; it?")
	letter.Set("step", "send")
	if status, page = post(t, s, at, letter); status != http.StatusSeeOther {
		t.Fatalf("sending answers %d: %s", status, page)
	}
	page = s.Get(t, at)
	contains(t, page, "Peer", "abuse@host.example", "Waiting for them")
	sent := regexp.MustCompile(`/investigations/[^/"]+/messages/[^"]+`).FindString(page)
	contains(t, s.Get(t, sent), "Message-ID", "From:", "How it went", "Dear ", "TLP:GREEN PAP:")
	if status, _ := post(t, s, at, url.Values{"to": {"x"}, "subject": {""}, "text": {"kept?"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("without a subject: %d", status)
	}
}

func TestWhatMayNotLeaveIsShown(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, incident.Opening{TLP: tlp.Red})
	letter := url.Values{"to": {"cert@peer.example"}, "subject": {"s"}, "text": {"t"}}
	_, page := post(t, s, at, letter)
	contains(t, page, "TLP:RED goes to nobody else")
	if strings.Contains(page, `value="send"`) {
		t.Error("there is a button that sends it")
	}
	letter.Set("step", "send")
	if status, _ := post(t, s, at, letter); status != http.StatusUnprocessableEntity {
		t.Errorf("sending answers %d", status)
	}
}

func TestOthersSeeNone(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, incident.Opening{Restricted: true})
	client := s.LoginAs(t, "eve", identity.IncidentHandler)
	for _, path := range []string{at, at + "/new"} {
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

// Several dialogues are given to somebody and resolved at once, and what refuses is named with why.
func TestSeveralDialogues(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := opened(t, s, incident.Opening{TLP: tlp.Green})
	letter := url.Values{"to": {"Peer <cert@peer.example>\nabuse@host.example"}, "subject": {"Look"}, "text": {"Dear {party}"}, "step": {"send"}}
	if status, page := post(t, s, at, letter); status != http.StatusSeeOther {
		t.Fatalf("%d: %s", status, page)
	}
	page := s.Get(t, at)
	contains(t, page, "data-bulk", "Who has it in hand")
	var ids []string
	for _, m := range regexp.MustCompile(`name="id" value="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		ids = append(ids, m[1])
	}
	if len(ids) != 2 {
		t.Fatalf("%d can be chosen", len(ids))
	}
	for _, v := range []url.Values{{"action": {"take"}, "id": ids}, {"action": {"resolve"}, "id": ids[:1]}} {
		if status, _ := post(t, s, at+"/several", v); status != http.StatusSeeOther {
			t.Errorf("%v answers %d", v, status)
		}
	}
	status, page := post(t, s, at+"/several", url.Values{"action": {"resolve"}, "id": append(ids, "none")})
	contains(t, page, "1 dialogue was changed.", "2 were left as they were.", "from there one cannot resolve it", "It is not there.", "/investigations/"+ids[0])
	if status != http.StatusOK {
		t.Errorf("%d", status)
	}
	for _, id := range ids {
		if v, err := s.App.Incidents.Investigation(t.Context(), s.Actor, id); err != nil || v.State != incident.StateResolved || v.Assignee != s.Actor.ID {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

// read gives the status and the page that somebody sees.
func read(t *testing.T, s *station.Station, client *http.Client, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(page)
}

// The list of all dialogues says whose turn it is, hides what is restricted, keeps the filter, and does several at once.
func TestAllDialogues(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	if page := s.Get(t, "/investigations"); !strings.Contains(page, "No dialogue here") {
		t.Error("the empty list does not say so")
	}
	for _, filter := range []string{"q=nobody", "turn=over", "who=mine"} {
		if page := s.Get(t, "/investigations?"+filter); strings.Contains(page, "No dialogue here") || !strings.Contains(page, "No dialogue fits") {
			t.Errorf("the empty list does not say that the filter %s hides what there is", filter)
		}
	}
	var ids []string
	for _, restricted := range []bool{false, true} {
		i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "A phish", TLP: tlp.Green, Restricted: restricted})
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.App.Incidents.Investigate(t.Context(), s.Actor, incident.InvestigationDraft{
			Incident: i.ID, Party: incident.Party{Name: "Host " + hostile, Email: "abuse@host.example"}, Subject: hostile, Text: "Look.",
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, v.ID)
	}
	page := s.Get(t, "/investigations?turn=theirs&who=nobody&q=HOST")
	for _, want := range []string{"Waiting for them", "abuse@host.example", ids[0], ids[1], `value="HOST"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the list has no %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("the page lets it run")
	}
	for path, has := range map[string]bool{"?who=mine": false, "?turn=ours": false, "?turn=over": false, "?turn=nonsense&who=x": true, "?q=nobodyelse": false, "?after=x": false} {
		if _, page := read(t, s, s.Client, "/investigations"+path); strings.Contains(page, ids[0]) != has {
			t.Errorf("%s shows it, or not: %v", path, !has)
		}
	}
	if status, _ := read(t, s, s.Client, "/investigations?after=x"); status != http.StatusUnprocessableEntity {
		t.Errorf("a cursor that is none: %d", status)
	}
	if _, page := read(t, s, s.LoginAs(t, "eve", identity.IncidentHandler), "/investigations"); !strings.Contains(page, ids[0]) || strings.Contains(page, ids[1]) {
		t.Error("who is no member sees it, or nothing")
	}
	if status, _ := post(t, s, "/investigations/-/several", url.Values{"id": {ids[0]}, "action": {"take"}}); status != http.StatusSeeOther {
		t.Errorf("taking it answers %d", status)
	}
	if page := s.Get(t, "/investigations?who=mine"); !strings.Contains(page, ids[0]) || strings.Contains(page, ids[1]) {
		t.Error("what was taken is not mine")
	}
	if page := s.Get(t, "/"); !strings.Contains(page, "/investigations?turn=theirs") {
		t.Error("the first page does not count them")
	}
}
