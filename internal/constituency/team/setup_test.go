package team

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	ctx    = context.Background()
	day    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ada    = identity.Actor{ID: "ada", Name: "Ada", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Liaison}}
	grace  = identity.Actor{ID: "grace", Name: "Grace", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.DutyOfficer}}
	nobody = identity.Actor{}
	// watcher may read, and change nothing.
	watcher = identity.Actor{ID: "vera", Name: "Vera", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Volunteer}}
)

// hall is a directory over an empty database, with a clock that stands at day and letters that are kept.
type hall struct {
	*Service
	now     *clock.Fixed
	letters []Letter
	t       *testing.T
}

func open(t *testing.T, db *sqldb.DB) *hall {
	t.Helper()
	h := &hall{now: clock.At(day), t: t}
	r := constituency.New(db, constituency.Options{Clock: h.now, Guard: Guarded, Locate: nil})
	if err := r.Load(ctx); err != nil {
		t.Fatal(err)
	}
	h.Service = New(Options{
		DB: db, Clock: h.now, Register: r, Base: "https://csirt.example", Confirm: 180 * 24 * time.Hour,
		Send: func(_ context.Context, _ *sqldb.Tx, _ identity.Actor, l Letter) error {
			h.letters = append(h.letters, l)
			return nil
		},
	})
	return h
}

// both runs a test on both engines.
func both(t *testing.T, fn func(t *testing.T, h *hall)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(t, open(t, db)) })
}

// one runs a test on the embedded engine.
func one(t *testing.T) *hall {
	t.Helper()
	return open(t, sqldbtest.Open(t, sqldb.SQLite))
}

const someTeams = `name,country,national,email,phone,networks,public,hours,zone,memberships,handling
NCSC-FI,FI,yes,cert@ncsc.example,tel:+358295390230,country:FI AS64500,name mail patch,08-16,Europe/Helsinki,first,amber
CERT Quiet,SE,yes,cert@quiet.example,,country:SE,,,,,
UniCERT,FI,no,cert@uni.example,,uni.example 203.0.113.0/24,name website mail,,,tf-csirt,
`

// load imports teams, all of which must be good.
func (h *hall) load(text string, o ImportOptions) Report {
	h.t.Helper()
	rep, err := h.Import(ctx, ada, strings.NewReader(text), o)
	if err != nil || len(rep.Rejected)+len(rep.Left) > 0 {
		h.t.Fatalf("%v: %v, %v", err, rep.Rejected, rep.Left)
	}
	return rep
}

// named is the entry of a team.
func (h *hall) named(name string) Entry {
	h.t.Helper()
	e, err := h.Named(ctx, ada, name)
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

// peer puts an organisation into the register.
func (h *hall) organisation(name string, kind constituency.Kind) constituency.Organisation {
	h.t.Helper()
	o, err := h.Register.AddOrganisation(ctx, ada, constituency.Organisation{Name: name, Kind: kind})
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}
