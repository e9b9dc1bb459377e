package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// What other teams and their programs meet: TAXII's discovery, the finder of teams, IntelMQ's question, and why something may be told.
func TestContractOfSharing(t *testing.T) {
	h := serveHouse(t, "")
	token := h.programToken("sharing:read,constituency:read,notifications:read")
	ask := func(path string, set func(*http.Request)) (int, http.Header, string) {
		r := h.request(http.MethodGet, path, nil)
		set(r)
		return h.do(http.DefaultClient, r)
	}
	nobody := func(*http.Request) {}
	basic := func(r *http.Request) {
		r.SetBasicAuth("a program", token)
		r.Header.Set("Accept", "application/taxii+json;version=2.1")
	}
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	for _, tt := range []struct {
		name, path  string
		set         func(*http.Request)
		status      int
		kind, holds string
	}{
		{"discovery", "/taxii2/", basic, http.StatusOK, "application/taxii+json;version=2.1", `"api_roots"`},
		{"discovery for nobody", "/taxii2/", nobody, http.StatusUnauthorized, "application/taxii+json;version=2.1", `"http_status":"401"`},
		{"the finder", "/teams?q=192.0.2.1", nobody, http.StatusOK, "text/html", "<form"},
		{"IntelMQ", "/intelmq/lookup?ip=192.0.2.10&classification_type=infected-system&feed_name=x", bearer, http.StatusOK, "application/json", `"suppress":`},
		{"IntelMQ for nobody", "/intelmq/lookup?ip=192.0.2.10", nobody, http.StatusUnauthorized, "application/problem+json", "token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, header, text := ask(tt.path, tt.set)
			if status != tt.status || !strings.HasPrefix(header.Get("Content-Type"), tt.kind) || !strings.Contains(text, tt.holds) {
				t.Errorf("%d %s\n%.500s", status, header.Get("Content-Type"), text)
			}
		})
	}
	h.explains(t)
}

// explains asks whether a report may go to the organisation that it is not about.
func (h *house) explains(t *testing.T) {
	t.Helper()
	_, report := h.call(h.programToken("reports:write,reports:read"), http.MethodPost, "/reports", said("They are in", "the mail server", false))
	id, _ := report["id"].(string)
	var got struct {
		Outcome, Rule, Reason string
		Steps                 []map[string]any
	}
	text := output(t, firehall(t, h.data, "release", "explain", id, "--to", "City Hospital", "--json"))
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Outcome == "" || got.Rule == "" || got.Reason == "" || len(got.Steps) == 0 {
		t.Errorf("%v: %s", err, text)
	}
}
