package feed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"

	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// process opens an installation as one of several processes do.
func process(t *testing.T, db *sqldb.DB, dir, name string) *station {
	s := newStation(t, db, dir, disk.OS{})
	s.Alone, s.Holder, s.waiting = false, name, 2*time.Millisecond
	return s
}

// Two processes take overlapping files of one feed and of several at once: each distinct row of a feed is there once.
func TestTwoProcessesAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		dir := t.TempDir()
		services := []*station{process(t, db, dir, "a"), process(t, db, dir, "b")}
		feeds := []string{"shadowserver", "shadowserver-2", "shadowserver-3"}
		want := map[string]map[int]bool{}
		var mu sync.Mutex
		sums := map[string]Counts{}
		var all sync.WaitGroup
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 24 {
			s, feed := services[i%2], feeds[min(r.IntN(5), 2)] // one feed has the most
			from, n := r.IntN(300), 1+r.IntN(200)
			if want[feed] == nil {
				want[feed] = map[int]bool{}
			}
			for row := from; row < from+n; row++ {
				want[feed][row] = true
			}
			all.Go(func() {
				src := Source{Feed: feed, Name: fmt.Sprintf("%d-scan_telnet.csv", i), Reader: strings.NewReader(telnet(from, n))}
				res, err := s.Ingest(context.Background(), s.actor, src)
				if err != nil || res.Rows != int64(n) {
					t.Errorf("%s %d+%d: %+v, %v", feed, from, n, res.Counts, err)
				}
				mu.Lock()
				defer mu.Unlock()
				sum := sums[feed]
				sum.Add(res.Counts)
				sums[feed] = sum
			})
		}
		services[0].within(2*time.Minute, "all of it", all.Wait)
		total := 0
		for feed, rows := range want {
			total += len(rows)
			if sums[feed].Events != int64(len(rows)) {
				t.Errorf("%s: %d events of %d distinct rows", feed, sums[feed].Events, len(rows))
			}
		}
		if events, distinct := services[0].visible(); events != total || distinct != total {
			t.Errorf("%d events, %d distinct, want %d", events, distinct, total)
		}
	})
}

// A process that starts finishes what a dead one left, and passes by what a living one works on.
func TestResumeBesideOthers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := context.Background()
		s := process(t, db, t.TempDir(), "new")
		s.Alone = true
		s.unpublished("scan_telnet.csv", telnet(0, 40))
		s.Alone = false
		others := lease.New(db, s.clock)
		token, err := others.Acquire(ctx, "feed:shadowserver", "other", leaseTime)
		if err != nil {
			t.Fatal(err)
		}
		resumed := func() (res Result, err error) {
			done := make(chan struct{})
			go func() { res, err = s.Resume(ctx, s.actor); close(done) }()
			for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
				select {
				case <-done:
					return res, err
				case <-time.After(30 * time.Millisecond): // now it has seen the lease, or has the next time
				}
				s.clock.Advance(10 * time.Second)
				if _, e := others.Renew(ctx, token, leaseTime); e != nil {
					t.Error(e)
				}
			}
			t.Fatal("it does not pass by")
			return res, err
		}
		if res, err := resumed(); err != nil || len(res.Intakes) != 0 {
			t.Fatalf("beside a living process: %+v, %v", res, err)
		}
		s.clock.Advance(2 * leaseTime) // it died
		if res, err := s.Resume(ctx, s.actor); err != nil || res.Events != 40 {
			t.Fatalf("after a dead one: %+v, %v", res, err)
		}
		if res, err := s.Resume(ctx, s.actor); err != nil || len(res.Intakes) != 0 {
			t.Fatalf("nothing is left: %+v, %v", res, err)
		}
	})
}

// Two replays of one intake at once: the second sees what the first has done.
func TestTwoReplaysAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		dir := t.TempDir()
		a, b := process(t, db, dir, "a"), process(t, db, dir, "b")
		for _, s := range []*station{a, b} {
			s.Options.Config.DedupeWindow = 0 // nothing else keeps rows from doubling
		}
		a.clock.Set(today.Add(-30 * 24 * time.Hour))
		id := a.mustIngest("scan_telnet.csv", telnet(0, 60)).Intakes[0].Intake
		a.clock.Set(today)
		var both sync.WaitGroup
		for _, s := range []*station{a, b} {
			both.Go(func() { _, _ = s.Replay(context.Background(), s.actor, id, "") })
		}
		a.within(2*time.Minute, "both", both.Wait)
		in, err := a.Get(context.Background(), a.actor, id)
		if err != nil || in.Counts.Events != 60 || in.Counts.SetAside != 0 || in.Counts.Rows != 60 {
			t.Errorf("%+v, %v", in.Counts, err)
		}
		if events, _ := a.visible(); events != 60 {
			t.Errorf("%d events", events)
		}
	})
}

// A process whose lease somebody else has taken publishes nothing.
func TestLostLease(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := process(t, db, t.TempDir(), "slow")
		in, end := waiting(telnet(0, 100))
		result := make(chan error)
		go func() {
			_, err := s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: in})
			result <- err
		}()
		for s.heldUntil(context.Background(), "feed:shadowserver").IsZero() {
			time.Sleep(time.Millisecond)
		}
		if _, err := lease.New(db, s.clock).Seize(context.Background(), "feed:shadowserver", "other", leaseTime); err != nil {
			t.Fatal(err)
		}
		end()
		s.within(2*time.Minute, "the slow one", func() {
			if err := <-result; err == nil {
				t.Error("published without the lease")
			}
		})
		if list, _ := s.List(context.Background(), s.actor, "", 1); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		if left := append(s.files(dirEvents), s.files(dirFolds)...); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// A row that came again after the window, by way of another process, is known from then on.
func TestWindowAcrossProcesses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		dir := t.TempDir()
		a, b := process(t, db, dir, "a"), process(t, db, dir, "b")
		step := func(s *station, day, from, n int, events int64) {
			t.Helper()
			s.clock.Set(today.Add(time.Duration(day) * 24 * time.Hour))
			if res := s.mustIngest("scan_telnet.csv", telnet(from, n)); res.Events != events {
				t.Errorf("day %d: %+v, want %d events", day, res.Counts, events)
			}
		}
		step(a, 0, 0, 10, 10)
		step(b, 0, 5, 10, 5)   // b has read all of a's keys
		step(a, 9, 0, 11, 11)  // beyond the window: events again
		step(b, 10, 0, 12, 1)  // b must count them as of day 9
		step(a, 10, 11, 10, 9) // 11 came on day 10
	})
}

// A replay looks as far back as its intake did, also in a process that has taken newer files in.
func TestReplayLooksBack(t *testing.T) {
	s := onSQLite(t)
	day := func(n int) { s.clock.Set(today.Add(time.Duration(n) * 24 * time.Hour)) }
	day(0)
	s.mustIngest("scan_telnet.csv", telnet(0, 10))
	bad := strings.ReplaceAll(telnet(0, 10), "2026-11-19", "2026-11-19") + "short,row\n"
	res := s.mustIngest("scan_telnet.csv", bad)
	if res.Duplicates != 10 || res.SetAside != 1 {
		t.Fatalf("%+v", res.Counts)
	}
	day(30)
	fresh := newStation(t, s.db, s.dir, disk.OS{})
	fresh.clock.Set(s.clock.Now())
	fresh.mustIngest("scan_telnet.csv", telnet(100, 10)) // reads the last week only
	if err := fresh.remember(context.Background(), "shadowserver", today.Unix()/86400-7); err != nil {
		t.Fatal(err)
	}
	if n := fresh.memory.Len(); n != 20 {
		t.Errorf("%d keys are remembered, want 20", n)
	}
}

// After a start only those days are read that the memory has room for, and the latest always.
func TestFirstDay(t *testing.T) {
	of := func(rows ...int64) (list []event.Segment) {
		for i, n := range rows {
			list = append(list, event.Segment{Day: int64(100 + i), Rows: n})
		}
		return list
	}
	for name, tt := range map[string]struct {
		list []event.Segment
		want int64
	}{
		"all fit":             {of(10, 20, 70), 100},
		"the oldest do not":   {of(60, 40, 50), 101},
		"not even the latest": {of(10, 20, 500), 102},
		"two of one day":      {append(of(50, 40), event.Segment{Day: 101, Rows: 30}), 101},
		"an older one that fits after one that does not": {of(1, 99, 50), 102},
	} {
		if got := firstDay(tt.list, 100); got != tt.want {
			t.Errorf("%s: from day %d, want %d", name, got, tt.want)
		}
	}
	if got := firstDay(nil, 100); got <= 1<<40 {
		t.Errorf("of nothing: %d", got)
	}
}

// Who waited for the lease works on the intake as it is then, not as it was before.
func TestIntakeIsReadUnderTheLease(t *testing.T) {
	s := onSQLite(t)
	ctx := context.Background()
	s.clock.Set(today.Add(-30 * 24 * time.Hour))
	stale, err := s.Get(ctx, s.actor, s.mustIngest("scan_telnet.csv", telnet(0, 10)).Intakes[0].Intake)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Set(today)
	if _, err := s.Replay(ctx, s.actor, stale.ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err = s.onIntake(ctx, s.actor, OpReplay, stale, func(_ context.Context, _ *admission, in Intake) (Accounts, error) {
		if in.Aside != "" || in.Attempt == stale.Attempt {
			t.Errorf("%+v", in)
		}
		return Accounts{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
