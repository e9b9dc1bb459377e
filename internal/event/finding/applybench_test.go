package finding_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// BenchmarkApply applies files of 200,000 facts, the first to an empty table, and the others over those that stand.
func BenchmarkApply(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			h := newHouse(b, sqldbtest.Open(b, engine))
			var rows []seen
			for i := range 200_000 {
				rows = append(rows, seen{
					ip: fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&0xff, i&0xff), at: noon, org: fmt.Sprintf("01jd%022d", i/100), severity: "high",
				})
			}
			for n := range 3 {
				h.clock.Advance(time.Hour)
				h.intake(facts(fmt.Sprintf("i%d", n)), rows...)
				start := time.Now()
				done := h.apply()
				b.Logf("%+v: %.0f facts/s", done, float64(len(rows))/time.Since(start).Seconds())
				b.ReportMetric(float64(len(rows))/time.Since(start).Seconds(), "facts/s")
				for i := range rows {
					rows[i].at = rows[i].at.Add(time.Minute)
				}
			}
		})
	}
}
