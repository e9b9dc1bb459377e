package api_test

import (
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

func TestObservablesByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	i := c.code(201, "POST", "/incidents", object{"title": "Phishing", "tlp": "TLP:AMBER"})["id"].(string)
	path := "/incidents/" + i + "/observables"
	one := c.code(201, "POST", path, object{"value": "hxxp://login[.]evil[.]net/a", "role": "infrastructure", "tlp": "TLP:GREEN", "pap": "PAP:RED"})
	if one["kind"] != "url" || one["value"] != "http://login.evil.net/a" || one["tlp"] != "TLP:AMBER" || one["pap"] != "PAP:RED" {
		t.Errorf("%v", one)
	}
	c.code(422, "POST", path, object{"value": "what is it"})
	c.code(422, "POST", path, object{"value": "evil.net", "colour": "red"})
	many := c.code(200, "POST", path+"/bulk", object{"observables": []object{{"value": "198.18.201.77"}, {"value": "?"}}})
	if len(many["added"].([]any)) != 1 || len(many["refused"].([]any)) != 1 {
		t.Errorf("%v", many)
	}
	if many = c.code(200, "POST", path+"/bulk", object{"text": "evil[.]net and 10.0.0.1"}); len(many["added"].([]any)) != 1 {
		t.Errorf("%v", many)
	}
	c.code(422, "POST", path+"/bulk", object{"text": "x", "report": "y"})
	c.code(404, "POST", path+"/bulk", object{"report": "R-NONE00"})
	if l := c.list(path + "?kind=url&kind=domain"); len(l.Items) != 2 {
		t.Errorf("%v", l)
	}
	this := path + "/" + one["id"].(string)
	other := c.list(path + "?kind=ip").Items[0]["id"].(string)
	c.want(204, "POST", this+"/relations", object{"kind": "hosted-on", "to": other}, nil)
	c.want(204, "POST", this+"/sightings", object{"seer": "ISP", "count": 3}, nil)
	c.code(200, "PATCH", this, object{"version": 2, "role": "delivery", "detection": true})
	c.code(409, "PATCH", this, object{"version": 2, "role": "payload"})
	got := c.code(200, "GET", this, nil)
	if got["seen"] != 3.0 || got["role"] != "delivery" || len(got["related_to"].([]any)) != 1 || len(got["sightings"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	c.want(204, "DELETE", path+"/relations/"+got["related_to"].([]any)[0].(map[string]any)["id"].(string), nil, nil)
	c.want(204, "DELETE", path+"/sightings/"+got["sightings"].([]any)[0].(map[string]any)["id"].(string), nil, nil)
	c.code(200, "POST", path+"/remove", object{"ids": []string{other}, "reason": "ours"})
	if l := c.list(path + "?removed=true"); len(l.Items) != 1 {
		t.Errorf("%v", l)
	}
	c.code(200, "POST", path+"/restore", object{"ids": []string{other}})
	if out := c.code(200, "GET", path+"/export?defanged=true", nil); out["tlp"] != "TLP:AMBER" || len(out["observables"].([]any)) != 3 {
		t.Errorf("%v", out)
	}
	if found := c.code(200, "GET", "/observables?value=login.evil.net", nil); len(found["matches"].([]any)) != 2 {
		t.Errorf("%v", found)
	}
}

// Of a restricted incident nothing is answered but to its members.
func TestObservablesOfARestrictedIncident(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	ada, _ := c.join("ada", true, identity.DutyOfficer)
	bob, _ := c.join("bob", true, identity.IncidentHandler)
	c.Client = ada
	i := c.code(201, "POST", "/incidents", object{"title": "Minister", "restricted": true})["id"].(string)
	path := "/incidents/" + i + "/observables"
	one := path + "/" + c.code(201, "POST", path, object{"value": "minister.evil.net"})["id"].(string)
	c.Client = bob
	mine := c.code(201, "POST", "/incidents", object{"title": "Another"})["id"].(string)
	here := c.code(201, "POST", "/incidents/"+mine+"/observables", object{"value": "minister.evil.net"})
	if here["elsewhere"] != 0.0 {
		t.Errorf("%v", here)
	}
	for _, get := range []string{path, path + "/export", one} {
		c.code(404, "GET", get, nil)
	}
	c.code(404, "POST", path, object{"value": "evil.net"})
	c.code(404, "POST", path+"/bulk", object{"text": "evil.net"})
	c.code(404, "PATCH", one, object{"role": "victim"})
	c.code(404, "POST", path+"/remove", object{"ids": []string{"x"}, "reason": "x"})
	c.code(404, "POST", one+"/sightings", object{"seer": "x"})
	if found := c.code(200, "GET", "/observables?value=minister.evil.net", nil); len(found["matches"].([]any)) != 1 {
		t.Errorf("%v", found)
	}
	got := c.code(200, "GET", "/incidents/"+mine+"/observables/"+here["id"].(string), nil)
	if len(got["matches"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
	c.Client = ada
	if found := c.code(200, "GET", "/observables?value=minister.evil.net", nil); len(found["matches"].([]any)) != 2 {
		t.Errorf("a member finds %v", found)
	}
}
