package format

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/event"
	"github.com/google/go-cmp/cmp"
)

// outcome is what a scan gave: the records, and the rejects.
type outcome struct {
	Records [][]string
	Lines   []int64
	Rejects []event.Reject
}

func (o *outcome) add(s *Scanner, st Status) {
	switch st {
	case Record:
		o.Records = append(o.Records, texts(s.Fields()))
		o.Lines = append(o.Lines, s.Line())
	case Bad:
		o.Rejects = append(o.Rejects, s.Failure())
	}
}

func texts(fields [][]byte) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = string(f)
	}
	return out
}

func scanAll(data string, limit int) outcome {
	var o outcome
	s := NewScanner(0, limit)
	s.Reset(Part{Data: []byte(data), Line: 1, Last: true})
	for st := s.Next(); st != End; st = s.Next() {
		o.add(s, st)
	}
	return o
}

func TestScannerReadsRecords(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     [][]string
		bad      []int64 // lines
	}{
		{name: "plain", in: "a,b\nc,d\n", want: [][]string{{"a", "b"}, {"c", "d"}}},
		{name: "no newline at the end", in: "a,b", want: [][]string{{"a", "b"}}},
		{name: "CRLF", in: "a,b\r\nc,d\r\n", want: [][]string{{"a", "b"}, {"c", "d"}}},
		{name: "CR before the end", in: "a,b\r", want: [][]string{{"a", "b"}}},
		{name: "lone CR stays", in: "a\rb,c\n", want: [][]string{{"a\rb", "c"}}},
		{name: "quoted", in: `"a","b,c","d""e"` + "\n", want: [][]string{{"a", "b,c", `d"e`}}},
		{name: "quoted newline", in: "\"a\nb\",c\nd,e\n", want: [][]string{{"a\nb", "c"}, {"d", "e"}}},
		{name: "quoted CRLF becomes LF", in: "\"a\r\nb\",c\n", want: [][]string{{"a\nb", "c"}}},
		{name: "empty lines", in: "\n\na\n\r\nb\n\n", want: [][]string{{"a"}, {"b"}}},
		{name: "empty fields", in: ",,\n\"\",\"\"\n", want: [][]string{{"", "", ""}, {"", ""}}},
		{name: "trailing separator", in: "a,\n\"b\",\n", want: [][]string{{"a", ""}, {"b", ""}}},
		{name: "bare quote", in: "a\"b,c\nd,e\n", want: [][]string{{"d", "e"}}, bad: []int64{1}},
		{name: "text after a closing quote", in: "\"a\"b,c\nd,e\n", want: [][]string{{"d", "e"}}, bad: []int64{1}},
		{name: "unclosed quote swallows nothing", in: "a,\"b\nc,d\ne,f\n", want: [][]string{{"c", "d"}, {"e", "f"}}, bad: []int64{1}},
		{name: "longer than eight bytes", in: "0123456789abcdef,0123456789\"\n0123456789,\"0123456789\"\n", want: [][]string{{"0123456789", "0123456789"}}, bad: []int64{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := scanAll(tt.in, 0)
			if d := cmp.Diff(tt.want, got.Records); d != "" {
				t.Errorf("records differ (-want +got):\n%s", d)
			}
			var bad []int64
			for _, r := range got.Rejects {
				bad = append(bad, r.Line)
			}
			if d := cmp.Diff(tt.bad, bad); d != "" {
				t.Errorf("lines set aside differ (-want +got):\n%s", d)
			}
		})
	}
}

func TestScannerDescribesWhatItSetsAside(t *testing.T) {
	got := scanAll("ok\n"+strings.Repeat("x", 30)+"\n\"open\n"+"fine,1\n", 20)
	want := []event.Reject{
		{Line: 2, Offset: 3, Length: 30, Code: event.RejectTooLong, Reason: TooLongReason},
		{Line: 3, Offset: 34, Length: 5, Code: event.RejectQuote, Reason: QuoteReason},
	}
	if d := cmp.Diff(want, got.Rejects); d != "" {
		t.Errorf("rejects differ (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int64{1, 4}, got.Lines); d != "" {
		t.Errorf("lines differ (-want +got):\n%s", d)
	}
}

func TestScannerAllocatesNothing(t *testing.T) {
	data := []byte(strings.Repeat(`"2026-11-20 00:00:01",192.0.2.1,"x ""y"" z"`+"\n", 100))
	s := NewScanner(0, 0)
	got := testing.AllocsPerRun(10, func() {
		s.Reset(Part{Data: data, Last: true})
		for s.Next() != End {
		}
	})
	if got > 0 {
		t.Errorf("a scan of 100 records allocates %v times, want 0", got)
	}
}

// FuzzScannerAgrees: where encoding/csv reads all without an error, so do we, and alike; up to its first error we agree too.
func FuzzScannerAgrees(f *testing.F) {
	for _, s := range []string{
		"a,b\nc,d\n", "\"a\nb\",c", "\"a\"\"b\"\r\n", "a\"b\n", "\r\n\r\r\n", "\"\r\n\r\n\"", "\"a\"\r", "\"a", ",\",\n", "\"\"\"\"\n\"\"",
		"0123456789012345,\"0123456789\",0123456789\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := scanAll(in, 0)
		r := csv.NewReader(strings.NewReader(in))
		r.FieldsPerRecord = -1
		var want [][]string
		for {
			rec, err := r.Read()
			if errors.Is(err, io.EOF) {
				if len(got.Rejects) > 0 {
					t.Fatalf("encoding/csv reads it all, we set aside %+v", got.Rejects)
				}
				break
			}
			if err != nil {
				if len(got.Rejects) == 0 {
					t.Fatalf("encoding/csv says %v, we set nothing aside", err)
				}
				got.Records = got.Records[:min(len(want), len(got.Records))]
				break
			}
			want = append(want, rec)
		}
		if d := cmp.Diff(want, got.Records); d != "" && len(want)+len(got.Records) > 0 {
			t.Fatalf("records differ from encoding/csv (-want +got):\n%s", d)
		}
	})
}

func rows(n int, quoted bool) []byte {
	var b bytes.Buffer
	q := ""
	if quoted {
		q = `"`
	}
	for i := range n {
		for c, v := range []string{
			"2026-11-20 00:00:01", fmt.Sprintf("192.0.2.%d", i%256), "23", "tcp", "host.example.net", "telnet", "64496", "DE", "BAVARIA", "MUNICH",
			"0", "0", "Welcome|to the box|login:",
		} {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteString(q + v + q)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func BenchmarkTokenize(b *testing.B) {
	for _, quoted := range []bool{false, true} {
		data := rows(10000, quoted)
		b.Run(fmt.Sprintf("scanner/quoted=%v", quoted), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			s := NewScanner(0, 0)
			for b.Loop() {
				s.Reset(Part{Data: data, Last: true})
				for s.Next() != End {
				}
			}
			b.ReportMetric(float64(b.N)*10000/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(fmt.Sprintf("encoding-csv/quoted=%v", quoted), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r := csv.NewReader(bytes.NewReader(data))
				r.ReuseRecord = true
				for {
					if _, err := r.Read(); err != nil {
						break
					}
				}
			}
			b.ReportMetric(float64(b.N)*10000/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
