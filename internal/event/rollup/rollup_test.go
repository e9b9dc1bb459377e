package rollup_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// batch makes a batch of events at hours before noon, one each.
func batch(hours ...int) *event.Batch {
	b := event.NewBatch([32]byte{})
	b.Const(event.FieldReport, "r")
	b.ConstTime(event.FieldArrival, noon.UnixMilli())
	for i, h := range hours {
		b.Begin(fmt.Append(nil, i))
		b.Column(event.FieldTime).Time(noon.Add(-time.Duration(h) * time.Hour).UnixMilli())
		b.Column(event.FieldType).TextString("scanner")
		if i%2 == 0 {
			b.Column(event.FieldOrganisation).TextString("org")
		}
		b.End()
	}
	return b
}

func count(b *event.Batch) *rollup.Counts {
	var c rollup.Counter
	rows := make([]int32, b.Rows())
	for i := range rows {
		rows[i] = int32(i)
	}
	c.Count(b, rows, "availability")
	return &c.Counts
}

func storeOn(t *testing.T, db *sqldb.DB, now *clock.Fixed) *rollup.Store {
	return rollup.New(rollup.Options{DB: db, FS: disk.OS{}, Events: t.TempDir(), Clock: now, Log: slog.New(slog.DiscardHandler)})
}

func add(t *testing.T, db *sqldb.DB, c *rollup.Counts) {
	t.Helper()
	if err := db.Write(ctx, func(tx *sqldb.Tx) error { return rollup.Add(tx, event.DayOf(noon), "feed", c) }); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, s *rollup.Store, q rollup.Question) rollup.Answer {
	t.Helper()
	a, err := s.Ask(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sum(a rollup.Answer) (n int64) {
	for _, s := range a.Series {
		n += s.Events
	}
	return n
}

func TestHoursBecomeDays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		now := clock.At(noon)
		s := storeOn(t, db, now)
		add(t, db, count(batch(0, 1, 1, 13, 30)))
		for _, later := range []time.Duration{0, 3 * 24 * time.Hour, 40 * 24 * time.Hour} {
			now.Set(noon.Add(later))
			if err := s.Fold(ctx); err != nil {
				t.Fatal(err)
			}
			hours, days := ask(t, s, rollup.Question{Step: rollup.Hour}), ask(t, s, rollup.Question{Step: rollup.Day})
			if later > 0 {
				add(t, db, count(batch(2))) // what comes late is folded as it comes
				if got := sum(ask(t, s, rollup.Question{})) - sum(hours); got != 1 {
					t.Errorf("after %v one more event counts for %d", later, got)
				}
			}
			points := len(hours.Series[0].Points)
			if old := later > 35*24*time.Hour; old && (hours.Step != rollup.Day || points != 2) || !old && (hours.Step != rollup.Hour || points < 4) {
				t.Errorf("after %v: %d points of step %v", later, points, hours.Step)
			}
			if len(days.Series[0].Points) != 2 || sum(days) != sum(hours) {
				t.Errorf("after %v: days %+v", later, days)
			}
		}
	})
}

func TestSpansAndConditions(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	s := storeOn(t, db, clock.At(noon))
	add(t, db, count(batch(0, 1, 1, 13, 30)))
	mine := rollup.Condition{Of: rollup.ByAttributed, Values: []string{"1"}}
	for name, c := range map[string]struct {
		q    rollup.Question
		want int64
	}{
		"all":                   {rollup.Question{}, 5},
		"the last hour":         {rollup.Question{From: noon}, 1},
		"ends are whole hours":  {rollup.Question{From: noon.Add(-30 * time.Minute), To: noon.Add(-20 * time.Minute)}, 2},
		"until":                 {rollup.Question{To: noon.Add(-2 * time.Hour)}, 2},
		"attributed":            {rollup.Question{Where: []rollup.Condition{mine}}, 3},
		"arrived today":         {rollup.Question{Clock: rollup.Arrived, From: noon.Truncate(24 * time.Hour)}, 5},
		"of none of its values": {rollup.Question{Where: []rollup.Condition{{Of: rollup.ByType}}}, 0},
	} {
		if got := sum(ask(t, s, c.q)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestBound gives more different keys than are kept apart: nothing is lost, and the answer says that it is not all.
func TestBound(t *testing.T) {
	b := event.NewBatch([32]byte{})
	const rows = 20_000
	for i := range rows {
		b.Begin(fmt.Append(nil, i))
		b.Column(event.FieldTime).Time(int64(i) * 7 * 3600_000)
		b.Column(event.FieldReport).TextString(fmt.Sprint("report ", i))
		b.End()
	}
	c := count(b)
	if c.Events() != rows {
		t.Fatalf("%d events counted", c.Events())
	}
	db := sqldbtest.Open(t, sqldb.SQLite)
	s := storeOn(t, db, clock.At(noon))
	add(t, db, c)
	a := ask(t, s, rollup.Question{By: rollup.ByReport, Step: rollup.Whole})
	if sum(a) != rows || a.Complete || a.Series[0].Value != rollup.Other {
		t.Errorf("%d events, complete %v, most of %q", sum(a), a.Complete, a.Series[0].Value)
	}
}

func TestFromQuery(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "class:scanner": true, "class:scanner,spam feed:a -report:x": true, "time:2026-11-01..2026-11-07": true, "seen:2026-11-01": true,
		"has:org": true, "-has:org": true, "taxonomy:vulnerable": true,
		"ip:192.0.2.1": false, "class:scan*": false, "class:scanner or feed:a": false, "time:2026-11-01 seen:2026-11-01": false,
		"org:Hospital report:x": false, "org:Hospital": false, "hello": false, "malware:x": false,
	} {
		tree, err := query.Parse(text, query.Options{Now: noon, Zone: time.UTC})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if _, got := rollup.From(tree); got != want {
			t.Errorf("%q answered from counts: %v, want %v", text, got, want)
		}
	}
}

func TestDaysOfAZone(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	s := storeOn(t, db, clock.At(noon))
	add(t, db, count(batch(0, 11, 13, 14)))
	zone := time.FixedZone("", 2*3600) // its day began at hour 14 before noon
	a := ask(t, s, rollup.Question{Step: rollup.Day, Zone: zone})
	if len(a.Series) != 1 || !slices.EqualFunc(a.Series[0].Points, []int64{4}, func(p rollup.Point, n int64) bool { return p.Events == n }) {
		t.Errorf("%+v", a)
	}
}
