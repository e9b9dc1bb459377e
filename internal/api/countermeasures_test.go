package api_test

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

func TestCountermeasuresByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	i := c.code(201, "POST", "/incidents", object{"title": "Phishing", "class": "fraud"})["id"].(string)
	beneath := "/incidents/" + i + "/countermeasures"
	made := c.code(201, "POST", beneath, object{"asset": object{"kind": "url", "value": "hxxp://shop[.]example/a"}, "words": "since <noon>"})
	path := "/countermeasures/" + made["id"].(string)
	if made["state"] != "draft" || made["pap"] != "PAP:AMBER" || made["asset_defanged"] != "hxxp://shop[.]example/a" || len(made["missing"].([]any)) != 4 {
		t.Errorf("%v", made)
	}
	c.code(422, "POST", beneath, object{"asset": object{"kind": "url", "value": "javascript:alert(1)"}})
	c.code(422, "POST", beneath, object{"asset": object{"kind": "url", "value": "http://x.example", "colour": "red"}})
	ask := object{"to": "ask", "party": object{"name": "Hoster", "email": "abuse@hoster.example", "role": "hoster"}}
	c.code(409, "POST", path+"/moves", ask)
	c.code(409, "PATCH", path, object{"version": 9})
	c.code(200, "PATCH", path, object{"version": 1, "checklist": object{
		"origin": "malicious", "no_evidence": "in the report", "police": "none", "police_asked": "cyber desk", "requester": "our own finding",
	}})
	if one := c.code(200, "POST", path+"/moves", ask); one["state"] != "asked" || len(one["messages"].([]any)) != 1 {
		t.Errorf("%v", one)
	}
	c.code(409, "POST", path+"/checks", object{}) // PAP:AMBER
	c.code(200, "POST", path+"/checks", object{"outcome": "present", "words": "seen from home"})
	c.code(422, "POST", path+"/checks", object{"words": "x"})
	if s := c.code(200, "GET", path+"/suggestions", nil); s["parties"] == nil {
		t.Errorf("%v", s)
	}
	if l := c.list("/countermeasures?waiting=true&party=hoster"); len(l.Items) != 1 || l.Items[0]["ref"] != made["ref"] {
		t.Errorf("%v", l)
	}
	if l := c.list(beneath); len(l.Items) != 1 {
		t.Errorf("%v", l)
	}
	if m := c.code(200, "POST", "/countermeasures/moves", object{"ids": []string{made["ref"].(string), "x"}, "to": "chase"}); len(m["moved"].([]any)) != 1 {
		t.Errorf("%v", m)
	}
	if one := c.code(200, "POST", path+"/moves", object{"to": "verify", "reason": "looked"}); one["state"] != "gone" {
		t.Errorf("%v", one)
	}
}

// What hangs on a restricted incident is answered as what does not exist.
func TestCountermeasuresOfARestrictedIncident(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	ada, _ := c.join("ada", true, identity.DutyOfficer)
	bob, _ := c.join("bob", true, identity.IncidentHandler)
	c.Client = ada
	i := c.code(201, "POST", "/incidents", object{"title": "Minister", "restricted": true})["id"].(string)
	made := c.code(201, "POST", "/incidents/"+i+"/countermeasures", object{"asset": object{"kind": "domain", "value": "shop.example"}})["id"].(string)
	c.Client = bob
	for _, tt := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/countermeasures/%", nil},
		{"PATCH", "/countermeasures/%", object{"version": 1}},
		{"POST", "/countermeasures/%/moves", object{"to": "chase"}},
		{"POST", "/countermeasures/%/checks", object{}},
		{"GET", "/countermeasures/%/suggestions", nil},
	} {
		nothing := strings.Repeat("0", len(made))
		_, hidden := c.do(tt.method, strings.Replace(tt.path, "%", made, 1), tt.body)
		_, none := c.do(tt.method, strings.Replace(tt.path, "%", nothing, 1), tt.body)
		if got := strings.ReplaceAll(string(hidden), made, nothing); got != string(none) || !strings.Contains(got, `"status":404`) {
			t.Errorf("%s %s:\n%s\n%s", tt.method, tt.path, hidden, none)
		}
	}
	c.code(404, "GET", "/incidents/"+i+"/countermeasures", nil)
	if l := c.list("/countermeasures"); len(l.Items) != 0 {
		t.Errorf("%v", l.Items)
	}
}
