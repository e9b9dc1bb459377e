package release

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestLookupsAreDecidedByPAP(t *testing.T) {
	tests := []struct {
		name    string
		label   tlp.PAP
		touch   Touch
		allowed bool
		rule    string
	}{
		{"clear, active", tlp.PAPClear, Active, true, "lookup-active"},
		{"green, active", tlp.PAPGreen, Active, true, "lookup-active"},
		{"amber, active", tlp.PAPAmber, Active, false, "lookup-pap-active"},
		{"amber, passive", tlp.PAPAmber, Passive, true, "lookup-passive"},
		{"red, passive", tlp.PAPRed, Passive, false, "lookup-pap-passive"},
		{"a label that we do not know", tlp.PAP(9), Passive, false, "lookup-pap-passive"},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				var d Decision
				err := db.Write(ctx, func(tx *sqldb.Tx) (err error) {
					d, err = w.ForLookup(tx, system, "thing", "rdap", tt.touch, tt.label)
					return err
				})
				if err != nil || d.Allowed != tt.allowed || d.Rule != tt.rule || d.Reason == "" {
					t.Errorf("%+v, %v", d, err)
				}
				checkRecorded(t, w, d)
			})
		}
	})
}

func TestNobodyLooksUpUnasked(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := w.ForLookup(tx, identity.Actor{}, "thing", "rdap", Passive, tlp.PAPClear)
		return err
	})
	if !problem.Is(err, problem.Forbidden) {
		t.Errorf("got %v", err)
	}
}

func TestProvidersAreAskedOfWhatIsNotRed(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	for label, fails := range map[tlp.Label]bool{tlp.Green: false, tlp.Amber: false, tlp.AmberStrict: true, tlp.Red: true} {
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := w.ForProvider(tx, system, Item{Kind: "incident", ID: "thing", Source: ByReporter, Terms: Terms{Label: label}}, "hoster")
			return err
		})
		if fails != problem.Is(err, problem.Conflict) || !fails && err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}
