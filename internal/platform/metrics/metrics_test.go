package metrics_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/metrics"
)

func serve(t *testing.T, address string, g prometheus.Gatherer) *metrics.Server {
	t.Helper()
	s, err := metrics.Listen(context.Background(), address, g)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

func get(t *testing.T, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestServesTheRegistry(t *testing.T) {
	r := metrics.NewRegistry("1.2.3")
	rows := prometheus.NewCounter(prometheus.CounterOpts{Name: "firehall_test_rows_total", Help: "Rows."})
	r.MustRegister(rows)
	rows.Add(7)
	s := serve(t, "127.0.0.1:0", r)
	status, body := get(t, http.MethodGet, s.URL())
	for _, want := range []string{"firehall_test_rows_total 7", `firehall_build_info{version="1.2.3"} 1`, "go_goroutines", "process_"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in the answer", want)
		}
	}
	if status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if status, _ := get(t, http.MethodPost, s.URL()); status != http.StatusMethodNotAllowed {
		t.Errorf("POST gave %d", status)
	}
	if status, _ := get(t, http.MethodGet, strings.TrimSuffix(s.URL(), metrics.Path)+"/debug/pprof/"); status != http.StatusNotFound {
		t.Errorf("another path gave %d", status)
	}
}

func TestOnlyThisMachineByDefault(t *testing.T) {
	tests := []struct {
		address  string
		loopback bool
	}{
		{":0", true},
		{"127.0.0.1:0", true},
		{"0.0.0.0:0", false},
	}
	for _, tt := range tests {
		if got := serve(t, tt.address, metrics.NewRegistry("")).Loopback(); got != tt.loopback {
			t.Errorf("%s: loopback is %v", tt.address, got)
		}
	}
}

func TestListenRefuses(t *testing.T) {
	s := serve(t, ":0", metrics.NewRegistry(""))
	taken := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), metrics.Path)
	tests := []struct {
		address string
		want    problem.Kind
	}{
		{"localhost", problem.Invalid},
		{"", problem.Invalid},
		{taken, problem.Unavailable},
	}
	for _, tt := range tests {
		if _, err := metrics.Listen(context.Background(), tt.address, metrics.NewRegistry("")); !problem.Is(err, tt.want) {
			t.Errorf("%q: got %v, want %v", tt.address, err, tt.want)
		}
	}
}
