package desk

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	ada  = identity.Actor{ID: "p1", Name: "Ada", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Manager}}
	bert = identity.Actor{ID: "p2", Name: "Bert", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Manager}}
)

func deskOver(db *sqldb.DB) *Desk {
	return New(Options{DB: db, Clock: clock.At(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)), Zone: time.UTC})
}

func namesOf(list []Saved) string {
	var out []string
	for _, s := range list {
		out = append(out, s.Name)
	}
	return strings.Join(out, ",")
}

// TestSaved: a person's queries are theirs; what is shared, others see and cannot change.
func TestSaved(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d, ctx := deskOver(db), t.Context()
		own, err := d.SaveQuery(ctx, ada, Saved{Page: SavedEvents, Name: "  my \n spam ", Query: "class:spam"})
		if err != nil || own.Name != "my spam" || own.By != "Ada" {
			t.Fatal(own, err)
		}
		shared, err := d.SaveQuery(ctx, ada, Saved{Page: SavedEvents, Name: "All spam", Query: "class:spam", Shared: true})
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.SaveQuery(ctx, ada, Saved{Page: SavedEvents, Name: "my spam", Query: "class:spam time:7d"})
		if err != nil || again.ID != own.ID {
			t.Errorf("saving it again gave %+v, %v", again, err)
		}
		for _, tt := range []struct {
			who  identity.Actor
			page string
			want string
		}{{ada, SavedEvents, "All spam,my spam"}, {bert, SavedEvents, "All spam"}, {bert, SavedFindings, ""}} {
			got, err := d.SavedQueries(ctx, tt.who, tt.page)
			if err != nil || namesOf(got) != tt.want {
				t.Errorf("%s sees %q of %s, %v", tt.who.Name, namesOf(got), tt.page, err)
			}
		}
		if err := d.ForgetQuery(ctx, bert, shared.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("another's query: %v", err)
		}
		if err := d.ForgetQuery(ctx, ada, shared.ID); err != nil {
			t.Error(err)
		}
		log, err := audit.New(db, d.o.Clock).List(ctx, audit.Query{})
		if err != nil || len(log.Items) != 4 {
			t.Errorf("%d entries in the record, %v", len(log.Items), err)
		}
	})
}

func TestSavedRefused(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := deskOver(db)
		for name, s := range map[string]Saved{
			"no name": {Page: SavedEvents, Name: " ", Query: "class:spam"}, "long": {Page: SavedEvents, Name: strings.Repeat("é", 81)}, "no query": {Page: SavedEvents, Name: "x", Query: "colour:red"},
			"findings' name": {Page: SavedEvents, Name: "x", Query: "state:open"}, "no page": {Page: "jobs", Name: "x"}, "zero": {Page: SavedEvents, Name: "a\x00b"}, "no text": {Page: SavedEvents, Name: "\xff"},
		} {
			if _, err := d.SaveQuery(t.Context(), ada, s); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.SaveQuery(t.Context(), identity.Actor{}, Saved{Page: SavedEvents, Name: "x"}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// TestSeen: each reader has their own, and it never goes back.
func TestSeen(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := deskOver(db)
		b := NewBoard(BoardOptions{Desk: d})
		now := d.o.Clock.Now()
		for _, tt := range []struct {
			name     string
			at, want time.Time
		}{
			{"first", now.Add(-2 * time.Hour), now.Add(-2 * time.Hour)},
			{"later", now.Add(-time.Hour), now.Add(-time.Hour)},
			{"earlier counts not", now.Add(-3 * time.Hour), now.Add(-time.Hour)},
			{"the future is now", now.Add(time.Hour), now},
		} {
			if err := b.SetSeen(t.Context(), ada, tt.at); err != nil {
				t.Fatal(err)
			}
			if got, err := b.Seen(t.Context(), ada); err != nil || !got.Equal(tt.want) {
				t.Errorf("%s: got %s, %v", tt.name, got, err)
			}
		}
		if got, err := b.Seen(t.Context(), bert); err != nil || !got.IsZero() {
			t.Errorf("another's: %s, %v", got, err)
		}
	})
}

// TestMarks: the marks are read on an empty database, and a change of one topic leaves the others alone.
func TestMarks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		read := func() (out map[string]string) {
			if err := db.Read(t.Context(), func(tx *sqldb.Tx) (err error) { out, err = Marks(tx); return err }); err != nil {
				t.Fatal(err)
			}
			return out
		}
		before := read()
		err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`INSERT INTO stop_order (scope, ordered_by, reason, at) VALUES ('all', 'ada', 'a test', 5)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		after := read()
		for topic := range before {
			if (before[topic] != after[topic]) != (topic == LiveStops) {
				t.Errorf("%s: %q, then %q", topic, before[topic], after[topic])
			}
		}
	})
}
