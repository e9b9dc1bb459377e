package httpx

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestPost(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{"/hook": func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Saw", r.Method+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("Webhook-Id")+" "+r.UserAgent())
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(body)
	}})
	headers := http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {"m1"}}
	res, err := New(Options{Plain: true, TestLoopback: true}).Post(context.Background(), s.URL+"/hook", headers, []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("X-Saw"); res.Status != http.StatusAccepted || string(res.Body) != `{"a":1}` || got != "POST application/json m1 firehall" {
		t.Errorf("%d %q, saw %q", res.Status, res.Body, got)
	}
}

func TestPostIsGuardedLikeEverything(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") }})
	tests := []struct {
		name, url string
		opts      Options
		want      problem.Kind
	}{
		{"loopback", s.URL, Options{Plain: true}, problem.Forbidden},
		{"private", "https://10.1.2.3/hook", Options{}, problem.Forbidden},
		{"plain http", s.URL, Options{TestLoopback: true}, problem.Forbidden},
		{"a password", "https://me:secret@example.org/", Options{}, problem.Invalid},
		{"no URL", "https://a b/secret", Options{}, problem.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.opts).Post(context.Background(), tt.url, nil, []byte("x"))
			if err == nil || problem.KindOf(err) != tt.want || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// cuts ends an exchange when the head of the answer is there.
type cuts struct {
	http.RoundTripper
	end func()
}

func (c cuts) RoundTrip(r *http.Request) (*http.Response, error) {
	defer c.end()
	return c.RoundTripper.RoundTrip(r)
}

func TestStatusOnly(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{
		"/large": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat("x", 5000))) },
		"/cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write([]byte("begun"))
			http.NewResponseController(w).Flush() //nolint:errcheck // the answer is cut off on purpose
			panic(http.ErrAbortHandler)
		},
		"/drip": func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).Flush() //nolint:errcheck // only the status goes out
			<-r.Context().Done()
		},
		"/moved":    to("/large"),
		"/metadata": to("http://169.254.169.254/"),
	})
	tests := []struct {
		path   string
		status int
		body   int
	}{
		{"/large", http.StatusOK, 100},
		{"/cut", http.StatusOK, 5},
		{"/drip", http.StatusOK, 0},
		{"/moved", http.StatusFound, 0},
		{"/metadata", http.StatusFound, 0},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			c := New(Options{Plain: true, TestLoopback: true, MaxBytes: 100, Timeout: time.Hour, StatusOnly: true})
			ctx, end := context.WithCancel(t.Context())
			defer end()
			if tt.path == "/drip" {
				c.http.Transport = cuts{c.http.Transport, end}
			}
			res, err := c.Post(ctx, s.URL+tt.path, nil, []byte("x"))
			if err != nil || res.Status != tt.status || len(res.Body) != tt.body {
				t.Errorf("%d, %d bytes, %v", res.Status, len(res.Body), err)
			}
		})
	}
}

// A body that was sent already is not sent again over a new connection: the receiver may have acted on it.
func TestPostIsNotRepeatedByTheTransport(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if asked.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer s.Close()
	c := New(Options{Plain: true, TestLoopback: true})
	for range 2 { // the second uses the connection of the first
		_, _ = c.Post(context.Background(), s.URL, nil, []byte("x"))
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
}
