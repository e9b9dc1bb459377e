// Package crash kills the real program at random instants and looks at what is left.
package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Count of kills: few in an ordinary run, more in CI and many in the soak.
const (
	killsVariable = "FIREHALL_CRASHES"
	fewKills      = 5
)

// mostMore is how many more kills are tried while each came too late.
const mostMore = 20

const rowsPerFile = 30_000

// site is an installation that the program under test works in.
type site struct {
	t      *testing.T
	binary string
	dir    string
	state  string // the state store, if it is not the data folder's own
}

// database is where the state store is.
func (s *site) database() string {
	if s.state != "" {
		return s.state
	}
	return "sqlite:" + filepath.Join(s.dir, "state.db")
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, binary: build(t), dir: filepath.Join(t.TempDir(), "data")}
	register := filepath.Join(t.TempDir(), "register.csv")
	if err := os.WriteFile(register, []byte("organisation,network\nHospital,11.0.0.0/8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must("constituency", "import", register)
	return s
}

func (s *site) command(args ...string) *exec.Cmd {
	return exec.Command(s.binary, append([]string{"--data", s.dir}, args...)...)
}

// must runs the program to its end and gives what it printed.
func (s *site) must(args ...string) []byte {
	s.t.Helper()
	cmd := s.command(args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%v: %v\n%s%s", args, err, out, errs.Bytes())
	}
	return out
}

// kill starts an ingest and kills it after a while; it tells whether the program had ended before.
func (s *site) kill(file string, after time.Duration) (ended bool) {
	s.t.Helper()
	cmd := s.command("ingest", "--feed", "shadowserver", file)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	defer timer.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() != -1 {
		s.t.Fatalf("ingest of %s ended by itself with %d", file, exit.ExitCode())
	}
	return err == nil
}

func (s *site) write(number int) string { return s.writeRows(number, rowsPerFile) }

func (s *site) writeRows(number, rows int) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), fmt.Sprintf("%d-scan_telnet.csv", number))
	var b bytes.Buffer
	b.WriteString("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n")
	yesterday := time.Now().UTC().Add(-24 * time.Hour).Format(time.DateTime)
	for i := range rows {
		fmt.Fprintf(&b, "%s,11.%d.%d.%d,23,tcp,,telnet,64500,FI,,,0,0,login %d\n", yesterday, number%256, i>>8, i&0xff, number)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func kills(t *testing.T) int {
	n := fewKills
	if v := os.Getenv(killsVariable); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", killsVariable, err)
		}
	}
	return n
}

// Killed at random instants and started again, the program has every row exactly once.
func TestCrashByKill(t *testing.T) {
	s := newSite(t)
	begun := time.Now()
	s.must("ingest", "--feed", "shadowserver", s.write(0))
	whole := time.Since(begun)
	n := kills(t)
	files := []string{}
	interrupted := 0
	for i := 1; i <= n || interrupted == 0 && i <= n+mostMore; i++ {
		file := s.write(i)
		files = append(files, file)
		begun := time.Now()
		if !s.kill(file, time.Duration(rand.Int64N(int64(whole)))) {
			interrupted++
		} else {
			whole = min(whole, time.Since(begun)) // the machine was busier before
		}
	}
	if interrupted == 0 {
		t.Fatal("no kill came before the end: nothing was tested")
	}
	t.Logf("%d of %d runs were interrupted, within %v", interrupted, n, whole)
	for _, f := range files {
		s.finish(f)
	}
	s.everyRowOnce((len(files) + 1) * rowsPerFile)
}

// finish gives a file again, until the end: what was accepted must have become visible, and the rest is taken now.
func (s *site) finish(file string) {
	s.t.Helper()
	var res struct{ Rows, Events, Duplicates int }
	if err := json.Unmarshal(s.must("ingest", "--feed", "shadowserver", "--json", file), &res); err != nil {
		s.t.Fatal(err)
	}
	if res.Rows != rowsPerFile || res.Events+res.Duplicates != rowsPerFile {
		s.t.Fatalf("%s: %+v", file, res)
	}
}

// counted is how many events can be asked for.
func (s *site) counted() (n int) {
	s.t.Helper()
	var list []struct{ Count int }
	if err := json.Unmarshal(s.must("events", "--by", "feed.name", "--format", "json"), &list); err != nil {
		s.t.Fatal(err)
	}
	for _, one := range list {
		n += one.Count
	}
	return n
}

// everyRowOnce compares what can be asked with what was given, and looks for files that nobody knows.
func (s *site) everyRowOnce(want int) {
	s.t.Helper()
	if n := s.counted(); n != want {
		s.t.Errorf("events says %d, want %d", n, want)
	}
	db, err := sqldb.Open(context.Background(), s.database())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	list, err := event.NewManifest(db).Segments(context.Background(), event.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	seen := map[event.DedupeKey]int{}
	for _, seg := range list {
		f, err := os.Open(filepath.Join(s.dir, "events", filepath.FromSlash(seg.Path)))
		if err != nil {
			s.t.Fatal(err)
		}
		if err := segment.Keys(f, seg.Bytes, func(k event.DedupeKey) { seen[k]++ }); err != nil {
			s.t.Error(err)
		}
		_ = f.Close()
	}
	s.noOrphans(db)
	if len(seen) != want {
		s.t.Errorf("%d distinct rows, want %d", len(seen), want)
	}
	for k, n := range seen {
		if n != 1 {
			s.t.Fatalf("row %x stands %d times", k, n)
		}
	}
}

// age makes files old: where other processes may be at work, a sweep leaves young ones alone.
func (s *site) age(folders []string) {
	s.t.Helper()
	long := time.Now().Add(-7 * 24 * time.Hour)
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(s.dir, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return os.Chtimes(path, long, long)
		})
		if err != nil {
			s.t.Error(err)
		}
	}
}

// noOrphans expects that a sweep leaves no file that the state store does not know.
func (s *site) noOrphans(db *sqldb.DB) {
	s.t.Helper()
	folders := []string{"spool", "events", "folds"}
	s.age(folders)
	s.must("keep", "sweep")
	known, err := event.NewManifest(db).Known(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	if len(known) == 0 {
		s.t.Fatal("the manifest is empty")
	}
	for _, folder := range folders {
		root := filepath.Join(s.dir, folder)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(root, path)
			if !known[filepath.ToSlash(name)] {
				s.t.Errorf("%s/%s is left over", folder, name)
			}
			return err
		})
		if err != nil {
			s.t.Error(err)
		}
	}
}
