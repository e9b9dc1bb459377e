// Package metrics keeps Firehall's own Prometheus registry and serves it on a
// listener of its own, apart from whatever faces users.
//
// The figures say how busy a team is and about whom, so they are served to this
// machine only unless an outside address is configured. Names start with
// "firehall_"; labels never hold addresses, names or other personal data.
package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/firehall/firehall/internal/core/problem"
)

// Path is where the figures are served.
const Path = "/metrics"

// NewRegistry returns a registry with the figures of the process and of Go, and
// the program's version in firehall_build_info.
func NewRegistry(version string) *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "firehall_build_info", Help: "Always 1; the label tells the program's version.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Server serves one registry.
type Server struct {
	listener net.Listener
	http     http.Server
	done     chan error
}

// Listen starts to serve the registry at address, "host:port". Without a host it
// is this machine only (127.0.0.1); port 0 takes a free one.
//
// Errors: Invalid for an address that is none, Unavailable if it is in use.
func Listen(ctx context.Context, address string, g prometheus.Gatherer) (*Server, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the address for metrics, %q", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "listen for metrics at %s", address)
	}
	s := &Server{listener: l, done: make(chan error, 1), http: http.Server{
		Handler: handler(g), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

func handler(g prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, promhttp.HandlerFor(g, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return mux
}

// URL returns where the figures are.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + Path }

// Loopback reports whether only this machine can ask.
func (s *Server) Loopback() bool {
	addr, ok := s.listener.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// Stop ends serving; requests under way may finish until ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
