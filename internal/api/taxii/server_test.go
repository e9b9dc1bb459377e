package taxii

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDiscoveryAndRoot(t *testing.T) {
	w := lite(t)
	for _, path := range []string{"/taxii2", "/taxii2/"} {
		a := w.ask("GET", path, "")
		if a.StatusCode != 200 || !strings.Contains(a.text, `"default":"https://cert.example/taxii2/firehall/"`) || !strings.Contains(a.text, `"contact":"cert@example.org"`) {
			t.Errorf("%s: %s", path, a.text)
		}
	}
	for _, path := range []string{"/taxii2/firehall", "/taxii2/firehall/"} {
		a := w.ask("GET", path, "")
		if a.StatusCode != 200 || !strings.Contains(a.text, `"versions":["application/taxii+json;version=2.1"]`) || !strings.Contains(a.text, `"max_content_length":65536`) {
			t.Errorf("%s: %s", path, a.text)
		}
	}
}

func TestWhoIsLetIn(t *testing.T) {
	w := lite(t)
	basic := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	certificate := []byte("certificate")
	sum := sha256.Sum256(certificate)
	w.server.certificates[hex.EncodeToString(sum[:])] = "north"
	shows := func(raw []byte, until time.Time) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Authorization")
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: raw, NotAfter: until}}}
		}
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"a token", as(w.tokens["north"]), 200},
		{"Basic", basic("north", w.tokens["north"]), 200},
		{"Basic, in another case", basic("North ", w.tokens["north"]), 200},
		{"somebody else's name", basic("south", w.tokens["north"]), 401},
		{"a token of the machine, by any name", basic("admin", w.tokens["machine"]), 200},
		{"no token", basic("north", "secret"), 401},
		{"another token", as("fh_x_y"), 401},
		{"nothing", header("Authorization", ""), 401},
		{"a certificate", shows(certificate, day), 200},
		{"one that has ended", shows(certificate, day.Add(-time.Second)), 401},
		{"another certificate", shows([]byte("x"), day), 401},
		{"a token without the scope", as(w.tokens["other"]), 403},
	}
	for _, tt := range tests {
		a := w.ask("GET", "/taxii2/firehall/collections/", "", tt.change)
		if a.StatusCode != tt.status || (tt.status == 401) != (a.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s: %s %v", tt.name, a.Status, a.Header)
		}
	}
}

func TestNegotiation(t *testing.T) {
	w := lite(t)
	accept := map[string]int{
		"application/taxii+json;version=2.1": 200, "application/taxii+json; version=2.1": 200, "application/taxii+json": 200, "*/*": 200, "application/*": 200, "": 200,
		"text/html, application/taxii+json;version=2.1;q=0.5": 200, `application/taxii+json;version="2.1"`: 200, "APPLICATION/TAXII+JSON": 200,
		"application/taxii+json;version=2.0": 406, "application/json": 406, "text/html": 406, "application/vnd.oasis.taxii+json": 406, "application/taxii+json;q=0": 406, ";;": 406,
		"application/taxii+json;q=0, */*": 406, "*/*, application/taxii+json;version=2.1;q=0": 406, "application/*;q=0, application/taxii+json": 200, "*/*;q=0, application/*": 200,
		"application/taxii+json;version=2.0;q=0, */*;q=0.1": 200, "application/taxii+json;q=0, application/taxii+json;version=2.1": 200,
	}
	for value, status := range accept {
		if a := w.ask("GET", w.path("objects/"), "", header("Accept", value)); a.StatusCode != status {
			t.Errorf("Accept %q: %s", value, a.Status)
		}
	}
	sent := map[string]int{
		"application/taxii+json;version=2.1": 202, "application/taxii+json": 202, "application/taxii+json;version=2.0": 415, "application/json": 415,
		"application/stix+json;version=2.1": 415, "": 415,
	}
	for value, status := range sent {
		if a := w.ask("POST", w.path("objects/"), envelope(indicator(1, v1)), header("Content-Type", value)); a.StatusCode != status {
			t.Errorf("Content-Type %q: %s", value, a.Status)
		}
	}
}

func TestPaths(t *testing.T) {
	w := lite(t)
	w.give(indicator(1, v1))
	object := "objects/indicator--" + uid(1)
	tests := []struct {
		method, path string
		status       int
	}{
		{"GET", "/taxii2/firehall/collections", 200},
		{"GET", "/taxii2/firehall/collections/", 200},
		{"GET", strings.TrimSuffix(w.path(""), "/"), 200},
		{"GET", w.path(""), 200},
		{"GET", "/taxii2/firehall/collections/community/", 200},
		{"GET", w.path("objects"), 200},
		{"GET", w.path("objects/"), 200},
		{"GET", w.path("manifest"), 200},
		{"GET", w.path(object), 200},
		{"GET", w.path(object + "/"), 200},
		{"GET", w.path(object + "/versions"), 200},
		{"GET", w.path(object + "/versions/"), 200},
		{"GET", w.path("objects/indicator--" + uid(2)), 404},
		{"GET", w.path("objects/indicator--" + uid(2) + "/versions/"), 404},
		{"GET", w.path("things"), 404},
		{"GET", "/taxii2/other/", 404},
		{"GET", "/taxii2/firehall/collections/nope/", 404},
		{"GET", "/taxii2/firehall/collections/nope/objects/", 404},
		{"GET", "/taxii2/firehall/status/nope/", 404},
		{"GET", "/taxii2/firehall//", 404},
		{"PUT", w.path("objects/"), 405},
		{"POST", w.path("manifest/"), 405},
		{"POST", "/taxii2/", 405},
		{"HEAD", "/taxii2/firehall/", 405},
	}
	for _, tt := range tests {
		if tt.method == "HEAD" {
			continue // the recorder has a body all the same
		}
		if a := w.ask(tt.method, tt.path, ""); a.StatusCode != tt.status || (tt.status == 405) != (a.Header.Get("Allow") != "") {
			t.Errorf("%s %s: %s %s", tt.method, tt.path, a.Status, a.text)
		}
	}
}

func TestPermissions(t *testing.T) {
	each(t, func(w *world) {
		w.give(indicator(1, v1))
		one := w.path("objects/indicator--" + uid(1) + "/")
		check := func(name, who, method, path string, status int) {
			w.Helper()
			body := ""
			if method == "POST" {
				body = envelope(indicator(2, v1))
			}
			if a := w.ask(method, path, body, as(w.tokens[who])); a.StatusCode != status {
				w.Errorf("%s: %s %s", name, a.Status, a.text)
			}
		}
		check("not of the group, reads", "west", "GET", w.path("objects/"), 404)
		check("not of the group, writes", "west", "POST", w.path("objects/"), 404)
		check("a token that only reads, writes", "reader", "POST", w.path("objects/"), 403)
		check("a token that only reads, takes out", "reader", "DELETE", one, 403)
		check("another's object", "south", "DELETE", one, 403)
		d := draftOf(w.c)
		d.CanWrite = false
		_, err := w.shared.Change(ctx, ada, w.c.ID, 0, d)
		w.must(err)
		check("a collection that is only read, writes", "north", "POST", w.path("objects/"), 403)
		check("a collection that is only read, takes out", "north", "DELETE", one, 403)
		check("a collection that is only read, reads", "north", "GET", w.path("objects/"), 200)
		d.CanRead, d.CanWrite = false, true
		_, err = w.shared.Change(ctx, ada, w.c.ID, 0, d)
		w.must(err)
		for _, rest := range []string{"objects/", "manifest/", "objects/indicator--" + uid(1) + "/", "objects/indicator--" + uid(1) + "/versions/"} {
			check("a collection that is only written, "+rest, "north", "GET", w.path(rest), 403)
		}
		check("a collection that is only written, writes", "north", "POST", w.path("objects/"), 202)
		check("a collection that is only written, is told of", "north", "GET", w.path(""), 200)
		w.lapsed = true
		check("whose agreement is over", "north", "POST", w.path("objects/"), 403)
	})
}

func TestDelete(t *testing.T) {
	w := lite(t)
	w.give(indicator(1, v1), indicator(1, v2))
	one := w.path("objects/indicator--" + uid(1) + "/")
	if a := w.ask("DELETE", one+"?match[version]="+v2, ""); a.StatusCode != 200 || a.text != "{}" {
		t.Errorf("%s %s", a.Status, a.text)
	}
	if a := w.ask("GET", one+"?match[version]=all", ""); !slices.Equal(a.ids(), []string{"01" + v1}) {
		t.Errorf("%s", a.text)
	}
	for _, status := range []int{200, 404} {
		if a := w.ask("DELETE", one, ""); a.StatusCode != status {
			t.Errorf("%s %s", a.Status, a.text)
		}
	}
}

func TestStatus(t *testing.T) {
	w := lite(t)
	a := w.ask("POST", w.path("objects/"), envelope(indicator(1, v1), `{"type":"x"}`, indicator(1, v1), address(2)))
	for _, want := range []string{`"status":"complete"`, `"total_count":4`, `"success_count":3`, `"failure_count":1`, `"pending_count":0`, `"request_timestamp":"2026-11-22T03:00:00.123456Z"`} {
		if !strings.Contains(a.text, want) {
			t.Errorf("no %s in %s", want, a.text)
		}
	}
	place := strings.TrimPrefix(a.Header.Get("Location"), "https://cert.example")
	if b := w.ask("GET", place, ""); b.text != a.text {
		t.Errorf("%s: %s", place, b.text)
	}
	if b := w.ask("GET", place, "", as(w.tokens["south"])); b.StatusCode != 404 {
		t.Errorf("another's: %s", b.Status)
	}
	for name, body := range map[string]string{"no JSON": "x", "a list": "[]", "cut off": `{"objects":[{}`} {
		if b := w.ask("POST", w.path("objects/"), body); b.StatusCode != 400 {
			t.Errorf("%s: %s", name, b.Status)
		}
	}
	if b := w.ask("POST", w.path("objects/"), envelope(strings.Repeat(" ", 70<<10))); b.StatusCode != 413 {
		t.Errorf("too large: %s", b.Status)
	}
}

// Who shows no token that works is slowed down, and who does is not by them.
func TestPace(t *testing.T) {
	w := lite(t)
	var last answer
	for range 25 {
		last = w.ask("GET", "/taxii2/", "", as("fh_x_y"))
	}
	if last.StatusCode != 429 || last.Header.Get("Retry-After") == "" {
		t.Errorf("%s", last.Status)
	}
	if a := w.ask("GET", "/taxii2/", ""); a.StatusCode != 200 {
		t.Errorf("%s", a.Status)
	}
	w.clock.Advance(time.Minute)
	if a := w.ask("GET", "/taxii2/", "", as("fh_x_y")); a.StatusCode != 401 {
		t.Errorf("%s", a.Status)
	}
}
