package httpx

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// server answers under /; its handlers are by path.
func server(t *testing.T, paths map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for path, h := range paths {
		mux.HandleFunc(path, h)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func to(target string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) }
}

func TestLoopbackIsRefusedByDefault(t *testing.T) {
	asked := false
	s := server(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) { asked = true }})
	for _, host := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		_, err := New(Options{Plain: true}).Get(context.Background(), host, "")
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("Get(%s) = %v, want Forbidden", host, err)
		}
	}
	if asked {
		t.Error("the server was asked")
	}
}

func TestGet(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{"/a": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Agent", r.UserAgent())
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(r.Header.Get("Accept")))
	}, "/b": to("/a")})
	res, err := New(Options{Plain: true, TestLoopback: true}).Get(context.Background(), s.URL+"/b", "text/x")
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != http.StatusTeapot || string(res.Body) != "text/x" || res.Header.Get("X-Agent") != "firehall" || res.URL != s.URL+"/a" {
		t.Errorf("got %+v", res)
	}
}

func TestRefusals(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{
		"/loop":     to("/loop"),
		"/private":  to("http://10.0.0.1/"),
		"/metadata": to("http://169.254.169.254/latest/meta-data/"),
		"/mapped":   to("http://[::ffff:10.0.0.1]/"),
		"/file":     to("file:///etc/passwd"),
		"/password": to("http://user:secret@127.0.0.1/"),
		"/large":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2000)) },
		"/slow":     func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	})
	open := Options{Plain: true, TestLoopback: true, MaxBytes: 1000, Timeout: 2 * time.Minute}
	short := Options{Plain: true, TestLoopback: true, Timeout: 200 * time.Millisecond}
	tests := []struct {
		name, url string
		opts      Options
		want      problem.Kind
	}{
		{"redirects without end", s.URL + "/loop", open, problem.Forbidden},
		{"redirect to a private address", s.URL + "/private", open, problem.Forbidden},
		{"redirect to metadata", s.URL + "/metadata", open, problem.Forbidden},
		{"redirect to a mapped address", s.URL + "/mapped", open, problem.Forbidden},
		{"redirect to a file", s.URL + "/file", open, problem.Forbidden},
		{"redirect with a password", s.URL + "/password", open, problem.Invalid},
		{"answer too large", s.URL + "/large", open, problem.Invalid},
		{"answer too slow", s.URL + "/slow", short, problem.Unavailable},
		{"plain http", s.URL + "/large", Options{TestLoopback: true}, problem.Forbidden},
		{"no host", "https:///x", open, problem.Invalid},
		{"password", "https://a:b@example.org/", open, problem.Invalid},
		{"private address in the URL", "https://192.168.0.1/", open, problem.Forbidden},
		{"other scheme", "gopher://example.org/", open, problem.Forbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.opts).Get(context.Background(), tt.url, "")
			if err == nil || problem.KindOf(err) != tt.want {
				t.Errorf("got %v (%v), want %v", err, problem.KindOf(err), tt.want)
			}
		})
	}
}

func TestDowngradeIsRefused(t *testing.T) {
	plain := server(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) {}})
	secure := httptest.NewTLSServer(to(plain.URL))
	t.Cleanup(secure.Close)
	opts := Options{Plain: true, TestLoopback: true, TLS: secure.Client().Transport.(*http.Transport).TLSClientConfig}
	_, err := New(opts).Get(context.Background(), secure.URL, "")
	if !problem.Is(err, problem.Forbidden) || !strings.Contains(err.Error(), "https") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsDoNotTellThePath(t *testing.T) {
	_, err := New(Options{Plain: true, TestLoopback: true}).Get(context.Background(), "http://127.0.0.1:1/hook/secret", "")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
