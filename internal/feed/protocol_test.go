package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// onSQLite gives a station where the engine does not matter.
func onSQLite(t *testing.T) *station {
	return newStation(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir(), disk.OS{})
}

// within fails the test instead of waiting for ever.
func (s *station) within(d time.Duration, what string, do func()) {
	s.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(d):
		s.Fatalf("%s has not ended after %v", what, d)
	}
}

func (s *station) exec(query string, args ...any) {
	s.Helper()
	err := s.db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
}

// unpublished ingests a file whose publication fails, as when the database goes away at that moment.
func (s *station) unpublished(name, text string) Intake {
	s.Helper()
	s.exec(`DROP TABLE fold`)
	if _, err := s.ingest(name, text); err == nil || !strings.Contains(err.Error(), "accepted as intake") {
		s.Fatalf("publication was to fail: %v", err)
	}
	s.exec(`CREATE TABLE fold (path TEXT PRIMARY KEY, position BIGINT NOT NULL, intake TEXT NOT NULL, row_count BIGINT NOT NULL, done_rows BIGINT NOT NULL)`)
	list, err := s.List(context.Background(), s.actor, "", 1)
	if err != nil || len(list) != 1 || list[0].State != Accepted {
		s.Fatalf("%+v, %v", list, err)
	}
	for _, folder := range []string{dirEvents, dirFolds} {
		if left := s.files(folder); strings.Contains(fmt.Sprint(left), list[0].ID) {
			s.Fatalf("a publication that surely failed leaves %v in %s", left, folder)
		}
	}
	return list[0]
}

func TestFileGivenAgainAfterItsPublicationFailed(t *testing.T) {
	s := onSQLite(t)
	in := s.unpublished("scan_telnet.csv", telnet(0, 200))
	s.within(2*time.Minute, "the second ingest", func() {
		res := s.mustIngest("scan_telnet.csv", telnet(0, 200))
		if res.Events != 200 || res.Intakes[0].Intake != in.ID {
			s.Errorf("%+v", res)
		}
	})
	if events, distinct := s.visible(); events != 200 || distinct != 200 {
		s.Fatalf("%d events, %d distinct", events, distinct)
	}
}

// The same content under a name that decides nothing finishes what was accepted.
func TestUnnamedCopyOfAnUnfinishedFile(t *testing.T) {
	s := onSQLite(t)
	in := s.unpublished("scan_telnet.csv", telnet(0, 50))
	res := s.mustIngest("report.csv", telnet(0, 50))
	if res.Events != 50 || res.Partly() || res.Intakes[0].Intake != in.ID {
		s.Fatalf("%+v", res)
	}
}

func TestUnreadableFileIsReadWhenItComesAgain(t *testing.T) {
	s := onSQLite(t)
	sound := s.Options.Format
	s.Options.Format = func(feed string) (format.Format, config.Feed, error) {
		f, terms, err := sound(feed)
		return brittle{f}, terms, err
	}
	text := telnet(0, 30) + "2026-11-19 00:00:00,11.0.0.1,23,tcp,,,64500,,,,0,0,boom\n"
	first := s.mustIngest("scan_telnet.csv", text)
	s.Options.Format = sound
	again := s.mustIngest("scan_telnet.csv", text)
	if again.Events != 31 || again.Partly() || again.Intakes[0].Intake != first.Intakes[0].Intake {
		s.Fatalf("%+v", again)
	}
	if events, _ := s.visible(); events != 31 {
		s.Fatalf("%d events", events)
	}
}

// hooked calls do once, at the first reading of the clock at which it is armed.
type hooked struct {
	clock.Clock
	armed func() bool
	do    func()
	done  atomic.Bool
}

func (h *hooked) Now() time.Time {
	if h.armed() && h.done.CompareAndSwap(false, true) {
		h.do()
	}
	return h.Clock.Now()
}

// When the database cannot say whether a commit came through, the files stay: the manifest may name them.
func TestFilesStayWhenNobodyKnows(t *testing.T) {
	dsn, dir := sqldbtest.URL(t, sqldb.SQLite), t.TempDir()
	open := func() *station {
		db, err := sqldb.Open(context.Background(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return newStation(t, db, dir, disk.OS{})
	}
	s := open()
	accepted := func() bool {
		list, err := s.List(context.Background(), s.actor, "", 1)
		return err == nil && len(list) == 1
	}
	s.Clock = &hooked{Clock: s.clock, armed: accepted, do: func() { _ = s.db.Close() }}
	if _, err := s.ingest("scan_telnet.csv", telnet(0, 100)); err == nil {
		t.Fatal("published without a database")
	}
	if left := s.files(dirEvents); len(left) == 0 {
		t.Fatal("files are gone which the manifest may name")
	}
	second := open()
	if _, err := second.Resume(context.Background(), second.actor); err != nil {
		t.Fatal(err)
	}
	if events, distinct := second.visible(); events != 100 || distinct != 100 {
		t.Fatalf("%d events, %d distinct", events, distinct)
	}
}

func TestLostAnswerToACommit(t *testing.T) {
	each(t, func(s *station) {
		res := s.mustIngest("scan_telnet.csv", telnet(0, 20))
		in, err := s.Get(context.Background(), s.actor, res.Intakes[0].Intake)
		if err != nil {
			s.Fatal(err)
		}
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if at := (&attempt{admission: &admission{Service: s.Service}, intake: &in}); !at.visible(gone) {
			s.Error("a commit that came through is not found")
		}
		later := in
		later.Attempt++
		if at := (&attempt{admission: &admission{Service: s.Service}, intake: &later}); at.visible(gone) {
			s.Error("another attempt's commit is taken for its own")
		}
	})
}

func TestReplayOfWhatAPersonNamed(t *testing.T) {
	s := onSQLite(t)
	s.clock.Set(today.Add(-30 * 24 * time.Hour)) // the rows lie in the future
	first := s.mustIngest("report.csv", telnet(0, 20))
	id := first.Intakes[0].Intake
	if acc, err := s.Replay(context.Background(), s.actor, id, "scan_telnet"); err != nil || acc.SetAside != 20 {
		s.Fatalf("%+v, %v", acc, err)
	}
	if _, err := s.Replay(context.Background(), s.actor, id, "scan_smtp"); problem.KindOf(err) != problem.Invalid {
		s.Fatalf("read as something else: %v", err)
	}
	s.clock.Set(today)
	acc, err := s.Replay(context.Background(), s.actor, id, "")
	if err != nil || acc.Events != 20 {
		s.Fatalf("%+v, %v", acc, err)
	}
}

// Many rows set aside come back in few row groups, and the ones in between stay as they are.
func TestReplayOfManyScatteredRows(t *testing.T) {
	s := onSQLite(t)
	var b strings.Builder
	b.WriteString(telnetHeader)
	for i := range 3000 {
		at := "2026-11-19 03:04:05"
		if i%3 == 0 {
			at = "2026-11-28 03:04:05" // not yet
		}
		fmt.Fprintf(&b, "%s,11.0.%d.%d,23,tcp,,,64500,FI,,,0,0,\"n%d\"\n", at, i>>8, i&0xff, i)
	}
	res := s.mustIngest("scan_telnet.csv", b.String())
	if res.SetAside != 1000 || res.Events != 2000 {
		s.Fatalf("%+v", res.Counts)
	}
	s.clock.Set(today.Add(10 * 24 * time.Hour))
	before := len(s.files(dirEvents))
	s.Options.Config.PartSize = 64 << 10
	acc, err := s.Replay(context.Background(), s.actor, res.Intakes[0].Intake, "")
	if err != nil || acc.Events != 1000 || acc.SetAside != 0 {
		s.Fatalf("%+v, %v", acc, err)
	}
	if n := len(s.files(dirEvents)) - before; n != 1 {
		s.Errorf("%d new segments", n)
	}
	if acc.Kept > 200_000 { // a row group of each row would take a megabyte
		s.Errorf("1000 rows take %d bytes", acc.Kept)
	}
	if events, distinct := s.visible(); events != 3000 || distinct != 3000 {
		s.Fatalf("%d events, %d distinct", events, distinct)
	}
}

func TestResumeOfWhatCannotBeOpenedAnyMore(t *testing.T) {
	s := onSQLite(t)
	in := s.unpublished("scan_telnet.csv", telnet(0, 10))
	s.exec(`UPDATE intake SET name = 'report.csv' WHERE id = $1`, in.ID)
	res, err := s.Resume(context.Background(), s.actor)
	if err != nil || len(res.Intakes) != 1 || res.Intakes[0].Undec == "" {
		s.Fatalf("%+v, %v", res, err)
	}
	if acc, err := s.Replay(context.Background(), s.actor, in.ID, "scan_telnet"); err != nil || acc.Events != 10 {
		s.Fatalf("%+v, %v", acc, err)
	}
}

func TestResumeWithoutTheFeed(t *testing.T) {
	s := onSQLite(t)
	in := s.unpublished("scan_telnet.csv", telnet(0, 10))
	sound := s.Options.Format
	s.Options.Format = func(string) (format.Format, config.Feed, error) {
		return nil, config.Feed{}, problem.New(problem.Invalid, "no such feed")
	}
	if _, err := s.Resume(context.Background(), s.actor); err == nil || !strings.Contains(err.Error(), in.ID) {
		s.Fatalf("%v does not name the intake", err)
	}
	s.Options.Format = sound
	if res, err := s.Resume(context.Background(), s.actor); err != nil || res.Events != 10 {
		s.Fatalf("%+v, %v", res, err)
	}
}

// waiting is a pipe to which nobody writes any more.
func waiting(text string) (io.Reader, func()) {
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, text) }()
	return r, func() { _ = w.Close() }
}

func TestWaitingForInputEndsWithTheContext(t *testing.T) {
	for name, text := range map[string]string{"at the beginning": "", "in the head": telnetHeader, "in the middle": telnet(0, 30_000)} {
		t.Run(name, func(t *testing.T) {
			s := onSQLite(t)
			in, end := waiting(text)
			defer end()
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			s.within(2*time.Minute, "the ingest", func() {
				_, err := s.Ingest(ctx, s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: in})
				if !errors.Is(err, context.DeadlineExceeded) {
					s.Errorf("%v", err)
				}
			})
			if left := append(s.files(dirSpool), s.files(dirEvents)...); len(left) != 0 {
				s.Errorf("left: %v", left)
			}
		})
	}
}

// full is a disk that has no room for segments.
type full struct{ disk.OS }

func (f full) Create(path string) (disk.File, error) {
	if strings.Contains(path, dirEvents) {
		return nil, errors.New("no space left")
	}
	return f.OS.Create(path)
}

func TestFullDiskIsToldWhileInputIsAwaited(t *testing.T) {
	s := newStation(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir(), full{})
	in, end := waiting(telnet(0, 30_000))
	defer end()
	s.within(2*time.Minute, "the ingest", func() {
		_, err := s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: in})
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			s.Errorf("%v", err)
		}
	})
}

// Two feeds of one process at once: one waits for the other, and both come in.
func TestTwoFeedsAtOnce(t *testing.T) {
	each(t, func(s *station) {
		seed := func(feed, text string, in io.Reader) error {
			if in == nil {
				in = strings.NewReader(text)
			}
			_, err := s.Ingest(context.Background(), s.actor, Source{Feed: feed, Name: "scan_telnet.csv", Reader: in})
			return err
		}
		if err := seed("shadowserver-2", telnet(0, 10), nil); err != nil {
			s.Fatal(err)
		}
		fresh := newStation(s.T, s.db, s.dir, disk.OS{}) // has that feed's keys to read first
		s.Service = fresh.Service
		r, w := io.Pipe()
		errs := make(chan error, 3)
		go func() { errs <- seed("shadowserver", "", r) }()
		_, _ = io.WriteString(w, telnet(0, 2000)) // the first attempt is under way
		go func() { errs <- seed("shadowserver-2", telnet(5, 10), nil) }()
		go func() { errs <- seed("shadowserver", telnet(1990, 20), nil) }() // the same feed, too
		time.Sleep(50 * time.Millisecond)
		_ = w.Close()
		s.within(2*time.Minute, "all of it", func() {
			for range 3 {
				if err := <-errs; err != nil {
					s.Error(err)
				}
			}
		})
		if events, distinct := s.visible(); events != 2010+15 || distinct != 2010+15 {
			s.Fatalf("%d events, %d distinct", events, distinct)
		}
	})
}

func TestDamagedArchivesAreRefused(t *testing.T) {
	s := onSQLite(t)
	zipped := packed(t, "zip", map[string]string{"a-scan_telnet.csv": telnet(0, 10)})
	for name, text := range map[string]string{
		"gzip":       packed(t, "gz", map[string]string{"": telnet(0, 10)})[:7],
		"zip":        zipped[:len(zipped)-30],
		"cut inside": strings.Replace(packed(t, "stored", map[string]string{"scan_telnet.csv": telnet(0, 10)}), "login, 4", "login, 5", 1),
		"inner":      packed(t, "zip", map[string]string{"x.csv": packed(t, "gz", map[string]string{"": "x"})}),
	} {
		if _, err := s.ingest(name, text); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v (%v)", name, err, problem.KindOf(err))
		}
	}
	if left := append(s.files(dirSpool), s.files(dirBlobs)...); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// One file of a zip that is refused holds up no other.
func TestZipWithOneBadFile(t *testing.T) {
	s := onSQLite(t)
	gz := packed(t, "gz", map[string]string{"": "x"})
	res, err := s.ingest("all.zip", packed(t, "zip", map[string]string{"a-scan_telnet.csv": telnet(0, 10), "b.csv": gz, "c-scan_telnet.csv": telnet(10, 10)}))
	if problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), "b.csv") || res.Events != 20 {
		t.Fatalf("%+v, %v", res, err)
	}
}

// once fails at one read and then ends as if nothing had been.
type once struct{ failed bool }

func (o *once) Read([]byte) (int, error) {
	if o.failed {
		return 0, io.EOF
	}
	o.failed = true
	return 0, errors.New("a hiccup")
}

func TestAHiccupIsNoEnd(t *testing.T) {
	for name, before := range map[string]string{"at once": "", "in the head": telnet(0, 3), "later": telnet(0, 30_000)} {
		s := onSQLite(t)
		in := io.MultiReader(strings.NewReader(before), &once{})
		if _, err := s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: in}); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if list, _ := s.List(context.Background(), s.actor, "", 1); len(list) != 0 {
			t.Errorf("%s: accepted without its end", name)
		}
	}
}

func TestOddFileNames(t *testing.T) {
	each(t, func(s *station) {
		res := s.mustIngest("\xff\x00scan_telnet.csv", telnet(0, 5))
		if res.Events != 5 {
			s.Fatalf("%+v", res)
		}
		if s.mustIngest("\xff\x00"+strings.Repeat("long", 2000), "what is this\x00\xff?\n"); s.Failed() {
			s.Fatal("not kept")
		}
	})
}

func TestOnlyTheOwnerReads(t *testing.T) {
	s := onSQLite(t)
	s.mustIngest("scan_telnet.csv", telnet(0, 20)+"bad\n")
	for _, folder := range []string{dirBlobs, dirEvents, dirFolds, dirAside} {
		names := s.files(folder)
		if len(names) == 0 {
			t.Errorf("nothing in %s", folder)
		}
		for _, name := range names {
			info, err := os.Stat(s.Layout.path(folder, name))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s/%s: %v, %v", folder, name, info.Mode(), err)
			}
		}
		if info, err := os.Stat(s.Layout.path(folder, "")); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", folder, info.Mode(), err)
		}
	}
}

// What was done is in the audit record under its own name, with the change.
func TestAuditNamesWhatWasDone(t *testing.T) {
	s := onSQLite(t)
	s.clock.Set(today.Add(-30 * 24 * time.Hour))
	res := s.mustIngest("scan_telnet.csv", telnet(0, 5))
	s.clock.Set(today)
	if _, err := s.Replay(context.Background(), s.actor, res.Intakes[0].Intake, ""); err != nil {
		t.Fatal(err)
	}
	s.unpublished("scan_telnet.csv", telnet(5, 5))
	if _, err := s.Resume(context.Background(), s.actor); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	err := s.db.Read(context.Background(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT operation FROM audit_payload WHERE operation LIKE 'feed.%'`, nil, func(scan func(...any) error) error {
			var op string
			err := scan(&op)
			got[op]++
			return err
		})
	})
	if err != nil || got[string(OpIngest)] != 3 || got[string(OpReplay)] != 1 || got[string(OpResume)] != 1 {
		t.Fatalf("%v, %v", got, err)
	}
}

// The disk fails or the plug is pulled at each operation of a replay in turn: no row is lost or doubled.
func TestFaultsDuringAReplay(t *testing.T) {
	t.Parallel()
	arms := map[string]func(f *faulty.FS, n int){
		"fails":     func(f *faulty.FS, n int) { f.FailFrom(n, syscall.ENOSPC) },
		"power cut": func(f *faulty.FS, n int) { f.CrashAt(n, faulty.PowerCut) },
	}
	for name, arm := range arms {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // as survives
			for n, more := 1, true; more; n++ {
				fsys := faulty.New()
				first := newStation(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir(), fsys)
				first.clock.Set(today.Add(-30 * 24 * time.Hour))
				id := first.mustIngest("scan_telnet.csv", telnet(0, 40)+"bad\n").Intakes[0].Intake
				first.clock.Set(today)
				before := fsys.Operations()
				arm(fsys, before+n)
				_, failed := first.Replay(context.Background(), first.actor, id, "")
				more = fsys.Operations() >= before+n
				second := newStation(t, first.db, first.dir, disk.OS{})
				if _, err := second.Resume(context.Background(), second.actor); err != nil {
					t.Fatal(err)
				}
				acc, err := second.Replay(context.Background(), second.actor, id, "")
				if err != nil || failed == nil && acc.Events != 0 {
					t.Fatalf("operation %d (first: %v): %+v, %v; operations: %v", n, failed, acc, err, fsys.Log())
				}
				in, err := second.Get(context.Background(), second.actor, id)
				if err != nil || in.Counts.Rows != 41 || in.Counts.Events != 40 || in.Counts.SetAside != 1 {
					t.Fatalf("operation %d: %+v, %v", n, in.Counts, err)
				}
				if events, distinct := second.visible(); events != 40 || distinct != 40 {
					t.Fatalf("operation %d: %d events, %d distinct", n, events, distinct)
				}
			}
		})
	}
}

// An intake that another one replaces says so in the audit record.
func TestSupersededIntakeIsAudited(t *testing.T) {
	each(t, func(s *station) {
		id := s.mustIngest("report.csv", telnet(0, 5)).Intakes[0].Intake
		s.mustIngest("scan_telnet.csv", telnet(0, 5))
		var n int
		err := s.db.Read(context.Background(), func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM audit_payload WHERE operation = 'feed.ingest' AND object = $1`, id).Scan(&n)
		})
		if err != nil || n != 2 {
			s.Fatalf("%d entries, %v", n, err)
		}
	})
}
