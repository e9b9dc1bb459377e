package team

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// What may come from an organisation is what an agreement in force takes; with whom there never was one, anything.
func TestOutside(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ids := map[string]string{}
		register := constituency.New(db, constituency.Options{})
		for _, name := range []string{"indicators", "all", "over", "stranger"} {
			o, err := register.AddOrganisation(t.Context(), identity.System("test"), constituency.Organisation{Name: name, Kind: constituency.Peer})
			if err != nil {
				t.Fatal(err)
			}
			ids[name] = o.ID
		}
		row := func(id, organisation string, until, ended time.Time, in tlp.Label, flows string) {
			t.Helper()
			err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(`INSERT INTO team_agreement (id, organisation, kind, scope, version, signed, signed_us, signed_them, valid_from, valid_until, ended, reason, out_label, in_label, flows,
					recorded_by, recorded) VALUES ($1, $2, 'nda', '', '', $3, 'a', 'b', $3, $4, $5, '', 2, $6, $7, 'x', $3)`, id, ids[organisation], day, until, ended, int64(in), flows)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		row("1", "indicators", time.Time{}, time.Time{}, tlp.Amber, "indicators")
		row("2", "all", time.Time{}, time.Time{}, tlp.Green, "")
		row("3", "all", day.Add(time.Hour), time.Time{}, tlp.Red, "")
		row("4", "over", day.Add(time.Hour), time.Time{}, tlp.Red, "")
		now := day.Add(2 * time.Hour)
		for name, c := range map[string]struct {
			organisation string
			flow         Flow
			label        tlp.Label
			want         string
		}{
			"as agreed":                  {"indicators", Indicators, tlp.Amber, ""},
			"along with it":              {"indicators", "", tlp.Amber, ""},
			"another flow":               {"indicators", Incidents, tlp.Green, "the agreement with who sends it does not name incidents"},
			"stricter":                   {"indicators", Indicators, tlp.Red, "it is TLP:RED, and the agreement with who sends it takes TLP:AMBER at most"},
			"all flows":                  {"all", Incidents, tlp.Green, ""},
			"one that is over is no one": {"all", Incidents, tlp.Amber, "it is TLP:AMBER, and the agreement with who sends it takes TLP:GREEN at most"},
			"all are over":               {"over", Indicators, tlp.Amber, "no agreement with who sends it is in force any more, and it is TLP:AMBER"},
			"all are over, green":        {"over", Indicators, tlp.Green, ""},
			"never any":                  {"stranger", Indicators, tlp.Red, ""},
		} {
			err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
				got, err := Outside(tx, ids[c.organisation], c.flow, c.label, now)
				if got != c.want {
					t.Errorf("%s: %q", name, got)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
