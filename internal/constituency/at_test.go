package constituency

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestContactsAt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample+"Six Labs,,,,,,https://csirt.example/hook,abuse,\n")
		tests := []struct {
			address string
			want    int
			kind    problem.Kind
		}{
			{"six@labs.example", 1, 0},
			{" mailto:six@LABS.example", 1, 0},
			{"https://csirt.example/hook", 2, 0},
			{"tel:+358295390230", 1, 0},
			{"nobody@labs.example", 0, problem.NotFound},
			{"no address", 0, problem.Invalid},
		}
		for _, tt := range tests {
			got, err := r.ContactsAt(ctx, actor, tt.address)
			if len(got) != tt.want || err == nil && tt.want == 0 || err != nil && problem.KindOf(err) != tt.kind {
				t.Errorf("%q: %d, %v", tt.address, len(got), err)
			}
		}
		if _, err := r.ContactsAt(ctx, identity.Actor{}, "six@labs.example"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody may ask: %v", err)
		}
	})
}
