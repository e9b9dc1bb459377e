package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// stages are the steps of the event path in their order, as internal/feed's BenchmarkStages names them.
var stages = []struct{ name, meaning string }{
	{"receive", "read, hash, copy to the spool"},
	{"cut", "cut into parts between records"},
	{"decode", "records to typed columns, key of each row"},
	{"attribute", "mark, enrich, find the owner"},
	{"dedupe", "look each key up in the memory"},
	{"sort", "by address"},
	{"fold", "condense to facts about findings"},
	{"encode", "segments and fold file: encode, compress"},
	{"write", "write them to the disk, not synced"},
}

// stagesPoint asks internal/feed for the CPU time of each step, one core doing one after the other.
func stagesPoint(ctx context.Context, h *house) (table, error) {
	t := table{title: "Stage by stage, on one core", head: []string{"shape", "stage", "rows/s", "CPU µs/row", "share"}}
	out, err := h.benchmark(ctx, min(h.rows, 500_000))
	if err != nil {
		return t, err
	}
	for _, s := range shapes {
		cost, err := parseStages(out, s.report)
		if err != nil {
			return t, err
		}
		stageRows(&t, s.report, cost)
	}
	t.note("In process, with `GOMAXPROCS=1`, by CPU time (the collector's share included where it fell); `go test -run '^$' -bench Stages ./internal/feed` repeats it. " +
		"*sum* is what one core would do; the program spreads cutting, cooking and writing over all cores.")
	return t, nil
}

func stageRows(t *table, report string, cost map[string]float64) {
	var sum float64
	for _, s := range stages {
		sum += cost[s.name]
	}
	for _, s := range stages {
		t.add(report, s.name+": "+s.meaning, perSecond(cost[s.name]), number(cost[s.name]), fmt.Sprintf("%.0f %%", 100*cost[s.name]/sum))
	}
	t.add(report, "**sum**", perSecond(sum), number(sum), "100 %")
}

// perSecond turns microseconds a row into rows a second.
func perSecond(micros float64) string {
	if micros <= 0 {
		return "–"
	}
	return number(1e6 / micros)
}

func (h *house) benchmark(ctx context.Context, rows int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-ldflags=-w", "-run", "^$", "-bench", "^BenchmarkStages$", "-benchtime", "1x", "-timeout", "5m",
		"github.com/firehall/firehall/internal/feed")
	cmd.Env = append(os.Environ(), "FIREHALL_BENCH_ROWS="+strconv.Itoa(rows), "TMPDIR="+h.dir)
	cmd.WaitDelay = time.Minute
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go test -bench Stages: %w\n%s", err, lastLines(string(out)))
	}
	return string(out), nil
}

// parseStages reads the figures of one shape out of what `go test -bench` printed: values and units by turns, "0.25 decode-µs/row".
func parseStages(out, report string) (map[string]float64, error) {
	cost := map[string]float64{}
	for line := range strings.Lines(out) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "BenchmarkStages/"+report && !strings.HasPrefix(name, "BenchmarkStages/"+report+"-") {
			continue
		}
		fields := strings.Fields(rest)
		for i := 1; i < len(fields); i++ {
			if stage, ok := strings.CutSuffix(fields[i], "-us/row"); ok {
				v, err := strconv.ParseFloat(fields[i-1], 64)
				if err != nil {
					return nil, fmt.Errorf("benchmark of %s: %w", report, err)
				}
				cost[stage] = v
			}
		}
	}
	for _, s := range stages {
		if _, ok := cost[s.name]; !ok {
			return nil, fmt.Errorf("the benchmark says nothing of %s in %s", s.name, report)
		}
	}
	return cost, nil
}
