package mailreport

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
	"github.com/firehall/firehall/internal/platform/mime"
)

// arfMail makes an ARF mail with these report fields.
func arfMail(fields string) string {
	return strings.ReplaceAll(`From: <fbl@provider.example>
To: <abuse@isp.example>
Date: Fri, 20 Nov 2026 10:05:00 +0000
Subject: FW: earn money
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain; charset="us-ascii"

This is an email abuse report.

--b
Content-Type: message/feedback-report

`+fields+`
--b
Content-Type: message/rfc822
Content-Disposition: inline

From: <someone@isp.example>
Message-ID: <m1@isp.example>
Subject: earn money

spam
--b--
`, "\n", "\r\n")
}

func mailFormat() *Mail { return NewMail(formattest.Clock, format.Defaults{}) }

func TestARF(t *testing.T) {
	r := formattest.Decode(t, mailFormat(), "x.eml", arfMail(`Feedback-Type: Abuse
User-Agent: SomeGenerator/1.0
Version: 1
Arrival-Date: Fri, 20 Nov 2026 12:00:00 +0200
Source-IP: 192.0.2.5
Source-Port: 4711
Reported-URI: http://spam.example/buy
Reported-URI: mailto:x@y.example
Reported-Domain: Spam.Example
Incidents: 3
`), 0)
	if r.Rows() != 1 {
		t.Fatalf("set aside: %+v", r.Rejects())
	}
	formattest.Want(t, r.Row(0), map[string]string{
		"classification.type": "spam", "classification.taxonomy": "abusive-content", "classification.identifier": "arf-abuse",
		"source.ip": "192.0.2.5", "source.port": "4711", "time.source": "2026-11-20T10:00:00Z", "source.url": "http://spam.example/buy",
		"source.fqdn": "spam.example", "extra.reported_uri": "http://spam.example/buy mailto:x@y.example", "extra.incidents": "3",
		"extra.original_message_id": "<m1@isp.example>", "extra.user_agent": "SomeGenerator/1.0", "attribution.role": "source",
	})
}

func TestARFVariants(t *testing.T) {
	for _, tt := range []struct {
		name, fields string
		want         map[string]string
		code         string
	}{
		{"fraud by URI, time of the mail", "Feedback-Type: fraud\nReported-URI: https://phish.example/login\n", map[string]string{"classification.type": "phishing", "source.fqdn": "phish.example", "time.source": "2026-11-20T10:05:00Z"}, ""},
		{"virus", "Feedback-Type: virus\nSource-IP: [192.0.2.9]\n", map[string]string{"classification.type": "malware-distribution", "source.ip": "192.0.2.9"}, ""},
		{"a type of their own", "Feedback-Type: x-new\nSource-IP: 2001:db8::9\n", map[string]string{"classification.type": "undetermined", "classification.identifier": "arf-x-new"}, ""},
		{"received date", "Feedback-Type: abuse\nSource-IP: 192.0.2.9\nReceived-Date: Fri, 20 Nov 2026 09:00:00 +0000\n", map[string]string{"time.source": "2026-11-20T09:00:00Z"}, ""},
		{"no type", "Source-IP: 192.0.2.9\n", nil, event.RejectMissing},
		{"nothing to go by", "Feedback-Type: abuse\n", nil, event.RejectMissing},
		{"bad address", "Feedback-Type: abuse\nSource-IP: unknown\n", nil, event.RejectAddress},
		{"old", "Feedback-Type: abuse\nSource-IP: 192.0.2.9\nArrival-Date: Thu, 01 Jan 1970 00:00:00 +0000\n", nil, event.RejectTime},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := formattest.Decode(t, mailFormat(), "x.eml", arfMail(tt.fields), 0)
			if tt.code != "" {
				if d := cmp.Diff([]string{"1:" + tt.code}, r.Codes()); d != "" {
					t.Errorf("rejects (-want +got):\n%s", d)
				}
				return
			}
			if r.Rows() != 1 {
				t.Fatalf("set aside: %+v", r.Rejects())
			}
			formattest.Want(t, r.Row(0), tt.want)
		})
	}
}

const sample = `{
  "xarf_version": "4.2.0", "report_id": "02eb480f-8172-431a-9276-c28ba90f694a", "timestamp": "2026-11-20T10:00:00Z",
  "reporter": {"org": "R", "contact": "r@r.example", "domain": "r.example"}, "sender": {"org": "R", "contact": "r@r.example", "domain": "r.example"},
  "source_identifier": "192.0.2.155", "source_port": 4711, "category": "connection", "type": "ddos", "evidence_source": "flow_analysis",
  "destination_ip": "203.0.113.100", "destination_port": 80, "protocol": "TCP", "peak_pps": 250000,
  "evidence": [{"content_type": "text/plain", "payload": "c2VjcmV0"}], "tags": ["attack:syn_flood"], "_internal": {"note": "ours"}
}`

func xarfFormat() *XARF { return NewXARF(formattest.Clock, format.Defaults{}) }

var sampleWant = map[string]string{
	"classification.type": "ddos", "classification.taxonomy": "availability", "classification.identifier": "connection-ddos", "source.ip": "192.0.2.155",
	"source.port": "4711", "destination.ip": "203.0.113.100", "destination.port": "80", "protocol.transport": "tcp", "time.source": "2026-11-20T10:00:00Z",
	"extra.peak_pps": "250000", "extra.tags": `["attack:syn_flood"]`, "extra.reporter.org": "R", "extra.evidence": "", "extra._internal.note": "",
}

func TestXARF(t *testing.T) {
	r := formattest.Decode(t, xarfFormat(), "x.json", sample+"\n"+sample, 0)
	if r.Rows() != 2 {
		t.Fatalf("set aside: %+v", r.Rejects())
	}
	formattest.Want(t, r.Row(0), sampleWant)
}

func TestXARFMail(t *testing.T) {
	mail := "From: r@r.example\r\nDate: Fri, 20 Nov 2026 10:05:00 +0000\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n" +
		"--b\r\nContent-Type: application/json; name=xarf.json\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte(sample)) + "\r\n--b--\r\n"
	r := formattest.Decode(t, mailFormat(), "x.eml", mail, 0)
	if r.Rows() != 1 {
		t.Fatalf("set aside: %+v", r.Rejects())
	}
	formattest.Want(t, r.Row(0), sampleWant)
}

func TestXARFVariants(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		want           map[string]string
		code           string
	}{
		{"domain", `"192.0.2.155"`, `"Bad.Example"`, map[string]string{"source.fqdn": "bad.example", "source.ip": ""}, ""},
		{"handling", `["attack:syn_flood"]`, `["tlp:amber","PAP:Red","tlp:green"],"firehall_iep":["policy_name=Of Ms Berg","affected_party_notifications=must-not"]`, map[string]string{"tlp": "amber", "extra.pap": "red", "extra.iep": "affected_party_notifications=must-not", "extra.firehall_iep": ""}, ""},
		{"a policy as an object", `"tags"`, `"firehall_iep":{"ATTRIBUTION":"MUST NOT","iep_id":"7"},"tags"`, map[string]string{"extra.iep": "attribution=must-not", "extra.firehall_iep.attribution": ""}, ""},
		{"no policy", `"tags"`, `"firehall_iep":[{}],"tags"`, map[string]string{"extra.iep": iep.Strictest().Text()}, ""},
		{"a policy that is over", `"tags"`, `"firehall_iep":["affected_party_notifications=must-not","end_date=2026-01-01"],"tags"`, map[string]string{"extra.iep": ""}, ""},
		{"unknown type", `"ddos"`, `"levitation"`, map[string]string{"classification.type": "undetermined", "classification.identifier": "connection-levitation"}, ""},
		{"with a URL", `"peak_pps": 250000`, `"url": "http://x.example/a"`, map[string]string{"source.url": "http://x.example/a", "source.fqdn": "x.example", "source.ip": "192.0.2.155"}, ""},
		{"application", `"TCP"`, `"smtp"`, map[string]string{"protocol.application": "smtp", "protocol.transport": ""}, ""},
		{"identifier is neither", `"192.0.2.155"`, `"the box"`, nil, event.RejectAddress},
		{"version 3", `"4.2.0"`, `"3"`, nil, event.RejectSyntax},
		{"no category", `"category": "connection"`, `"category": ""`, nil, event.RejectMissing},
		{"no time", `"timestamp"`, `"timestampp"`, nil, event.RejectMissing},
		{"broken", `"peak_pps": 250000`, `"peak_pps": `, nil, event.RejectSyntax},
		{"port", `4711`, `70000`, nil, event.RejectNumber},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := formattest.Decode(t, xarfFormat(), "x.json", strings.Replace(sample, tt.old, tt.new, 1), 0)
			if tt.code != "" {
				if len(r.Rejects()) != 1 || r.Rejects()[0].Code != tt.code {
					t.Errorf("rejects %+v, want %s", r.Rejects(), tt.code)
				}
				return
			}
			if r.Rows() != 1 {
				t.Fatalf("set aside: %+v", r.Rejects())
			}
			formattest.Want(t, r.Row(0), tt.want)
		})
	}
}

func TestEveryMappedClassIsOfRSIT(t *testing.T) {
	for name, kind := range mime.XARFClasses() {
		if _, ok := rsit.Lookup(string(kind)); !ok {
			t.Errorf("%s: %q is no RSIT type", name, kind)
		}
	}
	for name, kind := range mime.FeedbackClasses() {
		if _, ok := rsit.Lookup(string(kind)); !ok {
			t.Errorf("%s: %q is no RSIT type", name, kind)
		}
	}
}

// The published samples decode, where they are at hand.
func TestReferenceSamples(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "xarf", "samples", "v4", "*.json"))
	if len(files) == 0 {
		t.Skip("the X-ARF samples are not there")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := formattest.Decode(t, xarfFormat(), name, string(data), 0)
		if r.Rows() != 1 {
			t.Errorf("%s: %+v", filepath.Base(name), r.Rejects())
			continue
		}
		row := r.Row(0)
		classes := mime.XARFClasses()
		known := classes[strings.Replace(row["classification.identifier"], "-", "/", 1)] != "" ||
			classes[strings.ReplaceAll(strings.Replace(row["classification.identifier"], "-", "/", 1), "-", "_")] != ""
		if !known || row["time.source"] == "" || row["source.ip"] == "" && row["source.fqdn"] == "" {
			t.Errorf("%s: %v", filepath.Base(name), row)
		}
	}
}

func TestWhatHoldsNoReport(t *testing.T) {
	for _, in := range []string{"From: a@b.example\r\n\r\nhello\r\n", "\x00\x01", "{}", "From: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"} {
		r := formattest.Decode(t, mailFormat(), "x.eml", in, 0)
		if len(r.Rejects()) != 1 || r.Rejects()[0].Code != event.RejectSyntax {
			t.Errorf("%q: %d rows, %+v", in, r.Rows(), r.Rejects())
		}
	}
	if _, err := xarfFormat().Open(format.Input{Head: []byte("hello")}); !problem.Is(err, problem.Invalid) {
		t.Errorf("text as X-ARF: %v, want invalid", err)
	}
}

// FuzzMail: one mail is one row or one reject.
func FuzzMail(f *testing.F) {
	f.Add(arfMail("Feedback-Type: abuse\nSource-IP: 192.0.2.1\n"))
	f.Add("Content-Type: application/json\r\n\r\n" + sample)
	f.Fuzz(func(t *testing.T, in string) {
		r := formattest.Decode(t, mailFormat(), "x.eml", in, 0)
		if n := r.Rows() + len(r.Rejects()); n != min(len(in), 1) {
			t.Fatalf("%d rows and rejects", n)
		}
	})
}

// FuzzXARF: reading ends, and what is taken has an address or a name.
func FuzzXARF(f *testing.F) {
	f.Add(sample)
	f.Add(`{} {"xarf_version":"4.0.0"} [`)
	f.Fuzz(func(t *testing.T, in string) {
		r := formattest.Decode(t, xarfFormat(), "x.json", "{"+in, 0)
		for i := range r.Rows() {
			if row := r.Row(i); row["source.ip"] == "" && row["source.fqdn"] == "" {
				t.Fatalf("row without address or name: %v", row)
			}
		}
	})
}
