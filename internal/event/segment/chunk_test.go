package segment_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
)

func layout(t interface{ Fatal(...any) }, file []byte) *segment.Layout {
	l, err := segment.NewLayout(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// groups is what each row group holds, row by row, as an independent reader sees it.
func groups(t interface{ Fatal(...any) }, file []byte) (out [][]row) {
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	rows := read(t, file)
	for _, g := range f.RowGroups() {
		out, rows = append(out, rows[:g.NumRows()]), rows[g.NumRows():]
	}
	return out
}

// draw makes batches; a column may be nearly all different, recurring, constant, or absent.
func draw(t *rapid.T) []*event.Batch {
	var out []*event.Batch
	for range rapid.IntRange(1, 3).Draw(t, "groups") {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 90).Draw(t, "rows")
		if rapid.Bool().Draw(t, "distinct") {
			for i, r := range rows {
				r["extra.banner"] = fmt.Sprintf("%d-%s", i, "a banner that is nowhere else")
				r["destination.ip"] = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			}
		}
		b := event.NewBatch([32]byte{1})
		fill(b, rows)
		if rapid.Bool().Draw(t, "constant") {
			b.Const("feed.name", rapid.SampledFrom([]string{"f", ""}).Draw(t, "feed"))
		}
		out = append(out, b)
	}
	return out
}

var leaves = []string{
	"source.ip.hi", "source.ip.lo", "destination.ip.lo", "source.port", "source.tor_node", "feed.accuracy", "malware.name", "extra.banner", "feed.name",
}

func TestChunkGivesSingleRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file, _ := write(t, draw(t)...)
		l := layout(t, file)
		var c segment.Chunk // one for all: its buffers must not mix
		for g, want := range groups(t, file) {
			var rows []int32
			for i := range want {
				if rapid.IntRange(0, 3).Draw(t, "picked") > 0 {
					rows = append(rows, int32(i))
				}
			}
			for _, leaf := range leaves {
				if l.Has(leaf) {
					compare(t, &c, file, l, g, leaf, rows, want)
				}
			}
		}
	})
}

// sameCounts compares how often each value is there.
func sameCounts(t *rapid.T, c *segment.Chunk, leaf string, rows []row) {
	want, got := map[string]int64{}, map[string]int64{}
	for _, r := range rows {
		switch v := r[leaf].(type) {
		case nil:
			want["none"]++
		case string:
			want["text "+v]++
		default:
			want[fmt.Sprint(number(v))]++
		}
	}
	nulls := c.Counts(func(n int64, text []byte, rows int64) {
		if text != nil {
			got["text "+string(text)] += rows
			return
		}
		got[fmt.Sprint(n)] += rows
	})
	if nulls > 0 {
		got["none"] = nulls
	}
	if !maps.Equal(got, want) {
		t.Fatalf("%s counts %v, want %v", leaf, got, want)
	}
}

func compare(t *rapid.T, c *segment.Chunk, file []byte, l *segment.Layout, g int, leaf string, rows []int32, want []row) {
	if err := c.Read(bytes.NewReader(file), l, g, leaf); err != nil {
		t.Fatalf("%s: %v", leaf, err)
	}
	sameCounts(t, c, leaf, want)
	nulls, texts, longs := c.Nulls(nil, rows), []string(nil), []int64(nil)
	if leaf == "malware.name" || leaf == "extra.banner" || leaf == "feed.name" {
		texts = c.Texts(nil, rows)
	} else {
		longs = c.Longs(nil, rows)
	}
	for i, r := range rows {
		v, there := want[r][leaf]
		if nulls[i] == there {
			t.Fatalf("%s of row %d: null is %v, and it is %v", leaf, r, nulls[i], v)
		}
		if !there {
			continue
		}
		if text, ok := v.(string); ok {
			if got := texts[i]; got != text {
				t.Fatalf("%s of row %d: %q, want %q", leaf, r, got, text)
			}
			continue
		}
		n := number(v)
		if got := longs[i]; got != n {
			t.Fatalf("%s of row %d: %d, want %d", leaf, r, got, n)
		}
		if i > 5 {
			continue
		}
		var same []int32
		for k := range want {
			if x, ok := want[k][leaf]; ok && number(x) == n {
				same = append(same, int32(k))
			}
		}
		if got := c.Equal(nil, n); !slices.Equal(got, same) {
			t.Fatalf("%s is %d in rows %v, want %v", leaf, n, got, same)
		}
	}
}

// What a group has is never denied, whatever became of its filter.
func TestFiltersNeverHide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file, _ := write(t, draw(t)...)
		whole, damaged := layout(t, file), slices.Clone(file)
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range f.Metadata().RowGroups {
			for _, col := range g.Columns {
				if m := col.MetaData; m.BloomFilterLength > 0 {
					at := m.BloomFilterOffset + rapid.Int64Range(0, int64(m.BloomFilterLength)-1).Draw(t, "at")
					damaged[at] &^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
				}
			}
		}
		broken := layout(t, damaged)
		for g, rows := range groups(t, file) {
			for _, r := range rows {
				for _, field := range []string{"source.ip", "destination.ip"} {
					v, ok := r[field+".lo"]
					if !ok {
						continue
					}
					lo := uint64(number(v))
					if may, err := whole.MayHold(bytes.NewReader(file), g, field, lo); err != nil || !may {
						t.Fatalf("%s %x is there, and is denied (%v)", field, lo, err)
					}
					if may, err := broken.MayHold(bytes.NewReader(damaged), g, field, lo); err != nil || !may {
						t.Fatalf("%s %x is there, and is denied by a damaged filter (%v)", field, lo, err)
					}
				}
			}
		}
	})
}

func TestFiltersSpareReading(t *testing.T) {
	b := event.NewBatch([32]byte{1})
	var rows []row
	for i := range 10_000 {
		rows = append(rows, row{"source.ip": netip.AddrFrom4([4]byte{10, byte(i >> 6), byte(i << 2), 1}), "destination.ip": netip.AddrFrom4([4]byte{10, byte(i), byte(i >> 8), 2})})
	}
	fill(b, rows)
	file, _ := write(t, b)
	l, tried, may := layout(t, file), 0, 0
	for i := range 20_000 { // none of these is there, and all lie between the least and the greatest
		_, lo := event.Words(netip.AddrFrom4([4]byte{10, byte(i), byte(i >> 8), 7}))
		for _, field := range []string{"source.ip", "destination.ip"} {
			tried++
			if ok, err := l.MayHold(bytes.NewReader(file), 0, field, lo); err != nil {
				t.Fatal(err)
			} else if ok {
				may++
			}
		}
	}
	if may*25 > tried {
		t.Errorf("%d of %d addresses that are not there may be: more than 4 in a hundred", may, tried)
	}
	if ok, err := l.MayHold(bytes.NewReader(file), 0, "source.local_ip", 1); ok || err != nil {
		t.Errorf("a field that the segment lacks may hold something (%v)", err)
	}
}

// Other readers use the filters too: they must be what the format says.
func TestFiltersAreParquets(t *testing.T) {
	b := event.NewBatch([32]byte{1})
	fill(b, []row{{"source.ip": netip.MustParseAddr("192.0.2.1")}, {"source.ip": netip.MustParseAddr("2001:db8::1")}})
	file, _ := write(t, b)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := f.Schema().Lookup("source.ip.lo")
	filter := f.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex].BloomFilter()
	if filter == nil {
		t.Fatal("another reader finds no filter")
	}
	for _, a := range []string{"192.0.2.1", "2001:db8::1"} {
		_, lo := event.Words(netip.MustParseAddr(a))
		if ok, err := filter.Check(parquet.Int64Value(int64(lo))); err != nil || !ok {
			t.Errorf("%s: %v %v", a, ok, err)
		}
	}
}

func FuzzLayout(f *testing.F) {
	b := event.NewBatch([32]byte{1})
	fill(b, []row{{"source.ip": netip.MustParseAddr("192.0.2.1"), "malware.name": "mirai", "source.port": int64(23)}, {"malware.name": "qakbot"}})
	good, _ := write(f, b)
	f.Add(good)
	f.Fuzz(func(t *testing.T, file []byte) {
		r := bytes.NewReader(file)
		l, err := segment.NewLayout(r, int64(len(file)))
		if err != nil {
			return
		}
		var c segment.Chunk
		for g := range l.Groups() {
			_, _ = l.MayHold(r, g, "source.ip", 1)
			for _, leaf := range leaves {
				if c.Read(r, l, g, leaf) == nil {
					rows := c.Equal(nil, 23)
					c.Longs(nil, rows)
					c.Nulls(nil, rows)
					c.Counts(func(int64, []byte, int64) {})
				}
			}
		}
	})
}

// number is a value as a Chunk gives it.
func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return int64(math.Float64bits(v))
	}
	panic(fmt.Sprintf("%T is no number", v))
}
