package keep

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func parse(t fataler, text string) query.Node {
	t.Helper()
	n, err := query.Parse(text, query.Options{Now: noon})
	must(t, err)
	return n
}

func TestErasureTakesJustWhatTheQueryMeans(t *testing.T) {
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(rt, db, filepath.Join(dir, "data"))
		for range rapid.IntRange(1, 3).Draw(rt, "segments") {
			h.publish(event.Segment{Feed: "f", Day: today}, rapid.SliceOfN(rapid.Custom(drawRow), 1, 20).Draw(rt, "rows"),
				rapid.SliceOfN(rapid.Custom(drawRow), 1, 20).Draw(rt, "rows"))
		}
		before := h.events(true)
		stay := slices.DeleteFunc(slices.Clone(before), func(e string) bool {
			return strings.Contains(e, "source.ip=192.0.2.1 ") && strings.Contains(e, "malware.name=mirai")
		})
		sum, err := h.keeper(disk.OS{}).Erase(ctx, who, Erasure{Where: parse(rt, "src:192.0.2.1 malware:mirai"), Reason: "asked for"})
		if err != nil || sum.Events != int64(len(before)-len(stay)) {
			rt.Fatalf("%+v, %v; %d should go", sum, err, len(before)-len(stay))
		}
		if got := h.events(true); !slices.Equal(got, stay) {
			rt.Fatalf("left\n%q\nwant\n%q", got, stay)
		}
	})
}

func TestErase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, t.TempDir())
		h.intake(intake{id: "i1", feed: "f", blob: "aa/one", arrived: noon})
		h.intake(intake{id: "i9", feed: "g", blob: "aa/one", arrived: noon}) // the same content by another feed
		h.intake(intake{id: "i2", feed: "f", blob: "aa/two", arrived: noon})
		h.put("blobs/aa/one", 0)
		h.put("blobs/aa/two", 0)
		whole := h.publish(event.Segment{Feed: "f", Day: today, Intake: "i1"}, []row{{ip: "203.0.113.7", intake: "i1"}})
		part := h.publish(event.Segment{Feed: "f", Day: today, Intake: "i1"}, []row{{ip: "203.0.113.7", intake: "i1"}, {ip: "192.0.2.1", intake: "i1"}})
		other := h.publish(event.Segment{Feed: "f", Day: today, Intake: "i2"}, []row{{ip: "192.0.2.1", intake: "i2"}})
		must(h, db.Write(ctx, func(tx *sqldb.Tx) error {
			return event.Publish(tx, nil, []event.Fold{{Path: "i1-1.parquet", Intake: "i1"}})
		}))
		k, e := h.keeper(disk.OS{}), Erasure{Where: parse(t, "ip:203.0.113.7"), Reason: "case 12", Dry: true}

		want := Erased{Events: 2, Segments: 2, Intakes: 1, RawLeft: 1, Folds: 1}
		if dry, err := k.Erase(ctx, who, e); err != nil || dry != want || len(h.visible()) != 3 {
			t.Fatalf("dry run: %+v, %v", dry, err)
		}
		e.Dry, e.Raw, e.Now = false, true, true
		got, err := k.Erase(ctx, who, e)
		want.RawLeft, want.RawErased, want.FilesGone, want.FilesGoneAfter = 0, 1, true, got.FilesGoneAfter
		if err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
		list := h.visible()
		if len(list) != 2 || list[0].Path != other.Path || list[1].Rows != 1 || list[1].Intake != "i1" || !list[1].Keys {
			t.Errorf("visible: %+v", list)
		}
		for _, name := range []string{"events/" + whole.Path, "events/" + part.Path, "blobs/aa/one"} {
			if h.has(name) {
				t.Errorf("%s is still there", name)
			}
		}
		if !h.has("blobs/aa/two") {
			t.Error("another intake's raw input went too")
		}
		rec := fmt.Sprint(h.recorded(OpErase))
		if !strings.Contains(rec, "case 12") || !strings.Contains(rec, `"events":2`) || strings.Contains(rec, "203.0.113") {
			t.Errorf("recorded: %s", rec)
		}
	})
}

func TestErasedFilesGoAfterTheGrace(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	old := h.publish(event.Segment{Feed: "f", Day: today}, rowsOf(5, "203.0.113."))
	k := h.keeper(disk.OS{})
	sum, err := k.Erase(ctx, who, Erasure{Where: parse(t, "ip:203.0.113.200"), Reason: "r"})
	if err != nil || sum.FilesGone || !sum.FilesGoneAfter.Equal(noon.Add(k.Grace())) || !h.has("events/"+old.Path) {
		t.Fatalf("%+v, %v", sum, err)
	}
	h.clock.Set(sum.FilesGoneAfter.Add(time.Second))
	if _, err := k.Sweep(ctx, who, false); err != nil || h.has("events/"+old.Path) {
		t.Errorf("%v, and the old file is there: %v", err, h.has("events/"+old.Path))
	}
}

func TestErasureRefuses(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	for name, e := range map[string]Erasure{
		"no query":    {Reason: "r"},
		"an empty":    {Where: query.Everything, Reason: "r"},
		"no reason":   {Where: parse(t, "ip:192.0.2.1")},
		"only blanks": {Where: parse(t, "ip:192.0.2.1"), Reason: "  "},
	} {
		if _, err := h.keeper(disk.OS{}).Erase(ctx, who, e); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if sum, err := h.keeper(disk.OS{}).Erase(ctx, who, Erasure{Where: parse(t, "ip:192.0.2.1"), Reason: "r"}); err != nil || sum.Events != 0 || len(h.recorded(OpErase)) != 0 {
		t.Errorf("nothing to erase: %+v, %v", sum, err)
	}
}

func TestRawInputOfAnUnfinishedIntakeIsNotErased(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir())
	h.intake(intake{id: "i1", feed: "f", blob: "aa/one", arrived: noon})
	h.intake(intake{id: "i2", feed: "g", blob: "aa/one", arrived: noon, state: "accepted"})
	h.put("blobs/aa/one", 0)
	h.publish(event.Segment{Feed: "f", Day: today, Intake: "i1"}, rowsOf(3, "203.0.113."))
	before := h.files()
	_, err := h.keeper(disk.OS{}).Erase(ctx, who, Erasure{Where: parse(t, "ip:203.0.113.200"), Reason: "r", Raw: true})
	if problem.KindOf(err) != problem.Conflict || !slices.Equal(h.files(), before) || h.visible()[0].Rows != 3 {
		t.Errorf("%v, files %v", err, h.files())
	}
}

func TestFaultsDuringErasure(t *testing.T) {
	var before []string
	world{
		prepare: func(h *house) {
			for range 2 {
				h.publish(event.Segment{Feed: "f", Day: today}, rowsOf(9, "192.0.2."), rowsOf(9, "198.51.100."))
			}
			before = h.events(true)
		},
		work: func(k *Keeper) error {
			_, err := k.Erase(ctx, who, Erasure{Where: parse(k0{}, "ip:192.0.2.0/24"), Reason: "r", Now: true})
			return err
		},
		check: func(h *house, err error) {
			got := h.events(true)
			if all, half := len(got) == len(before), len(got) == len(before)/2; !half && !all || err == nil && !half {
				h.Fatalf("%d events of %d are left after %v: all or none must go", len(got), len(before), err)
			}
		},
	}.eachFault(t)
}

// k0 stands for a test where none is at hand.
type k0 struct{}

func (k0) Helper()                   {}
func (k0) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
func (k0) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
