package indicator_test

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
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/internal/sharing/stix"
)

var (
	ctx    = context.Background()
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ada    = identity.Actor{ID: "p1", Name: "ada", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Manager}}
	bob    = identity.Actor{ID: "p2", Name: "bob", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	system = identity.System("indicator")
)

// peer is a program of another organisation.
func peer(organisation string) identity.Actor {
	return identity.Actor{
		ID: "token:" + organisation, Name: organisation, Kind: identity.ProgramKind, Via: "api", Roles: []identity.Role{identity.Peer},
		Scopes: []identity.Scope{identity.SharingRead, identity.SharingWrite}, Organisation: organisation,
	}
}

// lists are warning lists of single values, by the list's name.
type lists struct {
	version string
	block   map[string]string
	search  map[string]string
}

func (l *lists) Version() string { return l.version }

func (l *lists) On(_ indicator.Kind, value string) (block, search []string) {
	for v, name := range l.block {
		if v == value {
			block = append(block, name)
		}
	}
	for v, name := range l.search {
		if v == value {
			search = append(search, name)
		}
	}
	return block, search
}

// world is a service in which "north" and "south" are members of the group "g".
type world struct {
	*indicator.Service
	sharing *sharing.Service
	db      *sqldb.DB
	now     *clock.Fixed
	lists   *lists
	c       sharing.Collection
}

func open(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	w := &world{db: db, now: clock.At(noon), lists: &lists{block: map[string]string{}, search: map[string]string{}}}
	w.sharing = sharing.New(sharing.Options{
		DB: db, Clock: w.now, Decode: sharing.STIX(stix.Limits{}),
		Decide: func(_ context.Context, _ identity.Actor, _ sharing.Collection, list []sharing.Candidate) (out []sharing.Verdict, err error) {
			for _, c := range list {
				out = append(out, sharing.Verdict{Allowed: c.Label < tlp.Red, Decision: "d-" + c.Label.Short()})
			}
			return out, nil
		},
		Standing: func(_ *sqldb.Tx, organisation string, _ sharing.Collection, _ time.Time) (sharing.Standing, error) {
			return sharing.Standing{Member: organisation == "north" || organisation == "south", May: organisation != "south", Reason: "no agreement is in force"}, nil
		},
	})
	w.Service = indicator.New(indicator.Options{DB: db, Clock: w.now, Sharing: w.sharing, Lists: w.lists, Key: []byte("key")})
	w.c = w.open(t, "community")
	return w
}

func (w *world) open(t testing.TB, alias string) sharing.Collection {
	t.Helper()
	c, err := w.sharing.Open(ctx, ada, sharing.Draft{Title: alias, Alias: alias, Group: "g", CanRead: true, CanWrite: true, Label: tlp.Amber})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func each(t *testing.T, do func(t *testing.T, w *world)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, open(t, db)) })
}

// base is added to the numbers of ids, so that tests of one database have their own.
var base int

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n+base) }

func name(n int) string { return "indicator--" + uid(n) }

// obj writes an indicator; more is put at its end.
func obj(n int, pattern string, more ...string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"%s","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z","pattern_type":"stix","pattern":"%s","valid_from":"2026-11-20T00:00:00Z"%s}`,
		name(n), pattern, strings.Join(append([]string{""}, more...), ","))
}

func ip(a string) string { return "[ipv4-addr:value = '" + a + "']" }

// saw writes a sighting, or what else says something.
func saw(n, of int, typ, more string) string {
	return fmt.Sprintf(`{"type":"%s","spec_version":"2.1","id":"%s--%s","created":"2026-11-21T00:00:00.000Z","modified":"2026-11-21T00:00:00.000Z"%s}`,
		typ, typ, uid(n), strings.ReplaceAll(more, "OF", name(of)))
}

// give puts objects into a collection, and reads them.
func (w *world) give(t testing.TB, actor identity.Actor, c sharing.Collection, objects ...string) {
	t.Helper()
	origin := sharing.OriginUpload
	if actor.Organisation != "" {
		origin = sharing.OriginTAXII
	}
	body := `{"type":"bundle","id":"bundle--` + uid(0) + `","objects":[` + strings.Join(objects, ",") + `]}`
	st, err := w.sharing.Add(ctx, actor, sharing.In{Collection: c.ID, Origin: origin, Unmarked: tlp.Green, Body: strings.NewReader(body)})
	if err != nil || st.Failure > 0 {
		t.Fatalf("%+v, %v", st, err)
	}
	if _, err := w.Digest(ctx, system); err != nil {
		t.Fatal(err)
	}
}

func (w *world) look(t testing.TB, id string) indicator.Whole {
	t.Helper()
	x, err := w.Look(ctx, ada, id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// blocked gives the values of a blocklist.
func (w *world) blocked(t testing.TB, actor identity.Actor, kind string) []string {
	t.Helper()
	b, err := w.Blocklist(ctx, actor, w.c.Alias, kind)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range b.Items {
		out = append(out, x.Value)
	}
	return out
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
