package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/test/station"
)

type object map[string]any

func TestMoves(t *testing.T) {
	c := call(t, station.Options{})
	atOnce := func(f map[string]any) bool { return f["due"] != nil && f["due"] == f["since"] }
	if all := c.list("/findings?q=due:..now").Items; !slices.ContainsFunc(all, atOnce) {
		t.Errorf("no owner is to be told at once: %v", all)
	}
	id := c.list("/findings?limit=1&q=state:open").Items[0]["id"].(string)
	var m object
	c.want(http.StatusOK, http.MethodPost, "/findings/"+url.PathEscape(id)+"/moves", object{"to": "muted", "reason": "our own", "until": "30d"}, &m)
	if m["moved"] != 1.0 || m["meant"] != 1.0 {
		t.Errorf("got %v", m)
	}
	c.want(http.StatusOK, http.MethodPost, "/findings/"+url.PathEscape(id)+"/moves", object{"to": "open"}, &m)
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/findings/"+url.PathEscape(id)+"/moves", object{"to": "muted", "reason": "r", "until": "yesterday"}, nil)
	c.want(http.StatusNotFound, http.MethodPost, "/findings/state:open/moves", object{"to": "acknowledged"}, nil)
	c.want(http.StatusOK, http.MethodPost, "/findings/moves", object{"q": "state:open", "to": "acknowledged"}, &m)
	if m["moved"].(float64) < 2 && m["job"] == nil {
		t.Errorf("got %v", m)
	}
}

func TestStopAndResume(t *testing.T) {
	c := call(t, station.Options{})
	c.want(http.StatusNoContent, http.MethodPost, "/stops", object{"kind": "all", "reason": "a drill"}, nil)
	if l := c.list("/stops"); len(l.Items) != 1 || l.Items[0]["reason"] != "a drill" {
		t.Errorf("got %v", l)
	}
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/stops", object{"kind": "all"}, nil)
	c.want(http.StatusNoContent, http.MethodDelete, "/stops?kind=all", nil, nil)
	if l := c.list("/stops"); len(l.Items) != 0 {
		t.Errorf("still %v", l)
	}
}

func TestApproveAndSend(t *testing.T) {
	c := call(t, station.Options{Planned: true})
	waiting := 0
	for _, m := range c.list("/notifications/plan").Items {
		if m["approved"] == false {
			waiting++
		}
	}
	if waiting == 0 {
		t.Fatal("nothing waits")
	}
	var approved items
	c.want(http.StatusOK, http.MethodPost, "/notifications/approve", object{}, &approved)
	if len(approved.Items) == 0 {
		t.Error("nothing was approved")
	}
	var sent object
	c.want(http.StatusOK, http.MethodPost, "/notifications/send", nil, &sent)
	if sent["messages"].(float64) == 0 {
		t.Errorf("got %v", sent)
	}
	id := c.list("/notifications?limit=1").Items[0]["id"].(string)
	c.want(http.StatusNoContent, http.MethodPost, "/notifications/"+id+"/cancel", object{"reason": "wrong batch"}, nil)
}

func TestImportIsShownFirst(t *testing.T) {
	c := call(t, station.Options{})
	before := len(c.list("/organisations?limit=1000").Items)
	var up object
	c.want(http.StatusCreated, http.MethodPost, "/register/imports?name=a.csv", "organisation,network,contact\nNew Works,203.0.113.192/27,soc@new.example\n", &up)
	id := up["id"].(string)
	if n := len(c.list("/organisations?limit=1000").Items); n != before {
		t.Fatal("the register changed before anybody said so")
	}
	c.want(http.StatusOK, http.MethodPost, "/register/imports/"+id+"/apply", nil, nil)
	if n := len(c.list("/organisations?limit=1000").Items); n != before+1 {
		t.Errorf("%d organisations, %d before", n, before)
	}
	c.want(http.StatusConflict, http.MethodPost, "/register/imports/"+id+"/apply", nil, nil)
	c.want(http.StatusCreated, http.MethodPost, "/register/imports?name=b.csv", "organisation,network,contact\nOther Works,203.0.113.224/27,soc@other.example\n", &up)
	c.want(http.StatusNoContent, http.MethodDelete, "/register/imports/"+up["id"].(string), nil, nil)
	c.want(http.StatusNotFound, http.MethodGet, "/register/imports/"+up["id"].(string), nil, nil)
}

func TestTokensAreToldOnce(t *testing.T) {
	c := call(t, station.Options{})
	c.header.Set("Idempotency-Key", "k1")
	var a, b object
	c.want(http.StatusCreated, http.MethodPost, "/feeds/shadowserver/tokens", object{"name": "the sensor"}, &a)
	c.want(http.StatusCreated, http.MethodPost, "/feeds/shadowserver/tokens", object{"name": "the sensor"}, &b)
	if a["token"] == b["token"] || a["token"] == "" {
		t.Error("a token is told twice")
	}
	if l := c.list("/feeds/shadowserver/tokens"); len(l.Items) != 2 || l.Items[0]["token"] != nil {
		t.Errorf("got %v", l)
	}
	c.want(http.StatusNoContent, http.MethodDelete, "/tokens/"+a["id"].(string), nil, nil)
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/feeds/nosuchfeed/tokens", object{}, nil)
}

func TestGrant(t *testing.T) {
	c := call(t, station.Options{})
	l := c.list("/organisations?limit=2").Items
	until := station.Now.Add(30 * 24 * time.Hour)
	var g object
	c.want(http.StatusCreated, http.MethodPost, "/grants", object{"about": l[0]["id"], "to": l[1]["id"], "reason": "their provider", "until": until}, &g)
	if g["stands"] != true {
		t.Errorf("got %v", g)
	}
	c.want(http.StatusNoContent, http.MethodPost, "/grants/"+g["id"].(string)+"/revoke", object{"reason": "changed"}, nil)
	if l := c.list("/grants"); len(l.Items) != 1 || l.Items[0]["stands"] != false {
		t.Errorf("got %v", l)
	}
}

func TestQuestion(t *testing.T) {
	c := call(t, station.Options{})
	var q object
	c.want(http.StatusAccepted, http.MethodPost, "/questions", object{"field": "classification.type"}, &q)
	for end := time.Now().Add(2 * time.Minute); q["state"] != "done"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got %v", q)
		}
		c.want(http.StatusOK, http.MethodGet, "/questions/"+q["id"].(string), nil, &q)
	}
	if values := q["breakdown"].(map[string]any)["values"].([]any); len(values) == 0 {
		t.Errorf("got %v", q)
	}
	c.want(http.StatusNotFound, http.MethodGet, "/questions/nosuch", nil, nil)
}
