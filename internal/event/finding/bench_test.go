package finding

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// standing reads how many findings stand before a benchmark begins: FIREHALL_BENCH_STANDING, by default few.
func standing(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(os.Getenv("FIREHALL_BENCH_STANDING"))
	if err != nil {
		return 20_000
	}
	return n
}

// seedKey is the key of the i-th standing finding: addresses rise, so that seeding writes pages in order.
func seedKey(i int) (k Key) {
	k[10], k[11] = 0xff, 0xff
	binary.BigEndian.PutUint32(k[12:], 0x10000000+uint32(i)*7)
	binary.BigEndian.PutUint64(k[16:], uint64(i)*0x9e3779b97f4a7c15)
	return k
}

var seedTraits = map[[3]int]*traits{}

func seedFact(i int, at int64) *fact {
	which := [3]int{i / 50 % 2000, i / 50 % 9000, i % 20}
	t := seedTraits[which]
	if t == nil {
		t = traitsOf(i)
		seedTraits[which] = t
	}
	return &fact{key: seedKey(i), port: 23, first: at, last: at, count: 1, sources: 1, traits: t}
}

func traitsOf(i int) *traits {
	org := fmt.Sprintf("01jd%022d", i/50%2000)
	return &traits{
		organisation: org, network: fmt.Sprintf("01jn%022d", i/50%9000), rule: "prefix", role: "source", standing: "responsible",
		transport: "tcp", taxonomy: "vulnerable", typ: "vulnerable-system", identifier: "open-telnet", feed: "shadowserver",
		report: fmt.Sprintf("scan_telnet%d", i%20), severity: "high",
	}
}

func seed(b *testing.B, db *sqldb.DB, n int) {
	b.Helper()
	const chunk = 20_000
	for from := 0; from < n; from += chunk {
		err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
			var list []*fact
			for i := from; i < min(n, from+chunk); i++ {
				list = append(list, seedFact(i, 1_000_000))
			}
			if _, err := newNumbers().give(tx, list); err != nil {
				return err
			}
			_, err := write(tx, list, 1)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE finding_row SET due = NULL, state = 'notified', told = 2000000, next_at = 900000000000`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWrite writes a backlog of facts over standing findings, one in ten of them new.
func BenchmarkWrite(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			db := sqldbtest.Open(b, engine)
			n := standing(b)
			start := time.Now()
			seed(b, db, n)
			b.Logf("seeded %d in %s", n, time.Since(start))
			facts := 500_000
			if n < 1_000_000 {
				facts = n
			}
			for b.Loop() {
				var list []*fact
				for range facts {
					i := rand.IntN(n)
					f := seedFact(i, 3_000_000)
					if i%10 == 0 {
						f.key[20] ^= 0x55
					}
					list = append(list, f)
				}
				list = combine(list)
				start := time.Now()
				for len(list) > 0 {
					c := list[:min(5000, len(list))]
					list = list[len(c):]
					err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
						_, err := write(tx, c, 1)
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(facts)/time.Since(start).Seconds(), "facts/s")
			}
		})
	}
}

// BenchmarkPlan sums up 200,000 due findings, or all if fewer stand.
func BenchmarkPlan(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			db := sqldbtest.Open(b, engine)
			n := standing(b)
			seed(b, db, n)
			every := max(1, n/200_000)
			err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
				for i := 0; i < n; i += every {
					k := seedKey(i)
					if _, err := tx.Exec(`UPDATE finding_row SET due = 1 WHERE key = $1`, k[:]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			s := New(Options{DB: db})
			for b.Loop() {
				q := DueQuery{Now: time.Now()}
				groups, err := s.DueGroups(context.Background(), q)
				if err != nil || len(groups) == 0 {
					b.Fatal(len(groups), err)
				}
				if some, err := s.DueFindings(context.Background(), q, groups[0].Organisation, nil, Key{}, 1000); err != nil || len(some) == 0 {
					b.Fatal(len(some), err)
				}
			}
		})
	}
}
