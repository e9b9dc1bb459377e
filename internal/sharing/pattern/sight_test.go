package pattern_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// batch holds an infection that speaks to its controller, and a row with nothing but an address.
func batch() *event.Batch {
	b := event.NewBatch([32]byte{1})
	b.Begin([]byte("one"))
	b.Column(event.FieldTime).Time(noon.UnixMilli())
	b.Column(event.FieldSourceIP).Addr(netip.MustParseAddr("192.0.2.7"))
	b.Column(event.FieldSourcePort).Int(50123)
	b.Column(event.FieldSourceASN).Int(64500)
	b.Column(event.FieldDestIP).Addr(netip.MustParseAddr("2001:db8::9"))
	b.Column(event.FieldDestPort).Int(443)
	b.Column(event.FieldDestFQDN).TextString("c2.evil.example")
	b.Column(event.FieldDestURL).TextString("https://c2.evil.example/gate")
	b.Column(event.FieldTransport).TextString("tcp")
	b.Column("malware.hash.sha256").TextString(strings.Repeat("ab", 32))
	b.Column("user_agent").TextString("Mozilla/9")
	b.End()
	b.Begin([]byte("two"))
	b.Column(event.FieldSourceIP).Addr(netip.MustParseAddr("198.51.100.1"))
	b.End()
	return b
}

func TestPatternsFindEvents(t *testing.T) {
	rows := pattern.NewRows(batch())
	if rows.Len() != 2 {
		t.Fatalf("%d rows", rows.Len())
	}
	tests := []struct {
		text        string
		first, next bool
	}{
		{"[ipv4-addr:value = '192.0.2.0/24']", true, false},
		{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", false, true},
		{"[ipv4-addr:belongs_to_refs[*].number = 64500]", true, false},
		{"[network-traffic:src_ref.value = '192.0.2.7' AND network-traffic:dst_port = 443]", true, false},
		{"[network-traffic:dst_ref.value = '2001:db8::9' AND network-traffic:protocols[*] = 'tcp']", true, false},
		{"[network-traffic:start >= t'2026-11-22T12:00:00Z']", true, false},
		{"[network-traffic:dst_port = 0]", false, false},
		{"[domain-name:value LIKE '%.evil.example']", true, false},
		{"[domain-name:resolves_to_refs[*].value = '2001:db8::9']", true, false},
		{"[url:value MATCHES '/gate$']", true, false},
		{"[file:hashes.'SHA-256' = '" + strings.Repeat("AB", 32) + "']", true, false},
		{"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*] LIKE 'Mozilla%']", true, false},
		{"[EXISTS ipv4-addr:value]", true, true},
	}
	for _, tt := range tests {
		p, err := pattern.Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{tt.first, tt.next} {
			hit, err := p.Match([]pattern.Observation{rows.At(i).Observation()})
			if err != nil || (len(hit) > 0) != want {
				t.Errorf("%s, row %d: got %v, %v", tt.text, i, hit, err)
			}
		}
	}
}

func TestObservationsOfWhatCameIn(t *testing.T) {
	const bundle = `{"type":"bundle","id":"bundle--11111111-1111-4111-8111-111111111111","objects":[
	{"type":"observed-data","spec_version":"2.1","id":"observed-data--11111111-1111-4111-8111-111111111111","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",
	 "first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:10Z","number_observed":3,"object_refs":["domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"]},
	{"type":"domain-name","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com","resolves_to_refs":["ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"]},
	{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"},
	{"type":"observed-data","id":"observed-data--22222222-2222-4222-8222-222222222222","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",
	 "first_observed":"2026-01-01T00:00:20Z","last_observed":"2026-01-01T00:00:20Z","number_observed":1,"objects":{"0":{"type":"ipv4-addr","value":"203.0.113.1"},"1":{"type":"network-traffic","dst_ref":"0","protocols":["tcp"]}}}]}`
	objects, bad, err := stix.Parse(strings.NewReader(bundle), stix.Limits{Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	seen := pattern.Observations(objects)
	for text, want := range map[string]int{
		"[domain-name:resolves_to_refs[*].value = '198.51.100.3'] REPEATS 3 TIMES":                                    1,
		"[network-traffic:dst_ref.value = '203.0.113.1']":                                                             1,
		"[domain-name:value = 'example.com'] FOLLOWEDBY [network-traffic:protocols[*] = 'tcp'] WITHIN 30 SECONDS":     2,
		"([domain-name:value = 'example.com'] FOLLOWEDBY [network-traffic:protocols[*] = 'tcp']) WITHIN 19.9 SECONDS": 0,
	} {
		p, err := pattern.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		hit, err := p.Match(seen)
		if err != nil || len(hit) != want {
			t.Errorf("%s: %v, %v", text, hit, err)
		}
	}
}

func BenchmarkSight(b *testing.B) {
	rows := pattern.NewRows(batch())
	p, err := pattern.Parse("[domain-name:value LIKE '%.evil.example'] OR [network-traffic:dst_port = 4444]")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if hit, _ := p.Match([]pattern.Observation{rows.At(0).Observation()}); len(hit) != 1 {
			b.Fatal("no match")
		}
	}
}
