package countermeasures_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

// desk is a reader of a station's pages.
type desk struct {
	*testing.T
	*station.Station
}

func open(t *testing.T) *desk {
	t.Helper()
	return &desk{t, station.Open(t, station.Options{Bare: true})}
}

// ask makes a request, and gives the status, where it leads, and the page. A nil form is read.
func (d *desk) ask(path string, form url.Values) (status int, to, page string) {
	d.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(d.T.Context(), method, d.URL+path, body)
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", d.URL)
	res, err := d.Client.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

// must makes a request that succeeds, and gives where it leads; the page has to hold the texts.
func (d *desk) must(path string, form url.Values, texts ...string) string {
	d.Helper()
	status, to, page := d.ask(path, form)
	if status >= 400 {
		d.Fatalf("%s: %d\n%.500s", path, status, page)
	}
	for _, x := range texts {
		if !strings.Contains(page, x) {
			d.Errorf("%s does not say %q", path, x)
		}
	}
	return to
}

func (d *desk) incident(restricted bool) string {
	d.Helper()
	i, err := d.App.Incidents.OpenIncident(d.T.Context(), d.Actor, incident.Opening{Title: "Phishing", TLP: tlp.Green, Restricted: restricted})
	if err != nil {
		d.Fatal(err)
	}
	return i.ID
}

const evil = `https://shop.example/<script>alert(1)</script>`

func fields() url.Values {
	return url.Values{"kind": {"takedown"}, "asset": {"url"}, "abuse": {"phishing"}, "value": {evil}, "words": {"<b>now</b>"}}
}

// From the draft to what is gone, as a person clicks.
func TestFromDraftToGone(t *testing.T) {
	d := open(t)
	in := "/incidents/" + d.incident(false) + "/countermeasures"
	d.must(in, nil, "Nobody was asked for anything yet")
	if status, _, page := d.ask(in, url.Values{"kind": {"takedown"}, "asset": {"url"}, "abuse": {"phishing"}, "value": {"nothing"}, "words": {"kept"}}); status != 422 || !strings.Contains(page, "kept") {
		t.Errorf("%d", status)
	}
	one := d.must(in, fields())
	d.must(one, nil, "hxxps://shop[.]example/&lt;script&gt;", "These have to be answered first", "Before anybody is asked")
	party := url.Values{"action": {"ask"}, "name": {"Hoster <i>"}, "email": {"abuse@hoster.example"}, "role": {"hoster"}}
	if status, _, page := d.ask(one+"/move", party); status != 422 || !strings.Contains(page, "before anybody is asked") || !strings.Contains(page, "abuse@hoster.example") {
		t.Errorf("asked before the checklist is answered: %d", status)
	}
	answers := url.Values{"origin": {"malicious"}, "no_evidence": {"in the report"}, "police": {"none"}, "police_asked": {"cyber desk"}, "requester": {"called back"}}
	d.must(one+"/checklist", answers)
	d.must(one+"/ladder", url.Values{"name": {"Upstream"}, "email": {"noc@upstream.example"}, "role": {"upstream"}})
	d.must(one+"/suggest", url.Values{}, "All is answered", "noc@upstream.example")
	d.must(one+"/move", party)
	d.must(one+"/move", url.Values{"action": {"chase"}})
	answers.Set("police", "objects")
	d.must(one+"/checklist", answers)
	d.must(one, nil, "The police object: nobody is written to", "Change the answers")
	if status, _, _ := d.ask(one+"/move", url.Values{"action": {"chase"}}); status != 422 {
		t.Errorf("chased though the police object: %d", status)
	}
	answers.Set("police", "none")
	d.must(one+"/checklist", answers)
	d.must(one+"/check", url.Values{"outcome": {"present"}, "words": {"seen <u>from home</u>"}})
	d.must(one, nil, "Request to take down", "firehall_ticket", "Hoster &lt;i&gt;", "seen &lt;u&gt;from home", "PAP:AMBER forbids")
	if status, _, _ := d.ask(one+"/check", url.Values{}); status != 422 {
		t.Errorf("looked in spite of the PAP: %d", status)
	}
	d.must(one+"/move", url.Values{"action": {"escalate"}, "next": {"1"}})
	d.must(one+"/move", url.Values{"action": {"verify"}, "reason": {"looked"}})
	d.must(one, nil, "Gone since", "Upstream")
	d.must(in, nil, "shop[.]example")
}

// A block is lifted in two steps, and the page says what is missing.
func TestLiftingABlock(t *testing.T) {
	d := open(t)
	f := fields()
	f.Set("kind", "block")
	one := d.must("/incidents/"+d.incident(false)+"/countermeasures", f)
	d.must(one+"/checklist", url.Values{"origin": {"malicious"}, "no_evidence": {"x"}, "police": {"none"}, "police_asked": {"x"}, "requester": {"x"}})
	party := url.Values{"action": {"ask"}, "name": {"Shop"}, "email": {"owner@shop.example"}, "role": {"owner"}}
	if status, _, page := d.ask(one+"/move", party); status != 422 || !strings.Contains(page, "Why the owner is asked all the same") {
		t.Errorf("the owner is asked without a reason: %d", status)
	}
	party.Set("why", "a stolen account")
	d.must(one+"/move", party)
	d.must(one+"/move", url.Values{"action": {"verify"}, "reason": {"seen"}})
	d.must(one+"/move", url.Values{"action": {"lift"}, "reason": {"mended"}})
	d.must(one, nil, "Being lifted", "The block counts as in force", "Keep the block", "a stolen account")
	d.must(one+"/move", url.Values{"action": {"confirm"}, "reason": {"they called"}})
	d.must(one, nil, "Lifted", "confirmed as lifted")
}

func TestListExportAndBulk(t *testing.T) {
	d := open(t)
	d.must("/countermeasures", nil, "Nothing to take down")
	in := "/incidents/" + d.incident(false) + "/countermeasures"
	f := fields()
	f.Set("asset", "other")
	f.Set("value", "=cmd()")
	one := d.must(in, f)
	d.must("/countermeasures?state=draft&role=nonsense&sort=due", nil, "=cmd()", "1 countermeasure")
	d.must("/countermeasures?overdue=1", nil, "Nothing to take down")
	d.must("/countermeasures/-/export?format=csv", nil, "'=cmd()", "seconds_to_gone")
	d.must("/countermeasures/-/export?format=json&state=draft", nil, `"state":"draft"`)
	if status, _, _ := d.ask("/countermeasures/-/export?format=exe", nil); status != 422 {
		t.Errorf("%d", status)
	}
	id := strings.TrimPrefix(one, "/countermeasures/")
	d.must("/countermeasures/-/move", url.Values{"action": {"withdraw"}, "reason": {"a mistake"}, "id": {id}})
	d.must(one, nil, "Withdrawn", "a mistake")
}

// Who does not see the incident does not see what hangs on it.
func TestRestrictedIsNotThere(t *testing.T) {
	d := open(t)
	about := d.incident(true)
	one := d.must("/incidents/"+about+"/countermeasures", fields())
	d.Client = d.LoginAs(t, "eve", identity.IncidentHandler)
	for path, form := range map[string]url.Values{
		one: nil, "/incidents/" + about + "/countermeasures": nil, one + "/move": {"action": {"withdraw"}, "reason": {"x"}}, one + "/check": {"outcome": {"clean"}, "words": {"x"}},
	} {
		if status, _, _ := d.ask(path, form); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{"/countermeasures", "/countermeasures/-/export"} {
		if _, _, page := d.ask(path, nil); strings.Contains(page, "shop") {
			t.Errorf("%s tells of it", path)
		}
	}
}
