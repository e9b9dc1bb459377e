package app

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/platform/config"
)

// TestDemoTeams fills the directory and a collection by the services themselves, and does so once.
func TestDemoTeams(t *testing.T) {
	a, _, _ := serving(t, func(*config.Config) {})
	ctx := t.Context()
	for _, name := range []string{"CERT Bouvet"} {
		if _, err := a.Register.AddOrganisation(ctx, tester, constituency.Organisation{Name: name, Kind: constituency.Peer, Country: "BV"}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := a.DemoTeams(ctx, tester); err != nil {
			t.Fatal(err)
		}
	}
	list, err := a.Teams.List(ctx, tester, team.Filter{})
	if err != nil || len(list) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	lapsing, err := a.Teams.Lapsing(ctx, tester, 30*24*time.Hour)
	if err != nil || len(lapsing) != 1 || lapsing[0].Name != "CERT Heard" {
		t.Errorf("%+v, %v", lapsing, err)
	}
	shared, err := a.Sharing.List(ctx, tester)
	if err != nil || len(shared) != 1 || shared[0].Objects < 7 {
		t.Errorf("%+v, %v", shared, err)
	}
	if aside, err := a.Sharing.SetAside(ctx, tester, page.Request{Limit: 10}); err != nil || len(aside.Items) > 0 {
		t.Errorf("set aside: %+v, %v", aside.Items, err)
	}
}
