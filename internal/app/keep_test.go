package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/keep"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
)

var (
	tester = identity.System("test")
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// openHouse opens an installation in dir, as a process does that may change it.
func openHouse(t *testing.T, dir string, now clock.Clock) *App {
	t.Helper()
	c := config.Default()
	c.Data.Dir = dir
	seed(t, c)
	a, err := New(context.Background(), Options{Config: c, Clock: now, Log: slog.New(slog.DiscardHandler), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func closeHouse(t *testing.T, a *App) {
	t.Helper()
	if err := a.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, a *App, lines ...string) feed.Result {
	t.Helper()
	r, err := a.Feeds.Ingest(context.Background(), tester, feed.Source{Feed: "intelmq", Name: "f.jsonl", Reader: strings.NewReader(strings.Join(lines, "\n") + "\n")})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func line(n int) string {
	return fmt.Sprintf(`{"source.ip":"203.0.113.%d","classification.type":"infected-system","time.source":"2026-11-21T10:00:00+00:00","malware.name":"m%d"}`, n%250+1, n)
}

func files(t *testing.T, dir, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(dir, folder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}

// TestHousekeeping follows a feed's files from their arrival to the end of their time, through the very code that takes them in.
func TestHousekeeping(t *testing.T) {
	dir, now, ctx := t.TempDir(), clock.At(noon), context.Background()
	a := openHouse(t, dir, now)
	const deliveries = 10
	for n := range deliveries {
		if r := take(t, a, line(2*n), line(2*n+1), "not JSON"); r.Events != 2 || r.SetAside != 1 {
			t.Fatalf("taken: %+v", r.Counts)
		}
	}
	if err := a.housekeeping(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := a.Manifest.Segments(ctx, event.Filter{})
	if err != nil || len(list) != 1 || list[0].Rows != 2*deliveries || list[0].Intake != "" {
		t.Fatalf("after housekeeping: %+v, %v", list, err)
	}
	if r := take(t, a, line(0), line(1), line(100)); r.Events != 1 || r.Duplicates != 2 {
		t.Errorf("rows of joined segments, in the same process: %+v", r.Counts)
	}
	closeHouse(t, a)

	a = openHouse(t, dir, now)
	if r := take(t, a, line(5), line(8), line(101)); r.Events != 1 || r.Duplicates != 2 {
		t.Errorf("rows of joined segments, after a restart: %+v", r.Counts)
	}
	now.Advance(time.Hour)
	if swept, err := a.Keeper(true).Sweep(ctx, tester, false); err != nil || swept.Gone != deliveries || swept.Dead+swept.Spool+swept.Blobs != 0 {
		t.Errorf("swept %+v, %v", swept, err)
	}
	if got := len(files(t, dir, "events")); got != 3 {
		t.Errorf("%d segments on disk", got)
	}
	intakes, err := a.Feeds.WithAside(ctx, tester, 100)
	if err != nil || len(intakes) != deliveries {
		t.Fatalf("%d intakes with rows set aside, %v", len(intakes), err)
	}

	now.Advance(400 * 24 * time.Hour)
	for range 2 { // the first marks, the second may remove
		if err := a.housekeeping(ctx); err != nil {
			t.Fatal(err)
		}
		now.Advance(2 * time.Hour)
	}
	if _, err := a.Keeper(true).Sweep(ctx, tester, false); err != nil {
		t.Fatal(err)
	}
	if left := append(files(t, dir, "events"), append(files(t, dir, "blobs"), files(t, dir, "aside")...)...); len(left) != 0 {
		t.Errorf("left after its time: %v", left)
	}
	if _, err := a.Feeds.Replay(ctx, tester, intakes[0].ID, ""); problem.KindOf(err) != problem.Invalid {
		t.Errorf("replay of an intake whose raw input is gone: %v", err)
	}
	if r := take(t, a, line(0), line(1), "not JSON"); r.Events != 0 || r.Duplicates != 3 {
		t.Errorf("the same content again: %+v", r.Counts)
	}
	closeHouse(t, a)
}

func TestHousekeepingLeavesAnIntakeUnderWayAlone(t *testing.T) {
	dir, now, ctx := t.TempDir(), clock.At(noon), context.Background()
	a := openHouse(t, dir, now)
	defer closeHouse(t, a)
	in, gone := filepath.Join(dir, "spool", "x"), noon.Add(-48*time.Hour)
	if err := os.MkdirAll(filepath.Dir(in), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &slow{text: strings.NewReader(line(1) + "\n" + line(2) + "\n"), meanwhile: func() {
		if err := os.WriteFile(in, nil, 0o600); err != nil {
			t.Error(err)
		}
		for _, f := range append(files(t, dir, "spool"), files(t, dir, "events")...) {
			if err := os.Chtimes(f, gone, gone); err != nil {
				t.Error(err)
			}
		}
		if err := a.housekeeping(ctx); err != nil {
			t.Error(err)
		}
	}}
	got, err := a.Feeds.Ingest(ctx, tester, feed.Source{Feed: "intelmq", Name: "f.jsonl", Reader: r})
	if err != nil || got.Events != 2 {
		t.Fatalf("%+v, %v", got.Counts, err)
	}
	if len(files(t, dir, "spool")) != 1 {
		t.Error("the sweep took a file while an intake was under way")
	}
	if err := a.housekeeping(ctx); err != nil || len(files(t, dir, "spool")) != 0 {
		t.Errorf("afterwards: %v, spool %v", err, files(t, dir, "spool"))
	}
}

func TestAnUndecidedFileMayComeAgainAfterItsTime(t *testing.T) {
	now, ctx := clock.At(noon), context.Background()
	a := openHouse(t, t.TempDir(), now)
	defer closeHouse(t, a)
	give := func() feed.Accounts {
		r, err := a.Feeds.Ingest(ctx, tester, feed.Source{Feed: "shadowserver", Name: "what.csv", Reader: strings.NewReader("a,b\n1,2\n")})
		if err != nil || len(r.Intakes) != 1 || r.Intakes[0].Undec == "" {
			t.Fatalf("%+v, %v", r, err)
		}
		return r.Intakes[0]
	}
	first := give()
	if again := give(); !again.Known {
		t.Error("the same file at once is not known")
	}
	now.Advance(400 * 24 * time.Hour)
	if err := a.housekeeping(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Feeds.Replay(ctx, tester, first.Intake, "scan_telnet"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("replay without raw input: %v", err)
	}
	if again := give(); again.Known {
		t.Error("a file whose raw input is gone cannot be given again")
	}
}

// TestKeepingBesideIntakes runs housekeeping while files are taken in: every event must be there once.
func TestKeepingBesideIntakes(t *testing.T) {
	ctx := context.Background()
	a := openHouse(t, t.TempDir(), clock.At(noon))
	defer closeHouse(t, a)
	const deliveries, rows = 30, 5
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		defer close(done)
		for n := range deliveries {
			var lines []string
			for i := range rows {
				lines = append(lines, line(n*rows+i))
			}
			if r := take(t, a, append(lines, fmt.Sprint(line(0)))...); r.Events != rows {
				t.Errorf("delivery %d: %+v", n, r.Counts)
			}
		}
	})
	all.Go(func() {
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			if err := a.housekeeping(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	list, err := a.Manifest.Segments(ctx, event.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, s := range list {
		total += s.Rows
	}
	if total != deliveries*rows || len(list) >= 8 {
		t.Errorf("%d events in %d segments", total, len(list))
	}
}

// slow does something else before its last byte.
type slow struct {
	text      *strings.Reader
	meanwhile func()
}

func (s *slow) Read(p []byte) (int, error) {
	if s.text.Len() > 1 {
		return s.text.Read(p[:min(len(p), s.text.Len()-1)])
	}
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return s.text.Read(p)
}

func TestEraseByOrganisationAndWord(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	a := openHouse(t, dir, clock.At(noon))
	defer closeHouse(t, a)
	take(t, a, line(1), line(2), line(3))
	for text, want := range map[string]int64{"malware:m1": 1, "m2": 1, `org:"City Hospital"`: 0, "asn:1..": 0, "infected": 3} {
		got, err := a.Erase(ctx, tester, text, keep.Erasure{Reason: "r", Dry: true})
		if err != nil || got.Events != want {
			t.Errorf("%s: %+v, %v; want %d", text, got, err, want)
		}
	}
	if _, err := a.Erase(ctx, tester, "nonsense:1", keep.Erasure{Reason: "r"}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("nonsense: %v", err)
	}
}
