package keep

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestHowLongThingsAreKept(t *testing.T) {
	k := New(Options{
		Clock: nil, Retention: config.Retention{Default: 300 * oneDay, Classes: map[string]time.Duration{"vulnerable": 90 * oneDay}},
		Feeds: map[string]config.Feed{"short": {Retention: oneDay}, "plain": {}},
	})
	forever := New(Options{Retention: config.Retention{Default: 300 * oneDay, Classes: map[string]time.Duration{"fraud": 0}}})
	for name, c := range map[string]struct{ got, want time.Duration }{
		"by class":               {k.keepFor("plain", "vulnerable"), 90 * oneDay},
		"by default":             {k.keepFor("nobody", "fraud"), 300 * oneDay},
		"by the feed's terms":    {k.keepFor("short", "vulnerable"), oneDay},
		"for ever by class":      {forever.keepFor("f", "fraud"), 0},
		"longest of all":         {k.longest("plain"), 300 * oneDay},
		"longest by the feed":    {k.longest("short"), oneDay},
		"longest, with for ever": {forever.longest("f"), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
}

func TestExpiryWaitsForTheWholeDay(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	k := h.keeper(disk.OS{})
	for name, c := range map[string]struct {
		days int64
		at   time.Duration // after midnight
		want bool
	}{
		"the day is not over":       {10, 23 * time.Hour, false},
		"at midnight after the day": {11, 0, true},
		"a millisecond before it":   {11, -time.Millisecond, false},
	} {
		h.clock.Set(time.Unix((today+c.days)*86400, 0).Add(c.at))
		if got := k.ended(today, 10*oneDay); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	h.clock.Set(noon.AddDate(500, 0, 0))
	if k.ended(today, 0) {
		t.Error("what is kept for ever has ended")
	}
}

func TestExpire(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		add := func(feed, taxonomy string, age int64) string {
			return h.publish(event.Segment{Feed: feed, Taxonomy: taxonomy, Day: today - age}, rowsOf(3, "192.0.2.")).Path
		}
		stay := []string{add("f", "vulnerable", 90), add("f", "fraud", 91), add("short", "fraud", 10)}
		gone := []string{add("f", "vulnerable", 91), add("f", "fraud", 366), add("short", "fraud", 11), add("f", "vulnerable", 91)}
		k := h.keeper(disk.OS{})
		want := Dropped{Partitions: 3, Segments: 4, Rows: 12}
		dry, err := k.Expire(ctx, who, true)
		if dry.Bytes = 0; err != nil || dry != want || len(h.visible()) != 7 {
			t.Fatalf("dry run: %+v, %v", dry, err)
		}
		got, err := k.Expire(ctx, who, false)
		if got.Bytes = 0; err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
		if left := paths(h.visible()); !slices.Equal(left, stay) {
			t.Errorf("visible: %v, want %v", left, stay)
		}
		rec := strings.Join(h.recorded(OpExpire), "\n")
		if !strings.Contains(rec, event.DayName(today-91)+"/vulnerable/f||") || !strings.Contains(rec, `"rows":6`) {
			t.Errorf("recorded: %s", rec)
		}
		h.clock.Advance(k.Grace() + time.Second)
		if s, err := k.Sweep(ctx, who, false); err != nil || s.Gone != 4 {
			t.Errorf("swept %+v, %v", s, err)
		}
		for _, p := range gone {
			if h.has("events/" + p) {
				t.Errorf("%s is still there", p)
			}
		}
		if again, err := k.Expire(ctx, who, false); err != nil || again != (Dropped{}) {
			t.Errorf("a second time: %+v, %v", again, err)
		}
	})
}

func TestDrop(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		for _, of := range []event.Segment{{Feed: "f", Day: today}, {Feed: "g", Day: today}, {Feed: "f", Day: today - 1}, {Feed: "f", Day: today, Taxonomy: "fraud"}} {
			h.publish(of, rowsOf(2, "192.0.2."))
		}
		got, err := h.keeper(disk.OS{}).Drop(ctx, who, today, "vulnerable")
		if err != nil || got.Segments != 2 || got.Rows != 4 || len(h.visible()) != 2 {
			t.Errorf("%+v, %v; %d left", got, err, len(h.visible()))
		}
	})
}

func TestRawInputExpiresWithTheLastThatMayBeKept(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		days := func(n int) time.Time { return noon.AddDate(0, 0, -n) }
		for name, in := range map[string]intake{
			"old":        {feed: "f", arrived: days(367), blob: "aa/old", aside: "old-1.jsonl.zst"},
			"young":      {feed: "f", arrived: days(365), blob: "aa/young"},
			"undecided":  {feed: "f", arrived: days(367), blob: "aa/undecided", state: "undecided"},
			"unfinished": {feed: "f", arrived: days(400), blob: "aa/unfinished", state: "accepted"},
			"shared":     {feed: "short", arrived: days(12), blob: "aa/shared"},
			"sharer":     {feed: "f", arrived: days(12), blob: "aa/shared"},
			"alone":      {feed: "short", arrived: days(12), blob: "aa/alone"},
		} {
			in.id = name
			h.intake(in)
			h.put("blobs/"+in.blob, 48*time.Hour)
			if in.aside != "" {
				h.put("aside/"+in.aside, 48*time.Hour)
			}
		}
		k := h.keeper(disk.OS{})
		if dry, err := k.Expire(ctx, who, true); err != nil || dry.Intakes != 4 {
			t.Fatalf("dry run: %+v, %v", dry, err)
		}
		if got, err := k.Expire(ctx, who, false); err != nil || got.Intakes != 4 {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := k.Sweep(ctx, who, false); err != nil {
			t.Fatal(err)
		}
		want := []string{"blobs/aa/shared", "blobs/aa/unfinished", "blobs/aa/young"}
		if got := h.files(); !slices.Equal(got, want) {
			t.Errorf("left: %v, want %v", got, want)
		}
		var notes string
		var hashes int
		must(h, db.Read(ctx, func(tx *sqldb.Tx) error {
			err := tx.QueryRow(`SELECT notes FROM intake WHERE id = 'old'`).Scan(&notes)
			return errors.Join(err, tx.QueryRow(`SELECT count(*) FROM intake WHERE hash = 'gone:' || id AND id = 'undecided'`).Scan(&hashes))
		}))
		if hashes != 1 {
			t.Error("an undecided file whose raw input is gone is still taken for known")
		}
		if !strings.Contains(notes, "removed on 2026-11-22") {
			t.Errorf("notes: %s", notes)
		}
		if rec := fmt.Sprint(h.recorded(OpExpire)); !strings.Contains(rec, `raw/short||{"intakes":2}`) {
			t.Errorf("recorded: %s", rec)
		}
	})
}

func TestALostLeaseDropsNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		h.publish(event.Segment{Feed: "f", Day: today - 400}, rowsOf(3, "192.0.2."))
		h.intake(intake{id: "i", feed: "f", blob: "aa/old", arrived: noon.AddDate(-2, 0, 0)})
		k := h.keeper(disk.OS{})
		_, token, release, err := k.hold(ctx)
		must(h, err)
		defer release()
		_, err = lease.New(db, h.clock).Seize(ctx, "keep", "another", leaseTime)
		must(h, err)
		one := k.dropPartition(ctx, who, token, partition{today - 400, "vulnerable", "f"}, h.visible())
		two := k.expireIntakes(ctx, who, token, false, &Dropped{})
		if problem.KindOf(one) != problem.Conflict || problem.KindOf(two) != problem.Conflict || len(h.visible()) != 1 {
			t.Errorf("%v; %v; %d visible", one, two, len(h.visible()))
		}
	})
}
