package constituency

import (
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What is remembered of the names must not outlive a change, whoever made it.
func TestNamesAreThoseOfNow(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		other, _ := register(t, db, Options{}) // another process
		names := func() map[string]string {
			t.Helper()
			out, err := r.Names(ctx, actor)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got := names(); len(got) != 0 {
			t.Fatalf("names of an empty register: %v", got)
		}
		o, err := r.AddOrganisation(ctx, actor, Organisation{Name: "City Hospital", Kind: Constituent})
		if err != nil {
			t.Fatal(err)
		}
		if got := names()[o.ID]; got != "City Hospital" {
			t.Fatalf("after it was added it is called %q", got)
		}
		o.Name = "Town Hospital"
		if _, err := other.ChangeOrganisation(ctx, actor, o); err != nil {
			t.Fatal(err)
		}
		if got := names()[o.ID]; got != "Town Hospital" {
			t.Fatalf("after another process changed it it is called %q", got)
		}
		if a, b := names(), names(); len(a) != 1 || a[o.ID] != b[o.ID] {
			t.Fatalf("asked twice: %v and %v", a, b)
		}
	})
}
