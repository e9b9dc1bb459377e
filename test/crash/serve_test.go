package crash

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// eachState runs a test on an installation with its own database and on one with PostgreSQL, at the same time.
func eachState(t *testing.T, fn func(t *testing.T, s *servedSite)) {
	if testing.Short() {
		t.Skip("kills servers for a while")
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); fn(t, newServed(t, "")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); fn(t, newServed(t, sqldbtest.URL(t, sqldb.Postgres))) })
}

// TestServeCrash kills the server at random instants, while feeds are pushed, dropped and fetched and messages go out. Whatever it said yes to,
// and whatever lay in the drop folder or at the source, must stand there once in the end; each owner is told, and at most one message a kill
// goes out twice.
func TestServeCrash(t *testing.T) {
	t.Parallel()
	eachState(t, func(t *testing.T, s *servedSite) {
		v := s.server()
		v.start()
		s.approve()
		stop := make(chan struct{})
		var senders sync.WaitGroup
		senders.Go(func() { s.push(1, []*server{v}, stop) })
		senders.Go(func() { s.drop(stop) })
		n := max(kills(t)/2, 3)                  // on two engines
		sending := s.command("notify", "--send") // asks the server, which is killed while it sends
		if err := sending.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = sending.Wait() }()
		for range n {
			time.Sleep(time.Duration(rand.Int64N(int64(1500 * time.Millisecond))))
			v.kill9()
			v.start()
		}
		close(stop)
		senders.Wait()
		s.settle()
		v.quit()
		s.everyRowOnce(s.want())
		s.noneTwice(n)
		s.noneDead()
	})
}

// settleWithin is how long servers may need in the end: the leases of the dead must run out before others do what these had begun.
const settleWithin = 5 * time.Minute

// settle waits until all rows are visible and nothing is left to be sent.
func (s *servedSite) settle() {
	s.t.Helper()
	want := s.want()
	s.until("all rows are visible", func() bool { return s.counted() == want })
	s.until("somebody was told, and no message waits", func() bool { // a run that was killed has its lease for a while, and what is visible becomes a finding a moment later
		if s.command("notify", "--send").Run() != nil {
			return false
		}
		var t struct{ Waiting, Stopped int }
		if err := json.Unmarshal(s.must("outbox", "send", "--json"), &t); err != nil {
			s.t.Fatal(err)
		}
		return t.Waiting == 0 && len(s.relay.taken()) > 0
	})
}

func (s *servedSite) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(settleWithin); !is(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain until %s: there are %d rows of %d", what, s.counted(), s.want())
		}
	}
}

// noneTwice expects that a message went out twice at most once a kill, and then with the same bytes.
func (s *servedSite) noneTwice(kills int) {
	s.t.Helper()
	first := map[string]string{}
	repeats := 0
	for _, m := range s.relay.taken() {
		sum, again := first[m.MessageID]
		if again {
			repeats++
		}
		if again && sum != m.SHA256 {
			s.t.Errorf("%s was repeated with other bytes", m.MessageID)
		}
		first[m.MessageID] = m.SHA256
	}
	if repeats > kills {
		s.t.Errorf("%d messages went out twice, with %d kills", repeats, kills)
	}
	_, most := s.source.counts()
	s.t.Logf("%d kills: %d rows, %d messages, %d of them twice, a source asked %d times at most", kills, s.want(), len(first), repeats, most)
}

// noneDead expects that no job was given up.
func (s *servedSite) noneDead() {
	s.t.Helper()
	db, err := sqldb.Open(context.Background(), s.database())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Read(context.Background(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT kind, subject, error FROM job WHERE state = 'dead'`, nil, func(scan func(...any) error) error {
			var kind, subject, why string
			err := scan(&kind, &subject, &why)
			s.t.Errorf("job %s of %s was given up: %s", kind, subject, why)
			return err
		})
	})
	if err != nil {
		s.t.Error(err)
	}
}
