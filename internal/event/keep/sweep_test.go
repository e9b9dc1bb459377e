package keep

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// litter is a house with files of each sort; the fields name them.
type litter struct {
	*house
	lower, current, unknown, spool, keeper, strange, orphan string // may go, some only when it is safe
	visible, aside, blob, fold                              string // stay
	feed                                                    lease.Token
}

// newLitter puts files of that age; a feed is busy if somebody holds its lease.
func newLitter(t *testing.T, db *sqldb.DB, age time.Duration, busy bool) *litter {
	h := newHouse(t, db, t.TempDir())
	token, err := lease.New(db, h.clock).Acquire(ctx, "feed:f", "ingest", leaseTime)
	must(h, err)
	if !busy {
		h.clock.Advance(2 * leaseTime) // whoever held it has died, or stands still
	}
	in := h.intake(intake{feed: "f", attempt: 2, blob: "aa/known", arrived: noon, aside: "known-2.jsonl.zst"})
	l := &litter{
		house: h, feed: token,
		lower: fmt.Sprintf("events/2026-11-22/other/%s-1-0.parquet", in), current: fmt.Sprintf("folds/%s-2.parquet", in),
		unknown: fmt.Sprintf("aside/%s-1.jsonl.zst", id.New()), spool: "spool/" + id.New(), strange: "events/notes.txt",
		keeper: "events/2026-11-22/other/" + id.New() + suffix, orphan: "blobs/bb/orphan",
		aside: "aside/known-2.jsonl.zst", blob: "blobs/aa/known", fold: fmt.Sprintf("folds/%s-1.parquet", in),
	}
	for _, name := range []string{l.lower, l.current, l.unknown, l.spool, l.keeper, l.strange, l.orphan, l.aside, l.blob, l.fold} {
		h.put(name, age)
	}
	l.visible = "events/" + h.publish(event.Segment{Feed: "f", Day: today, Intake: in, Attempt: 1}, rowsOf(2, "192.0.2.")).Path
	must(h, db.Write(ctx, func(tx *sqldb.Tx) error {
		return event.Publish(tx, nil, []event.Fold{{Path: strings.TrimPrefix(l.fold, "folds/"), Intake: in}})
	}))
	return l
}

func TestSweepTakesOnlyWhatIsSurelyDead(t *testing.T) {
	const old, young = 48 * time.Hour, time.Minute
	for name, c := range map[string]struct {
		age         time.Duration
		busy, alone bool
		stays       func(l *litter) []string
		left        int
	}{
		"alone":               {old, false, true, func(*litter) []string { return nil }, 0},
		"alone, young":        {young, false, true, func(*litter) []string { return nil }, 0},
		"idle":                {old, false, false, func(l *litter) []string { return []string{l.strange} }, 1},
		"an intake under way": {old, true, false, func(l *litter) []string { return []string{l.current, l.unknown, l.spool, l.strange} }, 4},
		"young": {young, false, false, func(l *litter) []string {
			return []string{l.lower, l.current, l.unknown, l.spool, l.keeper, l.strange, l.orphan}
		}, 0},
		"three hours": {3 * time.Hour, false, false, func(l *litter) []string { return []string{l.strange, l.orphan} }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				l := newLitter(t, db, c.age, c.busy)
				k := l.house.keeper(disk.OS{})
				k.Alone = c.alone
				before := l.files()
				if _, err := k.Sweep(ctx, who, true); err != nil || !slices.Equal(l.files(), before) {
					t.Fatalf("a dry run: %v, files %v", err, l.files())
				}
				sum, err := k.Sweep(ctx, who, false)
				if err != nil || sum.Busy != c.left {
					t.Errorf("%+v, %v", sum, err)
				}
				want := append(c.stays(l), l.visible, l.aside, l.blob, l.fold)
				slices.Sort(want)
				got := slices.DeleteFunc(l.files(), func(f string) bool { return strings.HasPrefix(f, "blobs/gone/") })
				if !slices.Equal(got, want) {
					t.Errorf("left\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				if again, err := k.Sweep(ctx, who, false); err != nil || again.any() {
					t.Errorf("a second sweep took %+v, %v", again, err)
				}
			})
		})
	}
}

func TestSweepFencesOffAttemptsThatStandStill(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := newLitter(t, db, 48*time.Hour, false)
		k := l.house.keeper(disk.OS{})
		k.Alone = false
		if _, err := k.Sweep(ctx, who, false); err != nil || l.has(l.current) {
			t.Fatalf("the sweep: %v", err)
		}
		err := db.Write(ctx, func(tx *sqldb.Tx) error { return lease.Check(tx, l.feed) })
		if problem.KindOf(err) != problem.Conflict {
			t.Errorf("an attempt whose files were swept may still publish: %v", err)
		}
	})
}

func TestFilesThatBecomeKnownMeanwhileStay(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	w := &sweep{Keeper: h.keeper(disk.OS{}), free: map[string]bool{}}
	name := id.New() + "-1.parquet"
	h.put("folds/"+name, 0)
	files := []file{{folder: dirFolds, name: name}}
	verdicts, err := w.judge(ctx, files)
	if err != nil || !verdicts[0] {
		t.Fatalf("judged %v, %v", verdicts, err)
	}
	must(h, h.db.Write(ctx, func(tx *sqldb.Tx) error { return event.Publish(tx, nil, []event.Fold{{Path: name}}) }))
	if err := w.execute(ctx, files, verdicts); err != nil || !h.has("folds/"+name) || w.sum.any() {
		t.Errorf("%v, took %+v", err, w.sum)
	}
}

func TestReplacedFilesHaveAGrace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		old := h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(2, "192.0.2."))
		h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(2, "192.0.2."))
		k := h.keeper(disk.OS{})
		if _, err := k.Compact(ctx, who, false); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(k.Grace() - time.Second)
		if s, err := k.Sweep(ctx, who, false); err != nil || s.any() || !h.has("events/"+old.Path) {
			t.Fatalf("within the grace: %+v, %v", s, err)
		}
		h.clock.Advance(2 * time.Second)
		if s, err := k.Sweep(ctx, who, false); err != nil || s.Gone != 2 || s.Bytes == 0 || h.has("events/"+old.Path) {
			t.Errorf("after the grace: %+v, %v", s, err)
		}
		if known, err := event.NewManifest(db).Known(ctx); err != nil || len(known) != 1 {
			t.Errorf("known: %v, %v", known, err)
		}
		if rec := h.recorded(OpSweep); len(rec) != 1 {
			t.Errorf("recorded: %v", rec)
		}
	})
}

func TestTheGraceOutlastsQuestions(t *testing.T) {
	for deadline, want := range map[time.Duration]time.Duration{time.Second: 10 * time.Minute, time.Hour: 2 * time.Hour} {
		if got := New(Options{Deadline: deadline}).Grace(); got != want {
			t.Errorf("questions of %s: a grace of %s", deadline, got)
		}
	}
}

func TestRawInputComesBackFromTheBin(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		k := h.keeper(disk.OS{})
		k.Alone = false
		h.put("blobs/ab/abneeded.gz", 48*time.Hour)
		h.put("blobs/ab/abfree.gz", 48*time.Hour)
		if s, err := k.Sweep(ctx, who, false); err != nil || s.Blobs != 2 || h.has("blobs/ab/abneeded.gz") || len(h.files()) != 2 {
			t.Fatalf("%+v, %v, files %v", s, err, h.files())
		}
		h.intake(intake{feed: "f", blob: "ab/abneeded.gz", arrived: noon}) // it was being placed while the sweep ran
		if _, err := k.Sweep(ctx, who, false); err != nil || !h.has("blobs/ab/abneeded.gz") {
			t.Fatalf("%v, files %v", err, h.files())
		}
		h.clock.Advance(2 * time.Hour)
		if _, err := k.Sweep(ctx, who, false); err != nil {
			t.Fatal(err)
		}
		if got := h.files(); !slices.Equal(got, []string{"blobs/ab/abneeded.gz"}) {
			t.Errorf("left: %v", got)
		}
	})
}

func TestABlobPlacedDuringDisposalIsPutBack(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	k := h.keeper(disk.OS{})
	k.Alone = false
	h.put("blobs/ab/abc", 0)
	h.intake(intake{feed: "f", blob: "ab/abc", arrived: noon})
	if err := k.dispose(ctx, "ab/abc"); err != nil || !slices.Equal(h.files(), []string{"blobs/ab/abc"}) {
		t.Errorf("%v, files %v", err, h.files())
	}
}

func TestAttemptOf(t *testing.T) {
	in := id.New()
	for name, want := range map[string]string{
		"2026-11-22/other/" + in + "-3-0.parquet": in + " 3 true",
		in + "-12.jsonl.zst":                      in + " 12 true",
		in + "-keep.parquet":                      in + " 0 false",
		in:                                        in + " 0 false",
		"notes-1.txt":                             "notes 1 false",
		"":                                        " 0 false",
	} {
		intake, attempt, ok := attemptOf(name)
		if got := fmt.Sprint(intake, " ", attempt, " ", ok); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestFaultsDuringASweep(t *testing.T) {
	var want []string
	world{
		prepare: func(h *house) {
			for range 2 {
				h.publish(event.Segment{Feed: "f", Day: today - 2}, rowsOf(3, "192.0.2."))
			}
			_, err := h.keeper(disk.OS{}).Compact(ctx, who, false)
			must(h, err)
			h.intake(intake{feed: "f", blob: "ab/needed", arrived: noon})
			for _, name := range []string{"blobs/ab/needed", "blobs/ab/orphan", "spool/x", "events/2026-11-20/other/" + id.New() + suffix} {
				h.put(name, 48*time.Hour)
			}
			h.clock.Advance(time.Hour)
			want = h.events(true)
		},
		work: func(k *Keeper) error {
			k.Alone = false
			_, err := k.Sweep(ctx, who, false)
			return err
		},
		check: func(h *house, _ error) {
			if got := h.events(true); !slices.Equal(got, want) {
				h.Fatalf("%d events of %d", len(got), len(want))
			}
			if !h.has("blobs/ab/needed") {
				h.Fatal("a raw input that an intake needs is gone")
			}
		},
	}.eachFault(t)
}
