package finding_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// Each test plays the life of a finding; all begin with one that was seen an hour before noon.
func TestLife(t *testing.T) {
	const ip = "192.0.2.1"
	see := func(h *house, id string, at time.Time) {
		h.intake(facts(id), seen{ip: ip, at: at, org: "o1"})
		h.apply()
	}
	tests := []struct {
		name string
		play func(h *house)
		want finding.State
		due  time.Time
	}{
		{"a new one is due", func(*house) {}, finding.Open, finding.Immediately},
		{"told", func(h *house) { h.tell("m1", week, ip) }, finding.Notified, time.Time{}},
		{"told and seen again", func(h *house) {
			h.tell("m1", week, ip)
			h.clock.Advance(day)
			see(h, "i2", noon.Add(20*time.Hour))
		}, finding.Notified, noon.Add(week)},
		{"told, and an older file", func(h *house) {
			h.tell("m1", week, ip)
			see(h, "i2", noon.Add(-2*time.Hour))
		}, finding.Notified, time.Time{}},
		{"muted is not due, also when it is seen", func(h *house) {
			h.move(finding.Muted, ip)
			h.clock.Advance(day)
			see(h, "i2", noon.Add(20*time.Hour))
		}, finding.Muted, time.Time{}},
		{"woken is due", func(h *house) {
			h.move(finding.Muted, ip)
			h.clock.Advance(4 * day)
			_, err := h.Wake(ctx, team)
			h.must(err)
		}, finding.Open, finding.Immediately},
		{"woken too early stays muted", func(h *house) {
			h.move(finding.Muted, ip)
			h.clock.Advance(day)
			_, err := h.Wake(ctx, team)
			h.must(err)
		}, finding.Muted, time.Time{}},
		{"fixed stays fixed for an older file", func(h *house) {
			h.move(finding.Fixed, ip)
			see(h, "i2", noon.Add(-time.Minute))
		}, finding.Fixed, time.Time{}},
		{"fixed and seen later", func(h *house) {
			h.move(finding.Fixed, ip)
			h.clock.Advance(day)
			see(h, "i2", noon.Add(time.Hour))
		}, finding.Reopened, finding.Immediately},
		{"a wrong clock does not reopen", func(h *house) {
			h.clock.Advance(time.Hour)
			h.move(finding.Fixed, ip)
			h.clock.Advance(-time.Minute)
			see(h, "i2", noon.Add(1000*day))
		}, finding.Fixed, time.Time{}},
		{"acknowledged is reminded after its interval", func(h *house) {
			h.tell("m1", week, ip)
			h.move(finding.Acknowledged, ip)
			h.clock.Advance(day)
			see(h, "i2", noon.Add(20*time.Hour))
		}, finding.Acknowledged, noon.Add(week)},
		{"acknowledged without having been told", func(h *house) {
			h.move(finding.Acknowledged, ip)
			h.clock.Advance(day)
			see(h, "i2", noon.Add(20*time.Hour))
		}, finding.Acknowledged, noon.Add(week)},
		{"opened again", func(h *house) { h.move(finding.Fixed, ip); h.move(finding.Open, ip) }, finding.Open, finding.Immediately},
		{"a message that reached nobody", func(h *house) {
			h.tell("m1", week, ip)
			h.write(func(tx *sqldb.Tx) error { _, err := h.Untell(tx, h.clock.Now(), "m1"); return err })
		}, finding.Open, finding.Immediately},
		{"one of two messages reached nobody", func(h *house) {
			h.tell("m1", week, ip)
			h.tell("m2", week, ip)
			h.write(func(tx *sqldb.Tx) error { _, err := h.Untell(tx, h.clock.Now(), "m1"); return err })
		}, finding.Notified, time.Time{}},
		{"another owner was not told", func(h *house) {
			h.tell("m1", week, ip)
			h.clock.Advance(day)
			h.intake(facts("i2"), seen{ip: ip, at: noon.Add(time.Hour), org: "o2"})
			h.apply()
		}, finding.Open, finding.Immediately},
		{"nobody's", func(h *house) {
			h.clock.Advance(day)
			h.intake(facts("i2"), seen{ip: ip, at: noon.Add(time.Hour)})
			h.apply()
		}, finding.Open, time.Time{}},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		root := newHouse(t, db)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := root.as(t)
				see(h, "i1", noon.Add(-time.Hour))
				tt.play(h)
				if f := h.get(ip); f.State != tt.want || !f.Due.Equal(tt.due) {
					t.Errorf("got %s due %s, want %s due %s", f.State, f.Due, tt.want, tt.due)
				}
			})
		}
	})
}

func TestApply(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.intake(facts("i1"), seen{ip: "192.0.2.1", at: noon.Add(-3 * time.Hour), org: "o1", severity: "low"}, seen{ip: "192.0.2.2", org: "o1"},
			seen{ip: "192.0.2.1", at: noon.Add(-time.Hour), org: "o1", severity: "high"}, seen{ip: "192.0.2.1", at: noon.Add(-2 * time.Hour), org: "o1", tlp: "amber"})
		if n, err := h.Waiting(ctx); n != 4 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		var heard int64
		done, err := h.Apply(ctx, team, func(done, all int64) { heard = done })
		if err != nil || done.Facts != 2 || done.New != 2 || heard != 4 {
			t.Errorf("got %+v, heard %d, %v", done, heard, err)
		}
		f := h.get("192.0.2.1")
		if f.Count != 3 || !f.First.Equal(noon.Add(-3*time.Hour)) || !f.Last.Equal(noon.Add(-time.Hour)) || f.Severity != "high" ||
			f.Feed != "scans" || f.Organisation != "o1" || f.Port != 23 || f.Addr.String() != "192.0.2.1" {
			t.Errorf("got %+v", f)
		}
		if g := h.get("192.0.2.2"); !g.Last.Equal(noon) {
			t.Errorf("a row without a time counts as on arrival: %+v", g)
		}
		labels(t, h, f.Sources)
		left, err := os.ReadDir(filepath.Join(h.Dir, "folds"))
		if err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
		if again := h.apply(); again.Facts != 0 {
			t.Errorf("applied again: %+v", again)
		}
	})
}

// labels expects that the stricter label of an event made a source of its own.
func labels(t *testing.T, h *house, bits uint64) {
	t.Helper()
	sources, err := h.Sources(ctx)
	if err != nil || len(sources) != 2 {
		t.Fatalf("got %+v, %v", sources, err)
	}
	var all []tlp.Label
	for _, s := range sources {
		if bits&(1<<s.Bit) != 0 {
			all = append(all, s.Label)
		}
	}
	if tlp.Strictest(all...) != tlp.Amber {
		t.Errorf("labels %v", all)
	}
	of, err := h.SourceOf(ctx)
	if err != nil {
		t.Fatal(err)
	}
	strict, ok := of("i1", finding.Own{Label: tlp.Amber})
	plain, okPlain := of("i1", finding.Own{})
	if _, unknown := of("i9", finding.Own{}); !ok || !okPlain || strict == plain || unknown {
		t.Errorf("got %d, %v, %d, %v", strict, ok, plain, okPlain)
	}
}

func TestMoveRefuses(t *testing.T) {
	keys := []finding.Key{keyOf("192.0.2.1")}
	tests := []struct {
		name  string
		actor identity.Actor
		m     finding.Request
		kind  problem.Kind
	}{
		{"nobody", identity.Actor{}, finding.Request{To: finding.Acknowledged}, problem.Forbidden},
		{"to mute without a reason", team, finding.Request{To: finding.Muted, Until: noon.Add(day)}, problem.Invalid},
		{"to mute without an end", team, finding.Request{To: finding.Muted, Reason: "x"}, problem.Invalid},
		{"to mute until the past", team, finding.Request{To: finding.Muted, Reason: "x", Until: noon.Add(-day)}, problem.Invalid},
		{"to fix without a reason", team, finding.Request{To: finding.Fixed, Reason: " "}, problem.Invalid},
		{"an end to what is no muting", team, finding.Request{To: finding.Open, Until: noon.Add(day)}, problem.Invalid},
		{"what only the system does", team, finding.Request{To: finding.Notified}, problem.Invalid},
		{"no state", team, finding.Request{To: "x"}, problem.Invalid},
	}
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, tt := range tests {
		if _, err := h.Move(ctx, tt.actor, keys, tt.m); !problem.Is(err, tt.kind) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	done, err := h.Move(ctx, team, keys, finding.Request{To: finding.Acknowledged})
	if err != nil || done.Moved != 0 || len(done.Unmoved) != 1 {
		t.Errorf("a finding that is not there: %+v, %v", done, err)
	}
}

func TestTellRefusesWhatChanged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.intake(facts("i1"), seen{ip: "192.0.2.1", org: "o1"}, seen{ip: "192.0.2.2", org: "o1"}, seen{ip: "192.0.2.3", org: "o1"})
		h.apply()
		plan := []finding.Told{}
		for _, f := range h.all() {
			plan = append(plan, finding.Told{Key: f.Key, Version: f.Version, Organisation: f.Organisation, Next: noon.Add(week)})
		}
		h.move(finding.Muted, "192.0.2.1")
		h.clock.Advance(time.Hour)
		h.intake(facts("i2"), seen{ip: "192.0.2.2", org: "o2"})
		h.apply()
		var changed []finding.Key
		back := errors.New("back")
		err := h.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			if changed, err = h.Tell(tx, noon, "m1", plan); err != nil {
				return err
			}
			return back
		})
		if !errors.Is(err, back) || len(changed) != 2 || changed[0] != keyOf("192.0.2.1") || changed[1] != keyOf("192.0.2.2") {
			t.Errorf("got %v, %v", changed, err)
		}
	})
}

func TestHistory(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		const ip = "192.0.2.1"
		h.intake(facts("i1"), seen{ip: ip, org: "o1"})
		h.apply()
		h.tell("m1", week, ip)
		h.clock.Advance(time.Minute)
		h.move(finding.Fixed, ip)
		h.clock.Advance(time.Hour)
		h.intake(facts("i2"), seen{ip: ip, org: "o1"})
		if done := h.apply(); done.Reopened != 1 || done.New != 0 {
			t.Errorf("got %+v", done)
		}
		got, err := h.History(ctx, team, keyOf(ip))
		if err != nil || len(got) != 3 || got[0].Message != "m1" || got[1].To != finding.Fixed || got[1].Reason != "as agreed" ||
			got[2].From != finding.Fixed || got[2].To != finding.Reopened || got[2].Name != "see again" {
			t.Errorf("got %+v, %v", got, err)
		}
		keys, err := h.ToldIn(ctx, "m1", 10)
		if err != nil || len(keys) != 1 || keys[0] != keyOf(ip) {
			t.Errorf("got %v, %v", keys, err)
		}
	})
}
