package shadowserver

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/klauspost/compress/gzip"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// taken is what came of an input: the keys of its rows and what was set aside.
type taken struct {
	Keys    []event.DedupeKey
	Rejects []event.Reject
}

// through decodes r as the pipeline does, beginning again with exact cuts when one was wrong.
func through(t interface{ Fatalf(string, ...any) }, open func() io.Reader, o format.Opened, size, limit int, exact bool) (got taken, restarted bool) {
	s := format.NewSplitter(open(), format.SplitOptions{
		Split: o.Split, PartSize: size, RecordLimit: limit, Skip: o.Skip, HeaderLines: o.HeaderLines, Exact: exact,
	})
	for {
		p, err := s.Next()
		if errors.Is(err, io.EOF) {
			return got, exact
		}
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		b := event.NewBatch([32]byte{1})
		used, err := o.Decoder.Decode(p, b)
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		if used < len(p.Data) {
			if p.Last || p.Exact {
				t.Fatalf("used %d of %d of a part whose cut is certain", used, len(p.Data))
			}
			return through(t, open, o, size, limit, true)
		}
		got.Keys = append(got.Keys, b.Keys()...)
		got.Rejects = append(got.Rejects, b.Rejects()...)
	}
}

// damage draws a file of good rows with quotes, line ends and other bytes put where they do not belong.
func damage(t *rapid.T, good string) string {
	data := []byte(good)
	for range rapid.IntRange(0, 12).Draw(t, "damages") {
		at := rapid.IntRange(len(telnetHeader), len(data)).Draw(t, "at")
		what := rapid.SampledFrom([]string{`"`, `""`, "\n", "\r\n", ",", "\x00", "\xff", `",`, strings.Repeat("x", 600)}).Draw(t, "what")
		data = slices.Insert(data, at, []byte(what)...)
	}
	return string(data)
}

// However damaged the file and wherever it is cut, the same rows come of it and the same are set aside.
func TestDamagedFilesInParts(t *testing.T) {
	table := Builtin()
	columns := strings.Split(strings.TrimSpace(telnetHeader), ",")
	good := string(file(t, table, "scan_telnet", columns, 20))
	const limit = 500
	o, err := New(table, now, limit).Open(format.Input{Name: "scan_telnet.csv", Head: []byte(good)})
	if err != nil {
		t.Fatal(err)
	}
	restarts := 0
	rapid.Check(t, func(t *rapid.T) {
		data := damage(t, good)
		open := func() io.Reader { return strings.NewReader(data) }
		whole, _ := through(t, open, o, 1<<20, limit, true)
		size := rapid.IntRange(1, 2000).Draw(t, "size")
		parts, restarted := through(t, open, o, size, limit, false)
		if d := cmp.Diff(whole, parts); d != "" {
			t.Fatalf("parts of %d bytes differ (-whole +parts):\n%s", size, d)
		}
		if restarted {
			restarts++
		}
	})
	if restarts == 0 {
		t.Error("no wrong cut was ever met: the test proves little")
	}
}

// A gzip that is cut off gives every row before the cut, and says how much was good.
func TestTruncatedGzip(t *testing.T) {
	table := Builtin()
	data := file(t, table, "scan_telnet", strings.Split(strings.TrimSpace(telnetHeader), ","), 2000)
	var packed strings.Builder
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	o, err := New(table, now, 0).Open(format.Input{Name: "scan_telnet.csv", Head: data})
	if err != nil {
		t.Fatal(err)
	}
	cutAt := packed.Len() / 2
	got, _ := through(t, func() io.Reader {
		r, err := unpack.Stream(strings.NewReader(packed.String()[:cutAt]), unpack.Gzip, unpack.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}, o, 10000, 0, false)
	if n := len(got.Keys); n < 100 || n >= 2000 {
		t.Errorf("%d rows of half a file of 2000", n)
	}
	if len(got.Rejects) != 1 || got.Rejects[0].Code != event.RejectTruncated || !strings.Contains(got.Rejects[0].Reason, "good bytes") {
		t.Errorf("rejects %+v", got.Rejects)
	}
	if want := int64(len(got.Keys) + 2); got.Rejects[0].Line != want {
		t.Errorf("the cut is said to be on line %d, want %d", got.Rejects[0].Line, want)
	}
}
