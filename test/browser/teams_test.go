package browser_test

import (
	"testing"

	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// TestTeamPages looks at the pages of the directory when it is filled, on a wide screen and on a telephone.
func TestTeamPages(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	if err := s.App.DemoTeams(t.Context(), s.Actor); err != nil {
		t.Fatal(err)
	}
	e, err := s.App.Teams.Named(t.Context(), s.Actor, "CERT Heard")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := s.App.Teams.Groups(t.Context(), s.Actor)
	if err != nil || len(groups) != 1 {
		t.Fatal(groups, err)
	}
	one := "/directory/" + e.Team.Organisation
	pages := []string{"/directory", one, one + "/edit", "/directory/new", "/directory/import", "/directory/groups", "/directory/groups/" + groups[0].ID + "/edit"}
	for _, size := range []browser.Size{browser.Wide, browser.Narrow} {
		b := browser.Open(t, s, size, false)
		for _, path := range pages {
			b.Visit(path)
			b.NoOverflow()
			b.Axe()
			if name := map[string]string{"/directory": "teams", one: "team"}[path]; size == browser.Wide && name != "" {
				b.Picture(name, 900)
			}
		}
		b.NoErrors()
	}
}
