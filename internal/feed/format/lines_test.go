package format

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/event"
)

// What is kept of a part's rejects must stay within bounds although each line of two bytes may be one.
func TestPartsHaveBoundedLines(t *testing.T) {
	short := strings.Repeat("x\n", 3*maxLines)
	for name, o := range map[string]SplitOptions{
		"lines": {Split: Lines}, "CSV": {Split: CSV}, "CSV read record by record": {Split: CSV, Exact: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSplitter(strings.NewReader(short), o)
			var got bytes.Buffer
			for line := int64(1); ; {
				p, err := s.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				n := bytes.Count(p.Data, newline)
				if n > maxLines || p.Line != line || p.Offset != int64(got.Len()) {
					t.Fatalf("part %d: %d lines from %d on at %d, want %d", p.Index, n, p.Line, p.Offset, line)
				}
				line += int64(n)
				got.Write(p.Data)
				s.Release(p)
			}
			if got.String() != short {
				t.Errorf("%d bytes of %d came out", got.Len(), len(short))
			}
		})
	}
}

// One record of many lines is one record, however many they are (counting quotes alone cannot tell; a decoder notices that).
func TestQuotedLinesAreNotCut(t *testing.T) {
	long := `"` + strings.Repeat("x\n", maxLines+10) + "\"\n"
	s := NewSplitter(strings.NewReader(long+"a\n"), SplitOptions{Split: CSV, Exact: true})
	p, err := s.Next()
	if err != nil || !strings.HasPrefix(string(p.Data), long) {
		t.Errorf("%d bytes, %v", len(p.Data), err)
	}
}

// A hundred megabytes without a newline are set aside without being held, wherever they stand, and the neighbours go on.
func TestHugeLines(t *testing.T) {
	const huge = 100 << 20
	for name, before := range map[string]string{"first": "", "after a line": "good\n"} {
		in := io.MultiReader(strings.NewReader(before), io.LimitReader(endless{}, huge), strings.NewReader("\nlast\n"))
		s := NewSplitter(in, SplitOptions{Split: Lines})
		b := event.NewBatch([32]byte{})
		var lines []string
		for {
			p, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if cap(p.Data) > 3*DefaultPartSize {
				t.Errorf("%s: a part holds %d bytes", name, cap(p.Data))
			}
			p.TakeRejects(b)
			EachLine(p, b, 0, func(line []byte, _ event.Reject) { lines = append(lines, string(line)) })
		}
		want := strings.TrimSpace(before + "last")
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%s: lines %q, want %q", name, got, want)
		}
		x := b.Rejects()
		if len(x) != 1 || x[0].Code != event.RejectTooLong || x[0].Length != huge || x[0].Offset != int64(len(before)) || x[0].Line != int64(1+strings.Count(before, "\n")) {
			t.Errorf("%s: rejects %+v", name, x)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
