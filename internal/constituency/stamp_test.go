package constituency

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestImportAsPreviewed applies a preview to the register that it was made of, and to no other.
func TestImportAsPreviewed(t *testing.T) {
	tests := []struct {
		name    string
		between func(t *testing.T, r *Register)
		fails   bool
	}{
		{"nothing came between", func(*testing.T, *Register) {}, false},
		{"a change came between", func(t *testing.T, r *Register) {
			if _, err := r.AddOrganisation(ctx, actor, Organisation{Name: "New Mill"}); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a bounce came between that the file speaks of", func(t *testing.T, r *Register) { spoil(t, r) }, true},
	}
	const file = "organisations:\n  - name: Six Labs\n    criticality: essential\n    contacts: [{contact: six@labs.example, health: doubtful}]\n"
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			r, _ := register(t, sqldbtest.Open(t, db.Engine()), Options{})
			load(t, r, CSV, sample)
			seen, err := r.Import(ctx, actor, strings.NewReader(file), ImportOptions{Format: YAML, DryRun: true})
			if err != nil || len(seen.Changes) != 2 || seen.Stamp == "" {
				t.Fatalf("%s: %+v, %v", tt.name, seen, err)
			}
			tt.between(t, r)
			done, err := r.Import(ctx, actor, strings.NewReader(file), ImportOptions{Format: YAML, Stamp: seen.Stamp})
			if tt.fails != problem.Is(err, problem.Conflict) || !tt.fails && (err != nil || len(done.Changes) != 2) {
				t.Errorf("%s: %+v, %v", tt.name, done, err)
			}
		}
	})
}

// spoil makes the contact of Six Labs bad, which raises no version of the register.
func spoil(t *testing.T, r *Register) {
	t.Helper()
	list, err := r.ContactsAt(ctx, actor, "six@labs.example")
	if err != nil {
		t.Fatal(err)
	}
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, _, err := SetHealth(tx, day, list[0].ID, Bad)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFirstImportAsPreviewed applies a preview of a register that nothing was ever written to.
func TestFirstImportAsPreviewed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		seen, err := r.Import(ctx, actor, strings.NewReader(sample), ImportOptions{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if done, err := r.Import(ctx, actor, strings.NewReader(sample), ImportOptions{Stamp: seen.Stamp}); err != nil || len(done.Changes) != len(seen.Changes) {
			t.Errorf("%d of %d changes, %v", len(done.Changes), len(seen.Changes), err)
		}
		if _, err := r.Import(ctx, actor, strings.NewReader(sample), ImportOptions{Stamp: seen.Stamp}); !problem.Is(err, problem.Conflict) {
			t.Errorf("the same once more: %v", err)
		}
	})
}
