package release

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// A decision answers the same question for a month, then it is decided anew; so what is old stands for nothing that is sent now, and can go.
func TestForget(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		item := about(w.hospital, tlp.Green)
		_, first := w.ask(t, item, w.hospital)
		if _, again := w.ask(t, item, w.hospital); again.ID != first.ID {
			t.Error("the same question has two answers")
		}
		w.now.Advance(2 * reuse)
		_, later := w.ask(t, item, w.hospital)
		if later.ID == first.ID || !later.At.After(first.At) {
			t.Error("an answer is never too old")
		}
		w.now.Advance(2 * reuse)
		if _, err := w.Forget(ctx, person, time.Hour); !problem.Is(err, problem.Invalid) {
			t.Errorf("what may be in use: %v", err)
		}
		for _, want := range []int64{1, 0} {
			if n, err := w.Forget(ctx, person, 3*reuse); err != nil || n != want {
				t.Errorf("%d were forgotten, want %d, %v", n, want, err)
			}
		}
		if list, err := w.Decisions(ctx, person, Filter{}); err != nil || len(list) != 1 || list[0].ID != later.ID {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestNobodyMayDoAnything(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	item, nobody := about(w.hospital, tlp.Green), identity.Actor{}
	g := w.grant(t, w.hospital, w.region, day.Add(time.Hour))
	for name, do := range map[string]func() error{
		"For":            func() error { _, _, err := w.For(ctx, nobody, item, w.hospital); return err },
		"ForAll of none": func() error { _, _, err := w.ForAll(ctx, nobody, nil, w.hospital); return err },
		"Decide":         func() error { _, _, err := w.Decide(ctx, nobody, []Ask{{item, w.hospital}}); return err },
		"Preview":        func() error { _, err := w.Preview(ctx, nobody, []Ask{{item, w.hospital}}); return err },
		"Decisions":      func() error { _, err := w.Decisions(ctx, nobody, Filter{}); return err },
		"Grant":          func() error { _, err := w.Grant(ctx, nobody, Grant{}); return err },
		"Grants":         func() error { _, err := w.Grants(ctx, nobody, ""); return err },
		"Revoke":         func() error { return w.Revoke(ctx, nobody, g.ID, "x") },
		"Forget":         func() error { _, err := w.Forget(ctx, nobody, 3*reuse); return err },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a message stands on is asked again by the ids of its decisions.
func TestStand(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		g := w.grant(t, w.hospital, w.region, day.Add(24*time.Hour))
		_, granted := w.ask(t, about(w.hospital, tlp.Green), w.region)
		_, own := w.ask(t, about(w.region, tlp.Green), w.region)
		stand := func(decisions ...string) error {
			return db.Read(ctx, func(tx *sqldb.Tx) error { return Stand(tx, decisions, w.now.Now()) })
		}
		for _, ids := range [][]string{nil, {own.ID}, {granted.ID, own.ID}} {
			if err := stand(ids...); err != nil {
				t.Errorf("%q: %v", ids, err)
			}
		}
		if err := w.Revoke(ctx, person, g.ID, "a mistake"); err != nil {
			t.Fatal(err)
		}
		if err := stand(own.ID); err != nil {
			t.Errorf("it needs no grant: %v", err)
		}
		if err := stand(own.ID, granted.ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("its grant was revoked: %v", err)
		}
	})
}
