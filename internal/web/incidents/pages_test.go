package incidents_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident"
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

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

// opened is the incident of the station, as it is now.
func opened(t *testing.T, s *station.Station) incident.Incident {
	t.Helper()
	found, err := s.App.Incidents.Incidents(t.Context(), s.Actor, incident.Filter{Query: "ransomware"})
	if err != nil || len(found.Items) == 0 {
		t.Fatalf("%d incidents, %v", len(found.Items), err)
	}
	i, err := s.App.Incidents.Incident(t.Context(), s.Actor, found.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestListAndOne(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	i := opened(t, s)
	contains(t, s.Get(t, "/incidents"), "Ransomware at City Hospital", i.Ref)
	contains(t, s.Get(t, "/incidents?q=state%3Aopen"), i.Ref)
	contains(t, s.Get(t, "/incidents/"+i.ID), "the emergency room works on paper", "will ring at two", "Ransomware on two servers", "The whole team.")
	status, to, _ := post(t, s, "/incidents", url.Values{"title": {"A flood of calls"}, "severity": {"low"}, "tlp": {"TLP:GREEN"}, "pap": {"PAP:RED"}})
	if status != http.StatusSeeOther {
		t.Fatalf("opening one answers %d", status)
	}
	contains(t, s.Get(t, to), "A flood of calls", "TLP:GREEN", `<option value="PAP:RED" selected>`)
	contains(t, s.Get(t, "/incidents/-/new"), `name="pap"`, `<option value="PAP:AMBER" selected>`)
	if status, _, page := post(t, s, "/incidents", url.Values{"title": {"Another"}, "pap": {"PAP:MAUVE"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "PAP:MAUVE") {
		t.Errorf("a PAP that is none answers %d", status)
	}
	status, _, page := post(t, s, "/incidents", url.Values{"title": {" "}, "summary": {"typed in vain?"}})
	if contains(t, page, "typed in vain?"); status != http.StatusUnprocessableEntity {
		t.Errorf("one without a title answers %d", status)
	}
}

// Two people change the same note: the second sees both texts, and loses none.
func TestTwoPeopleWithOneNote(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	i := opened(t, s)
	at := "/incidents/" + i.ID + "/note/" + i.Notes[0].ID
	if status, _, _ := post(t, s, at, url.Values{"version": {"1"}, "text": {"She will ring at three."}}); status != http.StatusSeeOther {
		t.Fatalf("the first is answered %d", status)
	}
	status, _, page := post(t, s, at, url.Values{"version": {"1"}, "text": {"He rang: all is well."}})
	if contains(t, page, "She will ring at three.", "He rang: all is well.", `name="version" value="2"`); status != http.StatusConflict {
		t.Errorf("the second is answered %d", status)
	}
	post(t, s, at, url.Values{"version": {"2"}, "text": {"At three. He rang: all is well."}})
	if got := opened(t, s).Notes[0].Text; got != "At three. He rang: all is well." {
		t.Errorf("the note is %q", got)
	}
}

func TestTwoPeopleWithOneSummary(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	i := opened(t, s)
	edit := func(summary string) (int, string) {
		status, _, page := post(t, s, "/incidents/"+i.ID+"/edit", url.Values{"version": {"1"}, "title": {i.Title}, "summary": {summary}, "severity": {"critical"}})
		return status, page
	}
	i.Version = opened(t, s).Version
	if i.Version != 1 {
		t.Fatal("the station changed the incident since it was opened: take its version instead of 1")
	}
	if status, _ := edit("Power is back."); status != http.StatusSeeOther {
		t.Fatalf("the first is answered %d", status)
	}
	status, page := edit("Three servers now.")
	if contains(t, page, "Power is back.", "Three servers now.", `name="version" value="2"`); status != http.StatusUnprocessableEntity {
		t.Errorf("the second is answered %d", status)
	}
}

func TestReportsLeaveAndIncidentsEnd(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	i := opened(t, s)
	at := "/incidents/" + i.ID
	contains(t, s.Get(t, at), "These end with it:", i.Reports[0].Ref)
	status, _, page := post(t, s, at+"/move", url.Values{"action": {"resolve"}, "reason": {" "}, "typed": {"x"}})
	if contains(t, page, "say why"); status != http.StatusUnprocessableEntity {
		t.Errorf("ending it without a reason answers %d", status)
	}
	post(t, s, at+"/unlink", url.Values{"report": {i.Reports[0].ID}, "reason": {"another hospital"}})
	if n := len(opened(t, s).Reports); n != 0 {
		t.Errorf("%d reports are left", n)
	}
	if status, _, _ := post(t, s, at+"/move", url.Values{"action": {"resolve"}, "reason": {"all is well"}}); status != http.StatusSeeOther {
		t.Errorf("ending it answers %d", status)
	}
	contains(t, s.Get(t, at), "Resolved", "Reopen")
	if v := opened(t, s).Investigations[0]; v.State != incident.StateResolved {
		t.Errorf("its investigation is %s", v.State)
	}
}

func TestOnlyTheBoundAreMembers(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	at := "/incidents/" + opened(t, s).ID
	if status, _, page := post(t, s, at+"/restrict", url.Values{"restricted": {"1"}, "reason": {"a minister is hit"}}); status != http.StatusSeeOther {
		t.Fatalf("restricting answers %d: %s", status, page)
	}
	status, _, page := post(t, s, at+"/member", url.Values{"account": {"somebody"}, "days": {"7"}, "reason": {"knows the network"}})
	if contains(t, page, "No signed agreement", "/people/somebody"); status != http.StatusUnprocessableEntity {
		t.Errorf("a member without an agreement is answered %d", status)
	}
	contains(t, s.Get(t, at), "Only its members see it")
	status, _, _ = post(t, s, at+"/unmember", url.Values{"account": {s.Actor.ID}, "reason": {"leaves"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("the last member leaves with %d", status)
	}
}

func TestInvestigation(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	v := opened(t, s).Investigations[0]
	at := "/investigations/" + v.ID
	contains(t, s.Get(t, at), "Who uses this address?", "abuse@net-one.example", "See what leaves")
	status, _, _ := post(t, s, at+"/write", url.Values{"text": {" "}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("nothing to say is answered %d", status)
	}
	_, _, page := post(t, s, at+"/write", url.Values{"text": {"Since when?"}})
	contains(t, page, "Nothing has been sent yet", "Since when?", "abuse@net-one.example")
	_, _, page = post(t, s, at+"/write", url.Values{"text": {"Since when?"}, "step": {"change"}})
	contains(t, page, "Since when?", "See what leaves")
	if status, _, page = post(t, s, at+"/write", url.Values{"text": {"Since when?"}, "step": {"send"}}); status != http.StatusSeeOther {
		t.Fatalf("sending answers %d: %s", status, page)
	}
	post(t, s, at+"/move", url.Values{"action": {"resolve"}})
	contains(t, s.Get(t, at), "Since when?", "It is resolved", "Reopen")
	contains(t, s.Get(t, "/incidents/"+v.Incident), at)
}

func TestBreakingTheGlassAsksForBoth(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	status, _, page := post(t, s, "/incidents/-/glass", url.Values{"name": {"I-NOSUCH"}, "reason": {"it cannot wait"}})
	if contains(t, page, "it cannot wait", "I-NOSUCH"); status != http.StatusUnprocessableEntity {
		t.Errorf("a number of nothing is answered %d", status)
	}
}

// Incidents are put into a campaign by their numbers, and taken out of it; what refuses is named with why.
func TestSeveralIncidentsOfACampaign(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	c, err := s.App.Incidents.OpenCampaign(t.Context(), s.Actor, incident.CampaignText{Name: "Red"})
	if err != nil {
		t.Fatal(err)
	}
	var refs, ids []string
	for range 2 {
		i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "A phish"})
		if err != nil {
			t.Fatal(err)
		}
		refs, ids = append(refs, i.Ref), append(ids, i.ID)
	}
	at := "/campaigns/" + c.ID
	try := func(want int, v url.Values, texts ...string) {
		t.Helper()
		res := s.Post(t, at+"/incidents", v)
		defer func() { _ = res.Body.Close() }()
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != want {
			t.Errorf("%v answers %d, %v", v, res.StatusCode, err)
		}
		for _, x := range texts {
			if !strings.Contains(string(page), x) {
				t.Errorf("it does not say %q", x)
			}
		}
	}
	try(http.StatusSeeOther, url.Values{"action": {"add"}, "refs": {refs[0] + ",\n " + refs[1]}})
	try(http.StatusOK, url.Values{"action": {"add"}, "refs": {refs[0] + " I-NONE"}}, "0 incidents were put into it.", "already in campaign "+c.Ref, "I-NONE", "It is not there.")
	page := s.Get(t, at)
	if !strings.Contains(page, "data-bulk") || !strings.Contains(page, refs[1]) {
		t.Error("the page does not offer to take them out")
	}
	try(http.StatusSeeOther, url.Values{"action": {"remove"}, "id": ids[:1]})
	if c, err := s.App.Incidents.Campaign(t.Context(), s.Actor, c.ID); err != nil || c.Incidents != 1 {
		t.Errorf("%d are in it, %v", c.Incidents, err)
	}
	try(http.StatusUnprocessableEntity, url.Values{"action": {"add"}, "refs": {" "}})
}
