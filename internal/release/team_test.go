package release_test

import (
	"context"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

func TestForTeam(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := release.New(release.Options{DB: db, Team: "team@csirt.example"})
		actor := identity.System("test")
		var p release.Permit
		var to constituency.Contact
		err := db.Write(context.Background(), func(tx *sqldb.Tx) (err error) {
			p, to, err = s.ForTeam(tx, actor, "feeds")
			return err
		})
		if err != nil || !p.Valid() || !p.Covers(to) || to.Address != "team@csirt.example" {
			t.Fatalf("%+v to %+v, %v", p, to, err)
		}
		if p.Covers(release.TeamContact("somebody@else.example")) {
			t.Error("the permit is for another mailbox too")
		}
		list, err := s.Decisions(context.Background(), actor, release.Filter{Organisation: release.Team})
		if err != nil || len(list) != 1 || list[0].ID != p.Decision() || list[0].Rule != "team" || list[0].Item.ID != "feeds" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestForTeamRefuses(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	tests := []struct {
		name  string
		team  string
		actor identity.Actor
		want  problem.Kind
	}{
		{"nobody asks", "team@csirt.example", identity.Actor{}, problem.Forbidden},
		{"no mailbox", "", identity.System("test"), problem.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
				p, _, err := release.New(release.Options{DB: db, Team: tt.team}).ForTeam(tx, tt.actor, "feeds")
				if p.Valid() {
					t.Error("there is a permit")
				}
				return err
			})
			if !problem.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
