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

// From findings to messages: what is measured by the benchmarks of the rooms themselves.
const (
	wantFacts    = 50_000 // a second
	wantPlan     = 5      // seconds
	wantRendered = 10     // seconds
	wantSealed   = 60     // seconds
)

// tellLimit ends a benchmark that hangs: ten million rows take their time to make.
const tellLimit = 12 * time.Minute

// postgresVariable names the server on which rooms measure PostgreSQL.
const postgresVariable = "FIREHALL_TEST_POSTGRES"

// engines are those that are measured, as the benchmarks name them.
func engines() []string {
	if os.Getenv(postgresVariable) == "" {
		return []string{"sqlite"}
	}
	return []string{"sqlite", "postgres"}
}

// noteEngines says so when PostgreSQL was not measured.
func (t *table) noteEngines() {
	if os.Getenv(postgresVariable) == "" {
		t.note("PostgreSQL was not measured: `%s` is not set. `eval \"$(test/postgres.sh start)\"` starts one.", postgresVariable)
	}
}

// loads are what BenchmarkApply of internal/event/finding applies.
var loads = []struct{ name, meaning string }{
	{"again", "a day's complete file: every second finding in turn"},
	{"half", "the same, the first since all owners were told"},
	{"evenly", "sparse: far from each other"},
	{"randomly", "sparse: at random"},
}

// findingsPoint asks how many facts a second are applied, over a full run's rows of standing findings and over ten times as many.
func findingsPoint(ctx context.Context, h *house) (table, error) {
	t := table{title: "Facts applied to findings", head: []string{"engine", "standing", "load", "facts/s", "CPU µs/fact"}}
	for _, standing := range []int{h.rows, 10 * h.rows} {
		out, err := h.measured(ctx, benchmark{room: "event/finding", name: "Apply", standing: standing})
		if err != nil {
			return t, err
		}
		for _, engine := range engines() {
			m := out["BenchmarkApply/"+engine]
			for _, l := range loads {
				t.add(engine, thousands(int64(standing)), l.meaning, number(m[l.name+"-facts/s"]), number(m[l.name+"-cpu-us/fact"]))
			}
			t.add(engine, thousands(int64(standing)), "a complete run that misses nothing is judged", number(m["absence-s"])+" s", "")
			t.gates = append(t.gates, atLeast(fmt.Sprintf("facts applied on %s, %s standing", engine, thousands(int64(standing))), m["again-facts/s"], wantFacts, "/s"))
		}
	}
	t.note("One fact in ten is of a new finding. From files as the pipeline writes them, to the commit of each 5,000. The CPU time is that of the program and, " +
		"where it runs on the same machine, of PostgreSQL. The gate is on a day's complete file. `test/postgres.sh` runs PostgreSQL without fsync.")
	t.noteEngines()
	return t, nil
}

// planningPoint asks how long a run is planned over ten times a full run's rows of standing findings.
func planningPoint(ctx context.Context, h *house) (table, error) {
	t := table{title: "Planning a run of messages", head: []string{"engine", "standing", "s"}}
	standing := 10 * h.rows
	out, err := h.measured(ctx, benchmark{room: "notification", name: "Plan", standing: standing})
	if err != nil {
		return t, err
	}
	for _, engine := range engines() {
		took := out["BenchmarkPlan/"+engine]["s/plan"]
		t.add(engine, thousands(int64(standing)), number(took))
		t.gates = append(t.gates, atMost("planning over "+thousands(int64(standing))+" findings, "+engine, took, wantPlan, " s"))
	}
	t.note("One finding in fifty is due, of 10,000 organisations.")
	t.noteEngines()
	return t, nil
}

// messagesPoint asks how long messages take: a hundredth of a full run's rows, five findings each.
func messagesPoint(ctx context.Context, h *house) (table, error) {
	messages := max(h.rows/100, 10)
	t := table{title: "Messages made", head: []string{"engine", "what", "messages", "made, s", "and queued, s"}}
	out, err := h.measured(ctx, benchmark{room: "notification", name: "Run", messages: messages})
	if err != nil {
		return t, err
	}
	for _, engine := range engines() {
		for _, k := range []struct {
			name, meaning string
			want          float64
		}{{"rendered", "decided, grouped, rendered", wantRendered}, {"encrypted", "the same, signed and encrypted (Ed25519, X25519)", wantSealed}} {
			m := out["BenchmarkRun/"+engine+"/"+k.name]
			t.add(engine, k.meaning, thousands(int64(messages)), number(m["making-s/run"]), number(m["s/run"]))
			t.gates = append(t.gates, atMost(thousands(int64(messages))+" messages "+k.name+", "+engine, m["making-s/run"], k.want, " s"))
		}
	}
	t.note("*Made* is everything up to the bytes; putting them into the outbox, a transaction for every hundred organisations, goes on beside it, and *and queued* is until the last of it.")
	t.noteEngines()
	return t, nil
}

// benchmark is one that a room has itself. Sizes that are 0 are the room's own.
type benchmark struct {
	room, name                  string
	times                       int // how often it is repeated; 0 is once
	standing, messages, reports int
	data                        string // folder that it works in; empty for one of its own
}

// measured runs a benchmark and gives what it reports, by its name and the unit.
func (h *house) measured(ctx context.Context, b benchmark) (map[string]map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, tellLimit)
	defer cancel()
	times := strconv.Itoa(max(b.times, 1)) + "x"
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-ldflags=-w", "-run", "^$", "-bench", "^Benchmark"+b.name+"$", "-benchtime", times, "-timeout", tellLimit.String(),
		"github.com/firehall/firehall/internal/"+b.room)
	cmd.Env = append(os.Environ(), "TMPDIR="+h.dir, "FIREHALL_BENCH_DATA="+b.data)
	for name, n := range map[string]int{"STANDING": b.standing, "MESSAGES": b.messages, "REPORTS": b.reports} {
		if n > 0 {
			cmd.Env = append(cmd.Env, "FIREHALL_BENCH_"+name+"="+strconv.Itoa(n))
		}
	}
	cmd.WaitDelay = time.Minute
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench %s of %s: %w\n%s", b.name, b.room, err, lastLines(string(out)))
	}
	found := reported(string(out))
	if len(found) == 0 {
		return nil, fmt.Errorf("the benchmark %s of %s reports nothing", b.name, b.room)
	}
	return found, nil
}

// reported reads what `go test -bench` printed: a name, the count, then values and units by turns.
func reported(out string) map[string]map[string]float64 {
	found := map[string]map[string]float64{}
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := fields[0]
		if at := strings.LastIndexByte(name, '-'); at > 0 { // the number of cores
			if _, err := strconv.Atoi(name[at+1:]); err == nil {
				name = name[:at]
			}
		}
		units := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				units[fields[i+1]] = v
			}
		}
		found[name] = units
	}
	return found
}
