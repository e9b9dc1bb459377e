package indicator

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
)

// rowsOf makes a batch of events; each is FIELD=VALUE with blanks between them.
func rowsOf(t testing.TB, rows ...string) *event.Batch {
	t.Helper()
	b := event.NewBatch([32]byte{})
	for _, row := range rows {
		b.Begin(nil)
		for _, cell := range strings.Fields(row) {
			name, value, _ := strings.Cut(cell, "=")
			switch c := b.Column(name); c.Kind {
			case event.IP:
				c.Addr(netip.MustParseAddr(value))
			case event.Int:
				c.Int(asNumber(value))
			case event.Time:
				at, err := time.Parse(time.DateOnly, value)
				if err != nil {
					t.Fatal(err)
				}
				c.Time(at.UnixMilli())
			default:
				c.TextString(value)
			}
		}
		b.End()
	}
	b.Columns()
	return b
}

func sought(id, pattern string) (*Indicator, []Value) {
	i := &Indicator{ID: id, Pattern: pattern}
	values := i.look("stix")
	i.Exact = i.reach == 0 && i.Kind != Other
	return i, values
}

func matcherOf(patterns ...string) *matcher {
	m := newMatcher()
	for n, p := range patterns {
		i, values := sought(fmt.Sprint(n), p)
		m.add(i, values)
	}
	return m
}

func TestMatcher(t *testing.T) {
	m := matcherOf(
		"[ipv4-addr:value = '198.51.100.1']", "[ipv4-addr:value = '198.51.0.0/16']", "[ipv4-addr:value = '198.51.100.0/24']", "[ipv6-addr:value = '2001:db8::1']",
		"[domain-name:value = 'Evil.example.']", "[url:value = 'http://evil.example/X']", "[file:hashes.MD5 = 'D41D8CD98F00B204E9800998ECF8427F']",
		"[autonomous-system:number = 64500]", "[ipv4-addr:value = '198.51.100.1' AND network-traffic:dst_port = 23]",
		"[ipv4-addr:value = '198.51.100.9' OR domain-name:value = 'evil.example']", "[url:value LIKE '%wicked%']")
	tests := []struct {
		row  string
		want []string
	}{
		{"source.ip=192.0.2.1", nil},
		{"source.ip=198.51.100.1", []string{"0 198.51.100.1", "1 198.51.0.0/16", "2 198.51.100.0/24"}},
		{"destination.ip=198.51.7.1", []string{"1 198.51.0.0/16"}},
		{"destination.ip=2001:db8::1", []string{"3 2001:db8::1"}},
		{"source.fqdn=EVIL.example", []string{"4 evil.example", "9 evil.example"}},
		{"source.fqdn=www.evil.example", nil},
		{"destination.url=http://evil.example/X", []string{"5 http://evil.example/X"}},
		{"destination.url=http://evil.example/x", nil},
		{"malware.hash.md5=d41d8cd98f00b204e9800998ecf8427f", []string{"6 d41d8cd98f00b204e9800998ecf8427f"}},
		{"source.asn=AS64500", []string{"7 AS64500"}},
		{"source.ip=192.0.2.1 destination.ip=198.51.100.1 destination.port=23", []string{"0 198.51.100.1", "1 198.51.0.0/16", "2 198.51.100.0/24"}},
		{"source.url=http://x.example/wicked.exe", []string{"10 "}},
	}
	for _, tt := range tests {
		out := finds{}
		m.match(rowsOf(t, tt.row+" time.source=2026-11-20"), "f", out)
		var got []string
		for x, at := range out {
			got = append(got, m.targets[x.target].id+" "+x.value.Value)
			if x.feed != "f" || x.day*dayMillis != at {
				t.Errorf("%+v at %d", x, at)
			}
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(tt.want))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tt.row, got, want)
		}
	}
}

// Many events of one day count once, each day for itself; those without a time are of no day.
func TestOnceADay(t *testing.T) {
	m, out := matcherOf("[ipv4-addr:value = '198.51.100.1']"), finds{}
	const row = "source.ip=198.51.100.1 destination.ip=198.51.100.1 time.source="
	m.match(rowsOf(t, row+"2026-11-20", row+"2026-11-20", row+"2026-11-21", "source.ip=198.51.100.1"), "f", out)
	var days []int64
	for x := range maps.Keys(out) {
		days = append(days, x.day)
	}
	slices.Sort(days)
	if len(days) != 3 || days[0] != undated || days[2]-days[1] != 1 {
		t.Errorf("%v", days)
	}
}

// BenchmarkMatch looks for 100,000 addresses and 20,000 names in events of which few hold one; compare with BenchmarkIngest of package feed.
func BenchmarkMatch(b *testing.B) {
	m := newMatcher()
	for n := range 100_000 {
		i, values := sought(fmt.Sprint(n), fmt.Sprintf("[ipv4-addr:value = '198.%d.%d.%d']", n>>16, n>>8&255, n&255))
		m.add(i, values)
	}
	for n := range 20_000 {
		i, values := sought(fmt.Sprint(n), fmt.Sprintf("[domain-name:value = 'evil%d.example']", n))
		m.add(i, values)
	}
	batch, rows := event.NewBatch([32]byte{}), 200_000
	for n := range rows {
		batch.Begin(nil)
		batch.Column(event.FieldSourceIP).IPv4(uint32(0x0b000000 + n*37)) //nolint:gosec // small
		batch.Column(event.FieldDestIP).IPv4(uint32(0xc0000000 + n%5000)) //nolint:gosec // small
		batch.Column(event.FieldSourceFQDN).TextString(fmt.Sprintf("host%d.example", n%20_000))
		batch.Column(event.FieldTime).Time(int64(n))
		batch.End()
	}
	batch.Columns()
	b.ResetTimer()
	for range b.N {
		m.match(batch, "f", finds{})
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "events/s")
}
