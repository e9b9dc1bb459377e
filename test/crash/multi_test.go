package crash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// twoServers makes an installation on PostgreSQL that two processes serve, while inputs come to both of them, by push, by the folder that both
// watch and from the sources that both fetch from. The result ends what comes.
func twoServers(t *testing.T) (s *servedSite, one, two *server, quiet func()) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs servers for a while")
	}
	s = newServed(t, sqldbtest.URL(t, sqldb.Postgres))
	one, two = s.server(), s.server()
	one.start()
	two.start()
	s.approve()
	stop := make(chan struct{})
	var senders sync.WaitGroup
	senders.Go(func() { s.push(1, []*server{one, two}, stop) })
	senders.Go(func() { s.push(2, []*server{two, one}, stop) })
	senders.Go(func() { s.drop(stop) })
	quiet = sync.OnceFunc(func() { close(stop); senders.Wait() })
	t.Cleanup(quiet)
	return s, one, two, quiet
}

// TestCrashOfOneOfTwo: of two servers one is killed while they work. The other ends what that had begun; nothing is lost or done twice.
func TestCrashOfOneOfTwo(t *testing.T) {
	t.Parallel()
	s, one, two, quiet := twoServers(t)
	time.Sleep(3 * time.Second)
	s.until("each source was asked", func() bool { least, _ := s.source.counts(); return least > 0 })
	if _, most := s.source.counts(); most != 1 {
		t.Errorf("two servers asked a source up to %d times for what is due once", most)
	}
	one.kill9()
	time.Sleep(2 * time.Second)
	quiet()
	s.settle()
	two.quit()
	s.everyRowOnce(s.want())
	s.noneTwice(1)
	s.noneDead()
}

// TestCrashFrozen: of two servers one is stopped for longer than its leases, and wakes up after the other did its work. What it believes to
// hold it has lost, and nothing of what it goes on with counts.
func TestCrashFrozen(t *testing.T) {
	t.Parallel()
	s, one, two, quiet := twoServers(t)
	time.Sleep(2 * time.Second)
	one.signal(syscall.SIGSTOP)
	time.Sleep(2 * time.Second)
	quiet()
	want := s.want()
	// The socket may be that of the frozen one, so the database is asked, not a command.
	s.until("the other has done all", func() bool { return s.visible() == want })
	one.signal(syscall.SIGCONT)
	time.Sleep(2 * time.Second) // it goes on with what it was at
	s.until("it is ready after it woke up", one.ready)
	s.settle()
	one.quit()
	two.quit()
	s.everyRowOnce(want)
	s.noneTwice(1)
	s.noneDead()
}

// visible is how many events the accounts of the inputs tell of.
func (s *servedSite) visible() (n int) {
	s.t.Helper()
	s.ask(`SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM intake WHERE state = 'done'`, &n)
	return n
}

// ask reads one value from the state store.
func (s *site) ask(query string, into any) {
	s.t.Helper()
	db, err := sqldb.Open(context.Background(), s.database())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Read(context.Background(), func(tx *sqldb.Tx) error { return tx.QueryRow(query).Scan(into) }); err != nil {
		s.t.Fatal(err)
	}
}

// TestCrashOfKeeper: a process that joins segments is stopped in the middle, its lease goes to another, who does the work. When it goes on it
// must not replace what the other made.
func TestCrashOfKeeper(t *testing.T) {
	t.Parallel()
	s := &site{t: t, binary: build(t), dir: t.TempDir(), state: sqldbtest.URL(t, sqldb.Postgres)}
	write(t, s.dir+"/firehall.toml", fmt.Sprintf("[feeds.shadowserver]\ntlp = \"green\"\n[database]\nurl = %q\n", s.state))
	const files, rows = 10, 10_000
	written := 0
	var before []string
	var first *keeper
	for first == nil {
		if written == 10*files {
			t.Fatal("it was always done before it could be stopped: nothing is tested")
		}
		for range files {
			s.must("ingest", "--feed", "shadowserver", s.writeRows(written, rows))
			written++
		}
		before = s.segments()
		first = s.stopped(before)
	}
	s.change(`UPDATE lease SET expires = 1 WHERE name = 'keep'`) // its time is over
	s.must("keep", "compact")
	made := s.segments()
	if len(made) >= len(before) {
		t.Fatalf("%d segments of %d: nothing was joined", len(made), len(before))
	}
	_ = first.Process.Signal(syscall.SIGCONT)
	if err := <-first.ended; err == nil || !strings.Contains(first.said.String(), "another") {
		t.Errorf("who lost the lease ended with %v: %s", err, first.said.String())
	}
	if now := s.segments(); !slices.Equal(now, made) {
		t.Errorf("who lost the lease changed the segments: %v instead of %v", now, made)
	}
	s.everyRowOnce(written * rows)
}

// keeper is a process that joins segments.
type keeper struct {
	*exec.Cmd
	said  strings.Builder // once it has ended
	ended chan error
}

// stopped starts to join segments and stops that in the middle, while it writes one that nobody sees yet; nil if it was done before it could be stopped.
func (s *site) stopped(before []string) *keeper {
	s.t.Helper()
	k := &keeper{Cmd: s.command("keep", "compact"), ended: make(chan error, 1)}
	k.Stdout, k.Stderr = &k.said, &k.said
	there := s.eventFiles()
	if err := k.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = k.Process.Kill() })
	go func() { k.ended <- k.Wait() }()
	for s.eventFiles() == there {
		select {
		case err := <-k.ended:
			if err != nil {
				s.t.Fatalf("%v\n%s", err, k.said.String())
			}
			return nil
		case <-time.After(time.Millisecond):
		}
	}
	_ = k.Process.Signal(syscall.SIGSTOP)
	if slices.Equal(s.segments(), before) {
		return k
	}
	_ = k.Process.Signal(syscall.SIGCONT)
	if err := <-k.ended; err != nil {
		s.t.Fatalf("%v\n%s", err, k.said.String())
	}
	return nil
}

// eventFiles counts the files of segments, those that nobody sees yet too.
func (s *site) eventFiles() (n int) {
	s.t.Helper()
	err := filepath.WalkDir(filepath.Join(s.dir, "events"), func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // it goes while it is counted
			return nil
		}
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// segments are the paths of the visible segments.
func (s *site) segments() (paths []string) {
	s.t.Helper()
	db, err := sqldb.Open(context.Background(), s.database())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	list, err := event.NewManifest(db).Segments(context.Background(), event.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, seg := range list {
		paths = append(paths, seg.Path)
	}
	slices.Sort(paths)
	return paths
}

func (s *site) change(query string) {
	s.t.Helper()
	db, err := sqldb.Open(context.Background(), s.database())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(query)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
