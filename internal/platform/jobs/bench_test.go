package jobs

import (
	"context"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// benchEach runs fn on both engines, with a table in which many jobs are done already.
func benchEach(b *testing.B, fn func(b *testing.B, s *shop)) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			s := &shop{b, sqldbtest.Open(b, engine), clock.At(noon)}
			for range 10 {
				s.ok(s.write(func(tx *sqldb.Tx) error { return enqueueMany(tx, noon, 1000) }))
			}
			s.ok(s.write(func(tx *sqldb.Tx) error { _, err := tx.Exec(`UPDATE job SET state = 'done', ended = 1`); return err }))
			fn(b, s)
		})
	}
}

// Whole lives of jobs that do nothing: claimed and ended by a queue of eight places.
func BenchmarkJobs(b *testing.B) {
	benchEach(b, func(b *testing.B, s *shop) {
		q := s.queue()
		var left sync.WaitGroup
		q.Handle(Kind{Name: "bench", Concurrency: 8, Do: func(context.Context, *Task) error { left.Done(); return nil }})
		left.Add(b.N)
		for n := b.N; n > 0; n -= 1000 {
			s.ok(s.write(func(tx *sqldb.Tx) error {
				for range min(n, 1000) {
					if _, err := Enqueue(tx, noon, Post{Kind: "bench"}); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		b.ResetTimer()
		stop := s.start(q)
		left.Wait()
		stop()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	})
}

// Claims of eight at a time, without their ends.
func BenchmarkClaim(b *testing.B) {
	benchEach(b, func(b *testing.B, s *shop) {
		q := s.queue()
		for range 20 {
			s.ok(s.write(func(tx *sqldb.Tx) error { return enqueueMany(tx, noon, 500) }))
		}
		claimed := 0
		for b.Loop() {
			jobs, err := q.take(context.Background(), []place{{"once", 8}})
			s.ok(err)
			claimed += len(jobs)
			if len(jobs) < 8 {
				b.StopTimer()
				s.ok(s.write(func(tx *sqldb.Tx) error { _, err := tx.Exec(`UPDATE job SET state = 'waiting'`); return err }))
				b.StartTimer()
			}
		}
		b.ReportMetric(float64(claimed)/b.Elapsed().Seconds(), "claims/s")
	})
}

// A look of an idle queue with a dozen kinds.
func BenchmarkIdleLook(b *testing.B) {
	benchEach(b, func(b *testing.B, s *shop) {
		var places []place
		for _, kind := range "abcdefghijkl" {
			places = append(places, place{string(kind), 1})
		}
		q := s.queue()
		for b.Loop() {
			_, err := q.wanted(context.Background(), places)
			s.ok(err)
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/look")
	})
}
