package bounce

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
)

// sample reads a message of testdata; real mail has CRLF.
func sample(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\n", "\r\n")
}

func TestReadWhatServersWrite(t *testing.T) {
	bounces := func(domain string) []string { return []string{"bounce+TOKEN@" + domain} }
	tests := []struct {
		file string
		want Report
	}{
		{"postfix.eml", Report{
			Kind: Status, To: bounces("bounces.cert.example"), MessageID: "<20261122030001.4XyZ@mx.isp.example>", Action: Failed, Status: "5.1.1",
			Recipient: "abuse@isp.example", Diagnostic: "550 5.1.1 <abuse@isp.example>: Recipient address rejected: User unknown", ReportingMTA: "mx.isp.example",
		}},
		{"exim.eml", Report{
			Kind: Status, To: bounces("cert.example"), MessageID: "<E1x-0001@relay.isp.example>", Action: Failed, Status: "4.4.7",
			Recipient: "soc@hospital.example", ReportingMTA: "relay.isp.example",
		}},
		{"exchange.eml", Report{
			Kind: Status, To: bounces("cert.example"), MessageID: "<e1@EX01.agency.example>", Action: Failed, Status: "5.2.2",
			Recipient: "security@agency.example", Diagnostic: "552 5.2.2 mailbox full", ReportingMTA: "EX01.agency.example",
		}},
		{"gmail.eml", Report{
			Kind: Status, To: bounces("cert.example"), MessageID: "<g1.delay@mx.google.example>", Action: Delayed, Status: "4.4.1",
			Recipient: "Ärger@münchen.example", Diagnostic: "The recipient server did not accept our requests to connect.", ReportingMTA: "googlemail.example",
		}},
		{"vacation.eml", Report{
			Kind: Automatic, To: bounces("cert.example"), MessageID: "<v1@isp.example>",
			Text: "Abwesend: zurück am 1. Dezember\nIch bin weg.\nBitte schreiben Sie an soc@isp.example.\nGrüße",
		}},
		{"answer.eml", Report{
			Kind: Answer, To: bounces("cert.example"), MessageID: "<a1@isp.example>", Text: "Re: A message for you\nThank you, we have taken the machine off the net.",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			for _, text := range []string{sample(t, tt.file), strings.ReplaceAll(sample(t, tt.file), "\r\n", "\n")} {
				got, err := Read(strings.NewReader(text))
				if d := cmp.Diff([]Report{tt.want}, got); err != nil || d != "" {
					t.Errorf("%v (-want +got)\n%s", err, d)
				}
			}
		})
	}
}

func TestBouncesInPlainWordsAreAutomatic(t *testing.T) {
	got, err := Read(strings.NewReader(sample(t, "qmail.eml")))
	if err != nil || len(got) != 1 || got[0].Kind != Automatic || got[0].Status != "" || !strings.Contains(got[0].Text, "no mailbox here by that name") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMbox(t *testing.T) {
	first, second := sample(t, "postfix.eml"), sample(t, "answer.eml")
	lf := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	sep := "From MAILER-DAEMON Sun Nov 22 03:00:01 2026\n"
	tests := []struct {
		name, text string
		want       []Kind
	}{
		{"nothing", "", nil},
		{"blanks", "\n\n \r\n", nil},
		{"a separator alone", sep, nil},
		{"a separator without its end", "From x", nil},
		{"one, as a server hands it to a program", sep + lf(first), []Kind{Status}},
		{"two", sep + lf(first) + "\n" + sep + lf(second), []Kind{Status, Answer}},
		{"two, with CRLF", sep + first + "\r\n" + strings.TrimSpace(sep) + "\r\n" + second, []Kind{Status, Answer}},
		{"the same twice", sep + lf(first) + "\n" + sep + lf(first) + "\n", []Kind{Status, Status}},
		{"a line in the text that is no separator", sep + lf(second) + "\nFrom now on we do that. Since 2026\nall is well.\n", []Kind{Answer}},
		{"a separator within a single message", lf(second) + "\n" + sep + lf(first), []Kind{Answer}},
		{"one that is no mail, between others", sep + lf(first) + "\n" + sep + "X: y\nbroken line\n\n\n" + sep + lf(second), []Kind{Status, Unreadable, Answer}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text))} {
				reports, err := Read(in)
				var kinds []Kind
				for _, r := range reports {
					kinds = append(kinds, r.Kind)
				}
				if d := cmp.Diff(tt.want, kinds); err != nil || d != "" {
					t.Errorf("%v\n%s", err, d)
				}
			}
		})
	}
}

// dsn is a notification with these groups of fields.
func dsn(header, fields string) string {
	return header + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + fields + "\n--b--\n"
}

func TestFields(t *testing.T) {
	tests := []struct {
		name, fields string
		want         []Report
	}{
		{
			"several recipients", "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; b@x\nAction: relayed\nStatus: 2.0.0\n",
			[]Report{{Action: Failed, Status: "5.1.1", Recipient: "a@x", ReportingMTA: "m"}, {Action: Relayed, Status: "2.0.0", Recipient: "b@x", ReportingMTA: "m"}},
		},
		{
			"one group for all", "Reporting-MTA: dns; m\nFinal-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.1.1\n",
			[]Report{{Action: Failed, Status: "5.1.1", Recipient: "a@x", ReportingMTA: "m"}},
		},
		{
			"letters and comments", "ACTION: Failed (gave up)\nstatus: 5.0.0 (permanent)\nFINAL-RECIPIENT: RFC822;a@x\n",
			[]Report{{Action: Failed, Status: "5.0.0", Recipient: "a@x"}},
		},
		{"no status, but in the words", "Action: failed\nDiagnostic-Code: smtp; 550-5.7.1 policy\n", []Report{{Action: Failed, Status: "5.7.1", Diagnostic: "550-5.7.1 policy"}}},
		{"no status, but a reply", "Action: failed\nDiagnostic-Code: smtp; 554 go away\n", []Report{{Action: Failed, Status: "5.0.0", Diagnostic: "554 go away"}}},
		{"no status at all", "Action: failed\nDiagnostic-Code: X-Notes; no such user\n", []Report{{Action: Failed, Diagnostic: "no such user"}}},
		{"nonsense for a status", "Action: failed\nStatus: 9.9.9.9\n", []Report{{Action: Failed}}},
		{"no types", "Action: failed\nFinal-Recipient: a@x\n", []Report{{Action: Failed, Recipient: "a@x"}}},
		{"the first counts", "Action: delayed\nAction: failed\n", []Report{{Action: Delayed}}},
		{"an action nobody knows", "Action: exploded\n", []Report{{Action: "exploded"}}},
		{"lines that are no field", "what is this\nAction: failed\n  \nnor this\n", []Report{{Action: Failed}}},
		{"signs that cannot be seen", "Action: failed\nDiagnostic-Code: smtp; \x1b[31m\u202etxt\n", []Report{{Action: Failed, Diagnostic: "\ufffd[31m\ufffdtxt"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(dsn("", tt.fields)))
			for i := range tt.want {
				tt.want[i].Kind = Status
			}
			if d := cmp.Diff(tt.want, got); err != nil || d != "" {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

func TestWhereItCameTo(t *testing.T) {
	header := "To: =?utf-8?q?x?= <a@x>, b@x; (c@x)\nX-Original-To: c@x\nDelivered-To: <d@x>\nReturn-Path: <never@x>\nOriginal-Recipient: rfc822;e@x\nCc: never@x\n" +
		"From: never@x\nEnvelope-To: \"f@x\"\nTo: a@x\n"
	got, err := Read(strings.NewReader(header + "\ntext"))
	if d := cmp.Diff([]string{"d@x", "c@x", "f@x", "e@x", "a@x", "b@x"}, got[0].To); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
}

// hostile are inputs made to hurt; the fuzzer begins with them too.
func hostile() map[string]string {
	nested := "Content-Type: multipart/report; boundary=b0\n\n"
	for i := range 200 {
		nested += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	var fields strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&fields, "X-%d: y\n", i)
	}
	nested += "--b200\nContent-Type: message/delivery-status\n\nAction: failed\n\n"
	return map[string]string{
		"deep nesting":        nested,
		"many parts":          "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 5000) + "--b--\n",
		"many recipients":     dsn("", strings.Repeat("Action: failed\nStatus: 5.1.1\n\n", 10_000)),
		"many fields":         dsn("", "Action: failed\n"+fields.String()),
		"many addresses":      "To: " + strings.Repeat("a@b.example,", 10_000) + "\n\nx",
		"a long folded field": dsn("", "Action: failed\nDiagnostic-Code: smtp; 550\n"+strings.Repeat(" x\n", 100_000)),
		"a long line":         "Subject: x\n\n" + strings.Repeat("x", 5<<20),
		"a long header":       "X: " + strings.Repeat("x", 1<<20) + "\n\nx",
		"no boundary":         "Content-Type: multipart/report\n\nx",
		"an empty boundary":   "Content-Type: multipart/report; boundary=\"\"\n\n--\n\nx",
		"an unknown encoding": "Content-Type: text/plain; charset=x-klingon\nContent-Transfer-Encoding: x-morse\n\n-- --",
		"broken base64":       dsn("", "") + "--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n!!!!\n",
		"zeros":               strings.Repeat("\x00", 10_000),
		"tags":                "Content-Type: text/html\n\n" + strings.Repeat("<script><p>", 50_000),
	}
}

func TestHostileInput(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			got, err := Read(strings.NewReader(text))
			if err != nil || len(got) == 0 {
				t.Fatalf("%d reports, %v", len(got), err)
			}
			bounded(t, got)
		})
	}
}

// bounded checks what a report promises, whatever it was made of.
func bounded(t *testing.T, reports []Report) {
	t.Helper()
	for _, r := range reports {
		for _, s := range append([]string{r.MessageID, r.Action, r.Status, r.Recipient, r.Diagnostic, r.ReportingMTA}, strings.Split(r.Text, "\n")...) {
			if utf8.RuneCountInString(s) > maxText || !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x1b\x00\u202e") {
				t.Fatalf("%q", s)
			}
		}
		if len(r.To) > maxTo || strings.Count(r.Text, "\n") > maxLines {
			t.Fatalf("%d addresses, text %q", len(r.To), r.Text)
		}
		if (r.Kind == Status) != (r.Action != "") || r.Kind == "" {
			t.Fatalf("%+v", r)
		}
	}
}

func TestReportsAreBounded(t *testing.T) {
	got, err := Read(strings.NewReader(hostile()["many recipients"]))
	if err != nil || len(got) != maxRecipients {
		t.Errorf("%d reports, %v", len(got), err)
	}
	if got, _ := Read(strings.NewReader(hostile()["deep nesting"])); got[0].Kind == Status {
		t.Error("it was read through 200 levels")
	}
}

// The report stands before the message that it brings back, however large that is.
func TestLargeReturnedMessage(t *testing.T) {
	text := strings.Replace(sample(t, "exim.eml"), "--inner--", strings.Repeat("x", 8<<20)+"\r\n--inner--", 1)
	got, err := Read(strings.NewReader(text))
	if err != nil || len(got) != 1 || got[0].Status != "4.4.7" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTooManyMessages(t *testing.T) {
	one := "From x Sun Nov 22 03:00:01 2026\nTo: a@x\n\nx\n\n"
	got, err := Read(strings.NewReader(strings.Repeat(one, maxMessages+1)))
	if !problem.Is(err, problem.Invalid) || len(got) != maxMessages {
		t.Errorf("%d, %v", len(got), err)
	}
}

func TestReadingFails(t *testing.T) {
	broken := errors.New("input/output error")
	for _, start := range []string{"", "From x\n", "To: a@x\n\ntext"} {
		_, err := Read(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || !problem.Is(err, problem.Unavailable) {
			t.Errorf("%q: %v", start, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) < 7 {
		f.Fatalf("%v, %v", files, err)
	}
	for _, name := range files {
		f.Add([]byte(sample(f, filepath.Base(name))))
	}
	for _, text := range hostile() {
		f.Add([]byte(text[:min(len(text), 20_000)]))
	}
	f.Add([]byte("From a Sun Nov 22 03:00:01 2026\nTo: a@x\n\nx\n\nFrom b 2026\nTo: b@x\n\ny\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		bounded(t, got)
	})
}
