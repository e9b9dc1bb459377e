package feed

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// orders keeps what was enqueued, as the job queue would.
type orders struct {
	mu   sync.Mutex
	list []string
}

func (o *orders) enqueue(_ *sqldb.Tx, _ time.Time, kind, subject string, _ any) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, kind+" "+subject)
	return nil
}

func (s *station) accept(feed, name, text string) []Intake {
	s.Helper()
	list, err := s.Accept(context.Background(), s.actor, Source{Feed: feed, Name: name, Door: "push", Reader: strings.NewReader(text)})
	if err != nil {
		s.Fatal(err)
	}
	return list
}

func (s *station) mustProcess(intake string) Accounts {
	s.Helper()
	acc, err := s.Process(context.Background(), s.actor, intake)
	if err != nil {
		s.Fatal(err)
	}
	return acc
}

func TestAcceptThenProcess(t *testing.T) {
	each(t, func(s *station) {
		var o orders
		s.Enqueue = o.enqueue
		list := s.accept("shadowserver", "scan_telnet.csv", telnet(0, 300))
		in := list[0]
		if len(list) != 1 || in.State != Accepted || in.Known || in.Report != "scan_telnet" || in.Door != "push" {
			t.Fatalf("%+v", list)
		}
		if want := []string{JobProcess + " " + in.ID}; !slices.Equal(o.list, want) {
			t.Fatalf("ordered %v", o.list)
		}
		if events, _ := s.visible(); events != 0 {
			t.Fatalf("%d events are visible before anybody processed them", events)
		}
		if acc := s.mustProcess(in.ID); acc.Events != 300 || acc.Intake != in.ID {
			t.Fatalf("%+v", acc)
		}
		if acc := s.mustProcess(in.ID); acc.Events != 300 { // a job that is done once more
			t.Fatalf("%+v", acc)
		}
		if events, distinct := s.visible(); events != 300 || distinct != 300 {
			t.Fatalf("%d events, %d distinct", events, distinct)
		}
		again := s.accept("shadowserver", "scan_telnet.csv", telnet(0, 300))
		if len(again) != 1 || !again[0].Known || again[0].ID != in.ID || again[0].State != Done || again[0].Counts.Rows != 300 {
			t.Fatalf("%+v", again)
		}
		s.runs("known", "new")
	})
}

// runs checks the outcomes of the runs, newest first.
func (s *station) runs(want ...string) []Run {
	s.Helper()
	p, err := s.Runs(context.Background(), s.actor, "", page.Request{})
	if err != nil {
		s.Fatal(err)
	}
	var got []string
	for _, r := range p.Items {
		got = append(got, string(r.Outcome))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Fatalf("runs %v, want %v", got, want)
	}
	return p.Items
}

func TestRunTellsDurationLagAndRate(t *testing.T) {
	s := onSQLite(t)
	in := s.accept("shadowserver", "scan_telnet.csv", telnet(0, 60))[0]
	s.clock.Advance(2 * time.Second)
	s.mustProcess(in.ID)
	r := s.runs("new")[0]
	lag, ok := r.Lag()
	if want := today.Sub(time.Date(2026, 11, 19, 3, 4, 59, 0, time.UTC)); !ok || lag != want {
		t.Errorf("lag %v, want %v", lag, want)
	}
	if r.Duration() != 2*time.Second || r.Rate() != 30 || r.Door != "push" || r.Bytes != in.Bytes {
		t.Errorf("%+v: %v, %v", r, r.Duration(), r.Rate())
	}
}

func TestRunsInPages(t *testing.T) {
	s := onSQLite(t)
	for i := range 5 {
		s.accept("shadowserver", "scan_telnet.csv", telnet(i*10, 10))
		s.clock.Advance(time.Second)
	}
	seen, ask := 0, page.Request{Limit: 2}
	for range 4 {
		p, err := s.Runs(context.Background(), s.actor, "shadowserver", ask)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(p.Items)
		if ask.After = p.Next; p.Next == "" {
			break
		}
	}
	if seen != 5 {
		t.Errorf("%d runs on all pages", seen)
	}
	if p, err := s.Runs(context.Background(), s.actor, "other", page.Request{}); err != nil || len(p.Items) != 0 {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := s.Runs(context.Background(), identity.Actor{}, "", page.Request{}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody may list: %v", err)
	}
	s.clock.Advance(time.Hour)
	if n, err := s.ForgetRuns(context.Background(), s.actor, time.Minute); n != 5 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
}

// Several inputs of one content that come at once are one intake.
func TestAcceptAtOnce(t *testing.T) {
	each(t, func(s *station) {
		var o orders
		s.Enqueue = o.enqueue
		var wg sync.WaitGroup
		ids := make([]string, 6)
		for i := range ids {
			wg.Go(func() {
				list, err := s.Accept(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: strings.NewReader(telnet(0, 100))})
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = list[0].ID
			})
		}
		wg.Wait()
		if slices.Sort(ids); ids[0] != ids[5] {
			t.Fatalf("several intakes: %v", ids)
		}
		if acc := s.mustProcess(ids[0]); acc.Events != 100 {
			t.Fatalf("%+v", acc)
		}
		s.runs("new", "known", "known", "known", "known", "known")
	})
}

// Accepting waits for nobody: not for an input that is received and read at this moment, in this feed or another.
func TestAcceptWaitsForNobody(t *testing.T) {
	s := onSQLite(t)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: r})
		done <- err
	}()
	_, _ = io.WriteString(w, telnet(0, 10))
	s.within(2*time.Minute, "accepting", func() { s.accept("shadowserver", "scan_telnet.csv", telnet(100, 10)) })
	_ = w.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAcceptKeepsNothingOfWhatBreaksOff(t *testing.T) {
	s := onSQLite(t)
	broken := io.MultiReader(strings.NewReader(telnet(0, 500)), iotest.ErrReader(errors.New("reset by peer")))
	_, err := s.Accept(context.Background(), s.actor, Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: broken})
	if !problem.Is(err, problem.Unavailable) {
		t.Fatalf("got %v", err)
	}
	for _, folder := range []string{dirSpool, dirBlobs} {
		if left := s.files(folder); len(left) > 0 {
			t.Errorf("%s holds %v", folder, left)
		}
	}
	s.runs()
}

func TestAcceptZip(t *testing.T) {
	s := onSQLite(t)
	var o orders
	s.Enqueue = o.enqueue
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, name := range []string{"2026-11-19-scan_telnet-a.csv", "b/2026-11-19-scan_telnet-b.csv"} {
		w, _ := z.Create(name)
		_, _ = io.WriteString(w, telnet(i*100, 20))
	}
	_ = z.Close()
	list := s.accept("shadowserver", "reports.zip", b.String())
	if len(list) != 2 || len(o.list) != 2 {
		t.Fatalf("%d intakes, %d orders", len(list), len(o.list))
	}
	for _, in := range list {
		if acc := s.mustProcess(in.ID); acc.Events != 20 {
			t.Errorf("%+v", acc)
		}
	}
}

func TestAcceptUndecided(t *testing.T) {
	s := onSQLite(t)
	var o orders
	s.Enqueue = o.enqueue
	list := s.accept("shadowserver", "x.csv", "what,is,this\n1,2,3\n")
	if len(list) != 1 || list[0].State != Undecided || list[0].Error == "" || len(o.list) != 0 {
		t.Fatalf("%+v, ordered %v", list, o.list)
	}
	if acc := s.mustProcess(list[0].ID); acc.Undec == "" {
		t.Errorf("%+v", acc)
	}
	if err := s.OrderReplay(context.Background(), s.actor, list[0].ID, "scan_telnet"); err != nil || len(o.list) != 1 {
		t.Errorf("%v, ordered %v", err, o.list)
	}
}

// What a process left that died is ordered again; what is done is not.
func TestRequeue(t *testing.T) {
	each(t, func(s *station) {
		in := s.accept("shadowserver", "scan_telnet.csv", telnet(0, 30))[0]
		var o orders
		s.Enqueue = o.enqueue
		if n, err := s.Requeue(context.Background(), s.actor); n != 1 || err != nil || len(o.list) != 1 {
			t.Fatalf("%d, %v, %v", n, err, o.list)
		}
		s.mustProcess(in.ID)
		if n, err := s.Requeue(context.Background(), s.actor); n != 0 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if err := s.OrderReplay(context.Background(), s.actor, in.ID, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("nothing is aside: %v", err)
		}
	})
}

// A process that works on the feed is waited for, and its result is the answer.
func TestProcessLeavesTheFeedToAnother(t *testing.T) {
	s := onSQLite(t)
	s.Alone, s.waiting = false, 20*time.Millisecond
	in := s.accept("shadowserver", "scan_telnet.csv", telnet(0, 30))[0]
	token, err := s.leases.Acquire(context.Background(), "feed:shadowserver", "other", leaseTime)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan Accounts)
	go func() { done <- s.mustProcess(in.ID) }()
	select {
	case <-done:
		t.Fatal("two work on the feed")
	case <-time.After(100 * time.Millisecond):
	}
	if err := s.leases.Release(context.Background(), token); err != nil {
		t.Fatal(err)
	}
	if acc := <-done; acc.Events != 30 {
		t.Errorf("%+v", acc)
	}
}

func TestOnlyWhoMay(t *testing.T) {
	s := onSQLite(t)
	ctx, nobody := context.Background(), identity.Actor{}
	_, e1 := s.Accept(ctx, nobody, Source{Feed: "shadowserver"})
	_, e2 := s.Process(ctx, nobody, "x")
	_, e3 := s.Requeue(ctx, nobody)
	_, e4 := s.ForgetRuns(ctx, nobody, 0)
	for i, err := range []error{e1, e2, e3, e4, s.OrderReplay(ctx, nobody, "x", "")} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// A server takes a file from the command line in two steps; what is told is the same.
func TestIngestApart(t *testing.T) {
	each(t, func(s *station) {
		s.Apart = true
		first := s.mustIngest("scan_telnet.csv", telnet(0, 40))
		again := s.mustIngest("scan_telnet.csv", telnet(0, 40))
		if first.Events != 40 || again.Events != 0 || again.Duplicates != 40 || !again.Intakes[0].Known || again.Intakes[0].Intake != first.Intakes[0].Intake {
			t.Errorf("%+v, then %+v", first, again)
		}
		odd := s.mustIngest("x.csv", "what,is,this\n1,2,3\n")
		if !odd.Partly() || odd.Intakes[0].Undec == "" {
			t.Errorf("%+v", odd)
		}
	})
}
