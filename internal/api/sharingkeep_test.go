package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

// TestLifeOfSharedObjects keeps objects of fellow teams and lets them go, counts and erases what has had its time and what a team asks for, and hands on what
// came before. Who only reads counts, and changes nothing.
func TestLifeOfSharedObjects(t *testing.T) {
	c := call(t, station.Options{Bare: true, Fellows: true})
	const one, other = "/sharing/objects/indicator--00000000-0000-4000-8000-000000000001", "/sharing/objects/indicator--00000000-0000-4000-8000-000000000002"
	because := object{"reason": "a court asked for it"}
	kept := func() (list []object) {
		c.want(http.StatusOK, http.MethodGet, "/sharing/kept", nil, &list)
		return list
	}
	if list := kept(); len(list) != 3 || list[0]["actor"] != "duty (os:1000)" || list[0]["reason"] == "" {
		t.Fatalf("%v", list)
	}
	owner := c.Client
	for login, role := range map[string]identity.Role{"eve": identity.Auditor, "vera": identity.Volunteer} {
		c.Client, _ = c.join(login, true, role)
		for _, path := range []string{one + "/keep", other + "/let-go", "/sharing/organisations/x/objects/erasure"} {
			c.code(http.StatusForbidden, http.MethodPost, path, because)
		}
		for _, path := range []string{"/sharing/expiry", "/sharing/replay"} {
			c.code(http.StatusForbidden, http.MethodPost, path, nil)
		}
		sees := map[string]int{"eve": http.StatusOK, "vera": http.StatusForbidden}[login]
		for _, path := range []string{"/sharing/kept", "/sharing/expiry", "/sharing/orders"} {
			c.want(sees, http.MethodGet, path, nil, nil)
		}
	}
	c.Client = owner

	c.code(http.StatusUnprocessableEntity, http.MethodPost, one+"/keep", object{"reason": ""})
	c.code(http.StatusUnprocessableEntity, http.MethodPost, one+"/keep", object{"reason": " "})
	c.code(http.StatusNotFound, http.MethodPost, "/sharing/objects/indicator--x/keep", because)
	c.code(http.StatusNoContent, http.MethodPost, one+"/keep", because)
	if whole := c.code(http.StatusOK, http.MethodGet, one, nil); whole["kept"].(map[string]any)["reason"] != because["reason"] {
		t.Errorf("%v", whole["kept"])
	}
	due := func(revoked, stay float64) {
		t.Helper()
		got := c.code(http.StatusOK, http.MethodGet, "/sharing/expiry", nil)
		if stays, _ := got["stay"].(map[string]any); got["revoked"] != revoked || stays["somebody keeps it"] != stay {
			t.Errorf("%v", got)
		}
	}
	due(0, 2)
	c.code(http.StatusNoContent, http.MethodPost, one+"/let-go", because)
	c.code(http.StatusNotFound, http.MethodPost, one+"/let-go", because)
	due(1, 1)
	due(1, 1)
	ordered := c.code(http.StatusAccepted, http.MethodPost, "/sharing/expiry", nil)
	if again := c.code(http.StatusAccepted, http.MethodPost, "/sharing/expiry", nil); again["job"] != ordered["job"] || ordered["url"] != "/api/v1/sharing/orders/"+ordered["job"].(string) {
		t.Errorf("%v, %v", ordered, again)
	}
	if at := c.code(http.StatusOK, http.MethodGet, "/sharing/orders/"+ordered["job"].(string), nil); at["state"] != "waiting" || at["kind"] != "sharing.expire" || at["actor"] != "duty (os:1000)" {
		t.Errorf("%v", at)
	}
	c.Work(t)
	if at := c.ended(ordered); at["revoked"] != 1.0 || at["all"] != 2.0 || at["stay"].(map[string]any)["somebody keeps it"] != 1.0 || at["ended"] == nil {
		t.Errorf("%v", at)
	}
	due(0, 1)

	for _, handed := range []float64{2, 0} {
		if at := c.ended(c.code(http.StatusAccepted, http.MethodPost, "/sharing/replay", nil)); at["handed"] != handed {
			t.Errorf("%v", at)
		}
	}

	bouvet, _ := c.code(http.StatusOK, http.MethodGet, one, nil)["versions"].([]any)[0].(map[string]any)["source"].(string)
	erasure := "/sharing/organisations/" + bouvet + "/objects/erasure"
	left := func(query string) float64 {
		t.Helper()
		n, _ := c.code(http.StatusOK, http.MethodGet, erasure+query, nil)["back"].(float64)
		return n
	}
	all := left("")
	if n := left("?object=indicator--00000000-0000-4000-8000-000000000001"); n != 1 || all < 2 {
		t.Errorf("%v of %v", n, all)
	}
	c.code(http.StatusUnprocessableEntity, http.MethodPost, erasure, object{"object": "x"})
	c.code(http.StatusNotFound, http.MethodPost, erasure, object{"object": "x", "reason": "they asked"})
	for _, tt := range []struct {
		object string
		gone   float64
	}{{"indicator--00000000-0000-4000-8000-000000000001", 1}, {"", all - 1}} {
		at := c.ended(c.code(http.StatusAccepted, http.MethodPost, erasure, object{"reason": "they asked", "object": tt.object}))
		if at["back"] != tt.gone || at["reason"] != "they asked" || at["organisation"] != bouvet {
			t.Errorf("%q: %v, want %v", tt.object, at, tt.gone)
		}
	}
	if n := left(""); n != 0 {
		t.Errorf("%v are left beside what must stay", n)
	}
	c.code(http.StatusNotFound, http.MethodGet, "/sharing/organisations/nobody/objects/erasure", nil)
	c.code(http.StatusNotFound, http.MethodGet, "/sharing/orders/nobody", nil)
	var list []object
	if c.want(http.StatusOK, http.MethodGet, "/sharing/orders", nil, &list); len(list) != 5 {
		t.Errorf("%v", list)
	}

	text, _ := c.program(identity.SharingRead, identity.SharingWrite)
	c.Client, c.header = c.Stranger(t), http.Header{"Authorization": {"Bearer " + text}}
	c.want(http.StatusOK, http.MethodGet, "/sharing/expiry", nil, nil)
	c.code(http.StatusForbidden, http.MethodPost, "/sharing/expiry", nil)
	c.code(http.StatusForbidden, http.MethodPost, other+"/let-go", because)
}

// ended waits until an order has ended, and gives what came of it.
func (c *caller) ended(order object) (at object) {
	c.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if at = c.code(http.StatusOK, http.MethodGet, "/sharing/orders/"+order["job"].(string), nil); at["state"] == "done" {
			return at
		}
	}
	c.Fatalf("not within 30 s: %v", at)
	return nil
}
