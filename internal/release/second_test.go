package release

import (
	"context"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release/leak"
)

var (
	other = identity.Actor{ID: "os:8", Name: "bo", Kind: identity.OSUserKind, Via: "cli"}
	ours1 = Item{Kind: "incident", ID: "i-1", Terms: Terms{Label: tlp.AmberStrict}, Count: 1}
)

// must decides in a transaction, as a sender does.
func (w *world) must(actor identity.Actor, item Item, to Recipient) (p Permit, d Decision, err error) {
	err = w.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		p, d, err = w.Must(tx, actor, item, to)
		return err
	})
	return p, d, err
}

func chosenBy(actor identity.Actor, to Recipient) Recipient {
	to.Chosen, to.As = actor.ID, Party
	return to
}

// programOf is a token's actor.
func (w *world) programOf(t *testing.T, actor identity.Actor) identity.Actor {
	t.Helper()
	tokens := token.New(token.Options{DB: w.o.DB, Clock: w.now, Resolve: func(context.Context, string) (identity.Actor, error) { return actor, nil }})
	text, _, err := tokens.Make(ctx, actor, token.Draft{Name: "a script", Scopes: []identity.Scope{identity.IncidentsWrite, identity.ReportsWrite}})
	if err != nil {
		t.Fatal(err)
	}
	program, ok, err := tokens.Check(ctx, text)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return program
}

// Nobody is a second person to a program of their own.
func TestSecondPersonOfOnesProgram(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		program := w.programOf(t, person)
		if _, _, err := w.must(program, ours1, chosenBy(program, w.nordic)); !problem.Is(err, problem.Conflict) {
			t.Fatal(err)
		}
		list, err := w.Decisions(ctx, person, Filter{Outcome: Second})
		if err != nil || len(list) != 1 || list[0].By != program.ID {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := w.Approve(ctx, person, list[0].ID, "yes"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("whose program it is: %v", err)
		}
		if _, err := w.Approve(ctx, other, list[0].ID, "yes"); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
}

func TestSecondPerson(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		to := chosenBy(person, w.nordic)
		p, d, err := w.must(person, ours1, to)
		if stopped, ok := Stopped(err); p.Valid() || !problem.Is(err, problem.Conflict) || !ok || stopped.Outcome != Second {
			t.Fatalf("%+v, %v", d, err)
		}
		// What the sender did is rolled back, and the question is on record all the same.
		list, err := w.Decisions(ctx, person, Filter{Outcome: Second})
		if err != nil || len(list) != 1 || list[0].ID == d.ID || list[0].By != person.ID {
			t.Fatalf("%+v, %v", list, err)
		}
		ask := list[0].ID
		for _, tt := range []struct {
			name   string
			actor  identity.Actor
			id     string
			reason string
			want   problem.Kind
		}{
			{"nobody", identity.Actor{}, ask, "yes", problem.Forbidden},
			{"a part of Firehall", system, ask, "yes", problem.Forbidden},
			{"who asked", person, ask, "yes", problem.Forbidden},
			{"without a reason", other, ask, " ", problem.Invalid},
			{"something else", other, "nothing", "yes", problem.NotFound},
		} {
			if _, err := w.Approve(ctx, tt.actor, tt.id, tt.reason); !problem.Is(err, tt.want) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		got, err := w.Approve(ctx, other, ask, "they can act tonight")
		if err != nil || !got.Allowed || got.Seconder != other.ID {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := w.Refuse(ctx, other, ask, "too late"); !problem.Is(err, problem.Conflict) {
			t.Errorf("settled twice: %v", err)
		}
		if p, _, err = w.must(person, ours1, to); err != nil || !p.Valid() || p.Decision() != ask {
			t.Errorf("the same question again: %v", err)
		}
		// Another label is another question.
		changed := ours1
		changed.Marks = Restricted
		if p, _, err = w.must(person, changed, to); err == nil || p.Valid() {
			t.Errorf("what changed since is let out: %v", err)
		}
		one, err := w.One(ctx, person, ask)
		if err != nil || len(one.Steps) < 20 || one.SecondedBy == "" {
			t.Errorf("%+v, %v", one, err)
		}
	})
}

func TestSecondPersonRefuses(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	to := chosenBy(person, w.nordic)
	_, _, err := w.must(person, ours1, to)
	list, _ := w.Decisions(ctx, person, Filter{Outcome: Second})
	if err == nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if d, err := w.Refuse(ctx, other, list[0].ID, "not to them"); err != nil || d.Outcome != Refused {
		t.Fatal(d, err)
	}
	if _, d, err := w.must(person, ours1, to); err == nil || d.Outcome != Refused {
		t.Errorf("%+v, %v", d, err)
	}
}

// A permit for a redacted copy is none until exactly that copy was looked through.
func TestClear(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	item := Item{Kind: "incident", ID: "i-2", Terms: Terms{Label: tlp.Green}, Holds: Victim | Technical, Count: 1}
	names := leak.NewNames()
	names.Add(leak.Organisation, "City Hospital")
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		p, d, err := w.Must(tx, person, item, chosenBy(person, w.nordic))
		if err != nil || d.Outcome != AllowedRedacted || p.Valid() || p.Profile() != "party" {
			t.Fatalf("%+v %+v, %v", p, d, err)
		}
		if _, err := w.Clear(tx, person, p, leak.Content{Text: "It is about the city hospital."}, names); !problem.Is(err, problem.Conflict) {
			t.Errorf("a name passed: %v", err)
		}
		clean := leak.Content{Subject: "A machine", Text: "It is about 192.0.2.7."}
		p, err = w.Clear(tx, person, p, clean, names)
		if err != nil || !p.Valid() || !p.Covers(w.nordic.Contact) || !p.Fits(clean.Digest()) {
			t.Errorf("%+v, %v", p, err)
		}
		if other := (leak.Content{Subject: "A machine", Text: "It is about 192.0.2.8."}); p.Fits(other.Digest()) {
			t.Error("the permit fits another copy")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Agreements, groups and marks come from where they stand now.
func TestAgreementsAndGroups(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	peer := w.add(t, "CERT Elsewhere", constituency.Peer, "cert@elsewhere.example")
	holds := false
	w.o.Agreements = func(_ *sqldb.Tx, list []string, _ time.Time) (map[string]Lets, error) {
		if !holds {
			return nil, nil
		}
		return map[string]Lets{list[0]: func(kind string, l tlp.Label) bool { return kind == "incident" && l <= tlp.Amber }}, nil
	}
	item := Item{Kind: "incident", ID: "i-3", Terms: Terms{Label: tlp.Amber}, Count: 1}
	if d, err := w.Explain(ctx, person, item, chosenBy(person, peer)); err != nil || d.Outcome != Second || d.Rule != "no-agreement" {
		t.Errorf("%+v, %v", d, err)
	}
	holds = true
	if d, err := w.Explain(ctx, person, item, chosenBy(person, peer)); err != nil || d.Outcome != Allowed || len(d.Steps) == 0 {
		t.Errorf("%+v, %v", d, err)
	}
	item.Marks = Privileged
	if d, err := w.Explain(ctx, person, item, chosenBy(person, peer)); err != nil || d.Rule != "privileged" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestItemsAreFoundByName(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	w.Resolve(func(_ context.Context, _ identity.Actor, name string) (Item, bool, error) {
		return Item{}, false, problem.New(problem.NotFound, "no %s", name)
	},
		func(_ context.Context, _ identity.Actor, name string) (Item, bool, error) {
			return ours1, name == "I-1", nil
		})
	if item, err := w.ItemOf(ctx, person, "I-1"); err != nil || item.ID != "i-1" {
		t.Errorf("%+v, %v", item, err)
	}
	if _, err := w.ItemOf(ctx, person, "I-2"); !problem.Is(err, problem.NotFound) {
		t.Errorf("got %v", err)
	}
}
