package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestFileComesInOnce(t *testing.T) {
	each(t, func(s *station) {
		first := s.mustIngest("2026-11-19-scan_telnet.csv", telnet(0, 500))
		if first.Events != 500 || first.Attributed != 500 || first.Partly() {
			s.Fatalf("first: %+v", first)
		}
		again := s.mustIngest("other-name-scan_telnet.csv", telnet(0, 500))
		if again.Events != 0 || again.Duplicates != 500 || !again.Intakes[0].Known || again.Intakes[0].Intake != first.Intakes[0].Intake {
			s.Fatalf("again: %+v", again)
		}
		if events, distinct := s.visible(); events != 500 || distinct != 500 {
			s.Fatalf("%d events, %d distinct", events, distinct)
		}
		if spool := s.files(dirSpool); len(spool) != 0 {
			s.Fatalf("left in the spool: %v", spool)
		}
	})
}

func TestOverlappingFilesAreDedupedByRow(t *testing.T) {
	each(t, func(s *station) {
		s.mustIngest("scan_telnet.csv", telnet(0, 300))
		more := s.mustIngest("scan_telnet.csv", telnet(200, 300))
		if more.Events != 200 || more.Duplicates != 100 {
			s.Fatalf("overlap: %+v", more.Counts)
		}
		restarted := newStation(s.T, s.db, s.dir, s.Layout.FS)
		after := restarted.mustIngest("scan_telnet.csv", telnet(100, 450))
		if after.Events != 50 || after.Duplicates != 400 {
			s.Fatalf("after a restart: %+v", after.Counts)
		}
		s.clock.Advance(8 * 24 * time.Hour)
		late := newStation(s.T, s.db, s.dir, s.Layout.FS)
		late.clock.Set(s.clock.Now())
		if res := late.mustIngest("scan_telnet.csv", telnet(400, 200)); res.Events != 200 {
			s.Fatalf("beyond the window: %+v", res.Counts)
		}
	})
}

func TestAnotherFeedsRepeatIsAnEvent(t *testing.T) {
	each(t, func(s *station) {
		s.mustIngest("scan_telnet.csv", telnet(0, 10))
		res, err := s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver-2", Name: "scan_telnet.csv", Reader: strings.NewReader(telnet(0, 10))})
		if err != nil || res.Events != 10 {
			s.Fatalf("%+v %v", res.Counts, err)
		}
	})
}

func TestBadRowsAreSetAsideAndReplayed(t *testing.T) {
	each(t, func(s *station) {
		text := telnet(0, 100) + "too,few\n2026-11-19 00:00:00,0.0.0.0,23,tcp,,,0,,,,0,0,\n" + strings.TrimPrefix(telnet(100, 100), telnetHeader)
		res := s.mustIngest("scan_telnet.csv", text)
		if res.Events != 200 || res.SetAside != 2 || !res.Partly() {
			s.Fatalf("%+v", res.Counts)
		}
		in, err := s.Get(context.Background(), s.actor, res.Intakes[0].Intake)
		if err != nil {
			s.Fatal(err)
		}
		rows, err := s.Aside(s.actor, in)
		if err != nil || len(rows) != 2 || rows[0].Line != 102 || rows[1].Line != 103 || rows[0].Code != event.RejectFields || rows[1].Code != event.RejectAddress {
			s.Fatalf("set aside: %+v, %v", rows, err)
		}
		if at := rows[0].Offset; text[at:at+int64(rows[0].Length)] != "too,few" {
			s.Fatalf("the place of the row holds %q", text[at:at+int64(rows[0].Length)])
		}
		acc, err := s.Replay(context.Background(), s.actor, in.ID, "")
		if err != nil || acc.Events != 0 || acc.SetAside != 2 {
			s.Fatalf("replay without a fix: %+v, %v", acc, err)
		}
		after, _ := s.Get(context.Background(), s.actor, in.ID)
		if after.Counts != in.Counts || len(s.files(dirAside)) != 1 {
			s.Fatalf("after a replay that mended nothing: %+v, files %v", after.Counts, s.files(dirAside))
		}
	})
}

func TestReplayAfterAFix(t *testing.T) {
	each(t, func(s *station) {
		s.clock.Set(today.Add(-30 * 24 * time.Hour)) // today's rows lie in the future: set aside
		res := s.mustIngest("scan_telnet.csv", telnet(0, 50))
		if res.SetAside != 50 {
			s.Fatalf("%+v", res.Counts)
		}
		s.clock.Set(today)
		acc, err := s.Replay(context.Background(), s.actor, res.Intakes[0].Intake, "")
		if err != nil || acc.Events != 50 || acc.SetAside != 0 {
			s.Fatalf("%+v, %v", acc, err)
		}
		in, _ := s.Get(context.Background(), s.actor, res.Intakes[0].Intake)
		if in.Counts.Rows != 50 || in.Counts.Events != 50 || in.Counts.SetAside != 0 || in.Aside != "" {
			s.Fatalf("%+v", in)
		}
		if events, distinct := s.visible(); events != 50 || distinct != 50 {
			s.Fatalf("%d events, %d distinct", events, distinct)
		}
		if _, err := s.Replay(context.Background(), s.actor, in.ID, ""); problem.KindOf(err) != problem.Invalid {
			s.Fatalf("replaying nothing: %v", err)
		}
	})
}

func TestUndecidedFileWaitsForAPerson(t *testing.T) {
	each(t, func(s *station) {
		res := s.mustIngest("report.csv", telnet(0, 20)) // the header is smtp's and telnet's, whose classes differ
		if !res.Partly() || res.Intakes[0].Undec == "" || res.Rows != 0 {
			s.Fatalf("%+v", res)
		}
		id := res.Intakes[0].Intake
		if _, err := s.Replay(context.Background(), s.actor, id, ""); problem.KindOf(err) != problem.Invalid {
			s.Fatalf("without a word: %v", err)
		}
		acc, err := s.Replay(context.Background(), s.actor, id, "scan_telnet")
		if err != nil || acc.Events != 20 || acc.Report != "scan_telnet" {
			s.Fatalf("%+v, %v", acc, err)
		}
		list, err := s.WithAside(context.Background(), s.actor, 10)
		if err != nil || len(list) != 0 {
			s.Fatalf("still waiting: %v, %v", list, err)
		}
	})
}

func TestQuotesThatMisleadTheCutter(t *testing.T) {
	each(t, func(s *station) {
		rows := strings.SplitAfter(telnet(0, 400), "\n")
		rows[3] = strings.Replace(rows[3], "h2.example", `h2"x.example`, 1) // a bare quote: one row is bad, parity is off for all after it
		res := s.mustIngest("scan_telnet.csv", strings.Join(rows, ""))
		if res.SetAside != 1 || res.Events != 399 {
			s.Fatalf("%+v", res.Counts)
		}
		if events, distinct := s.visible(); events != 399 || distinct != 399 {
			s.Fatalf("%d events, %d distinct", events, distinct)
		}
	})
}

func packed(t *testing.T, name string, files map[string]string) string {
	var out bytes.Buffer
	switch name {
	case "gz":
		z := gzip.NewWriter(&out)
		for _, text := range files {
			_, _ = io.WriteString(z, text)
		}
		_ = z.Close()
	default:
		z := zip.NewWriter(&out)
		for n, text := range files {
			method := zip.Deflate
			if name == "stored" {
				method = zip.Store
			}
			w, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, text)
		}
		_ = z.Close()
	}
	return out.String()
}

func TestPackedInput(t *testing.T) {
	each(t, func(s *station) {
		gz := packed(s.T, "gz", map[string]string{"": telnet(0, 200)})
		if res := s.mustIngest("scan_telnet.csv.gz", gz); res.Events != 200 {
			s.Fatalf("gzip: %+v", res.Counts)
		}
		if res := s.mustIngest("scan_telnet.csv", telnet(0, 200)); res.Duplicates != 200 || !res.Intakes[0].Known {
			s.Fatalf("the same, unpacked: %+v", res)
		}
		zipped := packed(s.T, "zip", map[string]string{"a-scan_telnet.csv": telnet(200, 10), "b-scan_telnet.csv": telnet(300, 10)})
		if res := s.mustIngest("reports.zip", zipped); res.Events != 20 || len(res.Intakes) != 2 {
			s.Fatalf("zip: %+v", res)
		}
		cut := packed(s.T, "gz", map[string]string{"": telnet(400, 3000)})
		res := s.mustIngest("scan_telnet.csv.gz", cut[:len(cut)/2])
		if res.Events == 0 || res.SetAside != 1 || res.Events >= 3000 {
			s.Fatalf("cut gzip: %+v", res.Counts)
		}
		if spool := s.files(dirSpool); len(spool) != 0 {
			s.Fatalf("left in the spool: %v", spool)
		}
	})
}

func TestNobodyMayNot(t *testing.T) {
	each(t, func(s *station) {
		_, err := s.Ingest(context.Background(), identity.Actor{}, Source{Feed: "shadowserver", Reader: strings.NewReader(telnet(0, 1))})
		if problem.KindOf(err) != problem.Forbidden {
			s.Fatal(err)
		}
	})
}

func TestAttribution(t *testing.T) {
	each(t, func(s *station) {
		header := "timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n"
		res := s.mustIngest("scan_telnet.csv", header+
			"2026-11-19 03:04:05,11.1.1.1,23,tcp,,,64500,FI,,,0,0,prefix wins\n"+
			"2026-11-19 03:04:05,12.1.1.1,23,tcp,,,64500,FI,,,0,0,system\n"+
			"2026-11-19 03:04:05,12.1.1.2,23,tcp,,,1,SE,,,0,0,nobody\n"+
			"2026-11-19 03:04:05,10.1.1.2,23,tcp,,,64500,FI,,,0,0,private is nobody's\n")
		if res.Attributed != 2 || res.Unattributed != 2 {
			s.Fatalf("%+v", res.Counts)
		}
	})
}

// A disk that fails once or stays full: the input is refused or finished later, never half taken.
func TestDiskFaults(t *testing.T) {
	t.Parallel()
	for _, errno := range []error{syscall.EIO, syscall.ENOSPC} {
		t.Run(errno.Error(), func(t *testing.T) { survives(t, func(f *faulty.FS, n int) { f.FailFrom(n, errno) }) })
	}
	t.Run("once", func(t *testing.T) { survives(t, func(f *faulty.FS, n int) { f.FailAt(n, syscall.EIO) }) })
}

// The plug is pulled, or the process killed, at each operation in turn.
func TestCrashes(t *testing.T) {
	t.Parallel()
	t.Run("power cut", func(t *testing.T) { survives(t, func(f *faulty.FS, n int) { f.CrashAt(n, faulty.PowerCut) }) })
	t.Run("kill", func(t *testing.T) { survives(t, func(f *faulty.FS, n int) { f.CrashAt(n, faulty.Kill) }) })
}

func survives(t *testing.T, arm func(f *faulty.FS, n int)) {
	t.Parallel() // most of it is waiting for the disk
	text := telnet(0, 150) + "bad\n"
	total := operations(t, text)
	if total < 15 {
		t.Fatalf("only %d operations counted", total)
	}
	for n := 1; n <= total; n++ {
		db := sqldbtest.Open(t, sqldb.SQLite)
		dir := t.TempDir()
		fsys := faulty.New()
		first := newStation(t, db, dir, fsys)
		arm(fsys, n)
		_, failed := first.ingest("scan_telnet.csv", text)
		second := newStation(t, db, dir, disk.OS{})
		if _, err := second.Resume(context.Background(), second.actor); err != nil {
			t.Fatalf("operation %d: resume: %v", n, err)
		}
		res := second.mustIngest("scan_telnet.csv", text)
		if events, distinct := second.visible(); events != 150 || distinct != 150 {
			t.Fatalf("operation %d (first: %v): %d events, %d distinct; operations: %v", n, failed, events, distinct, fsys.Log())
		}
		if res.Events+res.Duplicates+res.SetAside != 151 {
			t.Fatalf("operation %d: the second time %+v", n, res.Counts)
		}
		if failed == nil && !res.Intakes[0].Known {
			t.Fatalf("operation %d: taken without an error and forgotten", n)
		}
	}
}

func operations(t *testing.T, text string) int {
	fsys := faulty.New()
	s := newStation(t, sqldbtest.Open(t, sqldb.SQLite), t.TempDir(), fsys)
	before := fsys.Operations()
	s.mustIngest("scan_telnet.csv", text)
	return fsys.Operations() - before
}

// A reader that breaks in the middle of the input: nothing is accepted.
func TestBrokenDoor(t *testing.T) {
	each(t, func(s *station) {
		broken := io.MultiReader(strings.NewReader(telnet(0, 1000)), brokenReader{})
		_, err := s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: broken})
		if err == nil {
			s.Fatal("taken without an error")
		}
		if list, _ := s.List(context.Background(), s.actor, "", 10); len(list) != 0 {
			s.Fatalf("accepted: %+v", list)
		}
		for _, folder := range []string{dirSpool, dirEvents, dirFolds, dirBlobs} {
			if left := s.files(folder); len(left) != 0 {
				s.Fatalf("left in %s: %v", folder, left)
			}
		}
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the line is dead") }

// brittle is a format whose decoder fails on a word, as one with a mistake would.
type brittle struct{ format.Format }

func (f brittle) Open(in format.Input) (format.Opened, error) {
	o, err := f.Format.Open(in)
	o.Decoder = brittleDecoder{o.Decoder}
	return o, err
}

type brittleDecoder struct{ format.Decoder }

func (d brittleDecoder) Decode(p format.Part, b *event.Batch) (int, error) {
	if bytes.Contains(p.Data, []byte("boom")) {
		panic("a mistake")
	}
	return d.Decoder.Decode(p, b)
}

func TestDecoderThatFails(t *testing.T) {
	each(t, func(s *station) {
		sound := s.Options.Format
		s.Options.Format = func(feed string) (format.Format, config.Feed, error) {
			f, terms, err := sound(feed)
			return brittle{f}, terms, err
		}
		text := telnet(0, 300) + "2026-11-19 00:00:00,11.0.0.1,23,tcp,,,64500,,,,0,0,boom\n"
		res := s.mustIngest("scan_telnet.csv", text)
		if !res.Partly() || !strings.Contains(res.Intakes[0].Undec, "a mistake") {
			s.Fatalf("%+v", res)
		}
		if events, _ := s.visible(); events != 0 {
			s.Fatalf("%d events of a file that was set aside whole", events)
		}
		s.Options.Format = sound // the update
		acc, err := s.Replay(context.Background(), s.actor, res.Intakes[0].Intake, "")
		if err != nil || acc.Events != 301 {
			s.Fatalf("%+v, %v", acc, err)
		}
	})
}

func TestDecidedContentIsKnownUnderEveryName(t *testing.T) {
	each(t, func(s *station) {
		first := s.mustIngest("report.csv", telnet(0, 20))
		again := s.mustIngest("report.csv", telnet(0, 20))
		if again.Intakes[0].Intake != first.Intakes[0].Intake || again.Intakes[0].Undec == "" {
			s.Fatalf("%+v", again)
		}
		named := s.mustIngest("scan_telnet.csv", telnet(0, 20))
		if named.Events != 20 {
			s.Fatalf("%+v", named)
		}
		if list, err := s.WithAside(context.Background(), s.actor, 10); err != nil || len(list) != 0 {
			s.Fatalf("still waiting: %+v, %v", list, err)
		}
		if last := s.mustIngest("report.csv", telnet(0, 20)); !last.Intakes[0].Known || last.Duplicates != 20 || last.Partly() {
			s.Fatalf("%+v", last)
		}
	})
}

func TestNoWindowNoDuplicates(t *testing.T) {
	each(t, func(s *station) {
		s.Options.Config.DedupeWindow = 0
		s.mustIngest("scan_telnet.csv", telnet(0, 10))
		if res := s.mustIngest("scan_telnet.csv", telnet(0, 11)); res.Events != 11 {
			s.Fatalf("%+v", res.Counts)
		}
	})
}

func TestNobodyReads(t *testing.T) {
	each(t, func(s *station) {
		ctx, nobody := context.Background(), identity.Actor{}
		id := s.mustIngest("scan_telnet.csv", telnet(0, 1)+"bad\n").Intakes[0].Intake
		in, err := s.Get(ctx, s.actor, id)
		if err != nil {
			s.Fatal(err)
		}
		_, get := s.Get(ctx, nobody, id)
		_, list := s.List(ctx, nobody, "", 1)
		_, waiting := s.WithAside(ctx, nobody, 1)
		_, rows := s.Aside(nobody, in)
		for what, err := range map[string]error{"get": get, "list": list, "waiting": waiting, "rows": rows} {
			if problem.KindOf(err) != problem.Forbidden {
				s.Errorf("%s: %v", what, err)
			}
		}
	})
}
