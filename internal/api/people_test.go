package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/test/station"
)

// program is a caller with a token of these scopes, and without a session.
func (c *caller) program(scopes ...identity.Scope) (text string, made token.Token) {
	c.Helper()
	text, made, err := c.App.Programs.Make(context.Background(), c.Actor, token.Draft{Name: "a script", Scopes: scopes})
	if err != nil {
		c.Fatal(err)
	}
	c.Client = c.Stranger(c)
	c.header.Set("Authorization", "Bearer "+text)
	return text, made
}

func TestProgramsByToken(t *testing.T) {
	c := call(t, station.Options{})
	_, made := c.program(identity.FindingsRead, identity.ConstituencyRead)
	var me object
	c.want(http.StatusOK, http.MethodGet, "/me", nil, &me)
	if me["id"] != "token:"+made.ID || len(me["scopes"].([]any)) != 2 {
		t.Errorf("%v", me)
	}
	if l := c.list("/findings?limit=1"); len(l.Items) != 1 {
		t.Errorf("%v", l)
	}
	res := c.want(http.StatusForbidden, http.MethodPost, "/findings/moves", object{"q": "state:open", "to": "acknowledged"}, nil)
	if got := res.Header.Get("WWW-Authenticate"); got != `Bearer realm="firehall", error="insufficient_scope"` {
		t.Errorf("challenged by %s", got)
	}
	for _, path := range []string{"/tokens", "/accounts", "/sessions", "/events/export", "/live"} {
		c.want(http.StatusForbidden, http.MethodGet, path, nil, nil)
	}
	c.want(http.StatusForbidden, http.MethodPost, "/tokens", object{"name": "another", "scopes": []string{"findings:read"}}, nil)
	c.want(http.StatusForbidden, http.MethodPost, "/accounts", object{"login": "eve", "roles": []string{"manager"}}, nil)
	if err := c.App.Programs.Revoke(t.Context(), c.Actor, made.ID); err != nil {
		t.Fatal(err)
	}
	res = c.want(http.StatusUnauthorized, http.MethodGet, "/findings", nil, nil)
	if got := res.Header.Get("WWW-Authenticate"); got != `Bearer realm="firehall", error="invalid_token"` {
		t.Errorf("challenged by %s", got)
	}
}

func TestStrangersAreAskedForAToken(t *testing.T) {
	c := call(t, station.Options{})
	c.Client = c.Stranger(t)
	res := c.want(http.StatusUnauthorized, http.MethodGet, "/me", nil, nil)
	if got := res.Header.Get("WWW-Authenticate"); got != `Bearer realm="firehall"` {
		t.Errorf("challenged by %s", got)
	}
}

func TestATokenGoesBeforeACookie(t *testing.T) {
	c := call(t, station.Options{})
	c.header.Set("Authorization", "Bearer fh_nonsense")
	c.want(http.StatusUnauthorized, http.MethodGet, "/me", nil, nil)
}

func TestTokensAskOnlySoOften(t *testing.T) {
	c := call(t, station.Options{}) // whose clock stands still
	first, _ := c.program(identity.FindingsRead)
	c.program(identity.FindingsRead)
	status := http.StatusOK
	for n := 0; status == http.StatusOK && n < 1000; n++ {
		res, _ := c.do(http.MethodGet, "/me", nil)
		status = res.StatusCode
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("after a thousand requests: %d", status)
	}
	c.header.Set("Authorization", "Bearer "+first)
	c.want(http.StatusOK, http.MethodGet, "/me", nil, nil)
}

func TestTokensByTheAPI(t *testing.T) {
	c := call(t, station.Options{})
	var made object
	c.want(http.StatusCreated, http.MethodPost, "/tokens", object{"name": "a script", "scopes": []string{"events:read"}, "expires": station.Now.Add(time.Hour)}, &made)
	text, id := made["token"].(string), made["id"].(string)
	if !strings.HasPrefix(text, "fh_"+id) {
		t.Errorf("%v", made)
	}
	if l := c.list("/tokens"); len(l.Items) != 1 || l.Items[0]["token"] != nil || l.Items[0]["name"] != "a script" {
		t.Errorf("%v", l)
	}
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/tokens", object{"name": "x", "scopes": []string{"everything"}}, nil)
	c.want(http.StatusNoContent, http.MethodDelete, "/tokens/"+id, nil, nil)
	c.want(http.StatusConflict, http.MethodDelete, "/tokens/"+id, nil, nil)
	c.want(http.StatusNotFound, http.MethodDelete, "/tokens/nothing", nil, nil)
}

func TestAccountsByTheAPI(t *testing.T) {
	c := call(t, station.Options{})
	var made, who, signed object
	c.want(http.StatusCreated, http.MethodPost, "/accounts", object{"login": "ada", "name": "Ada", "roles": []string{"volunteer"}}, &made)
	path := "/accounts/" + made["id"].(string)
	if !strings.Contains(made["invitation"].(string), "/invitation?token=") || made["state"] != "invited" {
		t.Errorf("%v", made)
	}
	c.want(http.StatusConflict, http.MethodPost, "/accounts", object{"login": "ADA", "roles": []string{"author"}}, nil)
	c.want(http.StatusCreated, http.MethodPost, path+"/invitation", nil, nil)
	c.want(http.StatusOK, http.MethodPost, path+"/enable", object{"reason": "is here"}, nil)
	c.want(http.StatusOK, http.MethodGet, path, nil, &who)
	if who["state"] != "active" || who["invitation"] != nil {
		t.Errorf("%v", who)
	}
	c.want(http.StatusOK, http.MethodPut, path+"/roles", object{"version": who["version"], "roles": []string{"author", "auditor"}}, &who)
	c.want(http.StatusConflict, http.MethodPut, path+"/roles", object{"version": 1, "roles": []string{"author"}}, nil)
	c.want(http.StatusOK, http.MethodPut, path+"/expiry", object{"version": who["version"], "expires": station.Now.Add(time.Hour)}, &who)
	c.want(http.StatusCreated, http.MethodPost, path+"/agreements", object{"kind": "nda", "scope": "all"}, &signed)
	if l := c.list(path + "/agreements"); len(l.Items) != 1 || l.Items[0]["in_force"] != true {
		t.Errorf("%v", l)
	}
	c.want(http.StatusNoContent, http.MethodPost, "/agreements/"+signed["id"].(string)+"/end", object{"reason": "left"}, nil)
	c.want(http.StatusOK, http.MethodPost, path+"/disable", object{"reason": "left"}, nil)
	if l := c.list("/accounts"); len(l.Items) != 1 || l.Items[0]["state"] != "disabled" {
		t.Errorf("%v", l)
	}
	if l := c.list("/permissions"); len(l.Items) < 100 {
		t.Errorf("%d permissions", len(l.Items))
	}
}

func TestDisablingCountsAtOnce(t *testing.T) {
	c := call(t, station.Options{})
	c.Client = c.LoginAs(t, "ada", identity.Author)
	var me object
	c.want(http.StatusOK, http.MethodGet, "/me", nil, &me)
	c.want(http.StatusForbidden, http.MethodPost, "/stops", object{"kind": "all", "reason": "a drill"}, nil)
	id := me["id"].(string)
	if _, err := c.App.Accounts.SetRoles(t.Context(), c.Actor, id, 0, []identity.Role{identity.DutyOfficer}); err != nil {
		t.Fatal(err)
	}
	c.want(http.StatusNoContent, http.MethodPost, "/stops", object{"kind": "all", "reason": "a drill"}, nil)
	if _, err := c.App.Accounts.Disable(t.Context(), c.Actor, id, "left"); err != nil {
		t.Fatal(err)
	}
	c.want(http.StatusUnauthorized, http.MethodGet, "/me", nil, nil)
}

// TestEveryRoleIsAnswered asks for every list as each role: it is there, or it is not for them, and nothing breaks.
func TestEveryRoleIsAnswered(t *testing.T) {
	c := call(t, station.Options{})
	for _, role := range identity.Roles() {
		c.Client = c.LoginAs(t, string(role)+".x", role)
		for _, path := range []string{
			"/me", "/overview", "/events?limit=1", "/findings?limit=1", "/organisations", "/register/check", "/notifications", "/notifications/plan", "/stops", "/tasks",
			"/feeds", "/runs", "/intakes", "/jobs", "/releases", "/grants", "/sessions", "/batches", "/texts", "/queries", "/accounts", "/tokens", "/permissions", "/audit",
			"/audit/checkpoints", "/reports", "/reports-passed", "/suggest?q=x", "/incidents", "/definition",
		} {
			res, text := c.do(http.MethodGet, path, nil)
			if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %s: %s: %.200s", role, path, res.Status, text)
			}
			if role == identity.Manager && res.StatusCode != http.StatusOK || role == identity.Auditor && res.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: %s: %.200s", role, path, res.Status, text)
			}
		}
	}
}
