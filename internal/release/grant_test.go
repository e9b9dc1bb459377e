package release

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// A grant lets another organisation be told from its beginning to its end, and
// no answer remembered from then outlives it.
func TestGrantHoldsForItsTime(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		expect := func(what, rule string) Decision {
			t.Helper()
			p, d := w.ask(t, about(w.hospital, tlp.Amber), w.region)
			if d.Rule != rule || p.Valid() != (rule == "granted") {
				t.Errorf("%s: %s", what, d.Reason)
			}
			return d
		}
		before := expect("before", "another-owner")
		g, err := w.Grant(ctx, person, Grant{
			About: w.hospital.Organisation.ID, To: w.region.Organisation.ID, Reason: "asked by telephone", From: day.Add(time.Hour), Until: day.Add(3 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		expect("given, not begun", "another-owner")
		w.now.Advance(time.Hour)
		if d := expect("begun", "granted"); d.Grant != g.ID || !strings.Contains(d.Reason, g.ID) {
			t.Errorf("got %+v", d)
		}
		w.now.Advance(2*time.Hour - time.Millisecond)
		expect("its last moment", "granted")
		w.now.Advance(time.Millisecond)
		if after := expect("ended", "another-owner"); after.ID != before.ID {
			t.Error("the refusal is another one than before")
		}
	})
}

func TestRevoke(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		g := w.grant(t, w.hospital, w.region, time.Time{})
		if g.By != person.ID || !g.From.Equal(day) || !g.Until.Equal(day.Add(usualGrant)) || !g.InForce(day) {
			t.Errorf("got %+v", g)
		}
		if p, _ := w.ask(t, about(w.hospital, tlp.Clear), w.region); !p.Valid() {
			t.Error("the grant does not help")
		}
		w.now.Advance(time.Minute)
		for _, tt := range []struct {
			name, grant, reason string
			want                problem.Kind
		}{
			{"no reason", g.ID, " ", problem.Invalid},
			{"no such grant", "x", "mistake", problem.NotFound},
		} {
			if err := w.Revoke(ctx, person, tt.grant, tt.reason); !problem.Is(err, tt.want) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if err := w.Revoke(ctx, person, g.ID, "a mistake"); err != nil {
			t.Fatal(err)
		}
		if err := w.Revoke(ctx, person, g.ID, "a mistake"); !problem.Is(err, problem.Conflict) {
			t.Errorf("revoked twice: %v", err)
		}
		if p, d := w.ask(t, about(w.hospital, tlp.Clear), w.region); p.Valid() || d.Rule != "another-owner" {
			t.Errorf("told in spite of the revocation: %s", d.Reason)
		}
		g.Revoked, g.RevokedBy, g.RevokedFor = w.now.Now(), person.ID, "a mistake"
		list, err := w.Grants(ctx, system, w.hospital.Organisation.ID)
		if diff := cmp.Diff([]Grant{g}, list); err != nil || diff != "" || list[0].InForce(w.now.Now()) {
			t.Errorf("%v %s", err, diff)
		}
		if list, err := w.Grants(ctx, system, w.region.Organisation.ID); err != nil || len(list) != 0 {
			t.Errorf("grants about whom it is for: %v, %v", list, err)
		}
		for _, op := range []identity.Operation{OpGrant, OpRevoke} {
			record, err := audit.New(db, w.now).List(ctx, audit.Query{Operation: string(op), Object: g.ID})
			if err != nil || len(record.Items) != 1 || record.Items[0].Reason == "" || record.Items[0].Actor != person.ID {
				t.Errorf("%s: %+v, %v", op, record.Items, err)
			}
		}
	})
}

func TestTheLongestOfSeveralGrantsCounts(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	w.grant(t, w.hospital, w.region, day.AddDate(0, 0, 7))
	long := w.grant(t, w.hospital, w.region, day.AddDate(0, 0, 30))
	w.grant(t, w.hospital, w.region, day.AddDate(0, 0, 8))
	if _, d := w.ask(t, about(w.hospital, tlp.Clear), w.region); d.Grant != long.ID {
		t.Errorf("got %s", d.Grant)
	}
}

func TestBadGrants(t *testing.T) {
	good := func(w *world) Grant {
		return Grant{About: w.hospital.Organisation.ID, To: w.region.Organisation.ID, Reason: "they asked"}
	}
	tests := []struct {
		name   string
		actor  identity.Actor
		change func(w *world, g *Grant)
		want   problem.Kind
		says   string
	}{
		{"nobody's", identity.Actor{}, nil, problem.Forbidden, "may not"},
		{"a part of Firehall's", system, nil, problem.Forbidden, "a person's word"},
		{"without a reason", person, func(_ *world, g *Grant) { g.Reason = "  " }, problem.Invalid, "say the reason"},
		{"a second line", person, func(_ *world, g *Grant) { g.Reason = "ok\r\nBcc: x@x.example" }, problem.Invalid, "line breaks"},
		{"turned text", person, func(_ *world, g *Grant) { g.Reason = "ok\u202e" }, problem.Invalid, "invisible"},
		{"no text", person, func(_ *world, g *Grant) { g.Reason = "\xff" }, problem.Invalid, "UTF-8"},
		{"10 MB", person, func(_ *world, g *Grant) { g.Reason = strings.Repeat("x", 10<<20) }, problem.Invalid, "500 characters"},
		{"to itself", person, func(_ *world, g *Grant) { g.To = g.About }, problem.Invalid, "without a grant"},
		{"over before it begins", person, func(_ *world, g *Grant) { g.Until = day }, problem.Invalid, "before it begins"},
		{"for ever", person, func(_ *world, g *Grant) { g.Until = day.AddDate(3, 0, 0) }, problem.Invalid, "two years"},
		{"about nobody", person, func(_ *world, g *Grant) { g.About = id.New() }, problem.NotFound, "no organisation"},
		{"to nobody", person, func(_ *world, g *Grant) { g.To = "" }, problem.NotFound, "no organisation"},
	}
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := good(w)
			if tt.change != nil {
				tt.change(w, &g)
			}
			if _, err := w.Grant(ctx, tt.actor, g); !problem.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	if list, err := w.Grants(ctx, system, ""); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
}

// Nobody's word reaches back, and who gave it is not the caller's to say.
func TestGrantTakesNoWordForByAndFrom(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	g, err := w.Grant(ctx, person, Grant{
		About: w.hospital.Organisation.ID, To: w.region.Organisation.ID, Reason: "x", By: "somebody", ID: "1", From: day.AddDate(-1, 0, 0), Revoked: day,
	})
	if err != nil || g.By != person.ID || !g.From.Equal(day) || !id.Valid(g.ID) || !g.Revoked.IsZero() {
		t.Errorf("got %+v, %v", g, err)
	}
}

// A permit that was made under a grant says, in the transaction that sends, that the grant was taken back.
func TestStands(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		g := w.grant(t, w.hospital, w.region, time.Time{})
		own, _ := w.ask(t, about(w.hospital, tlp.Green), w.hospital)
		other, _ := w.ask(t, about(w.hospital, tlp.Green), w.region)
		more, _ := w.ask(t, about(w.hospital, tlp.Amber), w.region)
		merged, err := Merge(other, more)
		if err != nil {
			t.Fatal(err)
		}
		expect := func(what string, p Permit, at time.Time, stands bool) {
			t.Helper()
			err := db.Read(ctx, func(tx *sqldb.Tx) error { return p.Stands(tx, at) })
			if (err == nil) != stands || err != nil && !problem.Is(err, problem.Conflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		expect("own", own, day, true)
		expect("granted", merged, day, true)
		expect("its end", merged, g.Until, false)
		expect("the zero permit", Permit{}, day, false)
		if err := w.Revoke(ctx, person, g.ID, "a mistake"); err != nil {
			t.Fatal(err)
		}
		expect("own, still", own, day, true)
		expect("revoked", merged, day, false)
	})
}
