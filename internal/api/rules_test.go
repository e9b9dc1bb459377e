package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/test/station"
)

func TestBadInputIsToldWhatToDo(t *testing.T) {
	c := call(t, station.Options{})
	for _, tt := range []struct {
		name, method, path string
		body               any
		status             int
		says               string
	}{
		{"unknown field", http.MethodPost, "/stops", object{"kind": "all", "reason": "r", "force": true}, 422, "unexpected property"},
		{"unknown parameter", http.MethodGet, "/findings?querry=x", nil, 422, "unknown"},
		{"wrong limit", http.MethodGet, "/findings?limit=0", nil, 422, "limit"},
		{"wrong query", http.MethodGet, "/findings?q=nosuch:1", nil, 422, "nosuch"},
		{"another list's cursor", http.MethodGet, "/findings?cursor=abc", nil, 422, "cursor"},
		{"no JSON", http.MethodPost, "/stops", "{", 400, ""},
		{"long body", http.MethodPost, "/stops", object{"kind": "all", "reason": strings.Repeat("x", 2<<20)}, 413, ""},
		{"no finding", http.MethodGet, "/findings/service~zzzz", nil, 422, "no finding"},
		{"no such finding", http.MethodGet, "/findings/192.0.2.10~000000", nil, 404, ""},
		{"no such intake", http.MethodGet, "/intakes/nosuch", nil, 404, ""},
		{"no such address", http.MethodGet, "/nosuch", nil, 404, "docs"},
		{"no such method", http.MethodDelete, "/findings", nil, 405, "GET"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, text := c.do(tt.method, tt.path, tt.body)
			if res.StatusCode != tt.status || !strings.Contains(string(text), tt.says) {
				t.Errorf("%s %.400s", res.Status, text)
			}
			var p struct{ Detail string }
			if err := json.Unmarshal(text, &p); err != nil || p.Detail == "" || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("no problem details: %s %.300s", res.Header.Get("Content-Type"), text)
			}
		})
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	c := call(t, station.Options{})
	c.Client = c.Stranger(t)
	for _, path := range []string{"/findings", "/events", "/overview", "/live", "/events/export", "/nosuch", "/findings?limit=x"} {
		c.want(http.StatusUnauthorized, http.MethodGet, path, nil, nil)
	}
	c.want(http.StatusUnauthorized, http.MethodPost, "/stops", object{"kind": "all", "reason": "r"}, nil)
	c.want(http.StatusOK, http.MethodGet, "/openapi.json", nil, nil)
	limited := false
	for range 60 {
		res, _ := c.do(http.MethodGet, "/me", nil)
		limited = limited || res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") != ""
	}
	if !limited {
		t.Error("a stranger may ask without end")
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	c := call(t, station.Options{})
	c.header.Set("Origin", "https://elsewhere.example")
	c.header.Set("Sec-Fetch-Site", "cross-site")
	c.want(http.StatusForbidden, http.MethodPost, "/stops", object{"kind": "all", "reason": "r"}, nil)
	c.header = http.Header{}
	if l := c.list("/stops"); len(l.Items) != 0 {
		t.Error("it was done all the same")
	}
}

func TestTagsSaveTheAnswer(t *testing.T) {
	c := call(t, station.Options{})
	res, text := c.do(http.MethodGet, "/findings?limit=2", nil)
	tag := res.Header.Get("ETag")
	if tag == "" || len(text) == 0 {
		t.Fatal("there is no tag")
	}
	c.header.Set("If-None-Match", `"other", W/`+tag)
	if res, text := c.do(http.MethodGet, "/findings?limit=2", nil); res.StatusCode != http.StatusNotModified || len(text) != 0 {
		t.Errorf("%s with %d bytes", res.Status, len(text))
	}
	if res, _ := c.do(http.MethodGet, "/findings?limit=3", nil); res.StatusCode != http.StatusOK {
		t.Errorf("another answer: %s", res.Status)
	}
}

func TestRepeatedChangeIsMadeOnce(t *testing.T) {
	c := call(t, station.Options{})
	l := c.list("/organisations?limit=2").Items
	grant := object{"about": l[0]["id"], "to": l[1]["id"], "reason": "their provider", "until": station.Now.AddDate(0, 1, 0)}
	c.header.Set("Idempotency-Key", "once")
	var a, b object
	c.want(http.StatusCreated, http.MethodPost, "/grants", grant, &a)
	res := c.want(http.StatusCreated, http.MethodPost, "/grants", grant, &b)
	if a["id"] != b["id"] || res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%v, then %v", a["id"], b["id"])
	}
	grant["reason"] = "another"
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/grants", grant, nil)
	c.header.Set("Idempotency-Key", strings.Repeat("k", 300))
	c.want(http.StatusBadRequest, http.MethodPost, "/grants", grant, nil)
	c.header = http.Header{}
	if l := c.list("/grants"); len(l.Items) != 1 {
		t.Errorf("%d grants", len(l.Items))
	}
}

func TestLiveTellsOfChanges(t *testing.T) {
	c := call(t, station.Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/api/v1/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("got %q", kind)
	}
	go func() { _ = c.App.Live.Run(t.Context()) }()
	lines := bufio.NewScanner(res.Body)
	lines.Scan() // here
	go func() {  // the hub knows how things stand only from its first look on, so one change may be before it
		for i := 0; t.Context().Err() == nil; i++ {
			scope, _ := delivery.ScopeOf("feed", fmt.Sprint("f", i))
			_ = c.App.Delivery.Stop(t.Context(), c.Actor, scope, "a drill")
			c.App.Live.Wake()
			time.Sleep(100 * time.Millisecond)
		}
	}()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			if !strings.Contains(lines.Text(), `"stops"`) {
				t.Errorf("got %s", lines.Text())
			}
			return
		}
	}
	t.Error("nothing was told")
}

func TestDocsStandAlone(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	res, text := c.do(http.MethodGet, "/docs", nil)
	policy := res.Header.Get("Content-Security-Policy")
	if res.StatusCode != http.StatusOK || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s, %q", res.Status, policy)
	}
	for _, not := range []string{"<script", "style=", "http://", "https://"} {
		if strings.Contains(string(text), not) {
			t.Errorf("the page holds %s", not)
		}
	}
	for _, want := range []string{`id="list-findings"`, `id="push"`, `id="live"`, "/api/v1/docs.css"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestLiveEndsWithTheSession(t *testing.T) {
	c := call(t, station.Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/api/v1/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Client.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := c.App.Sessions.EndAll(t.Context(), c.Actor); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(2*time.Minute, func() { _ = res.Body.Close() })
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Errorf("it goes on: %v", err)
	}
}
