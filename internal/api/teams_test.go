package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

// TestTeamsByTheAPI brings teams in, changes an entry, approves a network, lets two people change a contact, signs and ends an agreement, and keeps groups.
func TestTeamsByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	c.header.Set("Content-Type", "application/octet-stream")
	rep := c.code(200, "POST", "/teams/imports?name=teams.csv", "name,country,email,networks\nCERT North,FI,cert@north.example,192.0.2.0/24 198.51.100.0/24\nCERT Far,SE,cert@far.example,\n")
	if rep["teams"] != 2.0 {
		t.Fatalf("%v", rep)
	}
	c.header.Set("Content-Type", "application/json")
	ids := map[string]string{}
	for _, one := range c.list("/teams").Items {
		ids[one["name"].(string)] = one["organisation"].(string)
	}
	north := "/teams/" + ids["CERT North"]
	got := c.code(200, "PUT", north, object{"version": 1, "hours": "08-16", "direct": true, "public": []string{"name"}, "handling": "amber"})
	if got["direct"] != true || got["version"] != 2.0 {
		t.Errorf("%v", got)
	}
	c.code(409, "PUT", north, object{"version": 1, "hours": "mine"})
	c.code(422, "PUT", north, object{"version": 2, "policy": "javascript:alert(1)"})
	one := c.code(200, "GET", north, nil)
	network := one["networks"].([]any)[0].(map[string]any)["id"]
	c.code(204, "POST", north+"/approvals", object{"networks": []any{network}, "ours_too": true}) // it lies in our country
	city, err := c.App.Register.AddOrganisation(t.Context(), c.Actor, constituency.Organisation{Name: "City", Kind: constituency.Constituent})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.App.Register.AddNetwork(t.Context(), c.Actor, constituency.Network{Organisation: city.ID, Value: "198.51.100.0/25"}); err != nil {
		t.Fatal(err)
	}
	of := object{"networks": []any{one["networks"].([]any)[1].(map[string]any)["id"]}}
	if said := c.code(409, "POST", north+"/approvals", of)["detail"].(string); !strings.Contains(said, "City") {
		t.Errorf("who is ours is not named: %s", said)
	}
	of["ours_too"] = true
	c.code(204, "POST", north+"/approvals", of)
	c.code(204, "POST", north+"/confirmations", object{"how": "rang Bo"})

	p := c.code(201, "POST", north+"/proposals", object{"address": "new@north.example", "reason": "they wrote"})
	if p["state"] != "open" {
		t.Errorf("%v", p)
	}
	decision := "/team-proposals/" + p["id"].(string) + "/decision"
	c.code(403, "POST", decision, object{"approve": true})
	first := c.Client
	c.Client, _ = c.join("grace", true, identity.DutyOfficer)
	if d := c.code(200, "POST", decision, object{"approve": true}); d["state"] != "approved" {
		t.Errorf("%v", d)
	}
	c.Client = first
	if l := c.list(north + "/proposals"); len(l.Items) != 1 || l.Items[0]["address"] != "new@north.example" {
		t.Errorf("%v", l)
	}

	g := c.code(201, "POST", north+"/agreements", object{"kind": "mou", "signed": "2026-01-02T00:00:00Z", "signed_us": "Ada", "signed_them": "Bo", "flows": []string{"indicators"}})
	c.code(422, "POST", north+"/agreements", object{"kind": "mou", "signed": "2026-01-02T00:00:00Z", "signed_us": "", "signed_them": "Bo"})
	end := "/team-agreements/" + g["id"].(string) + "/end"
	c.code(204, "POST", end, object{"reason": "over"})
	c.code(409, "POST", end, object{"reason": "again"})

	group := c.code(201, "POST", "/sharing-groups", object{"name": "Nordic", "members": []string{ids["CERT Far"]}})
	at := "/sharing-groups/" + group["id"].(string)
	c.code(409, "POST", "/sharing-groups", object{"name": "nordic", "members": []string{}})
	if got := c.code(200, "PUT", at, object{"version": 1, "name": "Baltic", "cap": "green", "members": []string{}}); got["name"] != "Baltic" {
		t.Errorf("%v", got)
	}
	c.code(204, "DELETE", at+"?version=2", nil)

	c.Client, _ = c.join("vera", true, identity.Volunteer)
	for path, body := range map[string]object{
		north + "/approvals": {"networks": []any{network}}, north + "/confirmations": {"how": "x"}, north + "/proposals": {"address": "a@b.example", "reason": "x"}, decision: {"approve": true},
		"/sharing-groups": {"name": "Mine", "members": []string{}}, end: {"reason": "x"},
	} {
		c.code(http.StatusForbidden, "POST", path, body)
	}
}
