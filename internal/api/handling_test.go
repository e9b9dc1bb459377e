package api_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
)

// Incidents by the API: merged, split, linked and grouped, and all of it undone.
func TestHandlingByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	report := c.reported(object{})
	open := func(title string, reports ...string) string {
		return c.code(201, "POST", "/incidents", object{"title": title, "reports": reports, "severity": "low"})["id"].(string)
	}
	a, b, whole := open("A"), open("B", report), open("Whole")
	at := func(id string, rest ...string) string { return "/incidents/" + id + strings.Join(rest, "") }

	c.code(422, "POST", at(b, "/merge"), object{"into": b, "reason": "x"})
	c.code(422, "POST", at(b, "/merge"), object{"into": a})
	c.code(404, "POST", at(b, "/merge"), object{"into": "I-NOSUCH", "reason": "x"})
	if one := c.code(200, "POST", at(b, "/merge"), object{"into": a, "reason": "the same"}); one["id"] != a {
		t.Errorf("%v", one)
	}
	if one := c.code(200, "GET", at(b), nil); one["id"] != a || len(one["merged"].([]any)) != 1 || len(one["reports"].([]any)) != 1 {
		t.Errorf("a merged one leads to %v", one)
	}
	if l := c.list("/incidents?q=is%3Amerged"); len(l.Items) != 1 || l.Items[0]["state"] != "merged" {
		t.Errorf("%v", l)
	}
	made := c.code(201, "POST", at(a, "/split"), object{"title": "Half", "reports": []string{report}, "reason": "two things"})["id"].(string)
	c.code(204, "POST", at(made, "/unsplit"), object{"reason": "one"})
	c.code(409, "POST", at(made, "/unsplit"), object{"reason": "one"})
	c.code(204, "POST", at(b, "/unmerge"), object{"reason": "not the same"})
	if one := c.code(200, "GET", at(b), nil); one["id"] != b || one["state"] != "open" || len(one["reports"].([]any)) != 1 {
		t.Errorf("%v", one)
	}

	c.code(204, "PUT", at(whole, "/relations/child/", a), object{})
	c.code(204, "PUT", at(a, "/relations/child/", b), object{})
	c.code(409, "PUT", at(b, "/relations/child/", whole), object{})
	c.code(422, "PUT", at(b, "/relations/child/", b), object{})
	c.code(204, "DELETE", at(a, "/relations/child/", b), nil)
	c.code(404, "DELETE", at(a, "/relations/child/", b), nil)

	campaign := c.code(201, "POST", "/campaigns", object{"name": "Blue heron"})
	c.code(422, "POST", "/campaigns", object{"name": ""})
	c.code(200, "PATCH", "/campaigns/"+campaign["id"].(string), object{"version": 1, "name": "Blue heron", "text": "From the sea."})
	c.code(409, "PATCH", "/campaigns/"+campaign["id"].(string), object{"version": 1, "name": "Red heron"})
	if one := c.code(200, "PATCH", "/incidents", object{"ids": []string{a, "nosuch"}, "campaign": campaign["ref"]}); len(one["moved"].([]any)) != 1 || len(one["unmoved"].([]any)) != 1 {
		t.Errorf("%v", one)
	}
	c.code(422, "PATCH", "/incidents", object{"ids": []string{a}, "campaign": "", "assignee": ""})
	if l := c.list("/incidents?q=campaign%3A" + campaign["ref"].(string)); len(l.Items) != 1 || l.Items[0]["id"] != a {
		t.Errorf("%v", l)
	}
	if l := c.list("/campaigns"); len(l.Items) != 1 || l.Items[0]["incidents"] != 1.0 {
		t.Errorf("%v", l)
	}
	if one := c.code(200, "POST", "/incidents/moves", object{"ids": []string{a, b}, "to": "abandoned"}); len(one["moved"].([]any)) != 2 {
		t.Errorf("%v", one)
	}
}

// The fields of an incident, and the moves of who may not move it.
func TestFieldsOfIncidentsByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	made := c.code(201, "POST", "/incidents", object{"title": "A flood", "tlp": "TLP:GREEN"})
	if moves := made["moves"].([]any); !slices.Contains(moves, any("resolve")) || slices.Contains(moves, any("merge")) {
		t.Errorf("%v", moves)
	}
	path := "/incidents/" + made["id"].(string)
	one := c.code(200, "PATCH", path, object{"version": 1, "pap": "PAP:GREEN", "victim": []string{"fi", "SE", "FI"}, "origin": []string{"FR"}, "aware": "2026-11-19T10:00:00+02:00"})
	if v := one["victim"].([]any); len(v) != 2 || v[0] != "FI" || one["pap"] != "PAP:GREEN" || one["aware"] != "2026-11-19T08:00:00Z" {
		t.Errorf("%v", one)
	}
	c.code(422, "PATCH", path, object{"version": 2, "victim": []string{"UK"}})
	c.code(422, "PATCH", path, object{"version": 2, "aware": "2031-01-01T00:00:00Z"})
	c.code(404, "PATCH", path, object{"version": 2, "campaign": "C-NOSUCH"})
	for query, n := range map[string]int{"country:FR": 1, "victim:FR": 0, "origin:fr": 1, "country:DE": 0} {
		if l := c.list("/incidents?sort=-severity&q=" + url.QueryEscape(query)); len(l.Items) != n {
			t.Errorf("%s: %v", query, l)
		}
	}
}
