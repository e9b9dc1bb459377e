package segment_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
)

// extras encodes one row that has the extras named first to last-1, and an overflow if it is told so.
func extras(t *testing.T, first, last int, overflow bool) *segment.Group {
	t.Helper()
	b := event.NewBatch([32]byte{})
	r := row{"source.port": int64(1)}
	for i := first; i < last; i++ {
		r[fmt.Sprint("extra.", i)] = "x"
	}
	if overflow {
		r["extra"] = `{"more":"x"}`
	}
	fill(b, []row{r})
	e, err := segment.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	return e.Group(b, []int32{0}, false)
}

// A feed that makes up names must not make segments of any number of columns, and what overflowed must be found again.
func TestFits(t *testing.T) {
	type span struct {
		first, last int
		overflow    bool
	}
	for name, c := range map[string]struct {
		had, next span
		want      bool
	}{
		"the same names":            {span{0, 200, false}, span{0, 200, false}, true},
		"some new names":            {span{0, 200, false}, span{100, 256, false}, true},
		"one name too many":         {span{0, 200, false}, span{100, 257, false}, false},
		"both overflow alike":       {span{0, 256, true}, span{0, 256, true}, true},
		"both overflow differently": {span{0, 256, true}, span{1, 257, true}, false},
		"overflow joins none":       {span{0, 10, false}, span{0, 256, true}, false},
		"none joins overflow":       {span{0, 256, true}, span{0, 10, false}, false},
	} {
		w := segment.NewWriter(&bytes.Buffer{})
		first := extras(t, c.had.first, c.had.last, c.had.overflow)
		if !w.Fits(first) {
			t.Errorf("%s: the first group does not fit", name)
		}
		if err := w.Append(first); err != nil {
			t.Fatal(err)
		}
		if got := w.Fits(extras(t, c.next.first, c.next.last, c.next.overflow)); got != c.want {
			t.Errorf("%s: fits %v", name, got)
		}
	}
}

// Extras that only rows of another class have cost nothing; typed fields stay, for readers rely on them.
func TestColumnsOfNoRowAreLeftOut(t *testing.T) {
	b := event.NewBatch([32]byte{})
	b.Const("extra.same", "x")
	fill(b, []row{{"extra.a": "1", "source.port": int64(1)}, {"extra.b": "2", "comment": "c"}})
	e, err := segment.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := segment.NewWriter(&out)
	if err := w.Append(e.Group(b, []int32{1}, false)); err != nil {
		t.Fatal(err)
	}
	info, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range info.Leaves {
		names = append(names, l.Name)
	}
	slices.Sort(names)
	if want := []string{"comment", "extra.b", "extra.same", "source.port"}; !slices.Equal(names, want) {
		t.Errorf("columns %q, want %q", names, want)
	}
	if got := read(t, out.Bytes()); len(got) != 1 || got[0]["extra.b"] != "2" || got[0]["extra.same"] != "x" {
		t.Errorf("rows %v", got)
	}
}
