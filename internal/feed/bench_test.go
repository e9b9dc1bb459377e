package feed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/dedupe"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// benchRows is how many rows the benchmark takes: FIREHALL_BENCH_ROWS, else a hundred thousand.
func benchRows(b *testing.B) int {
	b.Helper()
	v := os.Getenv("FIREHALL_BENCH_ROWS")
	if v == "" {
		return 100_000
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkStages does the steps of an intake one after the other on one core and gives the CPU time of each, in microseconds a row.
// It walks the same road as kitchen.cook with a clock beside it: who changes the one looks at the other.
func BenchmarkStages(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	matcher := benchRegister(b)
	for _, report := range []string{"scan_telnet", "event4_sinkhole_http", "scan_ssl"} {
		b.Run(report, func(b *testing.B) {
			rows := benchRows(b)
			path := benchFile(b, report, rows)
			runtime.GC()
			var w stopwatch
			for b.Loop() {
				s := &stagesRun{B: b, stopwatch: &w, matcher: matcher, layout: Layout{FS: disk.OS{}, Dir: b.TempDir()}}
				if got := s.walk(path, report); got < int64(rows)*99/100 { // a few machines are seen twice in a second
					b.Fatalf("%d of %d rows became events", got, rows)
				}
			}
			w.tell(b, rows*b.N)
		})
	}
}

func benchRegister(b *testing.B) *constituency.Matcher {
	b.Helper()
	register := constituency.New(sqldbtest.Open(b, sqldb.SQLite), constituency.Options{Clock: clock.At(today), Log: logging.Discard()})
	var text bytes.Buffer
	if err := demo.Register(&text, 20_000, 1); err != nil {
		b.Fatal(err)
	}
	if _, err := register.Import(context.Background(), identity.System("bench"), &text, constituency.ImportOptions{Name: "r.csv"}); err != nil {
		b.Fatal(err)
	}
	if err := register.Load(context.Background()); err != nil {
		b.Fatal(err)
	}
	return register.Matcher()
}

func benchFile(b *testing.B, report string, rows int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), report+".csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(demo.Write(w, report, rows, 1, today), w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

// The steps, in their order.
const (
	stageReceive = iota
	stageCut
	stageDecode
	stageAttribute
	stageDedupe
	stageSort
	stageFold
	stageEncode
	stageWrite
	stageCount
)

var stageNames = [stageCount]string{"receive", "cut", "decode", "attribute", "dedupe", "sort", "fold", "encode", "write"}

// stopwatch shares out the process's CPU time among the steps.
type stopwatch struct {
	spent [stageCount]time.Duration
	last  time.Duration
}

// start forgets what happened since the last lap.
func (w *stopwatch) start() { w.last = cpuTime() }

// lap books the time since start or the lap before on a step.
func (w *stopwatch) lap(stage int) {
	now := cpuTime()
	w.spent[stage] += now - w.last
	w.last = now
}

func (w *stopwatch) tell(b *testing.B, rows int) {
	var sum time.Duration
	for i, d := range w.spent {
		b.ReportMetric(float64(d.Nanoseconds())/1000/float64(rows), stageNames[i]+"-us/row")
		sum += d
	}
	b.ReportMetric(float64(sum.Nanoseconds())/1000/float64(rows), "sum-us/row")
	b.ReportMetric(float64(rows)/sum.Seconds(), "rows/cpu-s")
}

// cpuTime is what this process has used, user and system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stagesRun is one walk over a file.
type stagesRun struct {
	*testing.B
	*stopwatch
	matcher *constituency.Matcher
	layout  Layout
}

// walk takes the file in as far as files that are written and not synced, and gives how many events there are.
func (s *stagesRun) walk(path, report string) (events int64) {
	spooled, head := s.receive(path)
	defer func() { _ = spooled.Close() }()
	opened, err := shadowserver.New(shadowserver.Builtin(), clock.At(today), 0).Open(format.Input{Name: report + ".csv", Feed: "shadowserver", Head: head})
	if err != nil {
		s.Fatal(err)
	}
	in := Intake{ID: id.NewAt(today), Feed: "shadowserver", Report: opened.Report, Arrived: today, Attempt: 1}
	out := newWriter(s.layout, in)
	k := s.kitchen(in, opened, out)
	defer k.run.seen.Drop()
	parts := format.NewSplitter(spooled, format.SplitOptions{Split: opened.Split, Skip: opened.Skip, HeaderLines: opened.HeaderLines})
	for s.start(); ; {
		p, err := parts.Next()
		s.lap(stageCut)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			s.Fatal(err)
		}
		c := s.cook(k, p)
		if err := out.add(c); err != nil {
			s.Fatal(err)
		}
		s.lap(stageWrite)
		events += c.counts.Events
	}
	out.discard()
	return events
}

// receive spools the file; what the cutting then reads is in memory, so that no step pays for another.
func (s *stagesRun) receive(path string) (r io.ReadCloser, head []byte) {
	f, err := os.Open(path)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s.start()
	sp, err := newSpool(s.layout, "bench", f, unpack.Limits{Bytes: 1 << 40, Ratio: 1000})
	if err != nil {
		s.Fatal(err)
	}
	if err := sp.drain(); err != nil {
		s.Fatal(err)
	}
	s.lap(stageReceive)
	sp.discard()
	whole, err := os.ReadFile(path)
	if err != nil {
		s.Fatal(err)
	}
	return io.NopCloser(bytes.NewReader(whole)), whole[:min(len(whole), format.HeadSize)]
}

func (s *stagesRun) kitchen(in Intake, opened format.Opened, out *writer) *kitchen {
	r := &run{
		intake: in, decoder: opened.Decoder, workers: 1, secret: [32]byte{1}, seen: dedupe.New(1<<30).Begin(1, 0), out: out,
		newAttr: func() *attributor { return &attributor{matcher: s.matcher} },
	}
	k, err := newKitchen(r)
	if err != nil {
		s.Fatal(err)
	}
	return k
}

// cook is kitchen.cook and kitchen.encode, with laps.
func (s *stagesRun) cook(k *kitchen, p format.Part) cooked {
	b := k.batch
	b.Reset()
	if _, err := k.run.decoder.Decode(p, b); err != nil {
		s.Fatal(err)
	}
	s.lap(stageDecode)
	k.label()
	k.attr.apply(b)
	s.lap(stageAttribute)
	c := cooked{index: p.Index, rejects: slices.Clone(b.Rejects())}
	k.rows = k.rows[:0]
	for i, key := range b.Keys() {
		if k.run.seen.Add(key) {
			k.rows = append(k.rows, int32(i)) //nolint:gosec // at most the rows of a part
		}
	}
	c.counts.Events = int64(len(k.rows))
	s.lap(stageDedupe)
	if len(k.rows) > 0 {
		s.encode(k, b, &c)
	}
	return c
}

func (s *stagesRun) encode(k *kitchen, b *event.Batch, c *cooked) {
	k.sorter.Sort(b, k.rows)
	s.lap(stageSort)
	facts, which := k.folder.Fold(b, k.rows, nil)
	s.lap(stageFold)
	if len(which) > 0 {
		c.facts = k.facts.Group(facts, which, false)
	}
	c.groups = []classGroup{{"all", k.encoder.Group(b, k.rows, true)}}
	s.lap(stageEncode)
}
