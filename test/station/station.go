// Package station opens a running installation for tests: the demonstration nation in small, with its pages served on a loopback address.
package station

import (
	"net/http"
	"testing"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
)

// Options say what the installation holds.
type Options struct {
	Bare    bool // nothing at all: no register, no events
	Sent    bool // messages planned, approved and sent into a maildir
	Planned bool // messages planned, and waiting for approval
	Stopped bool // all sending is stopped
	Hostile bool // names, fields and texts that try to break the pages
}

// Station is an installation that runs until the test ends.
type Station struct {
	URL    string
	Client *http.Client // logged in; does not follow redirects by itself
	App    *app.App
	Clock  *clock.Fixed
	Actor  identity.Actor
	Dir    string // the data folder
}

// Open opens an installation until the test ends.
func Open(t testing.TB, o Options) *Station {
	t.Helper()
	t.Skip("station: not built yet")
	return nil
}

// Main is for TestMain of packages that use Open: the test binary also acts as the query engine. os.Exit with what it gives.
func Main(m *testing.M) int { return m.Run() }

// Get asks for a page as the person who is in and returns its body; the test fails unless the status is 200.
func (s *Station) Get(t testing.TB, path string) string { return "" }

// Post posts a form as the person who is in, from a page of our own origin. It does not follow the answer.
func (s *Station) Post(t testing.TB, path string, fields map[string]string) *http.Response {
	return nil
}
