package countermeasure

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

var (
	start  = time.Date(2026, 11, 22, 9, 17, 31, 0, time.UTC)
	system = identity.System("countermeasure")
	ada    = human("ada", identity.IncidentHandler)
	eve    = human("eve", identity.IncidentHandler)
	aud    = human("aud", identity.Auditor)
	vol    = human("vol", identity.Volunteer)
)

func human(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

// temp is where keys lie for all tests: a PGP key takes a while.
var temp = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "countermeasure")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(temp())
	os.Exit(code)
}

// house is the room with what is around it.
type house struct {
	*Service
	db    *sqldb.DB
	clock *clock.Fixed
	post  *delivery.Service
	about string // id of an incident that is PAP:CLEAR
}

// each runs a test on each engine.
func each(t *testing.T, change func(*Options), do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db, change)) })
}

// sqlite runs a test on SQLite alone: where what is tested is no SQL.
func sqlite(t *testing.T, change func(*Options), do func(t *testing.T, h *house)) {
	do(t, build(t, sqldbtest.Open(t, sqldb.SQLite), change))
}

func build(t testing.TB, db *sqldb.DB, change func(*Options)) *house {
	t.Helper()
	h := &house{db: db, clock: clock.At(start)}
	keys := keyring.Open(disk.OS{}, temp(), h.clock)
	channel, err := mail.New(mail.Config{From: "cert@cert.example", FromName: "CERT", Maildir: t.TempDir(), DKIMDomain: "off"}, keys, h.clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	post := delivery.New(delivery.Options{DB: db, Clock: h.clock, Log: slog.New(slog.DiscardHandler), Holder: "test", Channels: []delivery.Channel{channel}})
	h.post = post
	rel := release.New(release.Options{DB: db, Clock: h.clock, Team: "cert@cert.example"})
	room, err := incident.New(incident.Options{
		DB: db, Clock: h.clock, Log: slog.New(slog.DiscardHandler), FS: disk.OS{}, Dir: t.TempDir(), Keys: keys, TeamName: "CERT",
		Argon: incident.Argon{Time: 1, Memory: 64}, Release: rel, Delivery: post,
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) {
			return slices.Contains([]string{"ada"}, account), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{DB: db, Clock: h.clock, Incidents: room, Release: rel, Team: Team{Name: "CERT", Email: "cert@cert.example"}}
	if change != nil {
		change(&o)
	}
	h.Service = New(o)
	room.Hang(h.Part())
	h.about = h.incident(t, false)
	h.pap(t, h.about, tlp.PAPClear)
	return h
}

func (h *house) incident(t testing.TB, restricted bool) string {
	t.Helper()
	i, err := h.o.Incidents.OpenIncident(t.Context(), ada, incident.Opening{Title: "A phishing page", TLP: tlp.Green, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func (h *house) pap(t testing.TB, about string, p tlp.PAP) {
	t.Helper()
	h.exec(t, `UPDATE incident SET pap = $2 WHERE id = $1`, about, int64(p))
}

func (h *house) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(query, args...); return err })
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// whole answers all of the checklist.
func whole() *Checklist {
	return &Checklist{Origin: Malicious, NoEvidence: "screenshot in the report", Police: NoObjection, PoliceAsked: "cyber desk", Requester: "our own finding"}
}

func ptr[T any](v T) *T { return &v }

// draft opens a draft with all that is needed to ask.
func (h *house) draft(t testing.TB, change func(*Plan)) Countermeasure {
	t.Helper()
	p := Plan{Asset: &Asset{Kind: URL, Value: "http://shop.example/login", Marker: "Your bank"}, Abuse: ptr(Phishing), Checklist: whole()}
	if change != nil {
		change(&p)
	}
	c, err := h.Open(t.Context(), ada, h.about, p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hoster is whom tests ask.
func hoster() *Party {
	return &Party{Party: incident.Party{Name: "Hoster", Email: "abuse@hoster.example"}, Role: Hoster}
}

// asked opens one and asks the hoster.
func (h *house) asked(t testing.TB, change func(*Plan)) Countermeasure {
	t.Helper()
	return h.must(t, h.draft(t, change).ID, Moving{Move: MoveAsk, Party: hoster()})
}

func (h *house) must(t testing.TB, name string, m Moving) Countermeasure {
	t.Helper()
	c, err := h.Move(t.Context(), ada, name, m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (h *house) see(t testing.TB, name string) Countermeasure {
	t.Helper()
	c, err := h.Countermeasure(t.Context(), ada, name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// later lets time pass, and does what is due then.
func (h *house) later(t testing.TB, d time.Duration) Done {
	t.Helper()
	h.clock.Advance(d)
	done, err := h.Run(context.Background(), system)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (h *house) text(t testing.TB, into *string, query string, args ...any) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(query, args...).Scan(into) })
	if err != nil {
		t.Fatal(err)
	}
}
