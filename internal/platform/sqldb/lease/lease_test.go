package lease_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const ttl = 30 * time.Second

type fixture struct {
	*lease.Leases
	t     *testing.T
	db    *sqldb.DB
	clock *clock.Fixed
}

func each(t *testing.T, fn func(f fixture)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := clock.At(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC))
		fn(fixture{Leases: lease.New(db, c), t: t, db: db, clock: c})
	})
}

func (f fixture) acquire(holder string) lease.Token {
	f.t.Helper()
	tok, err := f.Acquire(context.Background(), "sweep", holder, ttl)
	if err != nil {
		f.t.Fatalf("acquire for %s: %v", holder, err)
	}
	return tok
}

func (f fixture) check(tok lease.Token) error {
	return f.db.Write(context.Background(), func(tx *sqldb.Tx) error { return lease.Check(tx, tok) })
}

func (f fixture) wantLost(what string, err error) {
	f.t.Helper()
	if !problem.Is(err, problem.Conflict) {
		f.t.Errorf("%s: got %v, want a conflict", what, err)
	}
}

func (f fixture) wantGood(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Errorf("%s: %v", what, err)
	}
}

func TestOneHolderAtATime(t *testing.T) {
	each(t, func(f fixture) {
		first := f.acquire("a")
		for _, holder := range []string{"b", "a"} {
			_, err := f.Acquire(context.Background(), "sweep", holder, ttl)
			f.wantLost("second acquire by "+holder, err)
		}
		other, err := f.Acquire(context.Background(), "other", "b", ttl)
		f.wantGood("a lease of another name", err)
		if first.Epoch != 1 || other.Epoch != 1 {
			f.t.Errorf("epochs %d and %d, want 1 and 1", first.Epoch, other.Epoch)
		}
	})
}

func TestExpiredLeaseIsTakenAndFencesOff(t *testing.T) {
	each(t, func(f fixture) {
		old := f.acquire("a")
		f.clock.Advance(ttl)
		f.wantGood("expired but not taken", f.check(old))
		f.clock.Advance(ttl)
		fresh := f.acquire("b")
		if fresh.Epoch != old.Epoch+1 {
			f.t.Errorf("epoch %d after %d", fresh.Epoch, old.Epoch)
		}
		f.wantLost("check by the old holder", f.check(old))
		_, err := f.Renew(context.Background(), old, ttl)
		f.wantLost("renew by the old holder", err)
		f.wantGood("release by the old holder", f.Release(context.Background(), old))
		f.wantGood("check by the new holder", f.check(fresh))
	})
}

func TestRenewKeeps(t *testing.T) {
	each(t, func(f fixture) {
		tok := f.acquire("a")
		f.clock.Advance(ttl - time.Second)
		tok, err := f.Renew(context.Background(), tok, ttl)
		f.wantGood("renew", err)
		f.clock.Advance(ttl - time.Second)
		_, err = f.Acquire(context.Background(), "sweep", "b", ttl)
		f.wantLost("acquire of a renewed lease", err)
		f.wantGood("check", f.check(tok))
	})
}

func TestReleaseFrees(t *testing.T) {
	each(t, func(f fixture) {
		tok := f.acquire("a")
		f.wantGood("release", f.Release(context.Background(), tok))
		f.wantLost("check after release", f.check(tok))
		if again := f.acquire("a"); again.Epoch != 2 {
			f.t.Errorf("epoch %d after release, want 2", again.Epoch)
		}
	})
}

func TestSeizeTakesWhatIsHeld(t *testing.T) {
	each(t, func(f fixture) {
		old := f.acquire("a")
		fresh, err := f.Seize(context.Background(), "sweep", "b", ttl)
		f.wantGood("seize", err)
		f.wantLost("check by the robbed", f.check(old))
		f.wantGood("check by the robber", f.check(fresh))
	})
}

func TestHeld(t *testing.T) {
	each(t, func(f fixture) {
		f.acquire("a")
		got, err := f.Held(context.Background())
		f.wantGood("held", err)
		if len(got) != 1 || got[0].Name != "sweep" || got[0].Holder != "a" || !got[0].Expires.Equal(f.clock.Now().Add(ttl)) {
			f.t.Errorf("held: %+v", got)
		}
		f.clock.Advance(ttl)
		if got, _ := f.Held(context.Background()); len(got) != 0 {
			f.t.Errorf("held after the end: %+v", got)
		}
	})
}

func TestNonsenseIsRefused(t *testing.T) {
	each(t, func(f fixture) {
		if _, err := f.Acquire(context.Background(), "", "a", ttl); err == nil {
			f.t.Error("a lease without a name was given")
		}
		if _, err := f.Acquire(context.Background(), "x", "a", 0); err == nil {
			f.t.Error("a lease without a time was given")
		}
	})
}

// A seizure waits for the transaction that checked: between Check and commit
// nobody else becomes the holder.
func TestCheckHoldsUntilCommit(t *testing.T) {
	each(t, func(f fixture) {
		tok := f.acquire("a")
		var committed atomic.Bool
		var wg sync.WaitGroup
		err := f.db.Write(context.Background(), func(tx *sqldb.Tx) error {
			if err := lease.Check(tx, tok); err != nil {
				return err
			}
			wg.Go(func() {
				if _, err := f.Seize(context.Background(), "sweep", "b", ttl); err != nil {
					t.Errorf("seize: %v", err)
				}
				if !committed.Load() {
					t.Error("the lease was seized between check and commit")
				}
			})
			time.Sleep(100 * time.Millisecond)
			committed.Store(true)
			return nil
		})
		f.wantGood("the checked transaction", err)
		wg.Wait()
	})
}

func TestManyRivalsOneWinner(t *testing.T) {
	each(t, func(f fixture) {
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				_, err := f.Acquire(context.Background(), "sweep", "x", ttl)
				if err == nil {
					won.Add(1)
				} else if !problem.Is(err, problem.Conflict) {
					t.Errorf("acquire: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d rivals won", won.Load())
		}
	})
}
