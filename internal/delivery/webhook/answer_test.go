package webhook

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
)

func TestAnswers(t *testing.T) {
	tests := []struct {
		name      string
		status    int
		after     string
		outcome   delivery.Outcome
		recipient bool
		wait      time.Duration
	}{
		{"done", 200, "", delivery.Accepted, false, 0},
		{"taken on", 202, "", delivery.Accepted, false, 0},
		{"moved", 301, "", delivery.Deferred, false, 0},
		{"elsewhere", 307, "60", delivery.Deferred, false, 0},
		{"bad request", 400, "", delivery.Deferred, false, 0},
		{"unauthorised", 401, "", delivery.Deferred, false, 0},
		{"forbidden", 403, "", delivery.Deferred, false, 0},
		{"not there", 404, "", delivery.Deferred, false, 0},
		{"timeout", 408, "", delivery.Deferred, false, 0},
		{"gone", 410, "", delivery.Refused, true, 0},
		{"too large", 413, "", delivery.Deferred, false, 0},
		{"too early", 425, "", delivery.Deferred, false, 0},
		{"too many", 429, "120", delivery.Deferred, false, 2 * time.Minute},
		{"too many, no word when", 429, "", delivery.Deferred, false, 0},
		{"broken", 500, "120", delivery.Deferred, false, 0},
		{"bad gateway", 502, "", delivery.Deferred, false, 0},
		{"unavailable until", 503, "Sun, 22 Nov 2026 03:30:00 GMT", delivery.Deferred, false, 30 * time.Minute},
		{"unavailable until the past", 503, "Sun, 22 Nov 2026 02:30:00 GMT", delivery.Deferred, false, 0},
		{"unavailable for a year", 503, "31536000", delivery.Deferred, false, maxWait},
		{"unavailable for less than nothing", 503, "-5", delivery.Deferred, false, 0},
		{"unavailable for nonsense", 503, "soon", delivery.Deferred, false, 0},
		{"unavailable for more than a number", 503, "99999999999999999999", delivery.Deferred, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := receive(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://169.254.169.254/")
				w.Header().Set("Retry-After", tt.after)
				w.WriteHeader(tt.status)
			})
			res := r.ch.Send(context.Background(), r.item(t))
			if res.Outcome != tt.outcome || res.Code != tt.status || res.Recipient != tt.recipient || res.RetryAfter != tt.wait || res.Detail == "" {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestWordsOfAnAnswer(t *testing.T) {
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("no\r\n\x1b[31m field\u202e \"x\"\xff" + strings.Repeat("é", 100_000)))
	})
	res := r.ch.Send(context.Background(), r.item(t))
	if !strings.HasPrefix(res.Detail, "400 Bad Request: no \ufffd[31m field\ufffd \"x\"\ufffdé") || utf8.RuneCountInString(res.Detail) > maxWords+30 || !utf8.ValidString(res.Detail) {
		t.Errorf("%q", res.Detail)
	}
}

func TestLargeAnswersOfSuccessAreSuccess(t *testing.T) {
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	if res := r.ch.Send(context.Background(), r.item(t)); res.Outcome != delivery.Accepted {
		t.Errorf("%+v", res)
	}
}

func TestForbiddenAddresses(t *testing.T) {
	r := receive(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	m := r.item(t)
	guarded := New(Config{}, r.ring, r.clock)
	for _, address := range []string{m.Address, "https://10.0.0.1/x", "https://[::ffff:169.254.169.254]/x", "https://localhost:1/x", "http://example.org/x"} {
		m.Address = address
		res := guarded.Send(context.Background(), m)
		if res.Outcome != delivery.Refused || !res.Recipient || !strings.Contains(res.Detail, "allowed") {
			t.Errorf("%s: %+v", address, res)
		}
	}
}

func TestFailuresOfTheNetwork(t *testing.T) {
	r := receive(t, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		switch req.URL.Path {
		case "/slow":
			<-req.Context().Done()
			panic(http.ErrAbortHandler) // to return would answer 200, which may come through while the connection is still closing
		case "/reset":
			panic(http.ErrAbortHandler)
		}
	})
	hasty := New(Config{Timeout: 2 * time.Second, TLS: r.Client().Transport.(*http.Transport).TLSClientConfig, TestLoopback: true}, r.ring, r.clock)
	untrusting := New(Config{TestLoopback: true}, r.ring, r.clock)
	tests := []struct {
		name, url string
		ch        *Channel
	}{
		{"nobody listens", "https://127.0.0.1:1/secret", r.ch},
		{"reset", r.URL + "/reset", r.ch},
		{"no answer", r.URL + "/slow", hasty},
		{"a certificate that nobody vouches for", r.URL + "/", untrusting},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := r.item(t)
			m.Address = tt.url
			res := tt.ch.Send(context.Background(), m)
			if res.Outcome != delivery.Deferred || res.Code != 0 || res.Detail == "" || strings.Contains(res.Detail, "secret") {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestStopping(t *testing.T) {
	arrived := make(chan struct{})
	r := receive(t, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		close(arrived)
		<-req.Context().Done()
		panic(http.ErrAbortHandler) // as above
	})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if res := r.ch.Send(ctx, r.item(t)); res.Outcome != delivery.Stopped {
		t.Errorf("before it began: %+v", res)
	}
	ctx, stop = context.WithCancel(context.Background())
	go func() {
		<-arrived
		stop()
	}()
	began := time.Now()
	if res := r.ch.Send(ctx, r.item(t)); res.Outcome != delivery.Doubtful || time.Since(began) > 2*time.Minute {
		t.Errorf("after it was sent: %+v", res)
	}
}

func TestWaitUsesTheClockGiven(t *testing.T) {
	c := clock.At(now.AddDate(0, 0, 1))
	if d := wait("Sun, 22 Nov 2026 03:30:00 GMT", c.Now()); d != 0 {
		t.Errorf("%s", d)
	}
}
