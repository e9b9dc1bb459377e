package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// workerVariable makes this test binary a process that works on the jobs of the database that it names.
const workerVariable = "FIREHALL_TEST_JOBS_WORKER"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(workerVariable); dsn != "" {
		if err := workerProcess(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// workerProcess does jobs until it is asked to stop, or killed. A job of the kind "once" counts in the transaction that ends it, one of the kind
// "steps" counts by a row that a second attempt finds.
func workerProcess(dsn string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := sqldb.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	q := New(Options{DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Holder: fmt.Sprint("worker ", os.Getpid())})
	q.Handle(Kind{Name: "once", Concurrency: 4, Lease: 2 * time.Second, Attempts: 20, Do: func(ctx context.Context, t *Task) error {
		time.Sleep(5 * time.Millisecond)
		return db.Write(ctx, func(tx *sqldb.Tx) error { return errors.Join(count(tx, t), t.End(tx)) })
	}})
	q.Handle(Kind{Name: "steps", Concurrency: 4, Lease: 2 * time.Second, Attempts: 20, Do: func(ctx context.Context, t *Task) error {
		err := db.Write(ctx, func(tx *sqldb.Tx) error { return errors.Join(t.Fence(tx), count(tx, t)) })
		time.Sleep(5 * time.Millisecond)
		return err
	}})
	fmt.Println("ready")
	return q.Run(ctx)
}

// count is the effect of a job. The row of "steps" is keyed, that of "once" is not, so that a second effect would be seen.
func count(tx *sqldb.Tx, t *Task) error {
	_, err := tx.Exec(`INSERT INTO effect (job, kind, holder) SELECT $1, $2, $3 WHERE $2 = 'once' OR NOT EXISTS (SELECT 1 FROM effect WHERE job = $1)`,
		t.ID, t.Kind, t.Holder)
	return err
}

// spawn starts a worker process and waits until it works.
func spawn(t *testing.T, dsn string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), workerVariable+"="+dsn)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(line) != "ready" {
		t.Fatalf("the worker said %q, %v", line, err)
	}
	return c
}

// Two processes on one PostgreSQL, of which one is killed over and over: no job is done twice, none is lost.
func TestTwoProcessesOneKilled(t *testing.T) {
	dsn := sqldbtest.URL(t, sqldb.Postgres)
	db, err := sqldb.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &shop{t, db, clock.At(time.Now())}
	s.ok(db.Migrate(t.Context()))
	s.ok(s.write(func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`CREATE TABLE effect (job TEXT NOT NULL, kind TEXT NOT NULL, holder TEXT NOT NULL)`)
		return err
	}))
	steady := spawn(t, dsn)
	each := 0
	for atWork, tries := 0, 0; atWork < 4; tries++ {
		if tries == 40 {
			t.Fatalf("%d of %d were killed at work", atWork, tries)
		}
		const more = 100
		each += more
		victim := spawn(t, dsn)
		s.ok(s.write(func(tx *sqldb.Tx) error { return enqueueMany(tx, s.clock.Now(), more) }))
		s.until("it has done some", func() bool { return s.didOne(victim.Process.Pid) || s.done() == 2*each })
		s.ok(victim.Process.Kill())
		_ = victim.Wait()
		if s.heldBy(victim.Process.Pid) > 0 {
			atWork++
		}
	}
	s.until("all jobs are done", func() bool { return s.done() == 2*each })
	s.ok(steady.Process.Signal(syscall.SIGTERM))
	s.ok(steady.Wait())
	var effects, jobs, holders, begun int
	s.ok(db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*), count(DISTINCT job), count(DISTINCT holder), (SELECT sum(attempts) FROM job) FROM effect`).
			Scan(&effects, &jobs, &holders, &begun)
	}))
	if effects != 2*each || jobs != 2*each || holders < 2 {
		t.Errorf("%d effects of %d jobs by %d processes, want %d", effects, jobs, holders, 2*each)
	}
	if begun <= 2*each {
		t.Errorf("%d attempts at %d jobs, of which some were cut off", begun, 2*each)
	}
}

// done counts the jobs that are done.
func (s *shop) done() int {
	s.t.Helper()
	n, err := s.queue().Counts(context.Background())
	s.ok(err)
	return n[Done]
}

// didOne tells whether the work of a worker process counted.
func (s *shop) didOne(pid int) (yes bool) {
	s.t.Helper()
	s.ok(s.db.Read(s.t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM effect WHERE holder LIKE $1)`, fmt.Sprintf("worker %d %%", pid)).Scan(&yes)
	}))
	return yes
}

// heldBy counts the jobs that a worker process has begun and not ended.
func (s *shop) heldBy(pid int) (n int) {
	s.t.Helper()
	s.ok(s.db.Read(s.t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM job WHERE state = 'running' AND holder LIKE $1`, fmt.Sprintf("worker %d %%", pid)).Scan(&n)
	}))
	return n
}

func enqueueMany(tx *sqldb.Tx, now time.Time, n int) error {
	for i := range n {
		for _, kind := range []string{"once", "steps"} {
			if _, err := Enqueue(tx, now, Post{Kind: kind, Subject: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
	}
	return nil
}
