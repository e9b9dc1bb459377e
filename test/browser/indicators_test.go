package browser_test

import (
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// TestIndicatorPages looks at the list of indicators and at one that others relate to, on a wide screen and on a telephone; with -update it makes the
// pictures of the guide.
func TestIndicatorPages(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	if err := s.App.DemoTeams(t.Context(), s.Actor); err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Indicators.Digest(t.Context(), identity.System("indicator")); err != nil {
		t.Fatal(err)
	}
	found, err := s.App.Indicators.List(t.Context(), s.Actor, indicator.Filter{Value: "update.albatross.internal"})
	if err != nil || len(found.Items) != 1 || found.Items[0].State != indicator.Fresh {
		t.Fatalf("%+v, %v", found.Items, err)
	}
	one := "/indicators/" + found.Items[0].ID
	for _, size := range []browser.Size{browser.Wide, browser.Narrow} {
		b := browser.Open(t, s, size, false)
		for _, path := range []string{"/indicators", "/indicators?source=-", one} {
			b.Visit(path)
			b.NoOverflow()
			b.Axe()
			if name := map[string]string{"/indicators": "indicators", one: "indicator"}[path]; size == browser.Wide && name != "" {
				b.Picture(name, 900)
			}
		}
		b.NoErrors()
	}
}
