package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/test/station"
)

// join logs somebody of the team in, bound by an agreement or not, and gives their client and account.
func (c *caller) join(login string, bound bool, roles ...identity.Role) (*http.Client, string) {
	c.Helper()
	client := c.LoginAs(c, login, roles...)
	var me object
	was := c.Client
	c.Client = client
	c.want(http.StatusOK, http.MethodGet, "/me", nil, &me)
	c.Client = was
	id := me["id"].(string)
	if bound {
		if _, err := c.App.Accounts.Sign(c.Context(), c.Actor, account.Agreement{Account: id, Kind: account.NDA}); err != nil {
			c.Fatal(err)
		}
	}
	return client, id
}

func TestIncidentsByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{"subject": "Flood"})
	made := c.code(201, "POST", "/incidents", object{"title": "A flood of <b>packets</b>", "class": "availability", "severity": "high", "reports": []string{id}})
	path := "/incidents/" + made["id"].(string)
	if one := c.code(200, "GET", "/incidents/"+made["ref"].(string), nil); one["title"] != "A flood of <b>packets</b>" || one["state"] != "open" || one["tlp"] != "TLP:AMBER" {
		t.Errorf("%v", one)
	}
	if l := c.list("/incidents?q=" + url.QueryEscape("state:open flood")); len(l.Items) != 1 || l.Items[0]["reports"] != 1.0 {
		t.Errorf("%v", l)
	}
	c.code(200, "PATCH", path, object{"version": 1, "summary": "Since noon."})
	c.code(422, "PATCH", path, object{"version": 2, "severity": "terrible"})
	c.code(200, "PUT", path+"/significance", object{"version": 0, "cross_border": object{"yes": true, "reason": "two countries"}})
	other := c.reported(object{})
	c.code(200, "POST", path+"/reports", object{"reports": []string{other}})
	c.code(422, "DELETE", path+"/reports/"+other, nil)
	c.code(204, "DELETE", path+"/reports/"+other+"?reason=no", nil)
	c.code(404, "DELETE", path+"/reports/"+other+"?reason=no", nil)
	v := c.code(201, "POST", "/investigations", object{"incident": made["id"], "party": object{"name": "ISP", "email": "abuse@isp.example"}, "subject": "A host", "text": "Look."})
	talk := "/investigations/" + v["ref"].(string)
	c.code(201, "POST", talk+"/messages", object{"text": "And?"})
	if one := c.code(200, "GET", talk, nil); len(one["messages"].([]any)) != 2 {
		t.Errorf("%v", one)
	}
	c.code(204, "POST", talk+"/moves", object{"move": "resolve"})
	c.code(409, "POST", talk+"/moves", object{"move": "resolve"})
	c.code(204, "POST", talk+"/moves", object{"move": "reopen"})
	if one := c.code(200, "POST", path+"/moves", object{"to": "resolved"}); one["state"] != "resolved" {
		t.Errorf("%v", one)
	}
	for what, at := range map[string]string{"report": "/reports/" + id, "investigation": talk} {
		if one := c.code(200, "GET", at, nil); one["state"] != "resolved" {
			t.Errorf("the %s is %v", what, one["state"])
		}
	}
	if one := c.code(200, "POST", path+"/moves", object{"to": "open"}); one["state"] != "open" {
		t.Errorf("%v", one)
	}
	c.code(422, "POST", "/investigations", object{"party": object{"name": "x"}, "subject": "s", "text": "t"})
	c.code(422, "POST", "/incidents", object{"title": "x", "restricted": true, "owner": "me"})
}

// What is restricted, and what does not exist, are answered in the same words, by every operation.
func TestHiddenIsAsIfItWereNot(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	ada, adaID := c.join("ada", true, identity.DutyOfficer)
	bob, bobID := c.join("bob", true, identity.IncidentHandler)
	_, eveID := c.join("eve", false, identity.IncidentHandler)
	c.Client = ada
	id := c.reported(object{"subject": "Minister", "text": "The minister's laptop."})
	note := c.code(201, "POST", "/reports/"+id+"/notes", object{"text": "hush"})["id"].(string)
	file := c.attach(id, "a.txt", "evidence")
	c.code(409, "POST", "/incidents", object{"title": "Minister", "restricted": true, "members": []string{eveID}})
	made := c.code(201, "POST", "/incidents", object{"title": "Minister", "restricted": true, "reports": []string{id}})
	i := made["id"].(string)
	talk := c.code(201, "POST", "/investigations", object{"incident": i, "party": object{"name": "ISP", "email": "abuse@isp.example"}, "subject": "s", "text": "t"})["id"].(string)
	c.Client = bob
	for _, tt := range []struct {
		method, path, name string
		body               any
	}{
		{"GET", "/reports/%s", id, nil},
		{"PATCH", "/reports/%s", id, object{"version": 1, "class": "fraud"}},
		{"POST", "/reports/%s/notes", id, object{"text": "x"}},
		{"POST", "/reports/%s/replies", id, object{"text": "x"}},
		{"POST", "/reports/%s/hand-back", id, object{"reason": "x"}},
		{"POST", "/reports/%s/call-back", id, object{"number": "+358 1", "person": "x"}},
		{"PUT", "/reports/%s/significance", id, object{"version": 0}},
		{"PUT", "/notes/%s", note, object{"version": 1, "text": "x"}},
		{"GET", "/files/%s/custody", file, nil},
		{"GET", "/files/%s/content?reason=x", file, nil},
		{"POST", "/files?name=x&about=%s", id, "x"},
		{"GET", "/incidents/%s", i, nil},
		{"PATCH", "/incidents/%s", i, object{"version": 1, "title": "x"}},
		{"POST", "/incidents/%s/moves", i, object{"to": "resolved", "reason": "x"}},
		{"PUT", "/incidents/%s/members/" + bobID, i, object{}},
		{"DELETE", "/incidents/%s/members/" + adaID + "?reason=x", i, nil},
		{"PUT", "/incidents/%s/restriction", i, object{"restricted": false, "reason": "x"}},
		{"GET", "/investigations/%s", talk, nil},
		{"POST", "/investigations/%s/messages", talk, object{"text": "x"}},
	} {
		_, hidden := c.do(tt.method, fmt.Sprintf(tt.path, tt.name), tt.body)
		nothing := strings.Repeat("0", len(tt.name))
		_, none := c.do(tt.method, fmt.Sprintf(tt.path, nothing), tt.body)
		if got := strings.ReplaceAll(string(hidden), tt.name, nothing); got != string(none) || !strings.Contains(got, `"status":404`) {
			t.Errorf("%s %s:\n%s\n%s", tt.method, tt.path, hidden, none)
		}
	}
	for _, path := range []string{"/reports", "/reports?q=minister", "/incidents", "/suggest?q=minister", "/reports-passed", "/reports?q=" + url.QueryEscape("incident:"+i)} {
		if l := c.list(path); len(l.Items) != 0 {
			t.Errorf("%s: %v", path, l.Items)
		}
	}
	c.code(422, "POST", "/glass/"+i, object{"reason": ""})
	c.code(204, "POST", "/glass/"+made["ref"].(string), object{"reason": "nobody answers"})
	if one := c.code(200, "GET", "/reports/"+id, nil); one["text"] != "The minister's laptop." {
		t.Errorf("%v", one)
	}
	c.code(403, "PUT", "/incidents/"+i+"/restriction", object{"restricted": false, "reason": "x"}) // who broke the glass sees for a time only
	c.Client = ada
	c.code(409, "PUT", "/incidents/"+i+"/members/"+eveID, object{})
	c.code(204, "PUT", "/incidents/"+i+"/members/"+bobID, object{"ad_hoc": true, "until": c.Clock.Now().Add(time.Hour), "reason": "knows the laptop"})
	c.code(409, "DELETE", "/incidents/"+i+"/members/"+adaID+"?reason=x", nil) // nobody would be left
	c.code(204, "DELETE", "/incidents/"+i+"/members/"+bobID+"?reason=x", nil)
	if one := c.code(200, "PUT", "/incidents/"+i+"/restriction", object{"restricted": false, "reason": "it is public"}); one["restricted"] != false {
		t.Errorf("%v", one)
	}
}

// attach adds a file.
func (c *caller) attach(about, name, content string) (id string) {
	c.Helper()
	return c.code(201, "POST", "/files?about="+about+"&name="+url.QueryEscape(name), content)["id"].(string)
}

func TestFilesAreGivenOutAsAttachments(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{})
	for name, shown := range map[string]string{"a.html": "a.html", "../../x\".exe": "", "\u202egnp.exe": "", "é\r\nX: y": ""} {
		file := c.attach(id, name, "<script>alert(1)</script>")
		c.code(422, "GET", "/files/"+file+"/content", nil)
		res, text := c.do("GET", "/files/"+file+"/content?reason=look", nil)
		h := res.Header
		if res.StatusCode != 200 || string(text) != "<script>alert(1)</script>" || h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.Contains(h.Get("Content-Disposition"), shown) || h.Get("X") != "" || h.Get("Content-Length") != "25" {
			t.Errorf("%q: %s %v", name, res.Status, h)
		}
		if l := c.list("/files/" + file + "/custody"); len(l.Items) != 2 || l.Items[1]["reason"] != "look" || l.Items[1]["act"] != "read" {
			t.Errorf("%v", l)
		}
	}
	c.code(404, "GET", "/files/nosuch/content?reason=x", nil)
	c.code(404, "GET", "/files/nosuch/custody", nil)
	c.code(404, "POST", "/files?about=nosuch&name=x", "x")
	c.code(422, "POST", "/files?about="+id, "x")
	bad := c.reported(object{"answers": object{"children": true}})
	file := c.attach(bad, "a.jpg", "x")
	c.code(409, "GET", "/files/"+file+"/content?reason=x", nil)
	c.program(identity.ReportsWrite)
	c.code(403, "GET", "/files/"+file+"/content?reason=x", nil)
	c.code(403, "POST", "/files?about="+id+"&name=x", "x")
}

func TestCallBackNeedsARegisteredNumber(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	var up object
	c.want(201, "POST", "/register/imports", "organisation,network,contact\nWorks,203.0.113.192/27,tel:+358295390230\n", &up)
	c.code(200, "POST", "/register/imports/"+up["id"].(string)+"/apply", nil)
	id := c.reported(object{"reporter": object{"phone": "+44 1"}})
	c.code(422, "POST", "/reports/"+id+"/call-back", object{"number": "+44 1", "person": "Zoe"})
	c.code(204, "POST", "/reports/"+id+"/call-back", object{"number": "+358 295 390 230", "person": "Zoe"})
	one := c.code(200, "GET", "/reports/"+id, nil)
	if got := one["reporter"].(map[string]any)["verified"]; got != "call-back" {
		t.Errorf("%v", got)
	}
}

// TestAuditByTheAPI reads who did what, with filters, pages and one entry; what somebody may not see is not there.
func TestAuditByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{"text": "A secret that is nobody's business."})
	for range 3 {
		c.code(201, "POST", "/reports/"+id+"/notes", object{"text": "x"})
	}
	l := c.list("/audit?limit=2&operation=report.note")
	if len(l.Items) != 2 || l.Next == "" || l.Items[0]["object"] != id {
		t.Fatalf("%v", l)
	}
	if next := c.list("/audit?limit=2&operation=report.note&cursor=" + url.QueryEscape(l.Next)); len(next.Items) != 1 {
		t.Errorf("%v", next)
	}
	if one := c.code(200, "GET", "/audit/entries/"+l.Items[0]["id"].(string), nil); one["operation"] != "report.note" {
		t.Errorf("%v", one)
	}
	c.code(404, "GET", "/audit/entries/nosuch", nil)
	c.code(422, "GET", "/audit?cursor=zzz", nil)
	c.code(422, "GET", "/audit?from=yesterday", nil)
	c.list("/audit/checkpoints")
	if _, text := c.do("GET", "/audit?limit=100", nil); strings.Contains(string(text), "nobody's business") {
		t.Error("the record holds the text of a report")
	}
	for role, status := range map[identity.Role]int{identity.Auditor: 200, identity.Author: 403} {
		c.Client = c.LoginAs(t, string(role)+".a", role)
		c.code(status, "GET", "/audit", nil)
	}
	c.Client = c.Stranger(t)
	res, err := c.Client.Get(c.URL + "/api/v1/audit")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if _ = res.Body.Close(); res.StatusCode != 401 {
		t.Errorf("a stranger: %s", res.Status)
	}
}

// TestRolesChangeWhatTheyMay asks every change of reports and incidents as each role: only those of the table may.
func TestRolesChangeWhatTheyMay(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{})
	i := c.code(201, "POST", "/incidents", object{"title": "x"})["id"].(string)
	asks := []struct {
		op, method, path string
		body             any
	}{
		{"report.note", "POST", "/reports/" + id + "/notes", object{"text": "x"}},
		{"report.assign", "PUT", "/reports/" + id + "/assignee", object{"account": ""}},
		{"report.erase", "POST", "/reports/nosuch/erase", object{"reason": "x"}},
		{"report.define", "PUT", "/definition", object{"version": 99, "text": "x"}},
		{"incident.edit", "PATCH", "/incidents/" + i, object{"version": 99, "title": "x"}},
		{"incident.attach", "POST", "/files?name=x&about=nosuch", "x"},
		{"incident.glass", "POST", "/glass/nosuch", object{"reason": "x"}},
		{"account.add", "POST", "/accounts", object{"login": "x y", "roles": []string{"author"}}},
	}
	for _, role := range identity.Roles() {
		c.Client = c.LoginAs(t, string(role)+".r", role)
		actor := identity.Actor{ID: "x", Kind: identity.Person, Roles: []identity.Role{role}}
		for _, a := range asks {
			res, text := c.do(a.method, a.path, a.body)
			if may := actor.Authorise(identity.Operation(a.op), "") == nil; may == (res.StatusCode == 403) || res.StatusCode >= 500 {
				t.Errorf("%s %s: may %v, got %s %.200s", role, a.op, may, res.Status, text)
			}
		}
	}
}
