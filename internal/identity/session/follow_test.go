package session

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// stream asks for an answer that goes on, and gives what comes after its beginning.
func (h *house) stream(c *http.Client, url string) (status int, rest <-chan error) {
	h.t.Helper()
	res, err := c.Get(url) //nolint:bodyclose // below, when it has ended
	if err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, res.Body)
		ended <- errors.Join(err, res.Body.Close())
	}()
	return res.StatusCode, ended
}

// goesOn is a page that goes on as Follow says.
func (h *house) goesOn() string {
	s := httptest.NewServer(h.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave, err := h.Follow(r)
		if err != nil {
			status := http.StatusServiceUnavailable
			if problem.Is(err, problem.Forbidden) {
				status = http.StatusForbidden
			}
			http.Error(w, err.Error(), status)
			return
		}
		defer leave()
		_ = http.NewResponseController(w).Flush()
		<-ctx.Done()
	})))
	h.t.Cleanup(s.Close)
	return s.URL
}

func within(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("it goes on")
	}
}

func TestWhatGoesOnEndsWithTheSession(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		for name, end := range map[string]func(h *house, c *http.Client){
			"logged out":              func(h *house, c *http.Client) { h.post(c, "/out", "") },
			"all ended":               func(h *house, _ *http.Client) { _, _ = h.EndAll(t.Context(), ada) },
			"ended by another server": func(h *house, _ *http.Client) { _, _ = New(h.Options).EndAll(t.Context(), ada) },
			"unused for too long":     func(h *house, _ *http.Client) { h.clock.Advance(DefaultIdle) },
		} {
			t.Run(name, func(t *testing.T) {
				h := newHouse(t, db, nil)
				h.look = 10 * time.Millisecond
				c, other, url := browser(t), browser(t), h.goesOn()
				h.post(c, "/login", h.link(ada))
				if status, ended := h.stream(other, url); status != http.StatusForbidden {
					t.Errorf("a stranger follows: %d, %v", status, <-ended)
				}
				status, ended := h.stream(c, url)
				if status != http.StatusOK {
					t.Fatal(status)
				}
				end(h, c)
				within(t, ended)
			})
		}
	})
}

func TestWhatGoesOnIsBounded(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, func(o *Options) { o.Follows = followEach + 1 })
		url := h.goesOn()
		c, other := browser(t), browser(t)
		h.post(c, "/login", h.link(ada))
		h.post(other, "/login", h.link(bob))
		for range followEach {
			if status, _ := h.stream(c, url); status != http.StatusOK {
				t.Fatal(status)
			}
		}
		for _, want := range []struct {
			client *http.Client
			status int
		}{{c, 503}, {other, 200}, {other, 503}} {
			if status, _ := h.stream(want.client, url); status != want.status {
				t.Errorf("%d, want %d", status, want.status)
			}
		}
		if _, err := h.EndAll(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(2 * time.Minute); h.Manager.follow.open() > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d are counted still", h.Manager.follow.open())
			}
		}
	})
}

func (s *followers) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all + len(s.of)
}
