package rollup_test

import (
	"testing"

	"github.com/firehall/firehall/internal/event/rollup"
)

// BenchmarkCount counts a part's rows over a day; the figure is of one row.
func BenchmarkCount(b *testing.B) {
	const part = 30_000
	hours := make([]int, part)
	for i := range hours {
		hours[i] = i * 7919 % 24
	}
	batch := batch(hours...)
	rows := make([]int32, part)
	for i := range rows {
		rows[i] = int32(i)
	}
	var c rollup.Counter
	b.ResetTimer()
	for n := 0; n < b.N; n += part {
		c.Count(batch, rows, "availability")
	}
}
