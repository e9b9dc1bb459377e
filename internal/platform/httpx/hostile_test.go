package httpx

import (
	"compress/gzip"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// A server may answer with anything; what we take in is bounded in size and time.
func TestHostileServers(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{
		"/bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 200 { // 200 MB from 200 kB
				if _, err := z.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
			_ = z.Close()
		},
		"/endless": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
		"/drip": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
		"/short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("half"))
		},
		"/liar": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("this is no gzip"))
		},
		"/headers": func(w http.ResponseWriter, _ *http.Request) {
			for range 200 {
				w.Header().Add("X-Large", strings.Repeat("x", 1000))
			}
		},
		"/badplace": to("http://[::1"),
		"/inwards":  to("//10.0.0.1/"),
		"/nat64":    to("http://[64:ff9b::a00:1]/"),
		"/6to4":     to("http://[2002:a00:1::]/"),
		"/shared":   to("http://100.64.0.1/"),
		"/zero":     to("http://0.0.0.0/"),
		"/js":       to("javascript:alert(1)"),
	})
	opts := Options{Plain: true, TestLoopback: true, MaxBytes: 100_000, Timeout: 5 * time.Minute}
	tests := []struct {
		name, path string
		want       problem.Kind
	}{
		{"compressed bomb", "/bomb", problem.Invalid},
		{"without end", "/endless", problem.Invalid},
		{"drop by drop", "/drip", problem.Unavailable},
		{"shorter than it says", "/short", problem.Unavailable},
		{"not what it says", "/liar", problem.Unavailable},
		{"headers without end", "/headers", problem.Unavailable},
		{"redirect to no URL", "/badplace", problem.Unavailable},
		{"redirect inwards without a scheme", "/inwards", problem.Forbidden},
		{"redirect inwards by NAT64", "/nat64", problem.Forbidden},
		{"redirect inwards by 6to4", "/6to4", problem.Forbidden},
		{"redirect to shared space", "/shared", problem.Forbidden},
		{"redirect to this host by zero", "/zero", problem.Forbidden},
		{"redirect to a script", "/js", problem.Forbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts, start := opts, time.Now()
			if tt.path == "/drip" {
				opts.Timeout = 500 * time.Millisecond
			}
			_, err := New(opts).Get(context.Background(), s.URL+tt.path, "")
			if err == nil || problem.KindOf(err) != tt.want {
				t.Errorf("got %v (%v), want %v", err, problem.KindOf(err), tt.want)
			}
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A name is judged by where it leads when it is dialled.
func TestNamesThatLeadInwards(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") }})
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	for _, host := range []string{"localhost", "LOCALHOST", "[::1]", "127.1.2.3", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"} {
		t.Run(host, func(t *testing.T) {
			_, err := New(Options{Plain: true}).Get(context.Background(), "http://"+host+port+"/", "")
			if kind := problem.KindOf(err); err == nil || kind != problem.Forbidden && kind != problem.Unavailable {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRedirectsAreCounted(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{
		"/3": to("/2"), "/2": to("/1"), "/1": to("/0"), "/0": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("here")) },
	})
	tests := []struct {
		name, path string
		redirects  int
		ok         bool
	}{
		{"as many as may be", "/3", 3, true},
		{"one more", "/3", 2, false},
		{"the default", "/3", 0, true},
		{"none wanted, none given", "/0", -1, true},
		{"none wanted, one given", "/1", -1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := New(Options{Plain: true, TestLoopback: true, Redirects: tt.redirects}).Get(context.Background(), s.URL+tt.path, "")
			if (err == nil) != tt.ok || tt.ok && string(res.Body) != "here" || !tt.ok && !problem.Is(err, problem.Forbidden) {
				t.Errorf("%q, %v", res.Body, err)
			}
		})
	}
}

// A proxy would dial for us, unchecked.
func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	proxy := server(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }})
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	s := server(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("direct")) }})
	res, err := New(Options{Plain: true, TestLoopback: true}).Get(context.Background(), s.URL+"/", "")
	if err != nil || string(res.Body) != "direct" {
		t.Errorf("%q, %v", res.Body, err)
	}
}

func TestGivingUp(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{"/": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }})
	bounded, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := New(Options{Plain: true, TestLoopback: true, Timeout: 5 * time.Minute}).Get(bounded, s.URL+"/", ""); !problem.Is(err, problem.Unavailable) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("it took %s", took)
	}
}
