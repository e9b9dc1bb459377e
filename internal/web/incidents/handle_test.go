package incidents_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

// another opens an incident beside the station's.
func another(t *testing.T, s *station.Station, title string, reports ...string) incident.Incident {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: title, TLP: tlp.Green, Reports: reports})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if strings.Contains(page, x) {
			t.Errorf("the page says %q", x)
		}
	}
}

// Incidents are merged, split and linked by hand, and all of it undone.
func TestMergeSplitAndLink(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	i := opened(t, s)
	other := another(t, s, "The same, once more")
	at := "/incidents/" + other.ID
	contains(t, s.Get(t, at+"/merge"), "Nothing is lost", other.Ref)
	status, _, page := post(t, s, at+"/merge", url.Values{"into": {"I-NOSUCH"}, "reason": {"typed in vain?"}})
	if contains(t, page, "typed in vain?", "I-NOSUCH"); status != http.StatusUnprocessableEntity {
		t.Errorf("into nothing: %d", status)
	}
	status, to, _ := post(t, s, at+"/merge", url.Values{"into": {i.Ref}, "reason": {"the same"}})
	if status != http.StatusSeeOther || to != "/incidents/"+i.ID {
		t.Fatalf("%d, %s", status, to)
	}
	contains(t, s.Get(t, "/incidents/"+i.ID), "Merged into it", "The same, once more")
	contains(t, s.Get(t, "/incidents?q=is%3Amerged"), other.Ref, "Merged")
	if status, _, _ := post(t, s, at+"/unmerge", url.Values{"reason": {"no"}}); status != http.StatusSeeOther {
		t.Errorf("to undo it: %d", status)
	}
	contains(t, s.Get(t, at), "The same, once more")

	one := "/incidents/" + i.ID
	contains(t, s.Get(t, one+"/split"), i.Reports[0].Ref)
	status, to, _ = post(t, s, one+"/split", url.Values{"title": {"Half of it"}, "report": {i.Reports[0].ID}, "reason": {"two things"}})
	if status != http.StatusSeeOther {
		t.Fatalf("split: %d", status)
	}
	contains(t, s.Get(t, to), "Half of it", "Split from", i.Ref)
	if status, _, _ := post(t, s, to+"/unsplit", url.Values{"reason": {"one"}}); status != http.StatusSeeOther {
		t.Errorf("to undo it: %d", status)
	}
	if status, _, _ := post(t, s, one+"/relate", url.Values{"how": {"child"}, "other": {other.Ref}}); status != http.StatusSeeOther {
		t.Errorf("relate: %d", status)
	}
	status, _, page = post(t, s, at+"/relate", url.Values{"how": {"child"}, "other": {i.Ref}})
	if contains(t, page, "would make a circle"); status != http.StatusUnprocessableEntity {
		t.Errorf("a circle: %d", status)
	}
	contains(t, s.Get(t, at), "Part of", i.Ref)
}

func TestManyAtOnce(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	a, b := another(t, s, "=HYPERLINK(1)"), another(t, s, "B")
	do := func(v url.Values) {
		t.Helper()
		v["id"] = []string{a.ID, b.ID}
		if status, _, page := post(t, s, "/incidents/-/do", v); status != http.StatusSeeOther {
			t.Errorf("%v: %d %.300s", v, status, page)
		}
	}
	campaigns := s.Get(t, "/campaigns")
	contains(t, campaigns, "Blue Heron", "Begin a campaign")
	found, err := s.App.Incidents.Campaigns(t.Context(), s.Actor, incident.Filter{}.Request)
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	c := found.Items[0]
	do(url.Values{"action": {"group"}, "campaign": {c.ID}})
	do(url.Values{"action": {"grade"}, "severity": {"critical"}})
	do(url.Values{"action": {"take"}})
	do(url.Values{"action": {"resolve"}, "resolve-reason": {"over"}})
	contains(t, s.Get(t, "/campaigns/"+c.ID), "=HYPERLINK(1)", a.Ref, b.Ref, "Ransomware by the same hand.")
	if got := s.Get(t, "/incidents/-/export?format=csv&q=severity%3Acritical+state%3Aresolved"); !strings.Contains(got, "'=HYPERLINK(1)") {
		t.Errorf("a formula is exported as one: %s", got)
	}
	contains(t, s.Get(t, "/incidents/-/export?format=json&q=severity%3Acritical+state%3Aresolved&sort=-opened"), `"title":"B"`, `"assignee":"`)
	contains(t, s.Get(t, "/incidents?q=state%3Aresolved&sort=-severity"), a.Ref, "2 incidents")
}

// Hostile text in every field is shown as text.
func TestHostileText(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	evil := `<script>alert(1)</script>"'&{{7*7}}`
	c, err := s.App.Incidents.OpenCampaign(t.Context(), s.Actor, incident.CampaignText{Name: evil, Text: evil})
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: evil, Summary: evil, TLP: tlp.Amber, Campaign: c.ID, Assignee: evil})
	if err != nil {
		t.Fatal(err)
	}
	into := another(t, s, evil)
	if _, err := s.App.Incidents.MergeIncident(t.Context(), s.Actor, into.ID, i.ID, evil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/incidents", "/incidents/" + i.ID, "/incidents/" + i.ID + "/merge", "/incidents/" + i.ID + "/split", "/campaigns", "/campaigns/" + c.ID, "/incidents?q=" + url.QueryEscape(`"<b>`)} {
		lacks(t, s.Get(t, path), "<script>alert")
	}
}
