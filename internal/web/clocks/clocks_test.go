package clocks_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/test/station"
)

// evil is a name that tries to break pages and sheets.
const evil = `=cmd()<script>alert(1)</script>`

func opened(t *testing.T, s *station.Station, restricted bool) incident.Incident {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: evil, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func post(t *testing.T, s *station.Station, path string, v url.Values, want int) string {
	t.Helper()
	res := s.Post(t, path, v)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != want {
		t.Errorf("%s answers %d, want %d", path, res.StatusCode, want)
	}
	return res.Header.Get("Location")
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

// From a decision to a submission and a forward, on the pages alone; the list and the first page show what is due.
func TestClocksAreKept(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	contains(t, s.Get(t, "/clocks"), "Nothing is due")
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/clocks"
	contains(t, s.Get(t, at), "No clock runs", "NIS2: Significant incident", "CIRCIA", "not in force")
	post(t, s, at, url.Values{"duty": {"nis2/incident"}, "applies": {"1"}, "who": {evil}, "reason": {"They are essential."}}, http.StatusSeeOther)
	aware := station.Now.Add(-30 * time.Hour).Format("2006-01-02T15:04")
	post(t, s, at+"/anchor", url.Values{"anchor": {"aware"}, "at": {aware}, "reason": {"They rang."}}, http.StatusSeeOther)
	page := s.Get(t, at)
	contains(t, page, "Early warning", "Overdue", "24 hours after: they became aware", "Article 23(4)(a)", "Pending", "They are essential.", "&lt;script&gt;")
	contains(t, s.Get(t, "/clocks"), "NIS2: Early warning", i.Ref)
	contains(t, s.Get(t, "/"), "Clocks", "overdue")
	v, err := s.App.Clocks.View(t.Context(), s.Actor, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	o := v.Obligations[0]
	post(t, s, at+"/submit", url.Values{"obligation": {o.ID}, "stage": {"early-warning"}, "at": {station.Now.Format("2006-01-02T15:04")}, "to": {"Us"}, "reference": {"N-1"}}, http.StatusSeeOther)
	post(t, s, at+"/forward", url.Values{"obligation": {o.ID}, "target": {"authority"}, "name": {"The regulator"}, "note": {"by phone"}}, http.StatusSeeOther)
	post(t, s, at, url.Values{"obligation": {o.ID}, "version": {"1"}, "applies": {"1"}, "who": {evil}, "fact": {"ongoing"}, "entity": {"essential"}, "crime": {"yes"}, "reason": {"More is known."}}, http.StatusSeeOther)
	contains(t, s.Get(t, at), "Done late", "to Us, N-1", "The regulator", "by phone", "Essential entity", "Suspected crime: Yes", "Progress report", "What changed")
	if v, err = s.App.Clocks.View(t.Context(), s.Actor, i.ID); err != nil || len(v.Obligations[0].Submissions) != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
	post(t, s, at+"/withdraw", url.Values{"submission": {v.Obligations[0].Submissions[0].ID}, "reason": {"It was a draft."}}, http.StatusSeeOther)
	contains(t, s.Get(t, at), "Withdrawn: It was a draft.", "Overdue")
	contains(t, s.Get(t, "/incidents/"+i.ID+"/timeline"), "decided that NIS2 applies", "recorded a submission under NIS2")
}

// What cannot be kept is shown again, with what was typed.
func TestNothingTypedIsLost(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/clocks"
	for name, c := range map[string]struct {
		path string
		v    url.Values
		says string
	}{
		"no reason":   {"", url.Values{"duty": {"gdpr/breach"}, "applies": {"1"}, "who": {"Somebody here"}}, "Somebody here"},
		"no such law": {"", url.Values{"duty": {"x"}, "applies": {"1"}, "reason": {"Because of this"}}, "Because of this"},
		"no time":     {"/anchor", url.Values{"anchor": {"aware"}, "at": {"soon"}, "reason": {"They told us so"}}, "They told us so"},
		"ahead":       {"/anchor", url.Values{"anchor": {"aware"}, "at": {"2030-01-01T10:00"}, "reason": {"They told us so"}}, "lies ahead"},
	} {
		res := s.Post(t, at+c.path, c.v)
		body := make([]byte, 1<<20)
		n := 0
		for {
			k, err := res.Body.Read(body[n:])
			if n += k; err != nil {
				break
			}
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(body[:n]), c.says) {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

// A restricted incident has no page of clocks for who does not see it, and is in no list or export of theirs.
func TestRestrictedIsNotThere(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, true)
	if _, err := s.App.Clocks.Decide(t.Context(), s.Actor, i.ID, obligation.Decision{Duty: "service", Applies: true, Reason: "Ours."}); err != nil {
		t.Fatal(err)
	}
	contains(t, s.Get(t, "/clocks/export?format=json"), i.Ref)
	eve := s.LoginAs(t, "eve", identity.IncidentHandler)
	for path, want := range map[string]int{"/incidents/" + i.ID + "/clocks": http.StatusNotFound, "/incidents/" + i.Ref + "/clocks": http.StatusNotFound, "/clocks": http.StatusOK, "/clocks/export": http.StatusOK} {
		res, err := eve.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body := make([]byte, 1<<20)
		n, _ := res.Body.Read(body)
		_ = res.Body.Close()
		if res.StatusCode != want || strings.Contains(string(body[:n]), i.Ref) && path != "/incidents/"+i.Ref+"/clocks" {
			t.Errorf("%s answers %d", path, res.StatusCode)
		}
	}
}

func TestExports(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	if _, err := s.App.Clocks.Decide(t.Context(), s.Actor, i.ID, obligation.Decision{Duty: "service", Applies: true, Who: evil, Reason: "Ours."}); err != nil {
		t.Fatal(err)
	}
	contains(t, s.Get(t, "/clocks/export"), "due,state,law,stage,by,incident,title,who,begun", "service/incident,contain,team,"+i.Ref, "'=cmd()")
	contains(t, s.Get(t, "/clocks/export?format=json&by=team"), `"stage":"triage"`)
	contains(t, s.Get(t, "/clocks/summary?quarter=2026-Q4"), "question,answer,count", "notified,all,0")
	contains(t, s.Get(t, "/clocks/summary?quarter=2026-Q4&format=json"), `"total":0`)
}

// Several duties of the list are dismissed for one reason, and their incidents given to somebody; what refuses is named with why.
func TestSeveralClocks(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	var ids []string
	var ref string
	for range 2 {
		i := opened(t, s, false)
		ref = i.Ref
		if _, err := s.App.Clocks.Decide(t.Context(), s.Actor, i.ID, obligation.Decision{Duty: "service/incident", Applies: true, Who: evil, Reason: "always"}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.App.Clocks.List(t.Context(), s.Actor, obligation.Filter{})
	if err != nil || len(list.Items) == 0 {
		t.Fatal(list, err)
	}
	for _, d := range list.Items {
		ids = append(ids, d.Incident+":"+d.Obligation+":"+d.Stage)
	}
	contains(t, s.Get(t, "/clocks"), "data-bulk", "Does not apply", `value="`+ids[0]+`"`)
	post(t, s, "/clocks", url.Values{"action": {"assign"}, "assignee": {s.Actor.ID}, "id": ids}, http.StatusSeeOther)
	for _, d := range list.Items {
		if i, err := s.App.Incidents.Incident(t.Context(), s.Actor, d.Incident); err != nil || i.Assignee != s.Actor.ID {
			t.Errorf("%s is %q's, %v", d.Ref, i.Assignee, err)
		}
	}
	post(t, s, "/clocks", url.Values{"action": {"dismiss"}, "id": ids}, http.StatusUnprocessableEntity)
	post(t, s, "/clocks", url.Values{"action": {"dismiss"}, "reason": {"An exercise."}, "all": {"1"}, "q": {"state=running"}}, http.StatusSeeOther)
	contains(t, s.Get(t, "/clocks"), "Nothing is due")
	res := s.Post(t, "/clocks", url.Values{"action": {"dismiss"}, "reason": {"Again."}, "id": append(ids, "x:none:y")})
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%d, %v", res.StatusCode, err)
	}
	contains(t, string(page), "0 duties do not apply.", "3 were left as they were.", "It is not there.", "it is decided already", ref)
	post(t, s, "/clocks", url.Values{"action": {"explode"}, "id": ids}, http.StatusUnprocessableEntity)
}

// What is due of reports stands in the list of its own, in the queue, on the report's page and on the first page.
func TestClocksOfReports(t *testing.T) {
	s := station.OpenWith(t, station.Options{Bare: true}, func(c *config.Config) { c.Clocks.Always = []string{"reports/report"} })
	contains(t, s.Get(t, "/clocks?about=reports"), "Nothing is due of reports")
	r, err := s.App.Incidents.Accept(t.Context(), identity.System("form"), incident.Draft{Door: incident.Form, Subject: evil, Text: "Help."})
	if err != nil {
		t.Fatal(err)
	}
	remind := func() {
		t.Helper()
		if _, err := s.App.Clocks.Remind(t.Context(), identity.System("clocks")); err != nil {
			t.Fatal(err)
		}
	}
	remind()
	contains(t, s.Get(t, "/clocks?about=reports"), r.Ref, "Acknowledge", "Triage", "/reports/"+r.ID)
	contains(t, s.Get(t, "/reports"), "Due</th>", "Acknowledge")
	contains(t, s.Get(t, "/reports/"+r.ID), "What we promise", "Acknowledge", "Running")
	contains(t, s.Get(t, "/"), "due of reports")
	contains(t, s.Get(t, "/clocks/export?about=reports&format=csv"), "report,", "reports/report,acknowledge,team,"+r.Ref)
	if _, err := s.App.Incidents.Move(t.Context(), s.Actor, []string{r.ID}, incident.Take, ""); err != nil {
		t.Fatal(err)
	}
	contains(t, s.Get(t, "/reports/"+r.ID), "Done")
	remind()
	contains(t, s.Get(t, "/clocks?about=reports"), "Nothing is due of reports")
}
