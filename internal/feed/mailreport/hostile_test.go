package mailreport

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

// document makes an X-ARF document of a source and further members.
func document(source, more string) string {
	return `{"xarf_version":"4.0.0","category":"messaging","type":"spam","timestamp":"2026-11-20T10:00:00Z","source_identifier":"` + source + `"` + more + `}`
}

// mixed makes a mail of these parts, each with its own header.
func mixed(parts ...string) string {
	var b strings.Builder
	b.WriteString("From: a@b.example\r\nDate: Fri, 20 Nov 2026 10:05:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
	for _, p := range parts {
		b.WriteString("--b\r\n" + p + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

const attached = "Content-Type: application/json\r\n\r\n"

// Whatever a sender builds, a mail is one event or one reject with a reason.
func TestHostileMails(t *testing.T) {
	nested := attached + document("192.0.2.1", "")
	for i := range maxDepth + 3 {
		nested = fmt.Sprintf("Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n%s\r\n--n%d--", i, i, nested, i)
	}
	many := make([]string, maxParts+5)
	for i := range many {
		many[i] = "Content-Type: text/plain\r\n\r\nx"
	}
	report := "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nSource-IP: %s\r\n"
	for name, c := range map[string]struct{ in, code, ip string }{
		"one report":                   {mixed(attached + document("192.0.2.1", "")), "", "192.0.2.1"},
		"two documents":                {mixed(attached+document("192.0.2.1", ""), attached+document("192.0.2.2", "")), event.RejectSyntax, ""},
		"two feedback reports":         {mixed(fmt.Sprintf(report, "192.0.2.1"), fmt.Sprintf(report, "192.0.2.2")), event.RejectSyntax, ""},
		"document in the mail accused": {mixed(fmt.Sprintf(report, "192.0.2.1"), "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: application/json\r\n\r\n"+document("198.51.100.1", "")), "", "192.0.2.1"},
		"too deep":                     {mixed(nested), event.RejectSyntax, ""},
		"too many parts":               {mixed(append(many, attached+document("192.0.2.1", ""))...), event.RejectSyntax, ""},
		"boundary that never comes":    {strings.TrimSuffix(mixed(attached+document("192.0.2.1", "")), "--b--\r\n"), event.RejectSyntax, ""}, // a cut mail
		"no boundary":                  {"Content-Type: multipart/mixed\r\n\r\n" + document("192.0.2.1", ""), event.RejectSyntax, ""},
		"base64 that is none":          {mixed("Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!" + base64.StdEncoding.EncodeToString([]byte(document("192.0.2.1", "")))), event.RejectSyntax, ""},
		"unknown encoding":             {mixed("Content-Type: application/json\r\nContent-Transfer-Encoding: x-unheard\r\n\r\n" + document("192.0.2.1", "")), "", "192.0.2.1"},
		"unknown character set":        {mixed("Content-Type: application/json; charset=x-unheard\r\n\r\n" + document("192.0.2.1", "")), "", "192.0.2.1"},
		"document cut at the limit":    {mixed(attached + document("192.0.2.1", `,"description":"`+strings.Repeat("x", maxBody)+`"`)), event.RejectSyntax, ""},
		"header without an end":        {"X: " + strings.Repeat("x", 4<<20), event.RejectSyntax, ""},
		"a hundred thousand fields":    {strings.Repeat("X: y\r\n", 100_000) + "\r\n", event.RejectSyntax, ""},
		"mapped address":               {mixed(fmt.Sprintf(report, "::ffff:192.0.2.1")), event.RejectAddress, ""},
		"network":                      {mixed(fmt.Sprintf(report, "192.0.2.0/24")), event.RejectAddress, ""},
		"NUL":                          {mixed(fmt.Sprintf(report, "192.0.2.1") + "User-Agent: a\x00b\r\n"), event.RejectNUL, ""},
		"no UTF-8":                     {mixed(fmt.Sprintf(report, "192.0.2.1") + "User-Agent: a\xffb\r\n"), event.RejectUTF8, ""},
		"1970":                         {mixed(fmt.Sprintf(report, "192.0.2.1") + "Arrival-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"), event.RejectTime, ""},
		"URL without a host":           {mixed(fmt.Sprintf(report, "192.0.2.1") + "Reported-URI: http:///x\r\n"), event.RejectSyntax, ""},
		"address twice":                {mixed(fmt.Sprintf(report, "192.0.2.1") + "Source-IP: 198.51.100.1\r\n"), "", "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := formattest.Decode(t, mailFormat(), "x.eml", c.in, 0)
			if c.code == "" {
				if r.Rows() != 1 || r.Row(0)["source.ip"] != c.ip {
					t.Fatalf("%d rows, %v", r.Rows(), r.Rejects())
				}
				return
			}
			if x := r.Rejects(); r.Rows() != 0 || len(x) != 1 || x[0].Code != c.code || x[0].Reason == "" || x[0].Length != len(c.in) {
				t.Errorf("%d rows, %+v; want %s", r.Rows(), x, c.code)
			}
		})
	}
}

// Evidence is what the accused sent: pictures, malware, mails. None of it becomes part of an event, however it is dressed.
func TestEvidenceStaysOut(t *testing.T) {
	const secret = "TVqQAAMAAAAEAAAA"
	for name, more := range map[string]string{
		"as the schema has it": `,"evidence":[{"content_type":"text/plain","payload":"` + secret + `"}]`,
		"as one object":        `,"evidence":{"content_type":"text/plain","payload":"` + secret + `"}`,
		"as a text":            `,"evidence":"` + secret + `"`,
		"by dots":              `,"evidence.payload":"` + secret + `"`,
		"internal":             `,"_internal":{"note":"` + secret + `"}`,
	} {
		r := formattest.Decode(t, xarfFormat(), "x.json", document("192.0.2.1", more), 0)
		if r.Rows() != 1 {
			t.Errorf("%s: %v", name, r.Rejects())
		}
		for field, v := range r.Row(0) {
			if strings.Contains(v, secret) {
				t.Errorf("%s: %s holds it", name, field)
			}
		}
	}
}

// One bad document does not cost its neighbours, and names the line on which it begins.
func TestBadDocumentsAmongGood(t *testing.T) {
	good := document("192.0.2.1", "") + "\n"
	for name, c := range map[string]struct{ in, code string }{
		"mapped address":  {document("::ffff:192.0.2.1", ""), event.RejectAddress},
		"unspecified":     {document("0.0.0.0", ""), event.RejectAddress},
		"network":         {document("192.0.2.0/24", ""), event.RejectAddress},
		"empty source":    {document("", ""), event.RejectMissing},
		"version 3":       {strings.Replace(document("192.0.2.1", ""), "4.0.0", "3.0.0", 1), event.RejectSyntax},
		"2099":            {strings.Replace(document("192.0.2.1", ""), "2026", "2099", 1), event.RejectTime},
		"port":            {document("192.0.2.1", `,"source_port":70000`), event.RejectNumber},
		"deep":            {document("192.0.2.1", `,"x":`+strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40)), event.RejectSyntax},
		"source twice":    {document("192.0.2.1", `,"source_identifier":"198.51.100.1"`), event.RejectSyntax},
		"NUL":             {document("192.0.2.1", `,"description":"a\u0000b"`), event.RejectNUL},
		"no UTF-8":        {document("192.0.2.1", ",\"description\":\"a\xff\""), event.RejectUTF8},
		"no time":         {strings.Replace(document("192.0.2.1", ""), "timestamp", "sometime", 1), event.RejectMissing},
		"a list":          {"[1]", event.RejectSyntax},
		"attribution own": {document("192.0.2.1", `,"attribution.organisation":"me","classification.type":"other"`), ""},
	} {
		r := formattest.Decode(t, xarfFormat(), "x.json", good+c.in+"\n"+good, 0)
		if c.code == "" {
			row := r.Row(1)
			if r.Rows() != 3 || row["attribution.organisation"] != "" || row["classification.type"] != "spam" {
				t.Errorf("%s: %v, %v", name, row, r.Rejects())
			}
			continue
		}
		if got := r.Codes(); r.Rows() != 2 || len(got) != 1 || got[0] != "2:"+c.code {
			t.Errorf("%s: %d rows, %v; want 2:%s", name, r.Rows(), r.Rejects(), c.code)
		}
	}
}
