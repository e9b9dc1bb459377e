package constituency

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var (
	ctx   = context.Background()
	actor = identity.System("test")
	day   = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
)

// register returns a register over db with a clock that stands at day.
func register(t testing.TB, db *sqldb.DB, opts Options) (*Register, *clock.Fixed) {
	t.Helper()
	now := clock.At(day)
	opts.Clock = now
	r := New(db, opts)
	if err := r.Load(ctx); err != nil {
		t.Fatal(err)
	}
	return r, now
}

// load imports text, all of which must be good.
func load(t testing.TB, r *Register, format Format, text string) Report {
	t.Helper()
	rep, err := r.Import(ctx, actor, strings.NewReader(text), ImportOptions{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range rep.Rejected {
		t.Fatalf("rejected: %s", bad)
	}
	return rep
}

const sample = `organisation,kind,sector,country,parent,network,contact,purpose,language
City Hospital,constituent,health,FI,Region North,203.0.113.0/24,soc@hospital.example,security,fi
City Hospital,,,,,hospital.example,tel:+358 29 5390230,24/7,
Region North,constituent,public-administration,FI,,AS64500,abuse@region.example,,sv
Nordic Net,provider,digital-infrastructure,FI,,203.0.112.0/22,abuse@nordicnet.example,abuse,
Nordic Net,,,,,AS64501,,,
CSIRT Canada,peer,,CA,,country:CA,https://csirt.example/hook,security,en
Six Labs,constituent,research,SE,,2001:db8:6::/48,six@labs.example,,
`
