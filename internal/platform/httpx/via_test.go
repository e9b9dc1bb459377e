package httpx

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

// connects is an HTTP proxy that only connects; it counts what it was asked for.
func connects(t *testing.T, asked *atomic.Value) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Host)
		far, err := net.Dial("tcp", r.Host)
		if r.Method != http.MethodConnect || err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = near.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		_, _ = io.Copy(near, far)
		_ = near.Close()
	}))
	t.Cleanup(s.Close)
	u, _ := url.Parse(s.URL)
	return u
}

// socks is a SOCKS5 proxy (RFC 1928) that answers each request with a code; with 0 it connects.
func socks(t *testing.T, code byte) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go serveSocks(near, code)
		}
	}()
	return &url.URL{Scheme: "socks5", Host: l.Addr().String()}
}

func serveSocks(near net.Conn, code byte) {
	defer near.Close()
	in := bufio.NewReader(near)
	head := make([]byte, 3)
	if _, err := io.ReadFull(in, head); err != nil {
		return
	}
	_, _ = near.Write([]byte{5, 0})
	ask := make([]byte, 10) // an IPv4 address
	if _, err := io.ReadFull(in, ask); err != nil {
		return
	}
	_, _ = near.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
	if code != 0 {
		return
	}
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(ask[4:8])), binary.BigEndian.Uint16(ask[8:]))
	far, err := net.Dial("tcp", to.String())
	if err != nil {
		return
	}
	go func() { _, _ = io.Copy(far, in); _ = far.Close() }()
	_, _ = io.Copy(near, far)
}

func TestThroughProxies(t *testing.T) {
	s := server(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("through")) }})
	var asked atomic.Value
	for name, via := range map[string]*url.URL{"http": connects(t, &asked), "socks5": socks(t, 0)} {
		t.Run(name, func(t *testing.T) {
			res, err := New(Options{Plain: true, TestLoopback: true, Via: via}).Get(t.Context(), s.URL, "")
			if err != nil || string(res.Body) != "through" {
				t.Errorf("%q, %v", res.Body, err)
			}
		})
	}
}

// The proxy is never told a name, nor an address that may not be asked.
func TestProxiesDialNothingUnchecked(t *testing.T) {
	var asked atomic.Value
	asked.Store("")
	c := New(Options{Plain: true, Via: connects(t, &asked)})
	for _, target := range []string{"http://10.0.0.1/", "http://localhost/", "http://169.254.169.254/", "http://[::1]/"} {
		if _, err := c.Get(t.Context(), target, ""); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", target, err)
		}
	}
	if asked.Load() != "" {
		t.Errorf("the proxy was asked for %v", asked.Load())
	}
	here := server(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) {}})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(here.URL, "http://"))
	_, err := New(Options{Plain: true, TestLoopback: true, Via: c.opts.Via}).Get(t.Context(), "http://localhost:"+port+"/", "")
	if err != nil || asked.Load() != "127.0.0.1:"+port {
		t.Errorf("the proxy was asked for %v, %v", asked.Load(), err)
	}
}

func TestProxiesThatFail(t *testing.T) {
	var asked atomic.Value
	tests := []struct {
		name           string
		via            *url.URL
		proxy, refused bool
	}{
		{"nobody is there", &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, true, false},
		{"nobody is there, socks", &url.URL{Scheme: "socks5", Host: "127.0.0.1:1"}, true, false},
		{"it cannot connect", connects(t, &asked), true, false},
		{"socks: general failure", socks(t, 1), true, false},
		{"socks: the server refuses", socks(t, 5), false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(Options{Plain: true, TestLoopback: true, Via: tt.via}).Get(t.Context(), "http://127.0.0.1:1/", "")
			got := errors.Is(err, syscall.ECONNREFUSED) && !ProxyFailed(err)
			if err == nil || ProxyFailed(err) != tt.proxy || got != tt.refused {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckProxy(t *testing.T) {
	for text, ok := range map[string]bool{
		"socks5://127.0.0.1:9050": true, "http://user:word@proxy.example:3128": true, "https://proxy.example:1": false, "proxy.example": false, "socks5://x": false, "": false,
	} {
		if err := CheckProxy(text); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
