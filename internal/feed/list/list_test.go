package list

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

func formatOf() *Format {
	return New(formattest.Clock, format.Defaults{Type: "c2-server", Identifier: "my-list"}, 0)
}

func TestItems(t *testing.T) {
	for in, want := range map[string]map[string]string{
		"192.0.2.1":                          {"source.ip": "192.0.2.1", "classification.type": "c2-server", "classification.taxonomy": "malicious-code", "classification.identifier": "my-list", "time.source": "2026-11-22T12:00:00Z"},
		"2001:db8::1 # seen":                 {"source.ip": "2001:db8::1", "extra.remark": "seen"},
		"192.0.2.1,botnet,x":                 {"source.ip": "192.0.2.1", "extra.remark": "botnet,x"},
		"Evil.Example.ORG.":                  {"source.fqdn": "evil.example.org", "source.ip": ""},
		"http://evil.example/a,b;c#d\tphish": {"source.url": "http://evil.example/a,b;c#d", "source.fqdn": "evil.example", "extra.remark": "phish"},
		"https://192.0.2.7:8443/x":           {"source.url": "https://192.0.2.7:8443/x", "source.ip": "192.0.2.7"},
	} {
		r := formattest.Decode(t, formatOf(), "x", in+"\r\n", 0)
		if r.Rows() != 1 {
			t.Errorf("%s: set aside: %+v", in, r.Rejects())
			continue
		}
		formattest.Want(t, r.Row(0), want)
	}
}

func TestCommentsAndBadLines(t *testing.T) {
	in := "\xef\xbb\xbf# a\n; b\n// c\n\n192.0.2.1\n192.0.2.0/24\nnonsense\n0.0.0.0\n192.0.2.2 a\x00\nhttp://\n192.0.2.3"
	want := []string{"6:" + event.RejectAddress, "7:" + event.RejectAddress, "8:" + event.RejectAddress, "9:" + event.RejectNUL, "10:" + event.RejectSyntax}
	for _, size := range []int{0, 1, 7, 30} {
		r := formattest.Decode(t, formatOf(), "x", in, size)
		if d := cmp.Diff(want, r.Codes()); d != "" || r.Rows() != 2 {
			t.Errorf("part size %d: %d rows, rejects (-want +got):\n%s", size, r.Rows(), d)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("192.0.2.1\nexample.org\nhttp://a.example/ x\n# c\n")
	f.Fuzz(func(t *testing.T, in string) {
		lines := 0
		for line := range strings.SplitSeq(strings.TrimPrefix(in, "\xef\xbb\xbf"), "\n") {
			if line = strings.TrimSpace(line); line != "" && !comment([]byte(line)) {
				lines++
			}
		}
		r := formattest.Decode(t, formatOf(), "x", in, 8)
		if r.Rows()+len(r.Rejects()) != lines {
			t.Fatalf("%d rows and %d rejects of %d lines", r.Rows(), len(r.Rejects()), lines)
		}
	})
}
