package finding_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/findingtest"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// few stand in a benchmark that is not told how many.
const few = 100_000

// spread says which of the standing findings a file shows.
type spread func(standing, facts int) []int

// half are every other of the standing findings, from the first on: the beginning of a day's complete file.
func half(standing, facts int) []int {
	return rise(facts, func(n int) int { return 2 * n % standing })
}

// evenly are some of all, as far from each other as can be.
func evenly(standing, facts int) []int {
	return rise(facts, func(n int) int { return n * (standing / facts) })
}

// randomly are some of all.
func randomly(standing, facts int) []int {
	r := rand.New(rand.NewPCG(1, 2))
	return rise(facts, func(int) int { return r.IntN(standing) })
}

func rise(n int, of func(int) int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = of(i)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// BenchmarkApply applies files of facts over many standing findings, one fact in ten of a finding that is new:
// half is the first half of a complete file, the first after all were told; again is the same a day later; evenly and randomly are sparse;
// absence is how long it takes to see that a complete run of another report misses nothing.
// It reports facts a second of the clock, and microseconds of CPU a fact, of this process and of PostgreSQL's.
func BenchmarkApply(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			db := sqldbtest.Open(b, engine)
			h := newHouse(b, db)
			n := findingtest.Standing(b, few)
			told := noon.AddDate(0, 0, -3)
			findingtest.Fill(b, db, findingtest.Range{To: n, Seen: told.Add(-time.Hour), Told: told, Next: noon.AddDate(0, 1, 0)})
			b.ResetTimer()
			for i, load := range []struct {
				name string
				spread
			}{{"half", half}, {"again", half}, {"evenly", evenly}, {"randomly", randomly}} {
				b.StopTimer()
				h.clock.Set(noon.AddDate(0, 0, i))
				rows := h.file(load.name, load.spread(n, min(n/2, 300_000)))
				runtime.GC()
				b.StartTimer()
				begun, own, server := time.Now(), ownCPU(b), serverCPU(db)
				done := h.apply()
				if done.Facts != rows {
					b.Fatalf("%+v, want %d facts", done, rows)
				}
				b.ReportMetric(float64(rows)/time.Since(begun).Seconds(), load.name+"-facts/s")
				b.ReportMetric(float64((ownCPU(b)-own+serverCPU(db)-server).Microseconds())/float64(rows), load.name+"-cpu-us/fact")
			}
			in := complete("absence")
			in.Report = "scan_other"
			h.intake(in, seen{ip: "192.0.2.1", at: noon})
			begun := time.Now()
			h.apply()
			b.ReportMetric(time.Since(begun).Seconds(), "absence-s")
		})
	}
}

// ownCPU is the time that this process worked.
func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serverCPU is the time that PostgreSQL's processes for this database worked, if they run on this machine.
func serverCPU(db *sqldb.DB) (sum time.Duration) {
	_, name, _ := strings.Cut(db.String(), "/")
	lists, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || db.Engine() != sqldb.Postgres {
		return 0
	}
	for _, path := range lists {
		if line, err := os.ReadFile(path); err != nil || !strings.Contains(string(line), name) {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(filepath.Dir(path), "stat"))
		_, rest, ok := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); err == nil && ok && len(fields) > 13 {
			for _, f := range fields[11:13] { // ticks of a hundredth second, as user and as system
				n, _ := strconv.Atoi(f)
				sum += time.Duration(n) * 10 * time.Millisecond
			}
		}
	}
	return sum
}

// file publishes a file of facts about standing findings; every tenth is about another problem of the same address.
func (h *house) file(name string, which []int) int64 {
	h.Helper()
	in := facts(name)
	in.Rows, in.Arrived = int64(len(which)), h.clock.Now()
	h.intakes[in.ID] = in
	dir := filepath.Join(h.Dir, "folds")
	h.must(h.FS.MkdirAll(dir))
	f, err := h.FS.Create(filepath.Join(dir, name))
	h.must(err)
	w := segment.NewWriter(f)
	enc, err := segment.NewEncoder()
	h.must(err)
	folder, n := new(fold.Folder), 0
	for some := range slices.Chunk(which, 100_000) {
		b := h.rows(name, some, &n)
		all := make([]int32, len(some))
		for i := range all {
			all[i] = int32(i) //nolint:gosec // few
		}
		facts, rows := folder.Fold(b, all, nil)
		h.must(w.Append(enc.Group(facts, rows, false)))
	}
	info, err := w.Finish()
	h.must(err)
	h.must(f.Close())
	h.write(func(tx *sqldb.Tx) error {
		return event.Publish(tx, nil, []event.Fold{{Path: name, Intake: in.ID, Rows: info.Rows}})
	})
	return info.Rows
}

// rows are events about findings; n counts them over all calls.
func (h *house) rows(name string, which []int, n *int) *event.Batch {
	b := event.NewBatch([32]byte{})
	for field, v := range map[string]string{
		event.FieldIntake: name, event.FieldFeed: "shadowserver", event.FieldRule: "prefix", event.FieldSeverity: "high", event.FieldStanding: "responsible",
		event.FieldTaxonomy: "vulnerable", event.FieldType: "vulnerable-system", event.FieldTransport: "tcp", event.FieldRole: "source",
	} {
		b.Const(field, v)
	}
	b.ConstTime(event.FieldArrival, h.clock.Now().UnixMilli())
	b.ConstTime(event.FieldTime, h.clock.Now().Add(-time.Hour).UnixMilli())
	addr, port := b.Column(event.FieldSourceIP), b.Column(event.FieldSourcePort)
	report, identifier := b.Column(event.FieldReport), b.Column(event.FieldIdentifier)
	owner, network := b.Column(event.FieldOrganisation), b.Column(event.FieldNetwork)
	for _, i := range which {
		b.Begin(nil)
		addr.Addr(findingtest.Asset(i).Addr)
		port.Int(23)
		report.TextString(findingtest.Report(i))
		what := findingtest.Identifier(i)
		if *n++; *n%10 == 0 {
			what = fmt.Sprintf("%s-%s", name, what)
		}
		identifier.TextString(what)
		owner.TextString(findingtest.Organisation(i))
		network.TextString(findingtest.Network(i))
		b.End()
	}
	return b
}

// BenchmarkPlan sums up 200,000 due findings, or all if fewer stand, and reads a page of one owner's.
func BenchmarkPlan(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			db := sqldbtest.Open(b, engine)
			n := findingtest.Standing(b, few)
			findingtest.Fill(b, db, findingtest.Range{To: n, Seen: noon, Due: max(1, n/200_000)})
			s := finding.New(finding.Options{DB: db})
			for b.Loop() {
				q := finding.DueQuery{Now: noon}
				groups, err := s.DueGroups(ctx, q)
				if err != nil || len(groups) == 0 {
					b.Fatal(len(groups), err)
				}
				if some, err := s.DueFindings(ctx, q, groups[0].Organisation, nil, finding.Key{}, 1000); err != nil || len(some) == 0 {
					b.Fatal(len(some), err)
				}
			}
		})
	}
}
