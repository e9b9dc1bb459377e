package main

import (
	"context"
	"fmt"
	"os"
)

// flatness is how much more a row may cost in the largest file than in the smallest.
const flatness = 1.25

// flatPoint looks whether a row costs the same in a large file, in time and in memory.
func flatPoint(ctx context.Context, h *house) (table, error) {
	t := table{title: "A row's cost does not grow with the file (scan_telnet)", head: []string{"rows", "rows/s", "CPU µs/row", "peak RSS", "segments B/event"}}
	var least, most float64
	var peak int64
	for i, times := range []int{1, 5, 20} {
		in, err := h.large(ctx, h.rows*times, uint64(100+i))
		if err != nil {
			return t, fmt.Errorf("%d rows: %w", h.rows*times, err)
		}
		t.add(thousands(in.rows), number(in.rate()), number(in.cpuPerRow()), mebibytes(in.peak), number(in.each(in.segments)))
		if i == 0 {
			least = in.cpuPerRow()
		}
		most, peak = max(most, in.cpuPerRow()), max(peak, in.peak)
	}
	t.note("Flat means at most %.0f %% more CPU a row than in the smallest file.", 100*(flatness-1))
	t.gates = append(t.gates,
		atMost("cost of a row, largest to smallest file", most/least, flatness, "×"),
		atMost("memory of the largest file", float64(peak)/(1<<20), memoryLimit>>20, " MiB"))
	return t, nil
}

func (h *house) large(ctx context.Context, rows int, seed uint64) (ingested, error) {
	file, err := h.report("scan_telnet", rows, seed, 0)
	if err != nil {
		return ingested{}, err
	}
	defer func() { _ = os.Remove(file) }()
	return h.fresh(ctx, rows, file)
}
