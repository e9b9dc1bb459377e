package list

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

// Each bad line is one reject with its own line, and its neighbours go on.
func TestHostileLines(t *testing.T) {
	for name, c := range map[string]struct{ in, code string }{
		"mapped":                  {"::ffff:192.0.2.1", event.RejectAddress},
		"mapped within a URL":     {"http://[::ffff:192.0.2.1]/x", event.RejectAddress},
		"unspecified in a URL":    {"http://0.0.0.0/x", event.RejectAddress},
		"network":                 {"192.0.2.0/24", event.RejectAddress},
		"IPv6 network":            {"2001:db8::/32", event.RejectAddress},
		"zone":                    {"fe80::1%eth0", event.RejectAddress},
		"decimal address":         {"3221225985", event.RejectAddress},
		"octal address":           {"0300.0.02.01", event.RejectAddress},
		"one label":               {"localhost", event.RejectAddress},
		"label too long":          {strings.Repeat("a", 64) + ".example", event.RejectAddress},
		"name too long":           {strings.Repeat("a.", 130) + "example", event.RejectAddress},
		"dash at the end":         {"a.example-", event.RejectAddress},
		"dots":                    {"a..example", event.RejectAddress},
		"markup":                  {"<script>alert(1)</script>", event.RejectAddress},
		"no UTF-8":                {"a\xff.example", event.RejectUTF8},
		"no UTF-8 in the remark":  {"192.0.2.1 \xff", event.RejectUTF8},
		"NUL":                     {"192.0.2.1\x00", event.RejectNUL},
		"URL without host":        {"file:///etc/passwd", event.RejectSyntax},
		"URL with a bad escape":   {"http://%zz/", event.RejectSyntax},
		"URL with a control byte": {"http://a.example/\x01", event.RejectSyntax},
		"beyond the limit":        {strings.Repeat("a", 300), event.RejectTooLong},
	} {
		f := New(formattest.Clock, format.Defaults{}, 290)
		r := formattest.Decode(t, f, "x", "192.0.2.1\n"+c.in+"\n192.0.2.2\n", 0)
		if d := cmp.Diff([]string{"2:" + c.code}, r.Codes()); d != "" || r.Rows() != 2 {
			t.Errorf("%s: %d rows, %v (-want +got):\n%s", name, r.Rows(), r.Rejects(), d)
		}
	}
}

// What the items mean stands in the configuration, and holds for every row.
func TestDefaults(t *testing.T) {
	f := New(formattest.Clock, format.Defaults{
		Type: "ddos", Role: "destination", Standing: "victim", Report: "targets", Constants: map[string]string{"feed.provider": "us", "extra.Batch": "7"},
	}, 0)
	r := formattest.Decode(t, f, "x", "192.0.2.1\n192.0.2.2 remark\n", 0)
	for i := range 2 {
		formattest.Want(t, r.Row(i), map[string]string{
			"classification.type": "ddos", "classification.taxonomy": "availability", "attribution.role": "destination", "attribution.standing": "victim",
			"feed.report": "targets", "feed.provider": "us", "extra.batch": "7",
		})
	}
	if r.Opened.Report != "targets" {
		t.Errorf("report %q", r.Opened.Report)
	}
}
