package obligation_test

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	start  = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	system = identity.System("clocks")
	ada    = person("ada", identity.DutyOfficer)
	eve    = person("eve", identity.IncidentHandler)
	aud    = person("aud", identity.Auditor)
)

func person(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

// house is the room with what is beneath it.
type house struct {
	*obligation.Service
	incidents *incident.Service
	db        *sqldb.DB
	clock     *clock.Fixed
	options   obligation.Options

	mu   sync.Mutex
	told []obligation.Notice
	sent []string
}

// each runs a test in a house on each engine.
func each(t *testing.T, do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db)) })
}

// alone runs a test in a house on SQLite: where what is tested is no SQL.
func alone(t *testing.T, do func(t *testing.T, h *house)) {
	do(t, build(t, sqldbtest.Open(t, sqldb.SQLite)))
}

func build(t testing.TB, db *sqldb.DB) *house {
	t.Helper()
	h := &house{db: db, clock: clock.At(start)}
	var err error
	h.incidents, err = incident.New(incident.Options{
		DB: db, Clock: h.clock, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, t.TempDir(), h.clock), TeamName: "CERT", Moment: figure.Keep,
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) { return account == "ada", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	laws, err := obligation.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	h.options = obligation.Options{
		DB: db, Clock: h.clock, Log: slog.Default(), Incidents: h.incidents, Moments: figure.When, Laws: laws, Zone: rome, Remind: []time.Duration{24 * time.Hour, 6 * time.Hour, time.Hour},
		Tell: func(_ *sqldb.Tx, n obligation.Notice) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.told = append(h.told, n)
			return nil
		},
		Send: func(_ *sqldb.Tx, _ identity.Actor, _ *incident.Inside, to incident.Party, subject, _ string) (string, error) {
			h.sent = append(h.sent, to.Email+" "+subject)
			return "dialogue-1", nil
		},
	}
	h.Service = h.again(t)
	return h
}

// again opens the room once more, as another process or a later start does.
func (h *house) again(t testing.TB) *obligation.Service {
	t.Helper()
	s, err := obligation.New(h.options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opened opens an incident, and has to. Ada is a member of restricted ones.
func (h *house) opened(t testing.TB, restricted bool) incident.Incident {
	t.Helper()
	i, err := h.incidents.OpenIncident(t.Context(), ada, incident.Opening{Title: "Ransomware at the waterworks", TLP: tlp.Amber, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// decided decides that a duty applies, and has to.
func (h *house) decided(t testing.TB, name, duty string, facts ...string) obligation.Obligation {
	t.Helper()
	o, err := h.Decide(t.Context(), ada, name, obligation.Decision{
		Duty: duty, Applies: true, Who: "Waterworks", Facts: facts, Kind: obligation.Significant, Entity: obligation.Essential, Reason: "They supply a million people.",
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (h *house) stated(t testing.TB, name string, a obligation.Anchor, at time.Time) {
	t.Helper()
	h.clock.Advance(time.Millisecond)
	if err := h.State(t.Context(), ada, name, obligation.Statement{Anchor: a, At: at}, "They told us by phone."); err != nil {
		t.Fatal(err)
	}
}

func (h *house) submitted(t testing.TB, name, obligated, stage string, at time.Time) obligation.Submission {
	t.Helper()
	h.clock.Advance(time.Millisecond)
	s, err := h.Submit(t.Context(), ada, name, obligation.Proof{Obligation: obligated, Stage: stage, At: at, To: "CERT", Reference: "N-1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stage gives one of an incident's stages, and has to.
func (h *house) stage(t testing.TB, name, id string) obligation.Stage {
	t.Helper()
	list, err := h.Of(t.Context(), ada, name)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(s obligation.Stage) bool { return s.ID == id })
	if i < 0 {
		t.Fatalf("no stage %s in %+v", id, list)
	}
	return list[i]
}

func (h *house) reminded(t testing.TB, s *obligation.Service) obligation.Reminded {
	t.Helper()
	r, err := s.Remind(t.Context(), system)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *house) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// is checks an error's kind.
func is(t testing.TB, what string, err error, kind problem.Kind) {
	t.Helper()
	if !problem.Is(err, kind) {
		t.Errorf("%s: %v", what, err)
	}
}
