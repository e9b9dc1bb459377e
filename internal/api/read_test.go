package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
)

// TestListsAnswer asks for every list, and walks through two pages of those that have more than one.
func TestListsAnswer(t *testing.T) {
	c := call(t, station.Options{Sent: true})
	for _, tt := range []struct {
		path  string
		key   string // of a row
		least int
	}{
		{"/events?limit=3", "time.source", 3},
		{"/events/count?by=classification.type", "values", 2},
		{"/findings?limit=3", "id", 3},
		{"/findings/count?by=state", "values", 1},
		{"/organisations?limit=3", "name", 3},
		{"/register/check", "code", 0},
		{"/notifications?limit=2", "id", 2},
		{"/notifications/plan", "organisation", 0},
		{"/stops", "scope", 0},
		{"/tasks", "title", 0},
		{"/feeds", "feed", 1},
		{"/runs?limit=2", "id", 0},
		{"/intakes", "intake", 1},
		{"/jobs", "id", 0},
		{"/releases", "outcome", 1},
		{"/grants", "about", 0},
		{"/sessions", "began", 1},
		{"/feeds/shadowserver/tokens", "id", 0},
		{"/batches", "messages", 1},
		{"/texts", "file", 2},
		{"/queries", "name", 0},
	} {
		t.Run(tt.path, func(t *testing.T) {
			l := c.list(tt.path)
			if len(l.Items) < tt.least {
				t.Fatalf("%d rows, want %d at least", len(l.Items), tt.least)
			}
			for _, row := range l.Items {
				if row[tt.key] == nil {
					t.Errorf("a row has no %s: %v", tt.key, row)
				}
			}
			if l.Next == "" {
				return
			}
			next := c.list(tt.path + "&cursor=" + url.QueryEscape(l.Next))
			if len(next.Items) == 0 || fmt.Sprint(next.Items[0]) == fmt.Sprint(l.Items[0]) {
				t.Errorf("the second page is %v\nafter %v", next.Items, l.Items)
			}
		})
	}
}

// TestPagesAddUp reads all findings in pages of two, and compares with one page of all.
func TestPagesAddUp(t *testing.T) {
	c := call(t, station.Options{})
	whole := c.list("/findings?limit=1000")
	seen := map[string]bool{}
	path := "/findings?limit=7"
	for path != "" {
		var l items
		res := c.want(http.StatusOK, http.MethodGet, path, nil, &l)
		for _, f := range l.Items {
			seen[f["id"].(string)] = true
		}
		path = ""
		if link := res.Header.Get("Link"); link != "" {
			target, _, _ := strings.Cut(strings.TrimPrefix(link, "</api/v1"), ">")
			path = target
		}
	}
	if len(whole.Items) < 20 || len(seen) != len(whole.Items) {
		t.Errorf("%d in pages, %d at once", len(seen), len(whole.Items))
	}
}

func TestOneFinding(t *testing.T) {
	c := call(t, station.Options{Sent: true})
	id := c.list("/findings?limit=1").Items[0]["id"].(string)
	var one struct {
		Finding map[string]any
		Why     map[string]any
		Events  []map[string]any
	}
	c.want(http.StatusOK, http.MethodGet, "/findings/"+url.PathEscape(id), nil, &one)
	if one.Finding["id"] != id || len(one.Events) == 0 || one.Why["chain"] == nil {
		t.Errorf("got %+v", one)
	}
}

func TestOrganisationHasNetworksAndContacts(t *testing.T) {
	c := call(t, station.Options{})
	id := c.list("/organisations?limit=1").Items[0]["id"].(string)
	var one struct {
		Name     string
		Networks []map[string]any `json:"network_list"`
		Contacts []map[string]any `json:"contact_list"`
	}
	c.want(http.StatusOK, http.MethodGet, "/organisations/"+id, nil, &one)
	if one.Name == "" || len(one.Networks) == 0 || len(one.Contacts) == 0 {
		t.Errorf("got %+v", one)
	}
}

func TestHistogramAddsUp(t *testing.T) {
	c := call(t, station.Options{})
	var h struct {
		Bars  []struct{ Events int64 }
		Total int64
		Step  float64
	}
	c.want(http.StatusOK, http.MethodGet, "/events/histogram?step=hour", nil, &h)
	var sum int64
	for _, b := range h.Bars {
		sum += b.Events
	}
	if sum == 0 || sum != h.Total || h.Step != 3600 {
		t.Errorf("the bars hold %d of %d, %v seconds each", sum, h.Total, h.Step)
	}
}

func TestLookup(t *testing.T) {
	c := call(t, station.Options{})
	address := ""
	for _, f := range c.list("/findings?limit=50").Items {
		if a, ok := f["address"].(string); ok && f["organisation"] != "" {
			address = a
		}
	}
	var l struct {
		Subject  string
		Who      map[string]any
		Findings []map[string]any
	}
	c.want(http.StatusOK, http.MethodGet, "/lookup?q="+url.QueryEscape(address), nil, &l)
	if l.Subject != "address" || l.Who["organisation"] == "" || len(l.Findings) == 0 {
		t.Errorf("%s: %+v", address, l)
	}
	var who map[string]any
	c.want(http.StatusOK, http.MethodGet, "/who?q="+url.QueryEscape(address), nil, &who)
	if who["organisation"] != l.Who["organisation"] {
		t.Errorf("who says %v, the look-up %v", who["organisation"], l.Who["organisation"])
	}
}

func TestOverviewAndMe(t *testing.T) {
	c := call(t, station.Options{})
	var o map[string]any
	c.want(http.StatusOK, http.MethodGet, "/overview", nil, &o)
	if o["at"] == nil {
		t.Errorf("got %v", o)
	}
	var me map[string]any
	c.want(http.StatusOK, http.MethodGet, "/me", nil, &me)
	if me["id"] != c.Actor.ID {
		t.Errorf("got %v", me)
	}
}

func TestMessageExactlyAsItWent(t *testing.T) {
	c := call(t, station.Options{Sent: true})
	id := c.list("/notifications?limit=1").Items[0]["id"].(string)
	var m struct{ Delivery map[string]any }
	c.want(http.StatusOK, http.MethodGet, "/notifications/"+id, nil, &m)
	var b struct {
		Base64 []byte
		Size   int
	}
	c.want(http.StatusOK, http.MethodGet, "/notifications/"+id+"/bytes", nil, &b)
	if len(b.Base64) != b.Size || b.Size == 0 || m.Delivery["id"] != id {
		t.Errorf("%d bytes of %d", len(b.Base64), b.Size)
	}
}

func TestExportsStream(t *testing.T) {
	c := call(t, station.Options{})
	for _, tt := range []struct{ path, kind, holds string }{
		{"/events/export?format=csv&q=limit", "", ""},
		{"/events/export?format=csv", "text/csv; charset=utf-8", "classification.type"},
		{"/events/export?format=ndjson&fields=source.ip", "application/x-ndjson", `"source.ip"`},
		{"/register/export", "text/csv; charset=utf-8", "organisation"},
		{"/register/export?format=yaml", "application/yaml", "organisations"},
	} {
		if tt.kind == "" {
			continue
		}
		res, text := c.do(http.MethodGet, tt.path, nil)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != tt.kind || !strings.Contains(string(text), tt.holds) {
			t.Errorf("%s: %s %s\n%.200s", tt.path, res.Status, res.Header.Get("Content-Type"), text)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s is shown in the browser", tt.path)
		}
	}
	c.want(http.StatusUnprocessableEntity, http.MethodGet, "/events/export?q="+url.QueryEscape("nosuchfield:1"), nil, nil)
}
