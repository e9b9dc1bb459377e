package share_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/stix/stixtest"
	"github.com/firehall/firehall/test/station"
)

// house is a station with a collection for a group of one team with an agreement, and one for the team alone.
type house struct {
	*station.Station
	*testing.T
	group, own sharing.Collection
	peer       string // id of the organisation
}

func open(t *testing.T) house {
	h := house{Station: station.Open(t, station.Options{Bare: true}), T: t}
	a, system := h.App, identity.System("test")
	o, err := a.Register.AddOrganisation(t.Context(), system, constituency.Organisation{Name: "CERT-NL", Kind: constituency.Peer})
	h.must(err)
	h.peer = o.ID
	_, err = a.Teams.Put(t.Context(), system, team.Team{Organisation: o.ID, Handling: tlp.AmberStrict})
	h.must(err)
	_, err = a.Teams.Sign(t.Context(), system, team.Agreement{
		Organisation: o.ID, Kind: team.NDA, Version: "1", Signed: h.Clock.Now(), SignedUs: "us", SignedThem: "them", From: h.Clock.Now().Add(-time.Minute), Out: tlp.Amber, In: tlp.Amber,
	})
	h.must(err)
	g, err := a.Teams.PutGroup(t.Context(), system, team.Group{Name: "Friends", Cap: tlp.Amber, Members: []string{o.ID}})
	h.must(err)
	h.group, err = a.Sharing.Open(t.Context(), system, sharing.Draft{Title: "Friends <b>", Alias: "friends", Group: g.ID, CanRead: true, Label: tlp.Amber})
	h.must(err)
	h.own, err = a.Sharing.Open(t.Context(), system, sharing.Draft{Title: "Ours", Alias: "ours", CanRead: true, Label: tlp.Amber})
	h.must(err)
	return h
}

func (h house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// incident opens one that names its reporter.
func (h house) incident(o incident.Opening) incident.Incident {
	h.Helper()
	r, err := h.App.Incidents.Accept(h.Context(), h.Actor, incident.Draft{
		Door: incident.Form, Subject: "Trouble", Text: "It happened to us.", Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@north.example"}, Answers: incident.Answers{Peers: true},
	})
	h.must(err)
	o.Reports = []string{r.ID}
	i, err := h.App.Incidents.OpenIncident(h.Context(), h.Actor, o)
	h.must(err)
	_, err = h.App.Observables.Add(h.Context(), h.Actor, i.ID, []observable.Draft{{Kind: "domain", Value: "evil.example", Role: observable.Infrastructure, Detection: true}})
	h.must(err)
	return i
}

// ask asks as a client and gives the status and the page, without markup that only divides.
func (h house) ask(c *http.Client, method, path string, v url.Values) (int, string, http.Header) {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, h.URL+path, strings.NewReader(v.Encode()))
	h.must(err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", h.URL)
	}
	res, err := c.Do(req)
	h.must(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	h.must(err)
	return res.StatusCode, string(text), res.Header
}

func (h house) has(page string, words map[string]bool) {
	h.Helper()
	for word, want := range words {
		if strings.Contains(page, word) != want {
			h.Errorf("%q is there: %v", word, !want)
		}
	}
}

// stamp reads what was looked at from the form.
func stamp(page string) string {
	_, rest, _ := strings.Cut(page, `name="stamp" value="`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// What would be stored is shown with what was taken from it, put exactly as it was seen, listed with its links, and taken out with a reason.
func TestIncidentIsPutAndWithdrawn(t *testing.T) {
	h := open(t)
	i := h.incident(incident.Opening{Title: "Zelda Quickthorn called <script>x</script>", Summary: "She saw evil.example.", Severity: "high", TLP: tlp.Amber})
	at := "/incidents/" + i.ID + "/share"
	h.has(h.Get(t, at), map[string]bool{"It stands in no collection": true, "Friends &lt;b&gt;": true, "<script>x": false, "/stix": true, "/releases/items/incident/" + i.ID: true, `name="stamp"`: false})
	page := h.Get(t, at+"?in=friends")
	h.has(page, map[string]bool{
		"Allowed, redacted": true, "names taken out of the text": true, "No name was found in the copy": true, "&#34;value&#34;: &#34;evil.example&#34;": true,
		"<b>": false, "<script>x": false, "zelda@north.example": false, "Put it into Friends &lt;b&gt;": true,
	})
	put := url.Values{"do": {"put"}, "in": {h.group.ID}, "stamp": {"another"}}
	status, page409, _ := h.ask(h.Client, http.MethodPost, at, put)
	if h.has(page409, map[string]bool{"it has changed since you looked at it": true}); status != http.StatusConflict {
		t.Errorf("what was not looked at answers %d", status)
	}
	put.Set("stamp", stamp(page))
	if status, text, _ := h.ask(h.Client, http.MethodPost, at, put); status != http.StatusSeeOther {
		t.Fatalf("putting answers %d: %s", status, text)
	}
	h.has(h.Get(t, at), map[string]bool{"stand there:": true, "/sharing/collections/" + h.group.ID: true, "Take it out of Friends &lt;b&gt;?": true})
	h.has(h.Get(t, at+"?in=friends"), map[string]bool{"as it stands": true, ">new<": false})
	out := url.Values{"do": {"withdraw"}, "in": {h.group.ID}, "reason": {" \n"}}
	status, page, _ = h.ask(h.Client, http.MethodPost, at, out)
	if h.has(page, map[string]bool{"say why it is taken out": true}); status != http.StatusConflict {
		t.Errorf("no reason answers %d", status)
	}
	out.Set("reason", "=cmd() it was wrong")
	if status, _, _ := h.ask(h.Client, http.MethodPost, at, out); status != http.StatusSeeOther {
		t.Errorf("withdrawing answers %d", status)
	}
	h.has(h.Get(t, at), map[string]bool{"It stands in no collection": true, "taken out": true})
	if status, _, _ := h.ask(h.Client, http.MethodPost, at, out); status != http.StatusNotFound {
		t.Errorf("withdrawing nothing answers %d", status)
	}
}

// What needs a second person is asked for on the page; once they agreed it goes, and nowhere before.
func TestRestrictedNeedsASecondPerson(t *testing.T) {
	h := open(t)
	i := h.incident(incident.Opening{Title: "Delicate", TLP: tlp.Amber, Restricted: true})
	at := "/incidents/" + i.ID + "/share"
	for role, client := range map[identity.Role]*http.Client{identity.IncidentHandler: h.LoginAs(t, "han", identity.IncidentHandler), identity.Auditor: h.LoginAs(t, "aud", identity.Auditor)} {
		for _, path := range []string{at, at + "?in=friends", at + "/stix"} {
			if status, page, _ := h.ask(client, http.MethodGet, path, nil); status != http.StatusNotFound || strings.Contains(page, "Delicate") {
				t.Errorf("%s: %s answers %d", role, path, status)
			}
		}
		if status, _, _ := h.ask(client, http.MethodPost, at, url.Values{"do": {"put"}, "in": {h.group.ID}, "stamp": {"x"}}); status != http.StatusNotFound {
			t.Errorf("%s: putting answers %d", role, status)
		}
	}
	h.has(h.Get(t, at+"?in=ours"), map[string]bool{"the whole team reads this collection": true, "Refused": true, `name="stamp"`: false})
	page := h.Get(t, at+"?in=friends")
	h.has(page, map[string]bool{"Needs a second person": true, "Ask a second person": true, "Put it into Friends": false})
	status, page, _ := h.ask(h.Client, http.MethodPost, at, url.Values{"do": {"put"}, "in": {h.group.ID}, "stamp": {stamp(page)}})
	if h.has(page, map[string]bool{"A second person is asked": true, "/releases/": true}); status != http.StatusConflict {
		t.Errorf("asking answers %d", status)
	}
	h.has(h.Get(t, at+"?in=friends"), map[string]bool{"A second person is asked": true, "Ask a second person": false})
	waiting, err := h.App.Release.Decisions(t.Context(), h.Actor, release.Filter{Outcome: release.Second, Kind: incident.IncidentItem, ID: i.ID})
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%+v, %v", waiting, err)
	}
	who, _, err := h.App.Accounts.Add(t.Context(), h.Actor, account.Draft{Login: "ada", Roles: []identity.Role{identity.DutyOfficer}})
	h.must(err)
	_, err = h.App.Accounts.Sign(t.Context(), h.Actor, account.Agreement{Account: who.ID, Kind: account.NDA})
	h.must(err)
	h.must(h.App.Incidents.AddMember(t.Context(), h.Actor, i.ID, incident.Member{Account: who.ID, Reason: "the second person"}))
	second := identity.Actor{ID: who.ID, Name: "ada", Kind: identity.Person, Via: "web", Roles: who.Roles}
	_, err = h.App.Release.Approve(t.Context(), second, waiting[0].ID, "they <b>have</b> to know")
	h.must(err)
	page = h.Get(t, at+"?in=friends")
	h.has(page, map[string]bool{"A second person was asked": true, "they &lt;b&gt;have&lt;/b&gt; to know": true, "Put it into Friends": true})
	if status, text, _ := h.ask(h.Client, http.MethodPost, at, url.Values{"do": {"put"}, "in": {h.group.ID}, "stamp": {stamp(page)}}); status != http.StatusSeeOther {
		t.Errorf("putting answers %d: %s", status, text)
	}
	if n, err := h.App.Give.Review(t.Context(), identity.System("sharing")); n != 0 || err != nil {
		t.Errorf("what a person agreed to was taken out: %d, %v", n, err)
	}
}

// The team takes the whole of it, as a file that fits the published schemas; who may only read may take it, and may not put it anywhere.
func TestBundleIsTaken(t *testing.T) {
	h := open(t)
	i := h.incident(incident.Opening{Title: "Something", TLP: tlp.Green})
	auditor := h.LoginAs(t, "aud", identity.Auditor)
	status, text, head := h.ask(auditor, http.MethodGet, "/incidents/"+i.Ref+"/share/stix", nil)
	if status != http.StatusOK || head.Get("Content-Type") != "application/stix+json;version=2.1" || head.Get("Content-Disposition") != "attachment; filename="+i.Ref+".stix-TLP-GREEN.json" {
		t.Fatalf("%d %v", status, head)
	}
	h.has(text, map[string]bool{"Zelda Quickthorn": true, "evil.example": true})
	objects, bad, err := stix.Parse(strings.NewReader(text), stix.Limits{Clock: h.Clock})
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	fits := stixtest.Schemas(t)
	for _, o := range objects {
		if err := fits(o.Raw); err != nil {
			t.Errorf("%v\n%s", err, o.Raw)
		}
	}
	taken, err := h.App.Release.Decisions(t.Context(), h.Actor, release.Filter{Kind: incident.IncidentItem, ID: i.ID, To: release.Self})
	if err != nil || len(taken) != 1 {
		t.Errorf("decided %d times, %v", len(taken), err)
	}
	var who string
	h.must(h.App.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT actor FROM audit_payload WHERE operation = $1`, string(sharing.OpExport)).Scan(&who)
	}))
	status, page, _ := h.ask(auditor, http.MethodGet, "/incidents/"+i.ID+"/share?in=friends", nil)
	if h.has(page, map[string]bool{"Put it into a collection": false, `name="in"`: false, "Download the bundle": true}); status != http.StatusOK {
		t.Errorf("an auditor's page answers %d", status)
	}
	for _, v := range []url.Values{{"do": {"put"}, "in": {h.group.ID}, "stamp": {"x"}}, {"do": {"withdraw"}, "in": {h.group.ID}, "reason": {"x"}}} {
		if status, _, _ := h.ask(auditor, http.MethodPost, "/incidents/"+i.ID+"/share", v); status != http.StatusForbidden {
			t.Errorf("an auditor's %s answers %d", v.Get("do"), status)
		}
	}
	if status, _, _ := h.ask(h.LoginAs(t, "vol", identity.Volunteer), http.MethodGet, "/incidents/"+i.ID+"/share/stix", nil); status != http.StatusForbidden {
		t.Errorf("a volunteer takes it: %d", status)
	}
}
