package segment_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
)

func reader(t interface{ Fatal(...any) }, file []byte) *segment.Reader {
	r, err := segment.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rowsOf writes a batch as plain rows, keys included.
func rowsOf(b *event.Batch) []string {
	var out []string
	for i := range b.Rows() {
		r := row{"key": fmt.Sprintf("%x", b.Keys()[i])}
		for _, c := range b.Columns() {
			if c.IsNull(i) {
				continue
			}
			switch c.Kind {
			case event.Text:
				r[c.Name] = string(c.Bytes(i))
			case event.IP:
				r[c.Name] = c.AddrAt(i)
			default:
				r[c.Name] = c.Int64(i)
			}
		}
		out = append(out, fmt.Sprint(r))
	}
	slices.Sort(out)
	return out
}

func TestReaderGivesBackWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batches []*event.Batch
		var want []string
		for range rapid.IntRange(1, 3).Draw(t, "groups") {
			b := event.NewBatch([32]byte{1})
			fill(b, rapid.SliceOfN(rapid.Custom(drawRow), 1, 60).Draw(t, "rows"))
			if rapid.Bool().Draw(t, "constant") {
				b.Const("feed.name", rapid.SampledFrom([]string{"f", ""}).Draw(t, "feed"))
				b.ConstTime("time.arrival", 77)
			}
			batches = append(batches, b)
			want = append(want, rowsOf(b)...)
		}
		file, _ := write(t, batches...)
		r, all := reader(t, file), event.NewBatch([32]byte{})
		for g := range r.Groups() {
			before := all.Rows()
			if err := r.Append(g, all, nil); err != nil {
				t.Fatal(err)
			}
			if all.Rows() != before+r.Rows(g) {
				t.Fatalf("group %d of %d rows gave %d", g, r.Rows(g), all.Rows()-before)
			}
		}
		slices.Sort(want)
		if got := rowsOf(all); !slices.Equal(got, want) {
			t.Fatalf("read back\n%q\nwritten\n%q", got, want)
		}
	})
}

func TestReaderKeepsDictionaries(t *testing.T) {
	b := event.NewBatch([32]byte{})
	distinct := 5000
	few := func(i int) int { // the column must not give up in the beginning
		if i < distinct {
			return i % 100
		}
		return i % distinct
	}
	for i := range 4 * distinct {
		b.Begin(nil)
		b.Column("extra.few").TextString(fmt.Sprintf("value %d", few(i)))
		b.Column("extra.many").TextString(strings.Repeat("x", 10) + fmt.Sprint(i))
		b.End()
	}
	file, _ := write(t, b)
	r, out := reader(t, file), event.NewBatch([32]byte{})
	for range 2 { // the same group twice shares its entries
		if err := r.Append(0, out, nil); err != nil {
			t.Fatal(err)
		}
	}
	if c := out.Find("extra.few"); c.Entries() != distinct || c.Distinct() {
		t.Errorf("%d entries for %d values, distinct %v", c.Entries(), distinct, c.Distinct())
	}
	if c := out.Find("extra.many"); !c.Distinct() || string(c.Bytes(3)) != string(c.Bytes(3+4*distinct)) {
		t.Errorf("a column of ever new values keeps a dictionary: %d entries", c.Entries())
	}
}

func TestReaderReadsWantedFieldsOnly(t *testing.T) {
	b := event.NewBatch([32]byte{})
	fill(b, []row{{"source.ip": netip.MustParseAddr("192.0.2.1"), "source.port": int64(7), "malware.name": "mirai"}})
	file, _ := write(t, b)
	out := event.NewBatch([32]byte{})
	if err := reader(t, file).Append(0, out, func(f string) bool { return f == "source.ip" }); err != nil {
		t.Fatal(err)
	}
	if len(out.Columns()) != 1 || out.Find("source.ip").AddrAt(0).String() != "192.0.2.1" {
		t.Errorf("read %d columns", len(out.Columns()))
	}
}

func TestReaderAppendsSegmentsOfOtherColumns(t *testing.T) {
	first, second := event.NewBatch([32]byte{}), event.NewBatch([32]byte{})
	fill(first, []row{{"malware.name": "mirai", "source.port": int64(1)}})
	fill(second, []row{{"source.ip": netip.MustParseAddr("192.0.2.1"), "extra.x": "y"}})
	out := event.NewBatch([32]byte{})
	for _, b := range []*event.Batch{first, second} {
		file, _ := write(t, b)
		if err := reader(t, file).Append(0, out, nil); err != nil {
			t.Fatal(err)
		}
	}
	port, ip := out.Find("source.port"), out.Find("source.ip")
	if out.Rows() != 2 || port.Int64(0) != 1 || !port.IsNull(1) || !ip.IsNull(0) || ip.IsNull(1) || string(out.Find("extra.x").Bytes(1)) != "y" {
		t.Errorf("got %q", rowsOf(out))
	}
}

func TestReaderRefusesDamage(t *testing.T) {
	b := event.NewBatch([32]byte{})
	fill(b, []row{{"source.ip": netip.MustParseAddr("192.0.2.1"), "malware.name": "mirai", "source.port": int64(1)}})
	file, _ := write(t, b)
	for at := range file {
		broken := bytes.Clone(file)
		broken[at] ^= 0xff
		r, err := segment.NewReader(bytes.NewReader(broken), int64(len(broken)))
		if err == nil && r.Groups() > 0 && r.Rows(0) == 1 {
			_ = r.Append(0, event.NewBatch([32]byte{}), nil) // an error or other values, but no panic
		}
	}
	if _, err := segment.NewReader(strings.NewReader("PAR1 no segment"), 15); err == nil {
		t.Error("a text was taken for a segment")
	}
}
