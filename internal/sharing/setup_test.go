package sharing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	ctx    = context.Background()
	day    = time.Date(2026, 11, 22, 3, 0, 0, 123456000, time.UTC)
	ada    = identity.Actor{ID: "p1", Name: "ada", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Manager}}
	poller = identity.System("poll")
)

// peer is a program of another organisation.
func peer(organisation string) identity.Actor {
	return identity.Actor{
		ID: "token:" + organisation, Name: organisation, Kind: identity.ProgramKind, Via: "api", Roles: []identity.Role{identity.Peer},
		Scopes: []identity.Scope{identity.SharingRead, identity.SharingWrite}, Organisation: organisation,
	}
}

// world is a service in which "north" and "south" are members of the group "g", and "west" is of none.
type world struct {
	*Service
	db      *sqldb.DB
	now     *clock.Fixed
	c       Collection
	members []string
	lapsed  string // an organisation whose agreement is over
	refused tlp.Label
	asked   []Candidate
}

func open(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	w := &world{db: db, now: clock.At(day), members: []string{"north", "south"}, refused: tlp.Red}
	w.Service = New(Options{DB: db, Clock: w.now, Decide: w.decide, Standing: w.standing})
	w.c = w.collection(t, Draft{Title: "Community", Alias: "community", Group: "g", CanRead: true, CanWrite: true, Label: tlp.Amber})
	return w
}

func (w *world) decide(_ context.Context, _ identity.Actor, _ Collection, list []Candidate) (out []Verdict, err error) {
	w.asked = append(w.asked, list...)
	for _, c := range list {
		out = append(out, Verdict{Allowed: c.Label < w.refused, Decision: "d-" + c.Label.Short(), Reason: "no rule allows it"})
	}
	return out, nil
}

func (w *world) standing(_ *sqldb.Tx, organisation string, _ Collection, _ time.Time) (Standing, error) {
	return Standing{Member: slices.Contains(w.members, organisation), May: organisation != w.lapsed, Reason: "no agreement is in force"}, nil
}

func (w *world) collection(t testing.TB, d Draft) Collection {
	t.Helper()
	c, err := w.Open(ctx, ada, d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// each runs a test on both engines.
func each(t *testing.T, do func(t *testing.T, w *world)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, open(t, db)) })
}

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

// indicator writes an indicator; more is put at its end.
func indicator(n int, modified, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2026-01-01T00:00:00.000Z","modified":"%s","pattern_type":"stix","pattern":"[ipv4-addr:value = '192.0.2.%d']","valid_from":"2026-01-01T00:00:00Z"%s}`,
		uid(n), modified, n%250, more)
}

func address(n int, value string) string {
	return fmt.Sprintf(`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--%s","value":"%s"}`, uid(n), value)
}

const v1, v2, v3 = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.123456Z"

func bundle(objects ...string) string {
	return `{"type":"bundle","id":"bundle--` + uid(0) + `","objects":[` + strings.Join(objects, ",") + `]}`
}

// give puts objects into the collection.
func (w *world) give(t testing.TB, actor identity.Actor, objects ...string) Status {
	t.Helper()
	origin := OriginUpload
	if actor.Organisation != "" {
		origin = OriginTAXII
	}
	st, err := w.Add(ctx, actor, In{Collection: w.c.ID, Origin: origin, Unmarked: tlp.Green, Body: strings.NewReader(bundle(objects...))})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// read reads pages until there is no more, and gives ids with their versions.
func (w *world) read(t testing.TB, actor identity.Actor, f Filter, limit int) (out []string) {
	t.Helper()
	q := Question{Collection: w.c.ID, What: Objects, Filter: f, Limit: limit}
	for {
		a, err := w.Read(ctx, actor, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range a.Places {
			out = append(out, p.ID[len(p.ID)-3:]+" "+VersionStamp(p.Version))
			q.After = p.Position
		}
		if !a.More {
			return out
		}
	}
}

// codes counts what was set aside.
func (w *world) codes(t testing.TB) string {
	t.Helper()
	var out []string
	err := w.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT code, count(*) FROM sharing_aside GROUP BY code ORDER BY code`, nil, func(scan func(...any) error) error {
			var code string
			var n int
			err := scan(&code, &n)
			out = append(out, fmt.Sprint(code, " ", n))
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, ", ")
}
