package observable

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	start = time.Date(2026, 11, 22, 9, 17, 31, 0, time.UTC)
	ada   = person("ada", identity.DutyOfficer)
	bob   = person("bob", identity.IncidentHandler)
	eve   = person("eve", identity.IncidentHandler) // has signed nothing
	vol   = person("vol", identity.Volunteer)
	aud   = person("aud", identity.Auditor)
)

func person(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

var ring = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "observable")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(ring())
	os.Exit(code)
}

// house is the room with what is around it.
type house struct {
	*Service
	incidents *incident.Service
	db        *sqldb.DB
	clock     *clock.Fixed
}

func each(t *testing.T, do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db)) })
}

func build(t testing.TB, db *sqldb.DB) *house {
	t.Helper()
	h := &house{db: db, clock: clock.At(start)}
	var err error
	h.incidents, err = incident.New(incident.Options{
		DB: db, Clock: h.clock, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, ring(), h.clock), TeamName: "CERT",
		Argon: incident.Argon{Time: 1, Memory: 64},
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) {
			return account == "ada" || account == "bob", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = New(Options{DB: db, Incidents: h.incidents, Key: [32]byte{7}})
	return h
}

// open opens an incident, and has to.
func (h *house) open(t testing.TB, actor identity.Actor, d incident.Opening) incident.Incident {
	t.Helper()
	if d.Title == "" {
		d.Title = "Something happens"
	}
	i, err := h.incidents.OpenIncident(t.Context(), actor, d)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// put adds values, and has to.
func (h *house) put(t testing.TB, actor identity.Actor, in string, values ...string) []Observable {
	t.Helper()
	var drafts []Draft
	for _, v := range values {
		drafts = append(drafts, Draft{Value: v})
	}
	out, err := h.Add(t.Context(), actor, in, drafts)
	if err != nil || len(out.Refused) > 0 {
		t.Fatalf("%v, %+v", err, out.Refused)
	}
	return append(out.Added, out.Known...)
}

// list lists values, and has to.
func (h *house) list(t testing.TB, actor identity.Actor, in string, f Filter) []string {
	t.Helper()
	l, err := h.List(t.Context(), actor, in, f, page.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return values(l.Items)
}

func values(list []Observable) (out []string) {
	for _, o := range list {
		out = append(out, o.Value)
	}
	slices.Sort(out)
	return out
}

// missing fails unless an error says that there is nothing.
func missing(t testing.TB, what string, err error) {
	t.Helper()
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("%s: %v", what, err)
	}
}

// stands asks whether a text stands anywhere in the room's tables.
func (h *house) stands(t testing.TB, text string) (n int) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM observable WHERE value LIKE $1 OR low LIKE $1 OR origin LIKE $1`, "%"+text+"%").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// told counts the lines of an incident's timeline with a code.
func (h *house) told(t testing.TB, in, code string) (n int) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM incident_entry WHERE incident = $1 AND code = $2`, in, code).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// move carries observables from one incident to another, as a split does.
func (h *house) move(t testing.TB, from, to string, list []string) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		a, err := h.incidents.Inside(tx, ada, from)
		if err != nil {
			return err
		}
		b, err := h.incidents.Inside(tx, ada, to)
		if err != nil {
			return err
		}
		return h.carry(tx, ada, a, b, list)
	})
	if err != nil {
		t.Fatal(err)
	}
}
