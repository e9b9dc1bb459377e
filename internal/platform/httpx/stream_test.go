package httpx

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

func open(t *testing.T, c *Client, address string) (Stream, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Open(req)
	if err == nil {
		t.Cleanup(func() { _ = s.Body.Close() })
	}
	return s, err
}

func TestOpen(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{
		"/": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) },
		"/short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "half")
		},
		"/drip": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
		"/inwards": to("http://169.254.169.254/"),
	})
	tests := []struct {
		name, path string
		most       int64
		within     time.Duration
		want       problem.Kind
		bytes      int
	}{
		{"whole", "/", 1000, time.Hour, 0, 1000},
		{"larger than allowed", "/", 999, time.Hour, problem.Invalid, -1},
		{"broken off", "/short", 1000, time.Hour, problem.Unavailable, 4},
		{"too slow", "/drip", 1 << 20, 300 * time.Millisecond, problem.Unavailable, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New(Options{Internal: true, Plain: true, MaxBytes: tt.most, Timeout: tt.within})
			var body []byte
			res, err := open(t, c, s.URL+tt.path)
			if err == nil {
				body, err = io.ReadAll(res.Body)
			}
			if (err != nil) != (tt.want != 0) || err != nil && problem.KindOf(err) != tt.want || tt.bytes >= 0 && len(body) != tt.bytes {
				t.Errorf("%d bytes, %v", len(body), err)
			}
		})
	}
	for _, path := range []string{s.URL + "/inwards", "http://[fd00:ec2::254]/", "http://0.0.0.0/"} {
		if _, err := open(t, New(Options{Internal: true, Plain: true}), path); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := open(t, New(Options{Plain: true}), s.URL); !problem.Is(err, problem.Forbidden) {
		t.Errorf("this machine is reached without leave: %v", err)
	}
}

func TestInside(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "192.168.0.1": true, "172.16.0.1": true, "fd12::1": true, "100.64.0.1": true, "100.100.100.200": false, "::ffff:100.100.100.200": false, "fd20:ce::254": false,
		"::ffff:10.0.0.1": true, "8.8.8.8": false, "169.254.169.254": false, "fe80::1": false, "224.0.0.1": false, "fd00:ec2::254": false,
		"168.63.129.16": false, "0.0.0.0": false,
	} {
		if got := inside(netip.MustParseAddr(text)); got != want {
			t.Errorf("inside(%s) = %v", text, got)
		}
	}
}
