package event_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
)

// What is appended comes back, whatever mixture of short, long, recurring and new texts it is, and wherever rows are dropped.
func TestTextsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alike := rapid.Custom(func(t *rapid.T) string { // the same length and ends, which is all that the memory for long texts looks at first
			return "headhead" + rapid.StringMatching(`[ab]{0,12}`).Draw(t, "middle") + "tailtail"
		})
		text := rapid.OneOf(alike, rapid.StringN(0, 9, 9), rapid.SampledFrom([]string{"", "a", "ab", "a\x00", "a\x00\x00", "12345678", "123456789", "N"}), rapid.StringN(9, 60, 60))
		b := event.NewBatch([32]byte{})
		var want []string
		present := map[int]bool{}
		for range rapid.IntRange(0, 80).Draw(t, "rows") {
			b.Begin(nil)
			v := text.Draw(t, "text")
			appended := rapid.Bool().Draw(t, "append")
			if appended {
				room := append(make([]byte, 0, len(v)+rapid.IntRange(0, 9).Draw(t, "room")), v...)
				b.Column("extra.x").Text(room)
				clear(room) // the column must have copied it
			}
			if rapid.IntRange(0, 4).Draw(t, "abort") == 0 {
				b.Abort()
				continue
			}
			b.End()
			present[len(want)] = appended
			want = append(want, v)
		}
		c := b.Find("extra.x")
		for i, v := range want {
			switch {
			case c == nil || !present[i]:
				if c != nil && !c.IsNull(i) {
					t.Fatalf("row %d is %q, not null", i, c.Bytes(i))
				}
			case string(c.Bytes(i)) != v:
				t.Fatalf("row %d is %q, want %q", i, c.Bytes(i), v)
			}
		}
	})
}

// A column whose texts are all new gives up sharing and still holds each.
func TestManyDistinctTexts(t *testing.T) {
	b := event.NewBatch([32]byte{})
	for round := range 2 {
		c := b.Column("extra.x")
		for i := range 20_000 {
			b.Begin(nil)
			c.Text(fmt.Appendf(nil, "text number %d of %d", i, round))
			b.End()
		}
		if !c.Distinct() || c.Entries() != 20_000 {
			t.Fatalf("round %d: %d entries, distinct %v", round, c.Entries(), c.Distinct())
		}
		for i := range 20_000 {
			if want := fmt.Sprintf("text number %d of %d", i, round); string(c.Bytes(i)) != want {
				t.Fatalf("row %d is %q", i, c.Bytes(i))
			}
		}
		b.Reset()
	}
}

// What a part becomes must not depend on the parts that the same batch held before: which worker got which is chance.
func TestPartsBeforeDoNotMatter(t *testing.T) {
	part := func(b *event.Batch, first, last int) (columns, over int) {
		b.Reset()
		for i := first; i < last; i++ {
			b.Begin(nil)
			if name := fmt.Sprint("extra.", i); b.Overflows() {
				over++
			} else {
				b.Column(name).TextString(name)
			}
			b.Column("comment").TextString("x")
			b.End()
		}
		return len(b.Columns()), over
	}
	fresh, used := event.NewBatch([32]byte{}), event.NewBatch([32]byte{})
	for n := range 20 { // far more names than are kept as spare
		part(used, n*300, n*300+300)
	}
	columns, over := part(used, 0, 300)
	if c, o := part(fresh, 0, 300); c != columns || o != over || c != event.MaxExtras+1 || o != 300-event.MaxExtras {
		t.Errorf("a used batch gives %d columns, %d over; a fresh one %d, %d", columns, over, c, o)
	}
	part(used, 7, 8)
	if c := used.Find("extra.7"); len(used.Columns()) != 2 || string(c.Bytes(0)) != "extra.7" {
		t.Errorf("%d columns, %q", len(used.Columns()), c.Bytes(0))
	}
}

// A column that was constant in one part and is not in the next holds nothing of before.
func TestConstantThenValues(t *testing.T) {
	b := event.NewBatch([32]byte{})
	b.Begin(nil)
	b.Column("feed.report").TextString("first")
	b.End()
	b.Const("feed.report", "all")
	b.Reset()
	c := b.Column("feed.report")
	b.Begin(nil)
	c.TextString("second")
	b.End()
	if got := c.Bytes(0); len(c.Indices()) != 1 || string(got) != "second" {
		t.Errorf("got %q of %d", got, len(c.Indices()))
	}
}

func TestTypedColumns(t *testing.T) {
	b := event.NewBatch([32]byte{})
	a4, a6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	rows := []func(){
		func() { b.Column("source.ip").Addr(a4) }, // a typed field keeps its kind
		func() { b.Column("source.ip").Addr(a6); b.Column("source.port").Int(0) },
		func() {},
		func() {
			b.Column("source.ip").IPv4(0xc0000201)
			b.Column("source.tor_node").Bool(true)
		},
	}
	for _, fill := range rows {
		b.Begin(nil)
		fill()
		b.End()
	}
	ip, port, tor := b.Find("source.ip"), b.Find("source.port"), b.Find("source.tor_node")
	if ip.AddrAt(0) != a4 || ip.AddrAt(1) != a6 || ip.AddrAt(2).IsValid() || ip.AddrAt(3) != a4 {
		t.Errorf("addresses: %v %v %v %v", ip.AddrAt(0), ip.AddrAt(1), ip.AddrAt(2), ip.AddrAt(3))
	}
	if !port.IsNull(0) || port.IsNull(1) || port.Int64(1) != 0 || !port.IsNull(3) {
		t.Errorf("ports: %v", port.Ints())
	}
	if tor.Int64(3) != 1 || !tor.IsNull(1) {
		t.Errorf("flags: %v", tor.Ints())
	}
}

func TestConstantsAndDefaults(t *testing.T) {
	b := event.NewBatch([32]byte{})
	b.Const("feed.name", "f")
	b.ConstTime("time.arrival", 7)
	for range 3 {
		b.Begin(nil)
		b.End()
	}
	if f := b.Find("feed.name"); string(f.Bytes(2)) != "f" || f.IsNull(0) {
		t.Error("a constant text is lost")
	}
	if a := b.Find("time.arrival"); a.Int64(0) != 7 || a.Int64(2) != 7 {
		t.Errorf("a constant time: %v", a.Ints())
	}
	b.Reset()
	b.Begin(nil)
	b.End()
	if b.Find("feed.name") != nil {
		t.Error("a column outlives a reset")
	}
	if !b.Column("feed.name").IsNull(0) || !b.Column("time.arrival").IsNull(0) {
		t.Error("constants outlive a reset")
	}
}

// The key depends on every byte of the row and on the secret, and on nothing else.
func TestDedupeKey(t *testing.T) {
	key := func(secret byte, raw string) event.DedupeKey {
		b := event.NewBatch([32]byte{secret})
		b.Begin([]byte(raw))
		b.End()
		return b.Keys()[0]
	}
	again := key(1, "row")
	if key(1, "row") != again || key(1, "row") == key(2, "row") || key(1, "row") == key(1, "rov") || key(1, "row") == key(1, "row ") {
		t.Error("keys do not tell rows apart")
	}
}

func TestWordsAndBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		var w [16]byte
		for i := range w {
			w[i] = byte(r.Uint32())
		}
		w[0] |= 0x20
		a := netip.AddrFrom16(w)
		if got := event.Address(event.Words(a)); got != a {
			t.Fatalf("%v came back as %v", a, got)
		}
		a4 := netip.AddrFrom4([4]byte(w[:4]))
		if got := event.Address(event.Words(a4)); got != a4 {
			t.Fatalf("%v came back as %v", a4, got)
		}
	}
	if event.Address(0, 0).IsValid() {
		t.Error("0, 0 stands for none")
	}
}

func BenchmarkText(b *testing.B) {
	values := [][]byte{[]byte("N_______")[:1], []byte("2048____")[:4], []byte("nginx___")[:5], []byte("sha256WithRSAEncryption"), []byte("TLSv1.3_")[:7]}
	batch := event.NewBatch([32]byte{})
	for b.Loop() {
		c := batch.Column("extra.x")
		for i := range 30_000 {
			batch.Begin(nil)
			c.Text(values[i%len(values)])
			batch.End()
		}
		batch.Reset()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/30_000, "ns/row")
}

// Minus zero is a place on the equator, not nothing.
func TestMinusZero(t *testing.T) {
	b := event.NewBatch([32]byte{})
	c := b.Column("source.geolocation.latitude")
	b.Begin(nil)
	c.Float(math.Copysign(0, -1))
	b.End()
	if c.IsNull(0) || c.Int64(0) != 0 {
		t.Error("minus zero became null")
	}
}
