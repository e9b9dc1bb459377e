package incident

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

var (
	start  = time.Date(2026, 11, 22, 9, 17, 31, 0, time.UTC)
	system = identity.System("test")
	ada    = person("ada", identity.DutyOfficer)
	bob    = person("bob", identity.IncidentHandler)
	eve    = person("eve", identity.IncidentHandler)
	vol    = person("vol", identity.Volunteer)
	aud    = person("aud", identity.Auditor)
	boss   = person("boss", identity.Manager)
)

func person(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

// house is the room with what is around it.
type house struct {
	*Service
	db    *sqldb.DB
	clock *clock.Fixed
	dir   string

	mu    sync.Mutex
	bound []string // accounts with an agreement in force
}

func (h *house) sign(accounts ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bound = append(h.bound, accounts...)
}

func (h *house) end(account string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bound = slices.DeleteFunc(h.bound, func(a string) bool { return a == account })
}

// each runs a test in a house on each engine.
func each(t *testing.T, do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db)) })
}

// sqlite runs a test in a house on SQLite alone: where what is tested is no SQL.
func sqlite(t *testing.T, do func(t *testing.T, h *house)) {
	do(t, build(t, sqldbtest.Open(t, sqldb.SQLite)))
}

// ring makes one key for all tests: a PGP key takes a while.
var ring = sync.OnceValue(func() string { return mustTemp() })

func build(t testing.TB, db *sqldb.DB) *house {
	t.Helper()
	h := &house{db: db, clock: clock.At(start), dir: t.TempDir()}
	keys := keyring.Open(disk.OS{}, ring(), h.clock)
	channel, err := mail.New(mail.Config{From: "cert@cert.example", FromName: "CERT", Maildir: t.TempDir(), DKIMDomain: "off"}, keys, h.clock, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	post := delivery.New(delivery.Options{DB: db, Clock: h.clock, Log: slog.Default(), Holder: "test", Channels: []delivery.Channel{channel}})
	h.Service, err = New(Options{
		DB: db, Clock: h.clock, Log: slog.Default(), FS: disk.OS{}, Dir: h.dir, Keys: keys, TeamName: "CERT", Argon: Argon{Time: 1, Memory: 64},
		Release: release.New(release.Options{DB: db, Clock: h.clock, Team: "cert@cert.example"}), Delivery: post, Definition: "What happens.",
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.Contains(h.bound, account), nil
		},
		Mailbox:  func(_ *sqldb.Tx, account string) (string, string, error) { return account + "@cert.example", "en", nil },
		Managers: func(*sqldb.Tx) ([]string, error) { return []string{"boss"}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// accept takes a report, and has to.
func (h *house) accept(t testing.TB, d Draft) Report {
	t.Helper()
	if d.Door == "" {
		d.Door = API
	}
	if d.Text == "" {
		d.Text = "Something happened."
	}
	r, err := h.Accept(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// see reads a report, and has to.
func (h *house) see(t testing.TB, actor identity.Actor, id string) Report {
	t.Helper()
	r, err := h.Report(t.Context(), actor, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refsOf lists what a query finds for an actor.
func (h *house) refsOf(t testing.TB, actor identity.Actor, query string) (ids []string) {
	t.Helper()
	p, err := h.Reports(t.Context(), actor, Filter{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Items {
		ids = append(ids, r.ID)
	}
	return ids
}

// open opens an incident, and has to.
func (h *house) opened(t testing.TB, actor identity.Actor, d Opening) Incident {
	t.Helper()
	if d.Title == "" {
		d.Title = "Something happens"
	}
	i, err := h.OpenIncident(t.Context(), actor, d)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// count asks the database for a number.
func (h *house) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sqlText takes any column as text.
type sqlText struct{ text string }

func (s *sqlText) Scan(src any) error {
	switch v := src.(type) {
	case []byte:
		s.text = string(v)
	default:
		s.text = fmt.Sprint(v)
	}
	return nil
}
