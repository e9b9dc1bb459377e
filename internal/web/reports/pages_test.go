package reports_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

// rowsOf are the reports that a query finds, as the page asks for them.
func rowsOf(t *testing.T, s *station.Station, query string) []incident.Row {
	t.Helper()
	found, err := s.App.Incidents.Reports(t.Context(), s.Actor, incident.Filter{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	return found.Items
}

func post(t *testing.T, s *station.Station, path string, v url.Values) *http.Response {
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
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func contains(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(body, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

func TestQueue(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	page := s.Get(t, "/reports")
	contains(t, page, "Strange mail number 13", "5 from this source", "Quarantined", "City Hospital", `data-key="r"`, `data-key="b"`)
	first := regexp.MustCompile(`(?s)<tbody>.*?</tr>`).FindString(page)
	rows := rowsOf(t, s, "state:new")
	contains(t, first, rows[0].Ref)
	for i := range rows[1:] {
		if rows[i].Rank > rows[i+1].Rank {
			t.Errorf("%s stands before %s, which is more urgent", rows[i].Ref, rows[i+1].Ref)
		}
	}
	if strings.Count(page, "abuse report") != 1 {
		t.Error("reports of one machine are not one line")
	}
	contains(t, s.Get(t, "/reports?q=door%3Aform"), "Anonymous")
	contains(t, s.Get(t, "/reports?q=nothingofthekind"), "No report fits")
}

func TestOnePage(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	hit := rowsOf(t, s, "ransomware servers")[0]
	page := s.Get(t, "/reports/"+hit.ID)
	contains(t, page, `href="/lookup?q=203.0.113.20"`, "recover@lockers[.]example", "City Hospital", "It speaks of: patients", "This cannot wait", "Rang back: it is true.", "Ransomware at City Hospital", hit.Ref)
	quarantined := rowsOf(t, s, "is:quarantined")[0]
	page = s.Get(t, "/reports/"+quarantined.ID)
	contains(t, page, "Suspected child abuse material")
	if strings.Contains(page, `/lookup?q=`) {
		t.Error("what is quarantined leads to a look-up")
	}
}

func TestMovesAndUndo(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	rows := rowsOf(t, s, "state:new strange")
	res := post(t, s, "/reports/-/move", url.Values{"action": {"reject"}, "reason": {"nothing in it"}, "id": {rows[0].ID, rows[1].ID}, "q": {"state:new"}})
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.Contains(to, "moved=") {
		t.Fatalf("rejecting answered %s to %s", res.Status, to)
	}
	contains(t, s.Get(t, to), "Take that back (2 reports)", "Reject: 2 reports.")
	if n := len(rowsOf(t, s, "state:rejected")); n != 2 {
		t.Errorf("%d are rejected", n)
	}
	post(t, s, "/reports/-/undo", url.Values{"id": {rows[0].ID, rows[1].ID}, "q": {"state:new"}})
	if n := len(rowsOf(t, s, "state:open strange")); n != 2 {
		t.Errorf("%d are open again", n)
	}
	post(t, s, "/reports/-/move", url.Values{"action": {"open"}, "title": {"Many strange mails"}, "id": {rows[2].ID, rows[3].ID}})
	contains(t, s.Get(t, "/incidents"), "Many strange mails", "Ransomware at City Hospital")
	post(t, s, "/reports/-/move", url.Values{"action": {"take"}, "id": {rows[4].ID}})
	if n := len(rowsOf(t, s, "is:mine")); n != 1 {
		t.Errorf("%d are mine", n)
	}
}

func TestAskingShowsWhatLeavesFirst(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	id := rowsOf(t, s, "hacked")[0].ID
	to := post(t, s, "/reports/-/move", url.Values{"action": {"ask"}, "id": {id}, "q": {"state:new"}}).Header.Get("Location")
	contains(t, s.Get(t, to), "dan@shopfront.example", "See what leaves")
	path, _, _ := strings.Cut(to, "?")
	said := url.Values{"text": {"Since when?"}, "subject": {"Re: Account"}, "back": {"/reports"}}
	res := post(t, s, path, url.Values{"text": {" "}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an empty message answers %s", res.Status)
	}
	contains(t, body(t, post(t, s, path, said)), "Nothing has been sent yet", "Since when?", "dan@shopfront.example")
	said.Set("step", "send")
	res = post(t, s, path, said)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/reports" {
		t.Errorf("sending answers %s to %s: %s", res.Status, res.Header.Get("Location"), body(t, res))
	}
	contains(t, s.Get(t, "/reports/"+id), "Since when?")
}

func TestNothingTypedIsLost(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	id := rowsOf(t, s, "hacked")[0].ID
	v := url.Values{"version": {"99"}, "economy": {"1"}, "why_economy": {"the shops stand still"}}
	res := post(t, s, "/reports/"+id+"/significance", v)
	if text := body(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "the shops stand still") {
		t.Errorf("a test over another's answers %s", res.Status)
	}
	v.Set("version", "0")
	post(t, s, "/reports/"+id+"/significance", v)
	contains(t, s.Get(t, "/reports/"+id), "Significant", "the shops stand still")
}

func TestFilesAreDownloadsOnly(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	id := ""
	for _, row := range rowsOf(t, s, "door:form") {
		if !row.Anonymous {
			id = row.ID
		}
	}
	page := s.Get(t, "/reports/"+id)
	link := regexp.MustCompile(`/reports/[^"]+/files/[^"]+`).FindString(page)
	res, err := s.Client.Get(s.URL + link)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	h := res.Header
	if body(t, res) != "not really a picture" || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: %v", link, h)
	}
	contains(t, s.Get(t, strings.Replace(link, "/files/", "/custody/", 1)), "received", "read")
}

func TestPalette(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	hit := rowsOf(t, s, "hacked")[0]
	contains(t, s.Get(t, "/palette?q="+hit.Ref), "/reports/"+hit.ID)
}

// Two people judge the same report: the second sees what stands, and keeps the choice.
func TestTwoPeopleWithOneReport(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	id := rowsOf(t, s, "hacked")[0].ID
	r, err := s.App.Incidents.Report(t.Context(), s.Actor, id)
	if err != nil {
		t.Fatal(err)
	}
	v := url.Values{"version": {strconv.FormatInt(r.Version, 10)}, "class": {"fraud"}, "severity": {"high"}, "tlp": {"TLP:AMBER"}}
	if res := post(t, s, "/reports/"+id+"/edit", v); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the first is answered %s", res.Status)
	}
	v.Set("class", "intrusions")
	res := post(t, s, "/reports/"+id+"/edit", v)
	contains(t, body(t, res), "Fraud, ", `value="intrusions" selected`, "Somebody else changed it meanwhile")
	if res.StatusCode != http.StatusConflict {
		t.Errorf("the second is answered %s", res.Status)
	}
	n, err := s.App.Incidents.AddNote(t.Context(), s.Actor, id, "first")
	if err != nil {
		t.Fatal(err)
	}
	at := "/reports/" + id + "/note/" + n.ID
	post(t, s, at, url.Values{"version": {"1"}, "text": {"hers"}})
	contains(t, body(t, post(t, s, at, url.Values{"version": {"1"}, "text": {"his"}})), "hers", "his", `name="version" value="2"`)
}

func TestTakingBack(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	rows := rowsOf(t, s, "state:new strange")
	a, b, c := rows[0].ID, rows[1].ID, rows[2].ID
	found, err := s.App.Incidents.Incidents(t.Context(), s.Actor, incident.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	to := found.Items[0].ID
	had := len(rowsOf(t, s, "incident:"+to))
	link := post(t, s, "/reports/-/move", url.Values{"action": {"link"}, "incident": {to}, "id": {a}, "q": {"state:new"}}).Header.Get("Location")
	contains(t, s.Get(t, link), `name="did" value="link"`, `name="of" value="`+to+`"`)
	post(t, s, "/reports/-/undo", url.Values{"id": {a}, "did": {"link"}, "of": {to}})
	if n := len(rowsOf(t, s, "incident:"+to)); n != had {
		t.Errorf("%d are in the incident, and there were %d", n, had)
	}
	post(t, s, "/reports/"+b+"/do/merge", url.Values{"into": {c}})
	contains(t, s.Get(t, "/reports/"+b), "It is no duplicate")
	post(t, s, "/reports/"+b+"/unmerge", url.Values{})
	if n := len(rowsOf(t, s, "is:duplicate")); n != 0 {
		t.Errorf("%d are duplicates", n)
	}
	post(t, s, "/reports/-/move", url.Values{"action": {"take"}, "id": {c}})
	post(t, s, "/reports/"+c+"/assign", url.Values{"account": {""}})
	if n := len(rowsOf(t, s, "is:mine")); n != 0 {
		t.Errorf("%d are still mine", n)
	}
	if res := post(t, s, "/reports/"+c+"/assign", url.Values{"account": {"nobody-of-that-name"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nobody is given a report with %s", res.Status)
	}
}

func TestReferralEnds(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	id := rowsOf(t, s, "hacked")[0].ID
	f, err := s.App.Incidents.Refer(t.Context(), s.Actor, id, incident.ReferralDraft{
		To: incident.Party{Name: "Police", Email: "desk@police.example"}, Reason: "a crime", Due: s.App.Clock.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	contains(t, s.Get(t, "/reports/"+id), "They answered")
	if res := post(t, s, "/reports/"+id+"/answered", url.Values{"referral": {f.ID}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no answer is answered %s", res.Status)
	}
	post(t, s, "/reports/"+id+"/answered", url.Values{"referral": {f.ID}, "outcome": {"They took it."}})
	contains(t, s.Get(t, "/reports/"+id), "They took it.")
	if n := len(rowsOf(t, s, "is:referred")); n != 0 {
		t.Errorf("%d wait for an answer", n)
	}
}

func TestPickingByFields(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	res, err := s.Client.Get(s.URL + "/reports?pick=1&state=new&door=form&words=phishing+page&class=")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if to := res.Header.Get("Location"); to != "/reports?q=state%3Anew+door%3Aform+phishing+page" {
		t.Errorf("it leads to %q", to)
	}
}

// The first page tells what waits.
func TestWaiting(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	contains(t, s.Get(t, "/"), "without an answer", "the oldest since", "critical", "/reports?q=is%3Aundone+severity%3Acritical")
}

// A mail as it looked is a page of its own that can do nothing.
func TestMailAsItLooked(t *testing.T) {
	s := station.Open(t, station.Options{Reports: true})
	id := rowsOf(t, s, "hacked")[0].ID
	mail := "From: dan@shopfront.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n<p>Look <b>here</b><script>alert(1)</script><img src=\"http://evil.example/i.png\"></p>"
	item, err := s.App.Incidents.Attach(t.Context(), s.Actor, id, incident.File{Name: "mail.eml", MediaType: "message/rfc822", Body: strings.NewReader(mail)})
	if err != nil {
		t.Fatal(err)
	}
	at := "/reports/" + id + "/mail/" + item.ID
	contains(t, s.Get(t, "/reports/"+id), at)
	res, err := s.Client.Get(s.URL + at)
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, res)
	contains(t, page, "<b>here</b>")
	if policy := res.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "sandbox") || strings.Contains(page, "<script") || strings.Contains(page, "evil.example/i.png") {
		t.Errorf("%s: %s", policy, page)
	}
}
