package shell

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
)

// One person's requests are answered some at a time, and streams take nobody's place.
func TestCrowd(t *testing.T) {
	var now, most atomic.Int64
	f := open(t, func(s *Shell) {
		s.Handle("GET /slow", func(http.ResponseWriter, *Request) error {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(20 * time.Millisecond)
			return nil
		})
		s.Handle("GET /stream", func(w http.ResponseWriter, r *Request) error {
			return s.Stream(w, r, func(func(string, templ.Component) error) error {
				<-r.Context().Done()
				return nil
			})
		})
	}).enter()
	for range crowdAtOnce {
		res, err := f.Client.Get(f.url + "/stream")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
	}
	var all sync.WaitGroup
	for range 4 * crowdAtOnce {
		all.Go(func() {
			res, err := f.Client.Get(f.url + "/slow")
			if err != nil {
				t.Error(err)
				return
			}
			_, err = io.Copy(io.Discard, res.Body)
			if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("%s, %v", res.Status, err)
			}
		})
	}
	all.Wait()
	if got := most.Load(); got > crowdAtOnce {
		t.Errorf("%d at the same time", got)
	}
}

func TestCrowdIsBounded(t *testing.T) {
	c := crowd{by: map[string]*places{}}
	ctx, cancel := context.WithCancel(t.Context())
	var leave []func()
	for range crowdAtOnce {
		one, err := c.enter(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, one)
	}
	waiting := make(chan error, crowdMost)
	for range crowdMost - crowdAtOnce {
		go func() { _, err := c.enter(ctx, "a"); waiting <- err }()
	}
	for full := false; !full; time.Sleep(time.Millisecond) {
		c.mu.Lock()
		full = c.by["a"].asked == crowdMost
		c.mu.Unlock()
	}
	if _, err := c.enter(ctx, "a"); !problem.Is(err, problem.Unavailable) {
		t.Errorf("one more: %v", err)
	}
	if other, err := c.enter(ctx, "b"); err != nil {
		t.Errorf("somebody else: %v", err)
	} else {
		other()
	}
	cancel()
	for range crowdMost - crowdAtOnce {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	for _, one := range leave {
		one()
		one()
	}
	if len(c.by) != 0 {
		t.Errorf("remembered: %v", c.by)
	}
}
