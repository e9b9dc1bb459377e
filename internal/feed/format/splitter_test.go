package format

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
)

// scanParts reads data part by part as the pipeline does: a wrong cut begins the attempt again with Exact.
func scanParts(t errorer, data string, o SplitOptions) (got outcome, parts []Part, exact bool) {
	s := NewSplitter(iotest.OneByteReader(strings.NewReader(data)), o)
	sc := NewScanner(0, o.RecordLimit)
	for {
		p, err := s.Next()
		if errors.Is(err, io.EOF) {
			return got, parts, o.Exact
		}
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		parts = append(parts, p)
		got.Rejects = append(got.Rejects, p.Rejects...)
		sc.Reset(p)
		for st := sc.Next(); st != End; st = sc.Next() {
			if st == Cut {
				if o.Exact {
					t.Fatalf("wrong cut in exact mode at %d of part %d", sc.Start(), p.Index)
				}
				o.Exact = true
				return scanParts(t, data, o)
			}
			got.add(sc, st)
		}
	}
}

type errorer interface{ Fatalf(string, ...any) }

// csvish draws input dense in what matters to a CSV reader.
func csvish(t *rapid.T) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune("ab,,\"\"\n\n\rc")), 0, 120, -1).Draw(t, "input")
}

// Cut anywhere, with whatever sizes: the rows and rejects are those of the whole.
func TestPartsGiveWhatTheWholeGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := csvish(t)
		limit := rapid.IntRange(3, 60).Draw(t, "limit")
		o := SplitOptions{
			Split: CSV, PartSize: rapid.IntRange(1, 40).Draw(t, "part"), RecordLimit: limit, Exact: rapid.Bool().Draw(t, "exact"),
		}
		want := scanAll(in, limit)
		got, parts, _ := scanParts(t, in, o)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("parts differ from the whole (-whole +parts):\n%s", d)
		}
		covers(t, in, parts)
	})
}

// covers checks that parts and rejected lines make up the input, with right offsets and lines.
func covers(t *rapid.T, in string, parts []Part) {
	at := int64(0)
	for i, p := range parts {
		for _, r := range p.Rejects {
			at = min(int64(len(in)), r.Offset+int64(r.Length)+1)
		}
		if p.Offset != at || p.Index != i {
			t.Fatalf("part %d begins at %d with index %d, want %d", i, p.Offset, p.Index, at)
		}
		if line := int64(1 + strings.Count(in[:at], "\n")); p.Line != line {
			t.Fatalf("part %d: line %d, want %d", i, p.Line, line)
		}
		if string(p.Data) != in[at:at+int64(len(p.Data))] {
			t.Fatalf("part %d: data differ", i)
		}
		if p.Last != (i == len(parts)-1) {
			t.Fatalf("part %d of %d: Last = %v", i, len(parts), p.Last)
		}
		at += int64(len(p.Data))
	}
	if at != int64(len(in)) {
		t.Fatalf("parts cover %d of %d bytes", at, len(in))
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add("a,\"b\nc\",d\n\"\n", uint8(5), uint8(9), true)
	f.Add("aaaaaaaaaaaaaaaaaaaa\nb\n", uint8(5), uint8(9), false)
	f.Fuzz(func(t *testing.T, in string, part, limit uint8, exact bool) {
		if len(in) > 4096 {
			t.Skip("long inputs show nothing more")
		}
		o := SplitOptions{Split: CSV, PartSize: 1 + int(part), RecordLimit: 1 + int(limit), Exact: exact}
		want := scanAll(in, o.RecordLimit)
		got, _, _ := scanParts(t, in, o)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("parts differ from the whole (-whole +parts):\n%s", d)
		}
	})
}

func TestSplitterSkipsTheHeader(t *testing.T) {
	s := NewSplitter(strings.NewReader("h1,h2\na,b\nc,d\n"), SplitOptions{Split: CSV, Skip: 6, HeaderLines: 1})
	p, err := s.Next()
	if err != nil || string(p.Data) != "a,b\nc,d\n" || p.Offset != 6 || p.Line != 2 || !p.Last {
		t.Errorf("Next = %+v, %v", p, err)
	}
	if _, err := s.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("second Next: %v, want EOF", err)
	}
}

func TestSplitterLines(t *testing.T) {
	s := NewSplitter(strings.NewReader("aaa\n\"bb\ncccccccccc\ndd"), SplitOptions{Split: Lines, PartSize: 5, RecordLimit: 6})
	var got []string
	var rejects []event.Reject
	for p, err := s.Next(); err == nil; p, err = s.Next() {
		got = append(got, string(p.Data))
		rejects = append(rejects, p.Rejects...)
		s.Release(Part{Data: nil})
	}
	if d := cmp.Diff([]string{"aaa\n", "\"bb\n", "dd"}, got); d != "" {
		t.Errorf("parts differ (-want +got):\n%s", d)
	}
	want := []event.Reject{{Line: 3, Offset: 8, Length: 10, Code: event.RejectTooLong, Reason: TooLongReason}}
	if d := cmp.Diff(want, rejects); d != "" {
		t.Errorf("rejects differ (-want +got):\n%s", d)
	}
}

func TestSplitterOfTruncatedInput(t *testing.T) {
	r := io.MultiReader(strings.NewReader("a,b\nc,d\ne,"), iotest.ErrReader(io.ErrUnexpectedEOF))
	s := NewSplitter(r, SplitOptions{Split: CSV})
	p, err := s.Next()
	if err != nil || string(p.Data) != "a,b\nc,d\n" || p.Last || len(p.Rejects) > 0 {
		t.Fatalf("Next = %+v, %v", p, err)
	}
	// Told after everything before it: places of rejects ascend.
	if p, err = s.Next(); err != nil || len(p.Data) > 0 || !p.Last {
		t.Fatalf("second Next = %+v, %v", p, err)
	}
	if len(p.Rejects) != 1 || p.Rejects[0].Code != event.RejectTruncated || p.Rejects[0].Offset != 8 || p.Rejects[0].Line != 3 {
		t.Errorf("rejects = %+v", p.Rejects)
	}
}

func TestOverlongLineThatIsCutCountsOnce(t *testing.T) {
	r := io.MultiReader(strings.NewReader("a,b\n"+strings.Repeat("x", 9000)), iotest.ErrReader(io.ErrUnexpectedEOF))
	s := NewSplitter(r, SplitOptions{Split: CSV, PartSize: 50, RecordLimit: 40})
	var rejects []event.Reject
	for p, err := s.Next(); err == nil; p, err = s.Next() {
		rejects = append(rejects, p.Rejects...)
	}
	if len(rejects) != 1 || rejects[0].Offset != 4 || rejects[0].Length != 9000 || rejects[0].Code != event.RejectTruncated {
		t.Errorf("rejects %+v, want one of 9000 bytes at 4", rejects)
	}
}

func TestSplitterGivesReadErrors(t *testing.T) {
	boom := errors.New("disk on fire")
	s := NewSplitter(io.MultiReader(strings.NewReader("a,b\n"), iotest.ErrReader(boom)), SplitOptions{Split: CSV})
	if p, err := s.Next(); err != nil || string(p.Data) != "a,b\n" || p.Last {
		t.Fatalf("Next = %+v, %v", p, err)
	}
	if _, err := s.Next(); !errors.Is(err, boom) {
		t.Errorf("second Next: %v, want %v", err, boom)
	}
}

func TestSplitterWhole(t *testing.T) {
	s := NewSplitter(strings.NewReader("From: a\n\nb\n"), SplitOptions{Split: Whole})
	p, err := s.Next()
	if err != nil || string(p.Data) != "From: a\n\nb\n" || !p.Last {
		t.Errorf("Next = %+v, %v", p, err)
	}
	s = NewSplitter(strings.NewReader("too long"), SplitOptions{Split: Whole, RecordLimit: 3})
	p, err = s.Next()
	if err != nil || len(p.Data) != 0 || len(p.Rejects) != 1 || p.Rejects[0].Length != 8 {
		t.Errorf("Next beyond the limit = %+v, %v", p, err)
	}
}

// A line of 100 MB is set aside without being held.
func TestSplitterHoldsNoOverlongLine(t *testing.T) {
	const length = 100 << 20
	r := io.MultiReader(strings.NewReader("a,b\n"), &letters{left: length}, strings.NewReader("\nc,d\n"))
	s := NewSplitter(r, SplitOptions{Split: CSV, PartSize: 1 << 20})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var rejects []event.Reject
	var data bytes.Buffer
	for p, err := s.Next(); err == nil; p, err = s.Next() {
		data.Write(p.Data)
		rejects = append(rejects, p.Rejects...)
	}
	runtime.ReadMemStats(&after)
	if len(rejects) != 1 || rejects[0].Length != length || rejects[0].Line != 2 || data.String() != "a,b\nc,d\n" {
		t.Errorf("rejects %+v, data %q", rejects, data.String())
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("allocated %d bytes for it, want less than 16 MiB", used)
	}
}

// letters reads as so many x.
type letters struct{ left int }

func (l *letters) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), l.left)
	for i := range p[:n] {
		p[i] = 'x'
	}
	l.left -= n
	return n, nil
}

func BenchmarkSplitter(b *testing.B) {
	data := rows(300000, true)
	for _, exact := range []bool{false, true} {
		name := "parity"
		if exact {
			name = "exact"
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				s := NewSplitter(bytes.NewReader(data), SplitOptions{Split: CSV, Exact: exact})
				for p, err := s.Next(); err == nil; p, err = s.Next() {
					s.Release(p)
				}
			}
		})
	}
}
