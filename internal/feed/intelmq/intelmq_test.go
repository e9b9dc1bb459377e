package intelmq

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

const good = `{"time.source":"2026-11-20T10:00:00+00:00","source.ip":"192.0.2.1","source.port":23,"source.asn":64496,` +
	`"classification.type":"infected-system","classification.taxonomy":"malicious-code","malware.name":"Mirai","feed.name":"Other",` +
	`"feed.accuracy":99.5,"source.tor_node":true,"extra.tag":"a","extra":{"deep":{"er":[1, "x"]},"n":0.10},"odd key!":"v","comment":null}`

func formatOf() *Format {
	return New(formattest.Clock, format.Defaults{Report: "events"}, 0)
}

func TestDecodesAnEvent(t *testing.T) {
	r := formattest.Decode(t, formatOf(), "x.json", "\xef\xbb\xbf"+good+"\n\n", 0)
	if r.Rows() != 1 {
		t.Fatalf("set aside: %+v", r.Rejects())
	}
	formattest.Want(t, r.Row(0), map[string]string{
		"time.source": "2026-11-20T10:00:00Z", "source.ip": "192.0.2.1", "source.port": "23", "source.asn": "64496",
		"classification.type": "infected-system", "classification.taxonomy": "malicious-code", "malware.name": "mirai",
		"feed.name": "", "extra.feed.name": "Other", "source.tor_node": "1", "extra.tag": "a", "extra.deep.er": `[1,"x"]`, "extra.n": "0.10",
		"extra.odd_key_": "v", "comment": "", "feed.report": "events", "attribution.role": "source", "attribution.standing": "responsible",
	})
}

func TestDecodesVariants(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     map[string]string
	}{
		{"old type", `{"time.source":"2026-11-20 10:00:00","classification.type":"c&c"}`, map[string]string{"classification.type": "c2-server", "extra.classification_type": "c&c"}},
		{"no type", `{"time.source":"2026-11-20 10:00:00"}`, map[string]string{"classification.type": "undetermined", "classification.taxonomy": "other"}},
		{"only observed", `{"time.observation":"2026-11-20T10:00:00Z"}`, map[string]string{"time.source": "2026-11-20T10:00:00Z"}},
		{"nested names", `{"time":{"source":"2026-11-20 10:00:00"},"source":{"ip":"2001:db8::1"}}`, map[string]string{"source.ip": "2001:db8::1"}},
		{"spoofed attribution", `{"time.source":"2026-11-20 10:00:00","attribution.organisation":"x","key":"y"}`, map[string]string{"attribution.organisation": "", "extra.attribution.organisation": "x", "extra.key": "y"}},
		{"ASN with letters", `{"time.source":"2026-11-20 10:00:00","source.asn":"AS64496"}`, map[string]string{"source.asn": "64496"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := formattest.Decode(t, formatOf(), "x", tt.in, 0)
			if r.Rows() != 1 {
				t.Fatalf("set aside: %+v", r.Rejects())
			}
			formattest.Want(t, r.Row(0), tt.want)
		})
	}
}

func TestSetsBadLinesAside(t *testing.T) {
	for _, tt := range []struct{ name, in, code string }{
		{"no JSON", `{"time.source":`, event.RejectSyntax},
		{"array", `[1]`, event.RejectSyntax},
		{"trailing", good + `x`, event.RejectSyntax},
		{"two objects", good + good, event.RejectSyntax},
		{"key twice", `{"time.source":"2026-11-20 10:00:00","comment":"a","comment":"b"}`, event.RejectSyntax},
		{"same extra", `{"time.source":"2026-11-20 10:00:00","extra":{"a":1},"extra.a":2}`, event.RejectSyntax},
		{"too deep", `{"a":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat("}", 21), event.RejectSyntax},
		{"address", `{"time.source":"2026-11-20 10:00:00","source.ip":"192.0.2.0/24"}`, event.RejectAddress},
		{"unspecified", `{"time.source":"2026-11-20 10:00:00","source.ip":"0.0.0.0"}`, event.RejectAddress},
		{"IPv4-mapped", `{"time.source":"2026-11-20 10:00:00","source.ip":"::ffff:192.0.2.1"}`, event.RejectAddress},
		{"AS 0", `{"time.source":"2026-11-20 10:00:00","source.asn":0}`, event.RejectNumber},
		{"no UTF-8", "{\"time.source\":\"2026-11-20 10:00:00\",\"comment\":\"a\xff\"}", event.RejectUTF8},
		{"no UTF-8 in a name", "{\"time.source\":\"2026-11-20 10:00:00\",\"a\xff\":1}", event.RejectUTF8},
		{"raw NUL", "{\"time.source\":\"2026-11-20 10:00:00\",\"comment\":\"a\x00\"}", event.RejectNUL},
		{"port", `{"time.source":"2026-11-20 10:00:00","source.port":70000}`, event.RejectNumber},
		{"fraction", `{"time.source":"2026-11-20 10:00:00","source.port":1.5}`, event.RejectNumber},
		{"flag", `{"time.source":"2026-11-20 10:00:00","source.tor_node":"maybe"}`, event.RejectNumber},
		{"no time", `{"source.ip":"192.0.2.1"}`, event.RejectMissing},
		{"1970", `{"time.source":"1970-01-01 10:00:00"}`, event.RejectTime},
		{"type", `{"time.source":"2026-11-20 10:00:00","classification.type":"nonsense"}`, event.RejectClass},
		{"NUL", `{"time.source":"2026-11-20 10:00:00","comment":"a\u0000"}`, event.RejectNUL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := formattest.Decode(t, formatOf(), "x", good+"\n"+tt.in+"\n"+good+"\n", 0)
			if d := cmp.Diff([]string{"2:" + tt.code}, r.Codes()); d != "" || r.Rows() != 2 {
				t.Errorf("%d rows, rejects (-want +got):\n%s%+v", r.Rows(), d, r.Rejects())
			}
		})
	}
}

func TestManyExtrasOverflow(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"time.source":"2026-11-20 10:00:00"`)
	for i := range 300 {
		b.WriteString(`,"x` + strings.Repeat("y", i) + `":"v"`)
	}
	r := formattest.Decode(t, formatOf(), "x", b.String()+"}", 0)
	// Names beyond 120 bytes are cut and then collide: such a line is set aside, not mixed up.
	if r.Rows() != 0 || r.Codes()[0] != "1:"+event.RejectSyntax {
		t.Errorf("colliding names: %d rows, %q", r.Rows(), r.Codes())
	}
	b.Reset()
	b.WriteString(`{"time.source":"2026-11-20 10:00:00"`)
	for i := range 300 {
		b.WriteString(`,"x` + strings.Repeat("y", i/26) + string(rune('a'+i%26)) + `":"v"`)
	}
	r = formattest.Decode(t, formatOf(), "x", b.String()+"}", 0)
	if r.Rows() != 1 || !strings.HasPrefix(r.Row(0)["extra"], `{"x`) || len(r.Batches[0].Columns()) > event.MaxExtras+20 {
		t.Errorf("overflow: %d rows, %.60q", r.Rows(), r.Row(0)["extra"])
	}
}

func TestOpenRefusesWhatIsNoJSON(t *testing.T) {
	if _, err := formatOf().Open(format.Input{Head: []byte("a,b\n")}); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v, want invalid", err)
	}
}

// FuzzDecode: each line that is not blank is a row or a reject, however the input is cut.
func FuzzDecode(f *testing.F) {
	f.Add(good + "\n" + good)
	f.Add("{}\n[]\n\"\"\n{\"time.source\":\"2026-11-20\"}\r\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		if in = "{}\n" + in; len(in) > format.HeadSize {
			return
		}
		lines := 0
		for line := range strings.SplitSeq(strings.TrimPrefix(in, "\xef\xbb\xbf"), "\n") {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		whole, parts := formattest.Decode(t, formatOf(), "x", in, 0), formattest.Decode(t, formatOf(), "x", in, 16)
		if whole.Rows()+len(whole.Rejects()) != lines {
			t.Fatalf("%d rows and %d rejects of %d lines", whole.Rows(), len(whole.Rejects()), lines)
		}
		if d := cmp.Diff(whole.Rejects(), parts.Rejects()); d != "" || whole.Rows() != parts.Rows() {
			t.Fatalf("parts differ: %s", d)
		}
	})
}
