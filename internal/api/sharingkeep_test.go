package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
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
		for _, path := range []string{"/sharing/kept", "/sharing/expiry"} {
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
	due := func(method string, revoked, stay float64) {
		t.Helper()
		got := c.code(http.StatusOK, method, "/sharing/expiry", nil)
		if stays, _ := got["stay"].(map[string]any); got["revoked"] != revoked || stays["somebody keeps it"] != stay {
			t.Errorf("%s: %v", method, got)
		}
	}
	due(http.MethodGet, 0, 2)
	c.code(http.StatusNoContent, http.MethodPost, one+"/let-go", because)
	c.code(http.StatusNotFound, http.MethodPost, one+"/let-go", because)
	for _, method := range []string{http.MethodGet, http.MethodGet, http.MethodPost} {
		due(method, 1, 1)
	}
	due(http.MethodGet, 0, 1)

	if got := c.code(http.StatusOK, http.MethodPost, "/sharing/replay", nil); got["objects"] != 2.0 {
		t.Errorf("%v", got)
	}
	if got := c.code(http.StatusOK, http.MethodPost, "/sharing/replay", nil); got["objects"] != 0.0 {
		t.Errorf("again: %v", got)
	}

	bouvet, _ := c.code(http.StatusOK, http.MethodGet, one, nil)["versions"].([]any)[0].(map[string]any)["source"].(string)
	erasure := "/sharing/organisations/" + bouvet + "/objects/erasure"
	back := func(method, query string, body any) float64 {
		t.Helper()
		n, _ := c.code(http.StatusOK, method, erasure+query, body)["back"].(float64)
		return n
	}
	all := back(http.MethodGet, "", nil)
	if n := back(http.MethodGet, "?object=indicator--00000000-0000-4000-8000-000000000001", nil); n != 1 || all < 2 {
		t.Errorf("%v of %v", n, all)
	}
	c.code(http.StatusUnprocessableEntity, http.MethodPost, erasure, object{"object": "x"})
	if n := back(http.MethodPost, "", object{"reason": "they asked", "object": "indicator--00000000-0000-4000-8000-000000000001"}); n != 1 {
		t.Errorf("one: %v", n)
	}
	if n := back(http.MethodPost, "", object{"reason": "they asked"}); n != all-1 {
		t.Errorf("all: %v of %v", n, all)
	}
	if n := back(http.MethodGet, "", nil); n != 0 {
		t.Errorf("%v are left beside what must stay", n)
	}
	c.code(http.StatusNotFound, http.MethodGet, "/sharing/organisations/nobody/objects/erasure", nil)

	text, _ := c.program(identity.SharingRead, identity.SharingWrite)
	c.Client, c.header = c.Stranger(t), http.Header{"Authorization": {"Bearer " + text}}
	c.want(http.StatusOK, http.MethodGet, "/sharing/expiry", nil, nil)
	c.code(http.StatusForbidden, http.MethodPost, "/sharing/expiry", nil)
	c.code(http.StatusForbidden, http.MethodPost, other+"/let-go", because)
}

// patient notes until when an answer may take.
type patient struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (p *patient) SetWriteDeadline(until time.Time) error {
	p.until = until
	return nil
}

// TestLongOperationsHaveTheTime takes care that what is done to its end can still be answered after the time that answers usually have.
func TestLongOperationsHaveTheTime(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	handler, err := c.App.Handler()
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	for path, long := range map[string]bool{"/sharing/expiry": true, "/sharing/replay": true, "/sharing/organisations/x/objects/erasure": true, "/sharing/objects/x/keep": false} {
		body := ""
		if strings.Contains(path, "/x/") {
			body = `{"reason":"they asked"}`
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for _, cookie := range c.Client.Jar.Cookies(at) {
			r.AddCookie(cookie)
		}
		w := &patient{ResponseRecorder: httptest.NewRecorder()}
		handler.ServeHTTP(w, r)
		if has := time.Until(w.until) > 30*time.Minute; has != long || w.Code >= 500 || w.Code == http.StatusUnauthorized {
			t.Errorf("%s: %d, until %v", path, w.Code, w.until)
		}
	}
}
