package format

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/event"
)

// FuzzEscape: what comes out is valid, and valid text comes out as it is.
func FuzzEscape(f *testing.F) {
	f.Add([]byte("a\xff\xc3\xa9"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out := Escape(in)
		if !utf8.Valid(out) || utf8.Valid(in) && !bytes.Equal(in, out) || len(out) < len(in) {
			t.Errorf("Escape(%q) = %q", in, out)
		}
	})
}

// FuzzDomain: a name stays the name it is, and never has what no name has.
func FuzzDomain(f *testing.F) {
	f.Add("Example.ORG.:80")
	f.Fuzz(func(t *testing.T, in string) {
		name, ok := Domain(nil, []byte(in))
		if !ok {
			return
		}
		again, ok := Domain(nil, name)
		if !ok || !bytes.Equal(name, again) {
			t.Errorf("Domain(%q) = %q, of which it makes %q", in, name, again)
		}
		if strings.ContainsAny(string(name), " /:@?#ABCDEFGHIJKLMNOPQRSTUVWXYZ") || !strings.Contains(string(name), ".") {
			t.Errorf("Domain(%q) = %q", in, name)
		}
	})
}

func TestEachLine(t *testing.T) {
	b := event.NewBatch([32]byte{})
	var got []string
	var offsets []int64
	EachLine(Part{Data: []byte("one\r\n\n  two \ntoolong\nend"), Offset: 100, Line: 7}, b, 6, func(line []byte, rej event.Reject) {
		got = append(got, string(line))
		offsets = append(offsets, rej.Offset, rej.Line, int64(rej.Length))
	})
	if d := cmp.Diff([]string{"one", "two", "end"}, got); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int64{100, 7, 4, 106, 9, 6, 121, 11, 3}, offsets); d != "" {
		t.Errorf("offset, line and length (-want +got):\n%s", d)
	}
	want := []event.Reject{{Line: 10, Offset: 113, Length: 7, Code: event.RejectTooLong, Reason: TooLongReason}}
	if d := cmp.Diff(want, b.Rejects()); d != "" {
		t.Errorf("rejects (-want +got):\n%s", d)
	}
}

func TestUndecidedNamesTheCandidates(t *testing.T) {
	u := &Undecided{Candidates: []string{"scan_smtp", "scan_telnet"}}
	if msg := u.Error(); !strings.Contains(msg, "scan_smtp, scan_telnet") {
		t.Errorf("message %q", msg)
	}
}
