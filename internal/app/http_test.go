package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

func TestWhoAsks(t *testing.T) {
	type header = map[string]string
	for _, c := range []struct {
		name, peer   string
		says         header
		from, scheme string
		host         string
	}{
		{"nobody says anything", "127.0.0.1:5", nil, "127.0.0.1:5", "http", "here"},
		{"a stranger says who he is", "192.0.2.9:5", header{"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}, "192.0.2.9:5", "http", "here"},
		{"the proxy says it", "10.1.0.1:5", header{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "team.example"}, "203.0.113.7:0", "https", "team.example"},
		{"what the client told the proxy counts for nothing", "10.1.0.1:5", header{"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}, "203.0.113.7:0", "http", "here"},
		{"two proxies", "10.1.0.1:5", header{"X-Forwarded-For": "203.0.113.7, 10.1.0.2"}, "203.0.113.7:0", "http", "here"},
		{"the standard header", "10.1.0.1:5", header{"Forwarded": `for="[2001:db8::1]:4711";proto=https;host=team.example`}, "[2001:db8::1]:0", "https", "team.example"},
		{"both, so one may be the client's", "10.1.0.1:5", header{"Forwarded": "for=127.0.0.1", "X-Forwarded-For": "203.0.113.7"}, "10.1.0.1:5", "http", "here"},
		{"hidden", "10.1.0.1:5", header{"Forwarded": "for=_hidden;proto=https"}, "10.1.0.1:5", "https", "here"},
		{"nonsense", "10.1.0.1:5", header{"X-Forwarded-For": ",,;=\x01,", "X-Forwarded-Proto": "gopher"}, "10.1.0.1:5", "http", "here"},
		{"the way only", "10.1.0.1:5", header{"X-Forwarded-Proto": "https"}, "10.1.0.1:5", "https", "here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Host = c.peer, "here"
			for name, value := range c.says {
				r.Header.Set(name, value)
			}
			parseProxies([]string{"10.1.0.0/16"}).believe(r)
			if r.RemoteAddr != c.from || r.URL.Scheme != c.scheme || r.Host != c.host {
				t.Errorf("%s %s %s", r.RemoteAddr, r.URL.Scheme, r.Host)
			}
			for _, name := range forwarding {
				if r.Header.Get(name) != "" {
					t.Errorf("%s is left for others to believe", name)
				}
			}
		})
	}
}

// faced is a handler with these faces and nothing else.
func faced(t *testing.T, log *slog.Logger, web http.HandlerFunc) http.Handler {
	t.Helper()
	a := &App{Options: Options{Config: config.Default(), Log: log}}
	a.defaults()
	a.Config.Serve.PublicURL = "https://team.example"
	a.Config.Serve.MaxBody = 10
	a.Config.Team.Email = "cert@mail.example"
	a.Web, a.API = web, web
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNamesThatAreNotOurs(t *testing.T) {
	h := faced(t, logging.Discard(), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, c := range []struct {
		host string
		want int
	}{
		{"127.0.0.1:8080", 418},
		{"localhost:8080", 418},
		{"LOCALHOST", 418},
		{"[::1]:8080", 418},
		{"127.9.9.9", 418},
		{"team.example", 418},
		{"team.example.:443", 418},
		{"evil.example", 421},
		{"localhost.evil.example", 421},
		{"192.0.2.1", 421},
		{"", 421},
	} {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%q: %d, want %d", c.host, w.Code, c.want)
		}
	}
}

// Who has only the team's address looks for its key and its security.txt at the domain of it: there is nothing else there.
func TestWhatIsPublishedAtTheDomain(t *testing.T) {
	h := faced(t, logging.Discard(), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, c := range []struct {
		host, path string
		want       int
	}{
		{"openpgpkey.mail.example", "/.well-known/openpgpkey/mail.example/policy", 418},
		{"OpenPGPKey.Mail.Example.:443", "/.well-known/openpgpkey/mail.example/hu/x", 418},
		{"mail.example", "/.well-known/openpgpkey/hu/x", 418},
		{"mail.example", "/.well-known/security.txt", 418},
		{"mail.example", "/login", 421},
		{"mail.example", "/", 421},
		{"openpgpkey.mail.example", "/api/v1/incidents", 421},
		{"openpgpkey.mail.example", "/.well-known/openpgpkey", 421},
		{"openpgpkey.evil.example", "/.well-known/openpgpkey/mail.example/policy", 421},
		{"www.mail.example", "/.well-known/security.txt", 421},
	} {
		r := httptest.NewRequest(http.MethodGet, "https://x"+c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s%s: %d, want %d", c.host, c.path, w.Code, c.want)
		}
	}
}

// Whatever is asked for below TAXII's root is answered in TAXII's type: what a mux would redirect, and what is for another name.
func TestBelowTAXIIsRoot(t *testing.T) {
	a := &App{Options: Options{Config: config.Default(), Log: logging.Discard()}}
	a.defaults()
	a.Web = http.NotFoundHandler()
	a.TAXII = taxii.New(taxii.Options{Clock: a.Clock, Log: a.Log})
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, path string
		want       int
	}{
		{"localhost", "/taxii2", 401},
		{"localhost", "/taxii2/", 401},
		{"localhost", "/taxii2//", 401},
		{"localhost", "/taxii2/firehall//collections/", 401},
		{"localhost", "/taxii2/../api/v1/", 401},
		{"evil.example", "/taxii2/", 421},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x"+c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || w.Header().Get("Content-Type") != taxii.MediaType || !strings.Contains(w.Body.String(), `"http_status":"`+strconv.Itoa(c.want)) {
			t.Errorf("%s%s: %d %s", c.host, c.path, w.Code, w.Header().Get("Content-Type"))
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost/taxii2x", nil)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 404 || w.Header().Get("Content-Type") == taxii.MediaType {
		t.Errorf("beside it: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestGuard(t *testing.T) {
	var log strings.Builder
	h := faced(t, slog.New(slog.NewTextHandler(&log, nil)), func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic":
			panic("oh")
		case "/half":
			_, _ = io.WriteString(w, "half")
			panic("oh")
		case "/stream":
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask("GET", "/panic?token=secret", ""); w.Code != 500 || !strings.Contains(w.Body.String(), w.Header().Get(requestID)) {
		t.Errorf("a panic: %d %s", w.Code, w.Body)
	}
	if strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "path=/panic") {
		t.Errorf("the log: %s", log.String())
	}
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				t.Error("half an answer looks whole")
			}
		}()
		ask("GET", "/half", "")
	}()
	for _, c := range []struct {
		name, path string
		want       int
	}{
		{"a small body", "/x", 200},
		{"a stream", "/stream", 200},
	} {
		if w := ask("POST", c.path, "small"); w.Code != c.want {
			t.Errorf("%s: %d", c.name, w.Code)
		}
	}
	if w := ask("POST", "/x", "larger than ten bytes"); w.Code != 413 {
		t.Errorf("a large body: %d", w.Code)
	}
	if w := ask("POST", "/api/v1/feeds/x/push", "larger than ten bytes"); w.Code != 200 {
		t.Errorf("a pushed body: %d", w.Code)
	}
	w := ask("GET", "/x", "")
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Strict-Transport-Security": ""} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	a := &App{Options: Options{Config: config.Default(), Log: logging.Discard()}}
	a.defaults()
	begun := make(chan struct{})
	a.Web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.WriteHeader(http.StatusOK)
		close(begun)
		<-r.Context().Done()
	})
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/live", nil).WithContext(context.Background())
	r.Host = "localhost"
	done := make(chan struct{})
	go func() { h.ServeHTTP(httptest.NewRecorder(), r); close(done) }()
	<-begun
	a.endStream()
	<-done
}

func FuzzForwarded(f *testing.F) {
	f.Add("for=192.0.2.1;proto=https, for=unknown", "1.2.3.4, [::1]:5", "https", "x.example")
	p := parseProxies([]string{"10.1.0.0/16", "::1"})
	f.Fuzz(func(t *testing.T, standard, older, proto, host string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.1.0.1:5"
		for name, value := range map[string]string{"Forwarded": standard, "X-Forwarded-For": older, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host} {
			if value != "" {
				r.Header[name] = []string{value}
			}
		}
		p.believe(r)
		if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
			t.Errorf("scheme %q", r.URL.Scheme)
		}
		if _, ok := address(r.RemoteAddr); !ok {
			t.Errorf("asked from %q", r.RemoteAddr)
		}
	})
}
