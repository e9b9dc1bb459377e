package figure

import (
	"flag"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	start  = time.Date(2026, 3, 2, 9, 17, 31, 0, time.UTC) // a Monday
	zone   = must(time.LoadLocation("Europe/Brussels"))
	system = identity.System("form")
	ada    = somebody("ada", identity.DutyOfficer)
	bob    = somebody("bob", identity.IncidentHandler)
	eve    = somebody("eve", identity.IncidentHandler) // no agreement in force
	aud    = somebody("aud", identity.Auditor)
	vol    = somebody("vol", identity.Volunteer)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func somebody(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

// team is the room with what is around it.
type team struct {
	*Service
	db        *sqldb.DB
	clock     *clock.Fixed
	incidents *incident.Service
	clocks    *obligation.Service // see keepClocks
	laws      *obligation.Laws
}

var keys = sync.OnceValue(func() string { return must(os.MkdirTemp("", "figure")) })

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("25") // make test has eight minutes for all
	}
	code := m.Run()
	_ = os.RemoveAll(keys())
	os.Exit(code)
}

func each(t *testing.T, do func(t *testing.T, h *team)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db)) })
}

func build(t testing.TB, db *sqldb.DB) *team {
	t.Helper()
	h := &team{db: db, clock: clock.At(start)}
	var err error
	h.incidents, err = incident.New(incident.Options{
		DB: db, Clock: h.clock, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, keys(), h.clock), TeamName: "CERT",
		Argon: incident.Argon{Time: 1, Memory: 64}, Moment: Keep,
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) {
			return account == "ada" || account == "bob", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = New(Options{DB: db, Clock: h.clock, Zone: zone, Incidents: h.incidents})
	return h
}

func (h *team) accept(t testing.TB, actor identity.Actor, anonymous bool) string {
	t.Helper()
	d := incident.Draft{Door: incident.Form, Subject: "Something", Text: "Something happened.", Anonymous: anonymous}
	r, err := h.incidents.Accept(t.Context(), actor, d)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func (h *team) open(t testing.TB, o incident.Opening) string {
	t.Helper()
	o.Title = "Something happens"
	i, err := h.incidents.OpenIncident(t.Context(), ada, o)
	if err != nil {
		t.Fatal(err)
	}
	return i.ID
}

// ask asks, and has to be answered.
func (h *team) ask(t testing.TB, actor identity.Actor, q Question) Figures {
	t.Helper()
	f, err := h.Ask(t.Context(), actor, q)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tolerable lets pass that something could not be done: it was not possible then.
func tolerable(err error) bool {
	return err == nil || problem.Is(err, problem.Conflict) || problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid)
}

// organisation writes one down.
func organisation(t testing.TB, db *sqldb.DB, name, sector string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO organisation (id, name, name_key, kind, sector, version, created, updated) VALUES ($1, $1, $1, 'company', $2, 1, 0, 0)`, name, sector)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
