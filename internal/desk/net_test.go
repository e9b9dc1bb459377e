package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
)

func TestSourcesOf(t *testing.T) {
	sources := []finding.Source{{Bit: 0, Feed: "a", Label: tlp.Green}, {Bit: 1, Feed: "b", Label: tlp.Amber}, {Bit: 2, Feed: "a", Label: tlp.Clear}}
	for _, tt := range []struct {
		name string
		bits uint64
		want string
	}{
		{"none", 0, "[] TLP:CLEAR"},
		{"one", 1, "[a] TLP:GREEN"},
		{"one twice", 5, "[a] TLP:GREEN"},
		{"two", 3, "[a b] TLP:AMBER"},
		{"beyond", 1 << finding.Beyond, "[latest] TLP:RED"},
		{"unknown", 8, "[latest] TLP:RED"},
	} {
		if feeds, label := sourcesOf(finding.Finding{Sources: tt.bits, Feed: "latest"}, sources); fmt.Sprint(feeds)+" "+label != tt.want {
			t.Errorf("%s: got %v %s, want %s", tt.name, feeds, label, tt.want)
		}
	}
}

func TestNetOf(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	base := finding.Finding{Type: "scanner", First: at, Last: at}
	for _, tt := range []struct {
		name string
		of   finding.Asset
		f    func(*finding.Finding)
		want string
	}{
		{"service", finding.Asset{Addr: netip.MustParseAddr("192.0.2.1"), Port: 23}, func(f *finding.Finding) { f.Port = 23 }, "source.ip:192.0.2.1 source.port:23"},
		{"other side", finding.Asset{Addr: netip.MustParseAddr("192.0.2.1")}, func(f *finding.Finding) { f.Role = "destination" }, "destination.ip:192.0.2.1"},
		{"page", finding.Asset{Type: "phishing", URL: "http://a.example/"}, func(f *finding.Finding) { f.URL = "http://a.example/" }, `source.url:"http://a.example/"`},
		{"host", finding.Asset{Type: "phishing", FQDN: "a.example"}, func(f *finding.Finding) { f.FQDN = "a.example" }, "source.fqdn:a.example"},
	} {
		f := base
		f.Key = finding.KeyOf(tt.of)
		tt.f(&f)
		want := "time.source:2026-11-01T00:00:00Z..2026-11-01T00:00:00.001Z classification.type:scanner " + tt.want
		if got := netOf(f).String(); strings.ReplaceAll(got, `"`, "") != strings.ReplaceAll(want, `"`, "") {
			t.Errorf("%s: got %s\nwant %s", tt.name, got, want)
		}
	}
}

func TestAlike(t *testing.T) {
	wide := func(name string, n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprint(name, i))
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		leaves [][]string
		groups []int
	}{
		{"none", nil, nil},
		{"the same", [][]string{{"a", "b"}, {"b", "a"}}, []int{2}},
		{"narrow ones together", [][]string{{"a"}, {"b"}, {"a", "c"}}, []int{3}},
		{"wide ones apart", [][]string{wide("a", 100), wide("b", 100), wide("a", 100)}, []int{2, 1}},
		{"wider than the widest", [][]string{wide("a", 300), {"b"}}, []int{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var segments []event.Segment
			for _, l := range tt.leaves {
				segments = append(segments, event.Segment{Leaves: l})
			}
			var got []int
			for _, g := range alike(segments) {
				got = append(got, len(g))
			}
			if !slices.Equal(got, tt.groups) {
				t.Errorf("got %v, want %v", got, tt.groups)
			}
		})
	}
}
