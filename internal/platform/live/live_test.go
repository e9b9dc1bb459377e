package live_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const soon = 2 * time.Minute

// mark is a topic that a test changes by hand.
type mark struct {
	name  string
	value atomic.Int64
	reads atomic.Int64
	fails atomic.Bool
}

func (m *mark) read(*sqldb.Tx) (map[string]string, error) {
	m.reads.Add(1)
	if m.fails.Load() {
		return nil, errors.New("not now")
	}
	return map[string]string{m.name: fmt.Sprint(m.value.Load())}, nil
}

// running gives a hub that reads marks every few milliseconds.
func running(t *testing.T, db *sqldb.DB, marks ...*mark) *live.Hub {
	t.Helper()
	h := live.New(db, clock.Real{}, 5*time.Millisecond)
	h.Log(slog.New(slog.DiscardHandler))
	for _, m := range marks {
		h.Watch(m.read)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

// settled waits until a mark was read some times more.
func settled(t *testing.T, m *mark) {
	t.Helper()
	for from, n := time.Now(), m.reads.Load(); m.reads.Load() < n+3; time.Sleep(time.Millisecond) {
		if time.Since(from) > soon {
			t.Fatal("the marks are not read")
		}
	}
}

func next(t *testing.T, from <-chan live.Change) live.Change {
	t.Helper()
	select {
	case c, ok := <-from:
		if !ok {
			t.Fatal("the channel is closed")
		}
		return c
	case <-time.After(soon):
		t.Fatal("no change was told")
	}
	return live.Change{}
}

func TestHubTellsWhatChanged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		a, b := &mark{name: "findings"}, &mark{name: "messages"}
		h := running(t, db, a, b)
		first, second := h.Subscribe(t.Context()), h.Subscribe(t.Context())
		settled(t, a)
		b.value.Add(1)
		for _, c := range []live.Change{next(t, first), next(t, second)} {
			if !slices.Equal(c.Topics, []string{"messages"}) || !c.Has("messages") || c.Has("findings") || c.At.IsZero() {
				t.Errorf("got %+v", c)
			}
		}
		settled(t, a)
		select {
		case c := <-first:
			t.Errorf("told of %+v when nothing changed", c)
		default:
		}
	})
}

// TestSlowReader: who takes nothing keeps nobody waiting, and learns of everything in the end.
func TestSlowReader(t *testing.T) {
	a, b := &mark{name: "findings"}, &mark{name: "messages"}
	h := running(t, sqldbtest.Open(t, sqldb.SQLite), a, b)
	slow, quick := h.Subscribe(t.Context()), h.Subscribe(t.Context())
	settled(t, a)
	for range 20 {
		b.value.Add(1)
		next(t, quick)
	}
	a.value.Add(1)
	next(t, quick)
	settled(t, a)
	if c := next(t, slow); !slices.Equal(c.Topics, []string{"findings", "messages"}) {
		t.Errorf("got %+v", c)
	}
}

func TestReaderLeaves(t *testing.T) {
	a := &mark{name: "findings"}
	h := running(t, sqldbtest.Open(t, sqldb.SQLite), a)
	ctx, cancel := context.WithCancel(context.Background())
	gone := h.Subscribe(ctx)
	stays := h.Subscribe(t.Context())
	settled(t, a)
	cancel()
	for range gone { // until it is closed
	}
	if n := h.Readers(); n != 1 {
		t.Errorf("%d readers are left", n)
	}
	a.value.Add(1)
	next(t, stays)
}

// TestNobodyReads: nobody's pages cost nothing, and the first reader is not told of what was before.
func TestNobodyReads(t *testing.T) {
	a := &mark{name: "findings"}
	h := running(t, sqldbtest.Open(t, sqldb.SQLite), a)
	time.Sleep(50 * time.Millisecond)
	if n := a.reads.Load(); n != 0 {
		t.Fatalf("the marks were read %d times for nobody", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.Subscribe(ctx)
	settled(t, a)
	cancel()
	for h.Readers() > 0 {
		time.Sleep(time.Millisecond)
	}
	a.value.Add(1)
	again := h.Subscribe(t.Context())
	settled(t, a)
	select {
	case c := <-again:
		t.Errorf("told of %+v, which was before", c)
	default:
	}
}

func TestHubGoesOnAfterFailures(t *testing.T) {
	a := &mark{name: "findings"}
	h := running(t, sqldbtest.Open(t, sqldb.SQLite), a)
	r := h.Subscribe(t.Context())
	settled(t, a)
	a.fails.Store(true)
	settled(t, a)
	a.value.Add(1)
	a.fails.Store(false)
	if c := next(t, r); !c.Has("findings") {
		t.Errorf("got %+v", c)
	}
}

func TestWake(t *testing.T) {
	a := &mark{name: "findings"}
	h := live.New(sqldbtest.Open(t, sqldb.SQLite), clock.Real{}, time.Hour)
	h.Watch(a.read)
	go func() { _ = h.Run(t.Context()) }()
	r := h.Subscribe(t.Context())
	for a.reads.Load() < 2 { // the first look is over
		h.Wake()
		time.Sleep(time.Millisecond)
	}
	a.value.Add(1)
	h.Wake()
	h.Wake()
	next(t, r)
}
