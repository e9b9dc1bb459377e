package event_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func segment(path string, day int64) event.Segment {
	return event.Segment{
		Path: path, Intake: "i1", Attempt: 1, Feed: "f", Report: "scan_telnet", Day: day, Taxonomy: "vulnerable", Rows: 3, Bytes: 99,
		MinTime: 5, MaxTime: 9, Leaves: []string{"source.ip.hi", "source.ip.lo"}, Keys: true,
	}
}

func paths(t *testing.T, m *event.Manifest, f event.Filter) []string {
	t.Helper()
	list, err := m.Segments(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, s := range list {
		out = append(out, s.Path)
	}
	return out
}

func TestManifest(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := context.Background()
		m := event.NewManifest(db)
		a, b := segment("a", 20_000), segment("b", 20_001)
		b.Taxonomy, b.MinTime, b.MaxTime, b.Keys = "malicious-code", event.Null, event.Null, false
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			return event.Publish(tx, []event.Segment{a, b}, []event.Fold{{Path: "fold", Intake: "i1", Rows: 2}})
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			filter event.Filter
			want   []string
		}{
			"all":            {event.Filter{}, []string{"a", "b"}},
			"after the head": {event.Filter{After: 1}, []string{"b"}},
			"from a day":     {event.Filter{FromDay: 20_001}, []string{"b"}},
			"before a day":   {event.Filter{BeforeDay: 20_001}, []string{"a"}},
			"classes":        {event.Filter{Taxonomies: []string{"vulnerable", "other"}}, []string{"a"}},
			"with keys":      {event.Filter{Keys: true, Feed: "f"}, []string{"a"}},
			"of another":     {event.Filter{Intake: "i2"}, []string{}},
		} {
			if got := paths(t, m, c.filter); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		list, _ := m.Segments(ctx, event.Filter{})
		if s := list[1]; s.MinTime != event.Null || s.Keys || !slices.Equal(s.Leaves, b.Leaves) {
			t.Errorf("read back as %+v", s)
		}
		if folds, err := m.Folds(ctx); err != nil || len(folds) != 1 || folds[0].Rows != 2 || folds[0].Position <= list[1].Position {
			t.Errorf("folds %+v, %v", folds, err)
		}
	})
}

func TestReplaceOnlyWhatIsThere(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, now := context.Background(), time.Unix(1_800_000_000, 0)
		m := event.NewManifest(db)
		replace := func(old []string, by ...event.Segment) error {
			return db.Write(ctx, func(tx *sqldb.Tx) error { return event.Replace(tx, now, old, by) })
		}
		if err := replace(nil, segment("a", 1), segment("b", 1)); err != nil {
			t.Fatal(err)
		}
		if err := replace([]string{"a", "b"}, segment("ab", 1)); err != nil {
			t.Fatal(err)
		}
		if err := replace([]string{"a"}, segment("again", 1)); problem.KindOf(err) != problem.Conflict {
			t.Errorf("replacing a segment twice: %v", err)
		}
		if got := paths(t, m, event.Filter{}); !slices.Equal(got, []string{"ab"}) {
			t.Errorf("visible: %v", got)
		}
		gone, err := m.Gone(ctx, now.Add(time.Second))
		if err != nil || !slices.Equal(gone, []string{"a", "b"}) {
			t.Errorf("gone: %v, %v", gone, err)
		}
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return event.Forget(tx, append(gone, "ab")) }); err != nil {
			t.Fatal(err)
		}
		known, err := m.Known(ctx)
		if err != nil || len(known) != 1 || !known["ab"] {
			t.Errorf("known after forgetting: %v, %v", known, err)
		}
	})
}
