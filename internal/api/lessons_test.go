package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

func TestLessonsByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	path := "/incidents/" + c.code(201, "POST", "/incidents", object{"title": "Phishing"})["id"].(string)
	made := c.code(201, "POST", path+"/lessons", object{"kind": "cause", "state": "supposed", "text": "no second factor"})
	c.code(422, "POST", path+"/lessons", object{"kind": "rumour", "text": "x"})
	one := path + "/lessons/" + made["id"].(string)
	if got := c.code(200, "PUT", one, object{"version": 1, "state": "confirmed", "text": "no second factor at all"}); got["state"] != "confirmed" || got["kind"] != "cause" {
		t.Errorf("%v", got)
	}
	c.code(409, "PUT", one, object{"version": 1, "state": "confirmed", "text": "mine"})
	act := c.code(201, "POST", path+"/actions", object{"lesson": made["id"], "text": "roll it out", "due": "2026-12-24T12:00:00Z"})
	todo := path + "/actions/" + act["id"].(string)
	if l := c.list("/actions"); len(l.Items) != 1 || l.Items[0]["text"] != "roll it out" {
		t.Errorf("%v", l)
	}
	c.code(200, "PUT", todo, object{"version": 1, "text": "roll it out to all"})
	c.code(422, "POST", todo+"/moves", object{"to": "dropped", "version": 2})
	c.code(204, "POST", todo+"/moves", object{"to": "done", "version": 2, "outcome": "all have it"})
	if l := c.list("/actions"); len(l.Items) != 0 {
		t.Errorf("%v", l)
	}
	c.code(204, "DELETE", one+"?version=2&reason=wrong", nil)
	if b := c.code(200, "GET", path+"/lessons", nil); len(b["lessons"].([]any)) != 0 || len(b["actions"].([]any)) != 1 {
		t.Errorf("%v", b)
	}
}

func TestLiaisonByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	path := "/incidents/" + c.code(201, "POST", "/incidents", object{"title": "Phishing", "tlp": "TLP:GREEN"})["id"].(string)
	made := c.code(201, "POST", path+"/handovers", object{"agency": "Police", "note": "the victim asks"})
	one := path + "/handovers/" + made["id"].(string)
	c.code(409, "POST", one+"/moves", object{"move": "decide", "version": 1})
	c.code(200, "PUT", one, object{"version": 1, "agency": "Police", "basis": "a warrant", "what": "the logs"})
	c.code(204, "POST", one+"/moves", object{"move": "decide", "version": 2})
	c.code(204, "POST", one+"/moves", object{"move": "hand-over", "version": 3})
	c.Clock.Advance(time.Minute) // hand-overs are listed by when they were made
	order := object{"reference": "12 K 3/26", "authority": "District Court", "issued": "2026-11-20T00:00:00Z"}
	two := path + "/handovers/" + c.code(201, "POST", path+"/handovers", object{"agency": "Police", "basis": "an act", "what": "logs", "order": order})["id"].(string)
	c.code(204, "POST", two+"/moves", object{"move": "decide", "version": 1})
	if b := c.code(409, "POST", two+"/moves", object{"move": "hand-over", "version": 2}); !strings.Contains(fmt.Sprint(b), "12 K 3/26") {
		t.Errorf("%v", b)
	}
	said := c.code(201, "POST", path+"/liaison", object{"track": "liaison", "at": "2026-11-20T10:00:00Z", "who": "CERT X", "asked": "seen it?", "said": "yes"})
	entry := path + "/liaison/" + said["id"].(string)
	c.code(200, "PUT", entry, object{"version": 1, "at": "2026-11-20T10:00:00Z", "who": "CERT X", "said": "yes, since noon"})
	b := c.code(200, "GET", path+"/liaison", nil)
	if h := b["handovers"].([]any); len(h) != 2 || h[0].(map[string]any)["state"] != "handed-over" || h[0].(map[string]any)["given"] == nil || len(b["entries"].([]any)) != 1 {
		t.Errorf("%v", b)
	}
	c.code(204, "DELETE", entry+"?version=2&reason=wrong", nil)
}

// What was learned of a restricted incident, and said about it, is answered as what does not exist.
func TestLessonsOfARestrictedIncident(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	ada, _ := c.join("ada", true, identity.DutyOfficer)
	bob, _ := c.join("bob", true, identity.IncidentHandler)
	c.Client = ada
	path := "/incidents/" + c.code(201, "POST", "/incidents", object{"title": "Minister", "restricted": true})["id"].(string)
	c.code(201, "POST", path+"/actions", object{"text": "tell nobody"})
	c.Client = bob
	for _, what := range []string{"/lessons", "/liaison", "/carriable"} {
		c.code(404, "GET", path+what, nil)
	}
	c.code(404, "POST", path+"/actions", object{"text": "x"})
	c.code(404, "POST", path+"/handovers", object{"agency": "x"})
	if l := c.list("/actions"); len(l.Items) != 0 {
		t.Errorf("%v", l)
	}
}
