package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event/duck/engine"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestMain makes the test binary act as the query engine when an App starts it.
func TestMain(m *testing.M) {
	if engine.Asked() {
		os.Exit(engine.Child(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

var today = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// house is an installation for tests.
type house struct {
	*testing.T
	conf  config.Config
	clock *clock.Fixed
}

func newHouse(t *testing.T) *house {
	t.Helper()
	c := config.Default()
	c.Data.Dir = filepath.Join(t.TempDir(), "data")
	list := config.DefaultFeed()
	list.Format, list.DocumentationAddresses = "list", true
	list.Constants = map[string]string{"classification.type": "scanner"}
	c.Feeds = map[string]config.Feed{"desk": list}
	return &house{t, c, clock.At(today)}
}

func (h *house) options() Options {
	return Options{Config: h.conf, Clock: h.clock, Log: logging.Discard(), Version: "test"}
}

// seed puts a migrated database where a configuration has an empty one: to migrate takes longer than most tests. What New does with nothing is in the tests
// that open a house by New alone, and in the command's scenarios.
func seed(t testing.TB, c config.Config) {
	t.Helper()
	if c.Database.URL == "" {
		sqldbtest.Seed(t, filepath.Join(c.Data.Dir, "state.db"))
	}
}

// open opens the installation until the test ends, or until the returned function is called.
func (h *house) open() (*App, func()) {
	h.Helper()
	o := h.options()
	o.Write = true
	seed(h, h.conf)
	a, err := New(h.Context(), o)
	if err != nil {
		h.Fatal(err)
	}
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		if err := a.Stop(context.WithoutCancel(h.Context())); err != nil {
			h.Error(err)
		}
	}
	h.Cleanup(stop)
	return a, stop
}

// fill imports a register and takes a list in.
func (h *house) fill(list string) {
	h.Helper()
	a, stop := h.open()
	defer stop()
	register := "organisation,network,contact\nCity Hospital,192.0.2.0/24,security@hospital.example\n"
	if _, err := a.Register.Import(h.Context(), tester, strings.NewReader(register), importOptions); err != nil {
		h.Fatal(err)
	}
	if _, err := a.Feeds.Ingest(h.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader(list)}); err != nil {
		h.Fatal(err)
	}
}

// path is a path in the data folder.
func (h *house) path(parts ...string) string {
	return filepath.Join(append([]string{h.conf.Data.Dir}, parts...)...)
}
