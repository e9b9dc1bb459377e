package feed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// groupOf makes a row group of n rows whose comments are numbered from first.
func groupOf(t *testing.T, first, n int) *segment.Group {
	t.Helper()
	b := event.NewBatch([32]byte{})
	rows := make([]int32, n)
	for i := range n {
		c := b.Column("comment")
		b.Begin(fmt.Append(nil, first+i))
		c.TextString(fmt.Sprint("row ", first+i))
		b.End()
		rows[i] = int32(i) //nolint:gosec // few
	}
	enc, err := segment.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	return enc.Group(b, rows, true)
}

func TestWriterRollsOver(t *testing.T) {
	for _, c := range []struct {
		name                          string
		rows, groups, facts           int // limits
		parts, each                   int
		segments, folds, rowsOfSecond int
	}{
		{"by rows", 10, 100, 100, 7, 5, 4, 1, 10},
		{"by groups", 1000, 3, 100, 7, 5, 3, 1, 15},
		{"facts", 1000, 100, 2, 7, 5, 1, 4, 0},
		{"a group beyond the limit", 3, 100, 100, 2, 5, 2, 1, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := Layout{FS: disk.OS{}, Dir: t.TempDir()}
			w := newWriter(l, Intake{ID: "in", Attempt: 3, Arrived: today, Feed: "f", Report: "r"})
			w.mostRows, w.mostGroups, w.mostFacts = c.rows, c.groups, c.facts
			for i := range c.parts {
				u := cooked{index: i, groups: []classGroup{{"vulnerable", groupOf(t, i*c.each, c.each)}}, facts: groupOf(t, i*c.each, c.each)}
				if err := w.add(u); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.close(); err != nil {
				t.Fatal(err)
			}
			if len(w.segments) != c.segments || len(w.folds) != c.folds {
				t.Fatalf("%d segments, %d folds", len(w.segments), len(w.folds))
			}
			var rows, facts int64
			var paths []string
			for _, s := range w.segments {
				rows += s.Rows
				paths = append(paths, s.Path)
				checkSize(t, l, dirEvents, s.Path, s.Bytes)
			}
			for _, f := range w.folds {
				facts += f.Rows
				paths = append(paths, f.Path)
			}
			if want := int64(c.parts * c.each); rows != want || facts != want {
				t.Errorf("%d rows, %d facts, want %d", rows, facts, want)
			}
			if slices.Sort(paths); len(slices.Compact(paths)) != c.segments+c.folds {
				t.Errorf("names repeat: %v", paths)
			}
			if c.segments > 1 && w.segments[1].Rows != int64(c.rowsOfSecond) {
				t.Errorf("the second segment has %d rows", w.segments[1].Rows)
			}
		})
	}
}

func checkSize(t *testing.T, l Layout, folder, name string, want int64) {
	t.Helper()
	info, err := os.Stat(l.path(folder, name))
	if err != nil || info.Size() != want {
		t.Errorf("%s: %v, %v, want %d bytes", name, info, err, want)
	}
}

// A class apart gets files apart, and what has no class is kept as other.
func TestWriterKeepsClassesApart(t *testing.T) {
	l := Layout{FS: disk.OS{}, Dir: t.TempDir()}
	w := newWriter(l, Intake{ID: "in", Attempt: 1, Arrived: today})
	for i, class := range []string{"vulnerable", "", "malicious-code", "vulnerable", "../../up"} {
		if err := w.add(cooked{groups: []classGroup{{class, groupOf(t, i*10, 10)}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, s := range w.segments {
		got[s.Taxonomy] = s.Rows
		if !strings.HasPrefix(s.Path, "2026-11-20/"+s.Taxonomy+"/in-1-") {
			t.Errorf("%s lies in %s", s.Taxonomy, s.Path)
		}
	}
	if len(w.segments) != 3 || got["vulnerable"] != 20 || got["other"] != 20 || got["malicious-code"] != 10 {
		t.Errorf("%v", got)
	}
}

func TestDiscardRemovesAll(t *testing.T) {
	s := onSQLite(t)
	w := newWriter(s.Layout, Intake{ID: "in", Attempt: 1, Arrived: today})
	w.mostRows = 10 // one is closed, one is open
	for i := range 3 {
		u := cooked{groups: []classGroup{{"other", groupOf(t, i*5, 5)}}, facts: groupOf(t, i*5, 5), rejects: []event.Reject{{Line: 1}}}
		if err := w.add(u); err != nil {
			t.Fatal(err)
		}
	}
	w.discard()
	if left := slices.Concat(s.files(dirEvents), s.files(dirFolds), s.files(dirAside)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// The picker gives exactly the records at the places, in order, whatever lies between; a place that cannot be read stays aside.
func TestPicker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var input strings.Builder
		var places []event.Reject
		var want []string
		for i := range rapid.IntRange(0, 60).Draw(t, "records") {
			record := fmt.Sprint(i, rapid.SampledFrom([]string{"", ",short", strings.Repeat(",long", 30), ",\"two\nlines\""}).Draw(t, "record"))
			if rapid.Bool().Draw(t, "aside") {
				places = append(places, event.Reject{Line: int64(i), Offset: int64(input.Len()), Length: len(record)})
				want = append(want, record+"\n")
			}
			input.WriteString(record + rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "ending"))
		}
		beyond := event.Reject{Line: 99, Offset: int64(input.Len()), Length: 5}
		back := event.Reject{Line: 98, Offset: -1, Length: 1}
		p := &picker{in: strings.NewReader(input.String()), places: listed(append(places, back, beyond)), size: rapid.IntRange(1, 500).Draw(t, "size")}
		var got []string
		var stay []event.Reject
		for next := 0; ; next++ {
			u, err := p.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || u.index != next || len(u.parts) == 0 {
				t.Fatalf("bundle %d: %+v, %v", next, u, err)
			}
			for _, part := range u.parts {
				stay = append(stay, part.Rejects...)
				if len(part.Rejects) == 0 {
					got = append(got, string(part.Data))
				}
			}
		}
		if !slices.Equal(got, want) || !slices.Equal(stay, []event.Reject{back, beyond}) {
			t.Fatalf("got %q, want %q; stay %+v", got, want, stay)
		}
	})
}

func listed(places []event.Reject) func() (event.Reject, error) {
	return func() (event.Reject, error) {
		if len(places) == 0 {
			return event.Reject{}, io.EOF
		}
		r := places[0]
		places = places[1:]
		return r, nil
	}
}

// What was spooled is what came; what comes back from the blob is what was read.
func TestSpoolKeepsWhatCame(t *testing.T) {
	text := telnet(0, 500)
	for kind, input := range map[string]string{"": text, ".gz": packed(t, "gz", map[string]string{"": text})} {
		l := Layout{FS: disk.OS{}, Dir: t.TempDir()}
		sp, err := newSpool(l, "number", strings.NewReader(input), unpack.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 100)
		if _, err := io.ReadFull(sp, head); err != nil {
			t.Fatal(err)
		}
		if err := sp.receive(); err != nil {
			t.Fatal(err)
		}
		blob, err := sp.place()
		sp.discard()
		if err != nil || !strings.HasSuffix(blob, kind) || sp.good != int64(len(text)) || sp.kept != int64(len(input)) {
			t.Fatalf("%q, %v: %d of %d, %d of %d", blob, err, sp.good, len(text), sp.kept, len(input))
		}
		raw, err := os.ReadFile(l.path(dirBlobs, blob))
		if err != nil || string(raw) != input {
			t.Fatalf("the blob is not what came: %v", err)
		}
		r, err := openBlob(l, Intake{Blob: blob}, unpack.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil || string(back) != text {
			t.Fatalf("%d bytes back, %v", len(back), err)
		}
	}
}

// A bundle's parts become one group, and what each part rejects stays with it.
func TestBundleIsOneGroup(t *testing.T) {
	s := onSQLite(t)
	fm, _, err := s.formats("shadowserver")
	if err != nil {
		t.Fatal(err)
	}
	text := telnet(0, 4)
	opened, err := fm.Open(format.Input{Name: "scan_telnet.csv", Head: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	var u bundle
	for i, line := range strings.SplitAfter(text[opened.Skip:], "\n")[:4] {
		u.parts = append(u.parts, format.Part{Data: []byte(line), Line: int64(i + 2), Last: true, Exact: true})
	}
	u.parts = append(u.parts, format.Part{Data: []byte("bad\n"), Line: 9, Last: true, Exact: true, Rejects: []event.Reject{{Line: 8}}})
	r := &run{intake: Intake{ID: "in"}, decoder: opened.Decoder, newAttr: func() *attributor { return &attributor{matcher: s.Matcher()} }}
	k, err := newKitchen(r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := k.cook(u)
	if err != nil || len(c.groups) != 1 || c.groups[0].group.Rows != 4 || c.counts.Rows != 6 {
		t.Fatalf("%+v, %v", c.counts, err)
	}
	if len(c.rejects) != 2 || c.rejects[0].Line != 8 || c.rejects[1].Line != 9 {
		t.Fatalf("%+v", c.rejects)
	}
}
