package history

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/segment"
)

func TestOf(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC).UnixMilli()
	both := []string{event.FieldSourceIP, event.FieldDestIP}
	addr := netip.MustParseAddr("192.0.2.1")
	for text, want := range map[string]Question{
		"ip:192.0.2.1":                            {Addr: addr, Fields: both, From: math.MinInt64 + 1, To: math.MaxInt64},
		"192.0.2.1":                               {Addr: addr, Fields: both, From: math.MinInt64 + 1, To: math.MaxInt64},
		"src:192.0.2.1":                           {Addr: addr, Fields: both[:1], From: math.MinInt64 + 1, To: math.MaxInt64},
		"dst:192.0.2.1 has:time":                  {Addr: addr, Fields: both[1:], From: math.MinInt64 + 1, To: math.MaxInt64, Timed: true},
		"dst:192.0.2.1 -has:time":                 {Addr: addr, Fields: both[1:], From: math.MinInt64 + 1, To: math.MaxInt64, Untimed: true},
		"ip:192.0.2.1 time:2026-11-21":            {Addr: addr, Fields: both, From: day, To: day + 86400_000, Timed: true},
		"ip:192.0.2.1/31":                         {},
		"ip:192.0.2.1,192.0.2.2":                  {},
		"-ip:192.0.2.1":                           {},
		"ip:192.0.2.1 or class:spam":              {},
		"ip:192.0.2.1 ip:192.0.2.2":               {},
		"ip:192.0.2.1 class:spam":                 {},
		"class:spam":                              {},
		"":                                        {},
		"time:2026-11-21":                         {},
		"ip:192.0.2.1 time.arrival:2026-11-21":    {},
		"ip:192.0.2.1 -time:2026-11-21":           {},
		"ip:::":                                   {},
		"source.local_ip:192.0.2.1":               {},
		"ip:192.0.2.1 time:2026-11-21,2026-11-23": {},
	} {
		n, err := query.Parse(text, query.Options{Now: time.UnixMilli(day), Zone: time.UTC})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, ok := Of(n)
		if ok != want.Addr.IsValid() {
			t.Errorf("%q: is one about an address: %v", text, ok)
			continue
		}
		if ok && (got.Addr != want.Addr || !slices.Equal(got.Fields, want.Fields) || got.From != want.From || got.To != want.To || got.Timed != want.Timed || got.Untimed != want.Untimed) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// segmentOf writes a segment in which event i was seen at i and came from 10.0.0.i; it knows no destinations.
func segmentOf(t *testing.T, n int) plan.File {
	t.Helper()
	b := event.NewBatch([32]byte{1})
	for i := range n {
		b.Begin([]byte{byte(i)})
		b.Column(event.FieldSourceIP).Addr(netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 4)}))
		b.Column(event.FieldTime).Int(int64(i))
		b.Column(event.FieldSourcePort).Int(int64(i))
		b.End()
	}
	path := filepath.Join(t.TempDir(), "one.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, rows := segment.NewWriter(f), []int32(nil)
	e, err := segment.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		rows = append(rows, int32(i))
	}
	new(segment.Sorter).Sort(b, rows)
	if err := w.Append(e.Group(b, rows, true)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return plan.File{Path: path, Rows: int64(n)}
}

func question(text string) Question {
	n, _ := query.Parse(text, query.Options{Now: time.UnixMilli(0), Zone: time.UTC})
	q, _ := Of(n)
	return q
}

func TestNewest(t *testing.T) {
	var a Archive
	files := []plan.File{segmentOf(t, 12), segmentOf(t, 9)}
	port, _ := event.FieldByName(event.FieldSourcePort)
	dest, _ := event.FieldByName(event.FieldDestIP)
	got, err := a.Newest(t.Context(), files, question("ip:10.0.0.1"), 2, []event.Field{port, dest})
	if err != nil {
		t.Fatal(err)
	}
	ports := slices.Sorted(slices.Values(got.Columns[0].Ints))
	if !slices.Equal(ports, []int64{5, 5, 9}) { // 9 and 5, and whatever is as old as that
		t.Errorf("the newest are %v", ports)
	}
	if slices.Contains(got.Columns[1].Null, false) || len(got.Columns[1].Addrs) != 3 {
		t.Errorf("a column that the segment lacks: %+v", got.Columns[1])
	}
	if got, err := a.Newest(t.Context(), files, question("dst:10.0.0.1"), 2, []event.Field{port}); err != nil || got.N != 0 {
		t.Errorf("as a destination: %v %v", got, err)
	}
}

func TestHolding(t *testing.T) {
	var a Archive
	files := []plan.File{segmentOf(t, 12), segmentOf(t, 1), {Path: "gone.parquet"}}
	got := a.Holding(t.Context(), files, question("ip:10.0.0.3"))
	if len(got) != 2 || got[0].Path != files[0].Path || got[1].Path != "gone.parquet" {
		t.Errorf("it may be in %v: what cannot be read stays for the engine", got)
	}
}

func TestArchiveMakesRoom(t *testing.T) {
	var a Archive
	f, l, err := a.open(segmentOf(t, 3).Path)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	const n = 1000
	for i := range n {
		a.keep(string(rune(i)), l)
	}
	a.known(string(rune(0))) // the oldest is used again
	a.mu.Lock()
	a.forget(a.held / 4)
	a.mu.Unlock()
	if got := len(a.list); got > n/4+1 || got < n/5 {
		t.Errorf("%d of %d are kept where there is room for a quarter", got, n)
	}
	if a.known(string(rune(0))) == nil || a.known(string(rune(1))) != nil {
		t.Error("what was used last was forgotten before what was not")
	}
}

func TestCount(t *testing.T) {
	var a Archive
	files := []plan.File{segmentOf(t, 12), segmentOf(t, 9), segmentOf(t, 1)}
	field := func(name string) event.Field {
		f, _ := event.FieldByName(name)
		return f
	}
	got, err := a.Count(t.Context(), files, field(event.FieldSourcePort), 12)
	if err != nil || len(got.Numbers) != 12 || got.Numbers[0] != 3 || got.Numbers[8] != 2 || got.Numbers[11] != 1 || got.None != 0 {
		t.Errorf("by port %+v (%v)", got, err)
	}
	if got, err := a.Count(t.Context(), files, field(event.FieldMalware), 12); err != nil || got.None != 22 || len(got.Texts) > 0 {
		t.Errorf("by a field that none has: %+v (%v)", got, err)
	}
	for name, c := range map[string]struct {
		files []plan.File
		field event.Field
	}{
		"too many values": {files, field(event.FieldSourcePort)},
		"addresses":       {files, field(event.FieldSourceIP)},
		"an extra":        {files, event.Field{Name: "extra.banner"}},
		"a part":          {[]plan.File{{Path: files[0].Path, Part: plan.Part{Rows: 1}}}, field(event.FieldMalware)},
	} {
		if _, err := a.Count(t.Context(), c.files, c.field, 11); !errors.Is(err, ErrCannot) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Count(ctx, files, field(event.FieldMalware), 12); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
