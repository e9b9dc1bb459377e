package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var ctx = context.Background()

type fixture struct {
	*audit.Log
	t     testing.TB
	db    *sqldb.DB
	clock *clock.Fixed
}

func newFixture(t testing.TB, db *sqldb.DB) fixture {
	c := clock.At(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC))
	return fixture{Log: audit.New(db, c), t: t, db: db, clock: c}
}

func each(t *testing.T, fn func(f fixture)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(newFixture(t, db)) })
}

func entry(object string) audit.Entry {
	return audit.Entry{
		Actor: "os:1000", ActorKind: "os-user", Via: "cli", Operation: "organisation.rename", Object: object,
		Reason: "merged", Before: map[string]string{"name": "old"}, After: map[string]string{"name": "new"},
	}
}

// record writes n entries, a second apart.
func (f fixture) record(n int) {
	f.t.Helper()
	for i := range n {
		f.must(f.db.Write(ctx, func(tx *sqldb.Tx) error { return audit.Record(tx, f.clock.Now(), entry(fmt.Sprintf("org-%d", i))) }))
		f.clock.Advance(time.Second)
	}
}

func (f fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) seal(want int) {
	f.t.Helper()
	n, err := f.Seal(ctx)
	f.must(err)
	if n != want {
		f.t.Errorf("sealed %d entries, want %d", n, want)
	}
}

func (f fixture) exec(query string, args ...any) {
	f.t.Helper()
	f.must(f.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func (f fixture) verify() audit.Report {
	f.t.Helper()
	r, err := f.Verify(ctx)
	f.must(err)
	return r
}

func (f fixture) wantWhole(r audit.Report) {
	f.t.Helper()
	if !r.Whole() || r.Err() != nil {
		f.t.Errorf("faults in a whole chain: %v", r.Faults)
	}
}

func (f fixture) wantFault(r audit.Report, text string) {
	f.t.Helper()
	for _, x := range r.Faults {
		if strings.Contains(x.String(), text) {
			if !problem.Is(r.Err(), problem.Conflict) {
				f.t.Errorf("the report's error is %v", r.Err())
			}
			return
		}
	}
	f.t.Errorf("no fault says %q: %v", text, r.Faults)
}

func TestRecordSealVerify(t *testing.T) {
	each(t, func(f fixture) {
		f.wantWhole(f.verify())
		f.record(3)
		if r := f.verify(); r.Unsealed != 3 || r.Entries != 0 {
			t.Errorf("before sealing: %+v", r)
		}
		f.seal(3)
		f.seal(0)
		f.record(2)
		f.seal(2)
		r := f.verify()
		f.wantWhole(r)
		head, err := f.Head(ctx)
		f.must(err)
		if r.Entries != 5 || r.Unsealed != 0 || head != r.Head || head.Seq != 5 {
			t.Errorf("after sealing: %+v, head %v", r, head)
		}
	})
}

func TestEntryGoesWithItsChange(t *testing.T) {
	boom := errors.New("boom")
	each(t, func(f fixture) {
		err := f.db.Write(ctx, func(tx *sqldb.Tx) error {
			f.must(audit.Record(tx, f.clock.Now(), entry("x")))
			return boom
		})
		if !errors.Is(err, boom) {
			t.Error(err)
		}
		f.seal(0)
	})
}

func TestSealsMoreThanABatch(t *testing.T) {
	each(t, func(f fixture) {
		f.must(f.db.Write(ctx, func(tx *sqldb.Tx) error {
			for range 2100 {
				if err := audit.Record(tx, f.clock.Now(), entry("x")); err != nil {
					return err
				}
			}
			return nil
		}))
		f.seal(2100)
		f.wantWhole(f.verify())
	})
}

func TestVerifyFindsTampering(t *testing.T) {
	tests := []struct {
		name string
		do   []string
		want string
	}{
		{"content rewritten", []string{`UPDATE audit_payload SET actor = 'os:0' WHERE id = (SELECT id FROM audit_entry WHERE seq = 2)`}, "position 2"},
		{"content moved in time", []string{`UPDATE audit_payload SET at = at + 1 WHERE id = (SELECT id FROM audit_entry WHERE seq = 2)`}, "content was changed"},
		{"content and commitment taken from another", []string{
			`UPDATE audit_entry SET commitment = (SELECT commitment FROM audit_entry WHERE seq = 1) WHERE seq = 3`,
		}, "does not follow"},
		{"cut from the middle", []string{
			`DELETE FROM audit_payload WHERE id = (SELECT id FROM audit_entry WHERE seq = 2)`, `DELETE FROM audit_entry WHERE seq = 2`,
		}, "positions 2 to 2 are missing"},
		{"cut from the middle and closed up", []string{
			`DELETE FROM audit_payload WHERE id = (SELECT id FROM audit_entry WHERE seq = 2)`, `DELETE FROM audit_entry WHERE seq = 2`,
			`UPDATE audit_entry SET seq = 2 WHERE seq = 3`, `UPDATE audit_entry SET seq = 3 WHERE seq = 4`,
		}, "does not follow"},
		{"cut from the beginning", []string{
			`DELETE FROM audit_payload WHERE id = (SELECT id FROM audit_entry WHERE seq = 1)`, `DELETE FROM audit_entry WHERE seq = 1`,
		}, "positions 1 to 1 are missing"},
		{"cut from the end", []string{
			`DELETE FROM audit_payload WHERE id = (SELECT id FROM audit_entry WHERE seq = 4)`, `DELETE FROM audit_entry WHERE seq = 4`,
		}, "its end was cut off"},
		{"put in another order", []string{
			`UPDATE audit_entry SET seq = 99 WHERE seq = 2`, `UPDATE audit_entry SET seq = 2 WHERE seq = 3`, `UPDATE audit_entry SET seq = 3 WHERE seq = 99`,
		}, "does not follow"},
		{"content stolen", []string{`DELETE FROM audit_payload WHERE id = (SELECT id FROM audit_entry WHERE seq = 2)`}, "no erasure of it is on record"},
	}
	each(t, func(f fixture) {
		for _, tt := range tests {
			for _, table := range []string{"audit_payload", "audit_entry", "audit_head"} {
				f.exec("DELETE FROM " + table)
			}
			f.record(4)
			f.seal(4)
			f.wantWhole(f.verify())
			for _, q := range tt.do {
				f.exec(q)
			}
			r := f.verify()
			f.wantFault(r, tt.want)
			if t.Failed() {
				t.Fatalf("in the case %q", tt.name)
			}
		}
	})
}

func TestCheckpointFindsRollbackAndAnotherChain(t *testing.T) {
	each(t, func(f fixture) {
		f.record(4)
		f.seal(4)
		known, err := f.Head(ctx)
		f.must(err)
		known, err = audit.ParseHead(known.String())
		f.must(err)
		r, err := f.VerifyAgainst(ctx, audit.Known{Head: known})
		f.must(err)
		f.wantWhole(r)

		// The whole chain thrown away and another sealed in its place: consistent
		// in itself.
		f.exec(`DELETE FROM audit_payload`)
		f.exec(`DELETE FROM audit_entry`)
		f.exec(`DELETE FROM audit_head`)
		f.record(2)
		f.seal(2)
		f.wantWhole(f.verify())
		r, err = f.VerifyAgainst(ctx, audit.Known{Head: known})
		f.must(err)
		f.wantFault(r, "rolled back")
		f.record(2)
		f.seal(2)
		r, err = f.VerifyAgainst(ctx, audit.Known{Head: known})
		f.must(err)
		f.wantFault(r, "not that of the checkpoint at position 4")
	})
}

func TestParseHeadRefuses(t *testing.T) {
	for _, s := range []string{"", "1", "1:", "1:00", "x:" + strings.Repeat("00", 32), "-1:" + strings.Repeat("00", 32), "1:" + strings.Repeat("zz", 32)} {
		if c, err := audit.ParseHead(s); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q was read as %v, %v", s, c, err)
		}
	}
}

func (f fixture) idAt(seq int) (id string) {
	f.t.Helper()
	f.must(f.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT id FROM audit_entry WHERE seq = $1`, seq).Scan(&id)
	}))
	return id
}

func (f fixture) erase(id string) error {
	return f.db.Write(ctx, func(tx *sqldb.Tx) error {
		return audit.Erase(tx, f.clock.Now(), audit.Entry{Actor: "os:1000", ActorKind: "os-user", Reason: "asked to"}, id)
	})
}

func TestErasedContentLeavesTheChainWhole(t *testing.T) {
	each(t, func(f fixture) {
		f.record(3)
		f.seal(3)
		f.must(f.erase(f.idAt(2)))
		f.seal(1)
		r := f.verify()
		f.wantWhole(r)
		if r.Erased != 1 || r.Entries != 4 {
			t.Errorf("got %+v", r)
		}
		if err := f.erase(f.idAt(2)); !problem.Is(err, problem.NotFound) {
			t.Errorf("erased twice: %v", err)
		}
		if err := f.erase(f.idAt(4)); !problem.Is(err, problem.Conflict) {
			t.Errorf("erased an erasure: %v", err)
		}
	})
}

func TestSealerHasALease(t *testing.T) {
	each(t, func(f fixture) {
		f.record(1)
		_, err := lease.New(f.db, f.clock).Acquire(ctx, "audit.seal", "another process", time.Minute)
		f.must(err)
		f.seal(0)
		f.clock.Advance(time.Minute)
		f.seal(1)
	})
}

// An entry that commits late has an id older than what is sealed: it gets the
// next position all the same.
func TestLateCommitIsSealedLater(t *testing.T) {
	each(t, func(f fixture) {
		early := f.clock.Now()
		f.record(3)
		f.seal(3)
		f.must(f.db.Write(ctx, func(tx *sqldb.Tx) error { return audit.Record(tx, early.Add(-time.Hour), entry("late")) }))
		f.seal(1)
		f.wantWhole(f.verify())
	})
}

func TestListPagesFromTheNewest(t *testing.T) {
	each(t, func(f fixture) {
		f.record(5)
		f.seal(5)
		var got []string
		q := audit.Query{Operation: "organisation.rename", Request: page.Request{Limit: 2}}
		for range 5 {
			p, err := f.List(ctx, q)
			f.must(err)
			for _, line := range p.Items {
				got = append(got, line.Object)
			}
			if q.After = p.Next; q.After == "" {
				break
			}
		}
		if s := strings.Join(got, " "); s != "org-4 org-3 org-2 org-1 org-0" {
			t.Errorf("listed %s", s)
		}
		p, err := f.List(ctx, audit.Query{Object: "org-3", Actor: "os:1000"})
		f.must(err)
		var before struct{ Name string }
		if len(p.Items) != 1 || p.Items[0].Sealed != 4 || p.Items[0].Via != "cli" || json.Unmarshal(p.Items[0].Before, &before) != nil || before.Name != "old" {
			t.Errorf("listed %+v", p.Items)
		}
		if p, err = f.List(ctx, audit.Query{Actor: "nobody"}); err != nil || len(p.Items) != 0 {
			t.Errorf("listed %+v, %v", p.Items, err)
		}
		if _, err = f.List(ctx, audit.Query{Request: page.Request{After: "?"}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a broken cursor gave %v", err)
		}
	})
}

func TestRecordRefuses(t *testing.T) {
	long := entry("x")
	long.After = strings.Repeat("x", 2<<20)
	odd := entry("x")
	odd.Before = math.NaN()
	tests := []struct {
		name  string
		entry audit.Entry
	}{
		{"nobody", audit.Entry{Operation: "x.y"}},
		{"nothing done", audit.Entry{Actor: "os:0"}},
		{"too long", long},
		{"no JSON", odd},
	}
	each(t, func(f fixture) {
		for _, tt := range tests {
			err := f.db.Write(ctx, func(tx *sqldb.Tx) error { return audit.Record(tx, f.clock.Now(), tt.entry) })
			if err == nil {
				t.Errorf("%s: recorded", tt.name)
			}
		}
	})
}

// An entry tells of what a statement changed, and there is none where it changed nothing or too much.
func TestRecordIf(t *testing.T) {
	each(t, func(f fixture) {
		f.exec(`CREATE TABLE thing (name TEXT PRIMARY KEY, n BIGINT NOT NULL)`)
		f.exec(`INSERT INTO thing (name, n) VALUES ('a', 1), ('b', 1)`)
		change := func(object, statement string, args ...any) (changed bool, err error) {
			err = f.db.WriteOne(ctx, func(tx *sqldb.Tx) error {
				changed, err = audit.RecordIf(tx, f.clock.Now(), entry(object), statement, args...)
				return err
			})
			return changed, err
		}
		if changed, err := change("a", `UPDATE thing SET n = $1 WHERE name = $2`, 2, "a"); !changed || err != nil {
			f.t.Fatal(changed, err)
		}
		if changed, err := change("none", `INSERT INTO thing (name, n) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, "a", 3); changed || err != nil {
			f.t.Fatal(changed, err)
		}
		if _, err := change("both", `UPDATE thing SET n = $1`, 4); err == nil {
			f.t.Error("two rows were changed under one entry")
		}
		var rows, one int
		f.must(f.db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*), coalesce(sum(CASE WHEN object = 'a' AND reason = 'merged' AND after_value = '{"name":"new"}' THEN 1 ELSE 0 END), 0) FROM audit_payload`).Scan(&rows, &one)
		}))
		var sum int
		f.must(f.db.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT sum(n) FROM thing`).Scan(&sum) }))
		if rows != 1 || one != 1 || sum != 3 {
			f.t.Errorf("%d entries, %d of a; the things add up to %d", rows, one, sum)
		}
		f.seal(1)
		f.wantWhole(f.verify())
	})
}
