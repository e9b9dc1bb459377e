package mime

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/firehall/firehall/internal/core/rsit"
)

var byValue = cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.IgnoreFields(Feedback{}, "Fields", "XARF")}

func TestARF(t *testing.T) {
	m := readText(t, mailOf("Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n", mixed(
		"Content-Type: text/plain\r\n\r\nThis is a report.",
		"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: Abuse\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\nSource-IP: [192.0.2.1]\r\nSource-Port: 2525\r\n"+
			"Arrival-Date: Thu, 19 Nov 2026 08:00:00 +0100\r\nReported-Domain: Bad.Example\r\nReported-Domain: worse.example\r\nReported-URI: http://bad.example/a\r\n",
		"Content-Type: message/rfc822\r\n\r\nMessage-ID: <spam@bad.example>\r\nSubject: buy\r\n\r\nnow",
	)))
	want := &Feedback{
		Format: ARF, Type: "abuse", Class: "spam", SourceIP: netip.MustParseAddr("192.0.2.1"), SourcePort: 2525, Domain: "bad.example",
		Domains: []string{"Bad.Example", "worse.example"}, URL: "http://bad.example/a", URLs: []string{"http://bad.example/a"},
		Date: time.Date(2026, 11, 19, 7, 0, 0, 0, time.UTC), Reporter: "Loop/1.0", OriginalID: "spam@bad.example",
	}
	if d := cmp.Diff(want, m.Feedback, byValue); d != "" {
		t.Error(d)
	}
	if m.Feedback.Fields["version"] != "1" || m.Text != "This is a report." || len(m.Parts) != 1 {
		t.Errorf("%v %q %d", m.Feedback.Fields, m.Text, len(m.Parts))
	}
}

func TestXARF(t *testing.T) {
	doc := `{"xarf_version":"4.2.0","category":"content","type":"phishing","source_identifier":"192.0.2.7","source_port":443,"url":"https://bank.bad.example/login",
		"timestamp":"2026-11-20T10:00:00Z","reporter":{"org":"Spotters","contact":"a@b.example"},"tags":["a","b"],"evidence":[{"payload":"c2VjcmV0"}],"_internal":{"x":1}}`
	m := readText(t, mailOf(inMixed, mixed("Content-Type: text/plain\r\n\r\nSee the attachment.", "Content-Type: application/json; name=xarf.json\r\n\r\n"+doc)))
	want := &Feedback{
		Format: XARF, Type: "content/phishing", Class: "phishing", SourceIP: netip.MustParseAddr("192.0.2.7"), SourcePort: 443,
		Domain: "bank.bad.example", Domains: []string{"bank.bad.example"}, URL: "https://bank.bad.example/login", URLs: []string{"https://bank.bad.example/login"},
		Date: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), Reporter: "Spotters",
	}
	if d := cmp.Diff(want, m.Feedback, byValue); d != "" {
		t.Error(d)
	}
	if f := m.Feedback.Fields; f["reporter_contact"] != "a@b.example" || f["tags"] != "a b" || f["evidence"] != "" || strings.Contains(string(m.Feedback.XARF), "c2VjcmV0") {
		t.Errorf("%v\n%s", f, m.Feedback.XARF)
	}
}

func TestXARFThatIsNone(t *testing.T) {
	for name, doc := range map[string]string{
		"no JSON": `{"xarf_version"`, "a list": `["xarf_version"]`, "number": `{"xarf_version":4}`, "version 3": `{"xarf_version":"3.0"}`,
		"deep": `{"xarf_version":"4.0","a":` + strings.Repeat("[", 100_000),
	} {
		if f, why := ReadXARF([]byte(doc)); f != nil || why == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	f, why := ReadXARF([]byte(`{"xarf_version":"4.0.0","category":{"x":1},"type":7,"source_identifier":["a"],"url":null}`))
	if why != "" || f.Class != "undetermined" || f.SourceIP.IsValid() || f.URL != "" {
		t.Errorf("members of other types: %+v %s", f, why)
	}
}

// What shows abuse of children is marked, whatever else is in it.
func TestAbhorrent(t *testing.T) {
	for kind, want := range map[string]bool{"csam": true, "CSEM": true, "phishing": false} {
		f, why := ReadXARF([]byte(`{"xarf_version":"4.0.0","category":"Content","type":"` + kind + `","source_identifier":"192.0.2.1"}`))
		if why != "" || f.Abhorrent != want {
			t.Errorf("%s: %+v %s", kind, f, why)
		}
	}
}

// The published samples are read, where they are at hand.
func TestXARFSamples(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "xarf", "samples", "v4", "*.json"))
	if len(files) == 0 {
		t.Skip("the X-ARF samples are not there")
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, why := ReadXARF(raw)
		if why != "" || f.Date.IsZero() || f.Reporter == "" || !f.SourceIP.IsValid() && f.Domain == "" || !json.Valid(f.XARF) {
			t.Errorf("%s: %+v %s", filepath.Base(name), f, why)
			continue
		}
		if _, ok := xarfClasses[f.Type]; !ok {
			t.Errorf("%s: %s has no class", filepath.Base(name), f.Type)
		}
		if strings.HasPrefix(filepath.Base(name), "content-cs") != f.Abhorrent {
			t.Errorf("%s: abhorrent %t", filepath.Base(name), f.Abhorrent)
		}
	}
}

func TestClassesAreOfRSIT(t *testing.T) {
	for _, m := range []map[string]rsit.Type{FeedbackClasses(), XARFClasses()} {
		for name, kind := range m {
			if _, ok := rsit.Lookup(string(kind)); !ok {
				t.Errorf("%s: %q is no RSIT type", name, kind)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	m := readText(t, mailOf("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n", mixed(
		"Content-Type: text/plain\r\n\r\nIt did not arrive.",
		"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.a.example\r\n\r\nFinal-Recipient: rfc822; x@a.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550\r\n no such user\r\n",
	)))
	want := &Status{ReportingMTA: " mx.a.example", Recipients: []Group{{
		"final-recipient": "rfc822; x@a.example", "action": "failed", "status": "5.1.1", "diagnostic-code": "smtp; 550 no such user",
	}}}
	want.ReportingMTA = strings.TrimSpace(want.ReportingMTA)
	if d := cmp.Diff(want, m.Status); d != "" {
		t.Error(d)
	}
}
