package incident

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Incidents are found by the countries of the victim, of the origin and of what lies between, each by its own word.
func TestFoundByCountry(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		h.sign("ada")
		made := func(victim, origin, transit []string) string {
			i := h.opened(t, ada, Opening{})
			if _, err := h.EditIncident(t.Context(), ada, i.ID, i.Version, Revision{Victim: &victim, Origin: &origin, Transit: &transit}); err != nil {
				t.Fatal(err)
			}
			return i.ID
		}
		first := made([]string{"IT"}, []string{"FR", "DE"}, []string{"CH"})
		second := made([]string{"FR"}, []string{"CH"}, nil)
		none := h.opened(t, ada, Opening{}).ID
		for _, c := range []struct {
			name, query string
			want        []string
		}{
			{"the victim's", "victim:IT", []string{first}},
			{"in small letters", "victim:fr", []string{second}},
			{"one of two origins", "origin:DE", []string{first}},
			{"transit", "transit:CH", []string{first}},
			{"the same country elsewhere", "origin:CH", []string{second}},
			{"both", "victim:IT transit:CH", []string{first}},
			{"both, of none", "victim:IT origin:CH", nil},
			{"a country of none", "transit:IT", nil},
			{"with a state", "origin:FR state:open", []string{first}},
		} {
			if got := h.found(t, ada, c.query); !slices.Equal(got, c.want) || slices.Contains(got, none) {
				t.Errorf("%s (%s): %v, want %v", c.name, c.query, got, c.want)
			}
		}
	})
}
