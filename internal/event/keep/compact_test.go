package keep

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var today = event.DayOf(noon)

func TestCompactionKeepsEveryRow(t *testing.T) {
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(rt, db, filepath.Join(dir, "data"))
		late := rapid.Bool().Draw(rt, "within the dedupe window")
		day := today - 100
		if late {
			day = today - 2
		}
		for range rapid.IntRange(2, 5).Draw(rt, "segments") {
			var groups [][]row
			for range rapid.IntRange(1, 3).Draw(rt, "groups") {
				groups = append(groups, rapid.SliceOfN(rapid.Custom(drawRow), 1, 30).Draw(rt, "rows"))
			}
			h.publish(event.Segment{Feed: "f", Day: day}, groups...)
		}
		want := h.events(late)
		if _, err := h.keeper(disk.OS{}).Compact(ctx, who, false); err != nil {
			rt.Fatal(err)
		}
		if got := h.events(late); !slices.Equal(got, want) {
			rt.Fatalf("after\n%q\nbefore\n%q", got, want)
		}
		list := h.visible()
		if len(list) != 1 || list[0].Keys != late || slices.Contains(list[0].Leaves, event.FieldKey) != late {
			rt.Fatalf("visible now: %+v", list)
		}
		h.isOrdered(list[0])
	})
}

// isOrdered checks that a segment's rows ascend by address, across its row groups, which are of bearable size.
func (h *house) isOrdered(s event.Segment) {
	h.Helper()
	hi, lo := h.batch(s).Find("source.ip").HiLo()
	for i := 1; i < len(hi); i++ {
		if (address{hi[i-1], lo[i-1]}).compare(address{hi[i], lo[i]}) > 0 {
			h.Fatalf("row %d of %s comes before a lower address", i-1, s.Path)
		}
	}
	in, err := h.keeper(disk.OS{}).open(s)
	must(h, err)
	defer func() { _ = in.file.Close() }()
	for g := range in.Groups() {
		if in.Rows(g) > 16 {
			h.Fatalf("a row group of %d rows", in.Rows(g))
		}
	}
}

func TestLargeSegmentsAreCopiedWithoutKeys(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	h.publish(event.Segment{Feed: "f", Day: today - 100, Intake: "i1"}, rowsOf(40, "192.0.2."), rowsOf(40, "198.51.100."))
	want := h.events(false)
	k := h.keeper(disk.OS{})
	k.limits.bytes, k.limits.group = 100, 1000
	sum, err := k.Compact(ctx, who, false)
	if err != nil || sum.Segments != 1 || sum.Into != 1 || sum.Rows != 80 || sum.After >= sum.Before {
		t.Fatalf("%+v, %v", sum, err)
	}
	s := h.visible()[0]
	if got := h.events(false); !slices.Equal(got, want) || s.Keys || s.Intake != "i1" {
		t.Errorf("%+v, %d events of %d", s, len(got), len(want))
	}
	if again, err := k.Compact(ctx, who, false); err != nil || again.Segments != 0 {
		t.Errorf("a second compaction did %+v, %v", again, err)
	}
}

func rowsOf(n int, prefix string) []row {
	out := make([]row, n)
	for i := range out {
		out[i] = row{ip: fmt.Sprint(prefix, 200-i), malware: "mirai", port: int64(i + 1), intake: "i1"}
	}
	return out
}

func TestCompactTellsWhatItDid(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		first := h.publish(event.Segment{Feed: "f", Day: today - 2, Intake: "i1"}, rowsOf(3, "192.0.2."))
		h.publish(event.Segment{Feed: "f", Day: today - 2, Intake: "i2"}, rowsOf(4, "198.51.100."))
		k := h.keeper(disk.OS{})
		if dry, err := k.Compact(ctx, who, true); err != nil || dry.Segments != 2 || len(h.visible()) != 2 {
			t.Fatalf("dry run: %+v, %v", dry, err)
		}
		sum, err := k.Compact(ctx, who, false)
		if err != nil || sum.Segments != 2 || sum.Into != 1 || sum.Rows != 7 || sum.After == 0 {
			t.Errorf("%+v, %v", sum, err)
		}
		s := h.visible()[0]
		if s.Intake != "" || s.Position <= first.Position || s.Feed != "f" || s.MinTime == event.Null {
			t.Errorf("the new segment: %+v", s)
		}
		if rec := h.recorded(OpCompact); len(rec) == 0 || !strings.Contains(rec[len(rec)-1], `"rows":7`) || !strings.HasPrefix(rec[len(rec)-1], s.Path) {
			t.Errorf("recorded: %q", rec)
		}
		if !h.has("events/" + first.Path) {
			t.Error("the old file went before its grace was over")
		}
	})
}

func TestOneKeeperAtATime(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		k := h.keeper(disk.OS{})
		k.Alone = false
		if _, err := lease.New(db, h.clock).Acquire(ctx, "keep", "another", leaseTime); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Compact(ctx, who, false); problem.KindOf(err) != problem.Conflict {
			t.Errorf("beside another keeper: %v", err)
		}
		h.clock.Advance(2 * leaseTime)
		if _, err := k.Compact(ctx, who, false); err != nil {
			t.Errorf("after a keeper that died: %v", err)
		}
	})
}

func TestNobodyMayDoNothing(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	k, nobody := h.keeper(disk.OS{}), identity.Actor{}
	_, a := k.Compact(ctx, nobody, true)
	_, b := k.Expire(ctx, nobody, true)
	_, c := k.Drop(ctx, nobody, 1, "other")
	_, d := k.Erase(ctx, nobody, Erasure{})
	_, e := k.Sweep(ctx, nobody, true)
	for i, err := range []error{a, b, c, d, e} {
		if problem.KindOf(err) != problem.Forbidden {
			t.Errorf("operation %d: %v", i, err)
		}
	}
}

func TestDamagedSegmentsStayAndStopNothing(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	bad := h.publish(event.Segment{Feed: "bad", Day: today - 2}, rowsOf(3, "192.0.2."))
	h.publish(event.Segment{Feed: "bad", Day: today - 2}, rowsOf(3, "192.0.2."))
	h.publish(event.Segment{Feed: "good", Day: today - 2}, rowsOf(3, "192.0.2."))
	h.publish(event.Segment{Feed: "good", Day: today - 2}, rowsOf(3, "192.0.2."))
	h.put("events/"+bad.Path, 0)
	sum, err := h.keeper(disk.OS{}).Compact(ctx, who, false)
	if err == nil || !strings.Contains(err.Error(), bad.Path) || sum.Segments != 2 || len(h.visible()) != 3 {
		t.Errorf("%+v, %v, %d visible", sum, err, len(h.visible()))
	}
	if n := len(h.files()); n != 5 {
		t.Errorf("%d files, leftovers among them", n)
	}
}

// world is what a fault test does: prepare, then work over a disk that fails, then check what a restart finds.
type world struct {
	prepare func(h *house)
	work    func(k *Keeper) error
	check   func(h *house, err error)
}

// eachFault runs the work with a fault at every operation of the disk.
func (w world) eachFault(t *testing.T) {
	db, dir := sqldbtest.Open(t, sqldb.SQLite), filepath.Join(t.TempDir(), "data")
	run := func(name string, fsys *faulty.FS) {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, db, dir)
			w.prepare(h)
			err := w.work(h.keeper(fsys))
			_ = fsys.Crash(faulty.PowerCut) // at the end at the latest: what is visible must be durable
			for _, s := range h.visible() {
				h.batch(s) // exists and is whole
			}
			w.check(h, err)
			if _, err := h.keeper(disk.OS{}).Sweep(ctx, who, false); err != nil {
				t.Fatal(err)
			}
			for _, s := range h.visible() {
				h.batch(s)
			}
			known, err := event.NewManifest(db).Known(ctx)
			must(h, err)
			for _, f := range h.files() {
				if rest, ok := strings.CutPrefix(f, "events/"); ok && !known[rest] {
					t.Errorf("%s was left over", f)
				}
			}
		})
	}
	clean := faulty.New()
	run("clean", clean)
	for n := 1; n <= clean.Operations(); n++ {
		for name, set := range map[string]func(*faulty.FS){
			"power cut": func(f *faulty.FS) { f.CrashAt(n, faulty.PowerCut) },
			"kill":      func(f *faulty.FS) { f.CrashAt(n, faulty.Kill) },
			"EIO":       func(f *faulty.FS) { f.FailAt(n, syscall.EIO) },
			"full":      func(f *faulty.FS) { f.FailFrom(n, syscall.ENOSPC) },
		} {
			fsys := faulty.New()
			set(fsys)
			run(fmt.Sprintf("%s at %d", name, n), fsys)
		}
	}
}

func TestFaultsDuringCompaction(t *testing.T) {
	var want []string
	world{
		prepare: func(h *house) {
			for range 3 {
				h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(9, "192.0.2."), rowsOf(9, "198.51.100."))
			}
			want = h.events(true)
		},
		work: func(k *Keeper) error {
			_, err := k.Compact(ctx, who, false)
			return err
		},
		check: func(h *house, err error) {
			if got := h.events(true); !slices.Equal(got, want) {
				h.Fatalf("%d events, %d before", len(got), len(want))
			}
			if n := len(h.visible()); err == nil && n != 1 || err != nil && n != 3 {
				h.Fatalf("%d segments after %v", n, err)
			}
		},
	}.eachFault(t)
}

func TestALostLeaseChangesNothing(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	old := h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(3, "192.0.2."))
	k := h.keeper(disk.OS{})
	_, token, release, err := k.hold(ctx)
	must(h, err)
	defer release()
	_, err = lease.New(h.db, h.clock).Seize(ctx, "keep", "another", leaseTime)
	must(h, err)
	_, err = k.compact(ctx, who, token, job{[]event.Segment{old}, true})
	if problem.KindOf(err) != problem.Conflict || len(h.visible()) != 1 || h.visible()[0].Path != old.Path || len(h.files()) != 1 {
		t.Errorf("%v, visible %v, files %v", err, h.visible(), h.files())
	}
}

func TestRewritesOfTheWrongLengthAreGivenUp(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	old := h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(3, "192.0.2."))
	old.Rows++
	if _, _, err := h.keeper(disk.OS{}).run(ctx, job{[]event.Segment{old}, true}); problem.KindOf(err) != problem.Internal || len(h.files()) != 1 {
		t.Errorf("%v, files %v", err, h.files())
	}
}

func TestKeysSurvive(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	for range 2 {
		h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(20, "192.0.2."))
	}
	keys := func() (out []string) {
		for _, s := range h.visible() {
			f, err := disk.OS{}.Open(filepath.Join(h.dir, dirEvents, s.Path))
			must(h, err)
			must(h, errors.Join(segment.Keys(f, s.Bytes, func(k event.DedupeKey) { out = append(out, fmt.Sprintf("%x", k)) }), f.Close()))
		}
		slices.Sort(out)
		return out
	}
	want := keys()
	if _, err := h.keeper(disk.OS{}).Compact(ctx, who, false); err != nil {
		t.Fatal(err)
	}
	if got := keys(); len(got) != 40 || !slices.Equal(got, want) {
		t.Errorf("%d keys, %d before", len(got), len(want))
	}
}
