package duck

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/segment"
)

// A nation's events for the benchmarks: segments of half a million rows, ten
// days, 3,000 networks, 2,000 organisations.
const (
	perSegment = 500_000
	perGroup   = 100_000
	days       = 10
)

// amount is how many events there are: FIREHALL_BENCH_EVENTS, else one million.
func amount(t testing.TB) int {
	v := os.Getenv("FIREHALL_BENCH_EVENTS")
	if v == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var (
	classes = []string{"infected-system", "vulnerable-system", "open-service", "scanner", "brute-force", "phishing", "c2-server", "ddos-amplifier", "weak-crypto", "spam"}
	malware = []string{"mirai", "avalanche-andromeda", "qsnatch", "socks5systemz", "android.badbox2", "necurs", "ramnit", "gozi", "emotet", "adload"}
	first   = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
)

// nation writes the segments; each is one intake of one day and one feed.
func (h *house) nation(t testing.TB, events int) {
	t.Helper()
	enc, err := segment.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range max(1, events/perSegment) {
		h.dayOf(t, enc, r, n)
	}
}

func (h *house) dayOf(t testing.TB, enc *segment.Encoder, r *rand.Rand, n int) {
	path := h.path(fmt.Sprintf("%03d.parquet", n))
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := segment.NewWriter(f)
	var sorter segment.Sorter
	day := first.AddDate(0, 0, n%days)
	for range perSegment / perGroup {
		b := event.NewBatch([32]byte{1})
		someEvents(b, r, day, n, perGroup)
		rows := make([]int32, b.Rows())
		for i := range rows {
			rows[i] = int32(i)
		}
		sorter.Sort(b, rows)
		if err := w.Append(enc.Group(b, rows, true)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	file := plan.File{Path: path, Rows: info.Rows, Source: plan.Span{First: time.UnixMilli(info.MinTime), Last: time.UnixMilli(info.MaxTime)}}
	for _, l := range info.Leaves {
		file.Columns = append(file.Columns, l.Name)
	}
	h.files = append(h.files, file)
}

func someEvents(b *event.Batch, r *rand.Rand, day time.Time, n, rows int) {
	b.Const(event.FieldIntake, fmt.Sprintf("intake%03d", n))
	b.Const(event.FieldFeed, "shadowserver")
	b.Const(event.FieldReport, "report"+strconv.Itoa(n%7))
	b.Const(event.FieldTaxonomy, "malicious-code")
	ip, dst := b.Column(event.FieldSourceIP), b.Column(event.FieldDestIP)
	port, asn := b.Column(event.FieldSourcePort), b.Column(event.FieldSourceASN)
	at, arrival := b.Column(event.FieldTime), b.Column(event.FieldArrival)
	class, mal, org := b.Column(event.FieldType), b.Column(event.FieldMalware), b.Column(event.FieldOrganisation)
	cc, host, tag := b.Column(event.FieldSourceCC), b.Column("source.reverse_dns"), b.Column("extra.tag")
	for i := range rows {
		b.Begin(strconv.AppendInt(nil, r.Int64(), 10))
		v := 0x0a000000 | r.Uint32N(1<<22)
		net := int64(v >> 10)
		ip.IPv4(v)
		dst.Addr(netip.AddrFrom4([4]byte{198, 51, 100, byte(r.UintN(256))}))
		port.Int(r.Int64N(65536))
		asn.Int(64512 + net%3000)
		at.Time(day.UnixMilli() + r.Int64N(86_400_000))
		arrival.Time(day.UnixMilli() + 90_000_000)
		class.TextString(classes[(n+r.IntN(3))%len(classes)])
		mal.TextString(malware[min(r.IntN(len(malware)), r.IntN(len(malware)))])
		org.TextString(fmt.Sprintf("organisation%04d", net%2000))
		cc.TextString("FI")
		if i%4 == 0 {
			host.TextString(fmt.Sprintf("host-%x.example.org", v))
		}
		tag.TextString("sinkhole")
		b.End()
	}
}

// typical are the questions of the acceptance, each to be answered in half a second over ten million events.
var typical = []struct {
	name, query string
	by          []string
	fields      []string
	limit       int
}{
	{name: "day-and-class", by: []string{"day", "class"}},
	{name: "top-20-asn", by: []string{"source.asn"}, limit: 20},
	{name: "top-20-malware", by: []string{"malware.name"}, limit: 20},
	{name: "organisation-day", query: "attribution.organisation:organisation0042 time:2026-11-05", fields: []string{"time.source", "source.ip", "source.port", "class", "malware"}},
	{name: "organisation-day-by-class", query: "attribution.organisation:organisation0042 time:2026-11-05", by: []string{"class"}},
	{name: "ip-history", query: "src:10.5.17.9", fields: []string{"time.source", "source.ip", "source.port", "class", "malware", "organisation"}},
	{name: "ip-history-either-end", query: "ip:10.5.17.9", fields: []string{"time.source", "source.ip", "source.port", "class", "malware", "organisation"}},
	{name: "latest-100", limit: 100},
	{name: "prefix-by-class", query: "src:10.5.16.0/22", by: []string{"class"}},
}

func BenchmarkTypical(b *testing.B) {
	h := newHouse(b, Options{})
	h.nation(b, amount(b))
	h.answersOne(b)
	for _, q := range typical {
		b.Run(q.name, func(b *testing.B) {
			rows, longest, cpu := int64(0), time.Duration(0), h.ticks()
			for b.Loop() {
				from := time.Now()
				rows = h.typically(b, q.query, q.by, q.fields, q.limit)
				longest = max(longest, time.Since(from))
			}
			b.ReportMetric(float64(h.ticks()-cpu)*10/float64(b.N), "cpu-ms/query") // what it costs however busy the machine is
			b.ReportMetric(float64(rows), "rows")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/query")
			b.ReportMetric(float64(longest.Milliseconds()), "ms/longest")
		})
	}
}

// ticks is the CPU time of the child in hundredths of a second, 0 where there is no /proc.
func (h *house) ticks() int64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.client.p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after) // from the third of proc(5) on
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return user + system
}

func (h *house) typically(b *testing.B, line string, by, fields []string, limit int) int64 {
	p, err := plan.Make(plan.Request{Where: parse(b, line), Filter: query.Everything, Files: h.files, By: by, Fields: fields, Limit: limit, Sort: []plan.Order{{Field: "time", Descending: true}}})
	if err != nil {
		b.Fatal(err)
	}
	sum, err := h.client.Query(context.Background(), p, func(*answer.Batch) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	return sum.Rows
}

// BenchmarkStart is a query that has to start its child.
func BenchmarkStart(b *testing.B) {
	h := newHouse(b, Options{})
	for b.Loop() {
		h.answersOne(b)
		b.StopTimer()
		_ = h.client.Close()
		b.StartTimer()
	}
}

// BenchmarkStream takes many rows out.
func BenchmarkStream(b *testing.B) {
	h := newHouse(b, Options{})
	h.nation(b, perSegment)
	p, err := plan.Make(plan.Request{Where: query.Everything, Filter: query.Everything, Files: h.files, Limit: 100_000})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		sum, err := h.client.Query(context.Background(), p, func(*answer.Batch) error { return nil })
		if err != nil || sum.Rows != 100_000 {
			b.Fatal(sum, err)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(len(p.Columns)), "columns")
}

// TestWholeExport takes everything out of more rows than fit into the engine's memory at once.
func TestWholeExport(t *testing.T) {
	h := newHouse(t, Options{Memory: 96 << 20})
	h.nation(t, perSegment)
	for _, limit := range []int{0, perSegment / 2} {
		want, rows, ports := perSegment, 0, int64(0)
		if limit > 0 {
			want = limit
		}
		r := plan.Request{Where: query.Everything, Filter: query.Everything, Files: h.files, Limit: limit}
		sum, err := h.client.Export(context.Background(), r, func(b *answer.Batch) error {
			rows += b.N
			for i := range b.Columns {
				if c := &b.Columns[i]; c.Name == event.FieldSourcePort {
					for _, v := range c.Ints {
						ports += v
					}
				}
			}
			return nil
		})
		if err != nil || rows != want || sum.Rows != int64(rows) {
			t.Errorf("%d rows, %+v, %v", rows, sum, err)
		}
		if mean := ports / int64(want); mean < 32_000 || mean > 33_500 { // every row once: ports are spread evenly
			t.Errorf("the mean port is %d", mean)
		}
		t.Logf("%d rows in %s", rows, sum.Took)
	}
}

// TestRealSegments asks segments as the event path writes them.
func TestRealSegments(t *testing.T) {
	h := newHouse(t, Options{})
	h.nation(t, perSegment)
	lines, _, err := h.ask(t, plan.Request{Where: parse(t, "time:2026-11-01 src:10.0.0.0/8 tag:sinkhole"), By: []string{"day", "feed"}})
	if err != nil || len(lines) != 1 || lines[0] != "2026-11-01|shadowserver|500000" {
		t.Errorf("%v, %v", lines, err)
	}
	lines, _, err = h.ask(t, plan.Request{Where: parse(t, "-has:hostname"), Count: true})
	if err != nil || len(lines) != 1 || lines[0] != "375000" {
		t.Errorf("%v, %v", lines, err)
	}
	if info, err := os.Stat(filepath.Dir(h.files[0].Path)); err != nil || !info.IsDir() {
		t.Error(err)
	}
}
