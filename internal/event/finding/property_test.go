package finding_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Each round makes and applies files on a real database: some rounds say what many would, and -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "15"); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(m.Run())
}

func drawSeen(t *rapid.T) seen {
	return seen{
		ip: fmt.Sprintf("192.0.2.%d", rapid.IntRange(1, 4).Draw(t, "ip")), org: rapid.SampledFrom([]string{"", "o1", "o2"}).Draw(t, "org"),
		at:       noon.Add(time.Duration(rapid.IntRange(-4, 2).Draw(t, "at")) * time.Hour),
		severity: rapid.SampledFrom([]string{"", "low", "high"}).Draw(t, "severity"), tlp: rapid.SampledFrom([]string{"", "amber"}).Draw(t, "tlp"),
	}
}

// Whatever the order and the pieces in which facts are applied, the rows are the same.
func TestFactsCommute(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		root := newHouse(t, db)
		rapid.Check(t, func(t *rapid.T) {
			all := rapid.SliceOfN(rapid.Custom(drawSeen), 1, 12).Draw(t, "rows")
			for i := range all { // of two events of an intake at the same time the first describes the finding
				all[i].at = all[i].at.Add(-3*time.Hour - time.Duration(i)*time.Second)
			}
			order := rapid.Permutation(all).Draw(t, "order")
			cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
			h := root.as(t)
			h.intake(facts("i1"), all...)
			h.apply()
			whole := h.all()
			h = root.as(t)
			h.intake(facts("i1"), order[:cut]...)
			if rapid.Bool().Draw(t, "apply between") {
				h.apply()
			}
			h.intake(facts("i1"), order[cut:]...)
			h.apply()
			pieces := h.all()
			for i := range min(len(whole), len(pieces)) {
				if !same(whole[i:i+1], pieces[i:i+1]) {
					t.Fatalf("at once %+v\nin pieces %+v", whole[i], pieces[i])
				}
			}
			if len(whole) != len(pieces) {
				t.Fatalf("at once %d, in pieces %d", len(whole), len(pieces))
			}
		})
	})
}

// same compares findings; which bits stand for which sources depends on the order.
func same(a, b []finding.Finding) bool {
	return slices.EqualFunc(a, b, func(x, y finding.Finding) bool {
		x.Sources, y.Sources = 0, 0
		return fmt.Sprintf("%+v", x) == fmt.Sprintf("%+v", y)
	})
}

// life plays sights, moves, messages and time against what must hold whatever happens.
type life struct {
	*house
	intakes  int
	messages []string
}

func (l *life) pick(t *rapid.T) finding.Finding {
	all := l.all()
	if len(all) == 0 {
		t.Skip("no findings")
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
}

func (l *life) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"see": func(t *rapid.T) {
			l.intakes++
			some := rapid.SliceOfN(rapid.Custom(drawSeen), 1, 3).Draw(t, "rows")
			for i := range some {
				some[i].at = some[i].at.Add(l.clock.Now().Sub(noon))
			}
			l.intake(facts(fmt.Sprintf("i%d", l.intakes)), some...)
			before := l.all()
			l.apply()
			l.onlyLater(t, before)
		},
		"tell": func(t *rapid.T) {
			f := l.pick(t)
			message := fmt.Sprintf("m%d", len(l.messages))
			l.messages = append(l.messages, message)
			changed := l.tell(message, week, f.Addr.String())
			may := f.Organisation != "" && slices.Contains([]finding.State{finding.Open, finding.Notified, finding.Acknowledged, finding.Reopened}, f.State)
			if may == (len(changed) > 0) {
				t.Fatalf("%+v was told: %v", f, !may)
			}
		},
		"untell": func(t *rapid.T) {
			if len(l.messages) == 0 {
				t.Skip("no messages")
			}
			message := rapid.SampledFrom(l.messages).Draw(t, "message")
			l.write(func(tx *sqldb.Tx) error { _, err := l.Untell(tx, l.clock.Now(), message); return err })
		},
		"move": func(t *rapid.T) {
			f := l.pick(t)
			l.house.move(rapid.SampledFrom([]finding.State{finding.Muted, finding.Fixed, finding.Acknowledged, finding.Open}).Draw(t, "to"), f.Addr.String())
		},
		"wake": func(*rapid.T) { _, err := l.Wake(ctx, team); l.must(err) },
		"wait": func(t *rapid.T) { l.clock.Advance(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour) },
		"":     l.holds,
	}
}

// onlyLater expects that what came back was seen after it was closed, and that nothing else left its closed state.
func (l *life) onlyLater(t *rapid.T, before []finding.Finding) {
	for _, was := range before {
		is := l.get(was.Addr.String())
		closed := was.State == finding.Fixed || was.State == finding.NoLongerSeen
		if closed && (is.State == finding.Reopened) != is.Last.After(was.Since) || was.State == finding.Muted && is.State != finding.Muted {
			t.Fatalf("%+v became %+v", was, is)
		}
	}
}

// holds is what must hold: the kept counts are exact; closed and muted findings, and nobody's, are never due; those that stand and have an owner are due, or their
// owner was told and they were not seen since; and nothing waits longer than its interval.
func (l *life) holds(t *rapid.T) {
	l.countsHold()
	now := l.clock.Now()
	for _, f := range l.all() {
		stands := f.Organisation != "" && !slices.Contains([]finding.State{finding.Muted, finding.Fixed, finding.NoLongerSeen}, f.State)
		switch {
		case !stands && !f.Due.IsZero():
			t.Fatalf("due all the same: %+v", f)
		case stands && f.Due.IsZero() && (f.Told.IsZero() || f.Last.After(f.Told)):
			t.Fatalf("forgotten: %+v", f)
		case f.Due.After(now.Add(week)):
			t.Fatalf("due later than its interval: %+v", f)
		}
	}
}

func TestNothingIsForgotten(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		root := newHouse(t, db)
		rapid.Check(t, func(t *rapid.T) {
			l := &life{house: root.as(t)}
			t.Repeat(l.actions())
		})
	})
}

// Cut off at any transaction and begun again, applying gives what it gives at once.
func TestApplyIsCutOff(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		root := newHouse(t, db)
		var many []seen
		for i := range 12_000 {
			many = append(many, seen{ip: fmt.Sprintf("10.0.%d.%d", i/250, i%250), at: noon.Add(-time.Hour), org: "o1"})
		}
		h := root.as(t)
		h.intake(facts("i1"), many...)
		h.intake(facts("i2"), many[3000:9000]...)
		h.apply()
		whole := h.all()
		h = root.as(t)
		h.intake(facts("i1"), many...)
		h.intake(facts("i2"), many[3000:9000]...)
		cuts := 0
		for {
			cut, cancel := context.WithCancel(ctx)
			_, err := h.Apply(cut, team, func(int64, int64) { cancel() })
			cancel()
			if err == nil {
				break
			}
			if cuts++; cuts > 20 {
				t.Fatal(err)
			}
		}
		if n, err := h.Waiting(ctx); cuts < 3 || n != 0 || err != nil {
			t.Errorf("cut off %d times, %d wait, %v", cuts, n, err)
		}
		if !same(whole, h.all()) {
			t.Error("not the same")
		}
		h.countsHold()
	})
}
