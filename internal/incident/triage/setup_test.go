package triage

import (
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const nation = `organisation,kind,sector,country,parent,network,contact,purpose,language,criticality
City Hospital,constituent,health,AQ,,198.51.100.0/24,security@city-hospital.example,security,en,essential
City Hospital,constituent,health,AQ,,city-hospital.example,security@city-hospital.example,security,en,essential
Shop Front,constituent,,AQ,,203.0.113.0/24,abuse@shopfront.example,abuse,en,
Shop Front,constituent,,AQ,,AS64500,abuse@shopfront.example,abuse,en,
State Police,authority,,AQ,,police.example,desk@police.example,security,en,
Bank,constituent,,AQ,,bank.example,abuse@bank.example,abuse,en,important
`

func setup(t testing.TB, db *sqldb.DB) *Triage {
	t.Helper()
	ctx := context.Background()
	register := constituency.New(db, constituency.Options{})
	if _, err := register.Import(ctx, identity.System("test"), strings.NewReader(nation), constituency.ImportOptions{Format: constituency.CSV}); err != nil {
		t.Fatal(err)
	}
	if err := register.Load(ctx); err != nil {
		t.Fatal(err)
	}
	return New(Options{DB: db, Register: register, Key: [32]byte{1}})
}

func open(t *testing.T) *Triage {
	t.Helper()
	return setup(t, sqldbtest.Open(t, sqldb.SQLite))
}

func assess(t *testing.T, tr *Triage, r Report) Assessment {
	t.Helper()
	a, err := tr.Assess(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// codes are those of an assessment's reasons about something.
func codes(a Assessment, about string) string {
	var out []string
	for _, r := range a.Reasons {
		if r.About == about {
			out = append(out, r.Code)
		}
	}
	return strings.Join(out, " ")
}
