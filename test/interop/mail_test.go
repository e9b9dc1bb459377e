package interop

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listening is an installation that takes mail by SMTP, and sends into a maildir.
func listening(t *testing.T, more string) (s *site, smtp, out string) {
	t.Helper()
	smtp, out = fmt.Sprintf("127.0.0.1:%d", freePort(t)), filepath.Join(t.TempDir(), "out")
	s = start(t, fmt.Sprintf("[mail]\nmaildir = %q\n[reports]\ncheck_sender = false\nsmtp_listen = %q\n%s", out, smtp, more))
	listens(t, smtp)
	return s, smtp, out
}

// swaks sends a mail by Debian's tester of mail servers.
func swaks(t *testing.T, smtp string, args ...string) {
	t.Helper()
	host, port, _ := strings.Cut(smtp, ":")
	run(t, "", "swaks", append([]string{"--server", host, "--port", port, "--to", "cert@cert.example", "--helo", "client.example.org", "--timeout", "180"}, args...)...)
}

// row is what a report's list says of one.
type row struct {
	ID, Subject, Door, State, Class string
}

// find waits for the report whose words are those, and gives it whole.
func (s *site) find(words string) map[string]any {
	s.t.Helper()
	var list struct{ Items []row }
	until(s.t, "there is a report about "+words, func() bool {
		s.get("/reports?q="+url.QueryEscape(words), &list)
		return len(list.Items) > 0
	})
	if len(list.Items) != 1 {
		s.t.Fatalf("%d reports about %s: %+v", len(list.Items), words, list.Items)
	}
	var one map[string]any
	s.get("/reports/"+list.Items[0].ID, &one)
	return one
}

// says asks a report, as its JSON, whether it holds each of the texts.
func (s *site) says(report map[string]any, texts ...string) {
	s.t.Helper()
	b, err := json.Marshal(report)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, want := range texts {
		if !strings.Contains(string(b), want) {
			s.t.Errorf("it does not say %q: %s", want, b)
		}
	}
}

// tells waits until the report whose words are those holds each of the texts: what is found in a report comes a moment after it.
func (s *site) tells(words string, texts ...string) {
	s.t.Helper()
	var b []byte
	until(s.t, "the report about "+words+" tells all", func() (all bool) {
		var err error
		if b, err = json.Marshal(s.find(words)); err != nil {
			s.t.Fatal(err)
		}
		return !slices.ContainsFunc(texts, func(want string) bool { return !strings.Contains(string(b), want) })
	})
}

// sent is how many messages were written into the maildir.
func sent(t *testing.T, maildir string) int {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(maildir, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestMailBySwaks(t *testing.T) {
	t.Parallel()
	need(t, "swaks")
	s, smtp, _ := listening(t, "")
	evidence := put(t, t.TempDir(), "evidence.log", "Nov 22 10:00:00 sshd: Failed password for root from 192.0.2.66\n")
	swaks(t, smtp, "--from", "victim@example.org", "--h-Subject", "Somebody knocks at sshgate", "--body", "It comes from 192[.]0[.]2[.]66, all night.", "--attach", "@"+evidence)
	s.tells("sshgate", "mail", "192.0.2.66", "evidence.log", "victim@example.org")
}

func TestMailByIMAP(t *testing.T) {
	t.Parallel()
	d := newDovecot(t)
	s := start(t, fmt.Sprintf("[reports]\ncheck_sender = false\nimap_server = %q\nimap_user = %q\nimap_password = %q\nimap_poll = \"10s\"\n", d.address(), mailUser, mailPassword),
		"SSL_CERT_FILE="+d.cert)
	d.deliver("1", letter("From: Peer <peer@csirt.example>", "To: cert@cert.example", "Subject: Your host in the dovecote", "Message-ID: <d1@csirt.example>", "", "192.0.2.5 beacons to evil.example.com."))
	s.tells("dovecote", "mail", "192.0.2.5", "peer@csirt.example")
	d.deliver("2", letter("From: Peer <peer@csirt.example>", "To: cert@cert.example", "Subject: Another pigeonhole", "Message-ID: <d2@csirt.example>", "", "Another one."))
	s.find("pigeonhole")
}

func TestMailByGPG(t *testing.T) {
	t.Parallel()
	need(t, "swaks", "gpg")
	s, smtp, _ := listening(t, "")
	home := t.TempDir()
	gpg := func(in string, args ...string) string {
		return run(t, in, "gpg", append([]string{"--homedir", home, "--batch", "--yes", "--trust-model", "always", "--quiet"}, args...)...)
	}
	gpg(s.firehall("keys", "show", "--pgp"), "--import")
	inner := "Content-Type: text/plain; charset=utf-8\r\n\r\nThe word is marzipan: 192.0.2.77 is ours.\r\n"
	cipher := gpg(inner, "--armor", "--encrypt", "--recipient", "cert@cert.example")
	mail := put(t, t.TempDir(), "mail", letter("From: Secret <secret@example.org>", "To: cert@cert.example", "Subject: encrypted nougat", "Message-ID: <g1@example.org>", "MIME-Version: 1.0",
		`Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b`, "",
		"--b", "Content-Type: application/pgp-encrypted", "", "Version: 1", "--b", "Content-Type: application/octet-stream", "", cipher, "--b--"))
	swaks(t, smtp, "--from", "secret@example.org", "--data", "@"+mail)
	s.says(s.find("nougat"), "marzipan", `"encrypted":true`)
}

func TestMailByOpenSSL(t *testing.T) {
	t.Parallel()
	need(t, "swaks", "openssl")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	run(t, "", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=CERT Example/emailAddress=cert@cert.example",
		"-addext", "subjectAltName=email:cert@cert.example", "-addext", "keyUsage=keyEncipherment,digitalSignature")
	s, smtp, _ := listening(t, fmt.Sprintf("smime_cert = %q\nsmime_key = %q\n", cert, key))
	theirs, theirKey := filepath.Join(dir, "theirs.pem"), filepath.Join(dir, "theirs.key")
	run(t, "", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", theirKey, "-out", theirs, "-days", "2", "-subj", "/CN=Bank",
		"-addext", "subjectAltName=email:bank@bank.example", "-addext", "keyUsage=digitalSignature")
	signed := run(t, "Content-Type: text/plain\n\nThe word is praline, at 192.0.2.78.\n", "openssl", "smime", "-sign", "-signer", theirs, "-inkey", theirKey)
	sealed := run(t, signed, "openssl", "smime", "-encrypt", "-aes256", "-from", "bank@bank.example", "-to", "cert@cert.example", "-subject", "sealed caramel", cert)
	swaks(t, smtp, "--from", "bank@bank.example", "--data", "@"+put(t, dir, "mail", strings.ReplaceAll(sealed, "\n", "\r\n")))
	s.says(s.find("caramel"), "praline", `"encrypted":true`)
}

// What programs send must not be answered, or two of them write to each other for ever.
func TestNoLoops(t *testing.T) {
	t.Parallel()
	need(t, "swaks")
	s, smtp, out := listening(t, "")
	dir := t.TempDir()
	for i, lines := range [][]string{
		{"From: Away <away@example.org>", "Subject: loop one", "Auto-Submitted: auto-replied", "", "I am away."},
		{
			"From: MAILER-DAEMON@example.org", "Subject: loop two", "MIME-Version: 1.0", `Content-Type: multipart/report; report-type=delivery-status; boundary=b`, "",
			"--b", "Content-Type: text/plain", "", "It could not be delivered.", "--b", "Content-Type: message/delivery-status", "",
			"Reporting-MTA: dns; mx.example.org", "", "Final-Recipient: rfc822; x@example.org", "Action: failed", "Status: 5.1.1", "--b--",
		},
		{"From: News <news@example.org>", "Subject: loop three", "List-Id: <news.example.org>", "Precedence: bulk", "", "News."},
	} {
		from := "away@example.org"
		if i == 1 {
			from = "<>"
		}
		mail := put(t, dir, fmt.Sprint(i), letter(append([]string{"To: cert@cert.example", fmt.Sprintf("Message-ID: <l%d@example.org>", i)}, lines...)...))
		swaks(t, smtp, "--from", from, "--data", "@"+mail)
	}
	for _, words := range []string{"one", "two", "three"} {
		s.find("loop " + words)
	}
	s.firehall("outbox", "send")
	if n := sent(t, out); n != 0 {
		t.Errorf("%d messages went out", n)
	}
}

func TestMachinesReport(t *testing.T) {
	t.Parallel()
	need(t, "swaks")
	s, smtp, _ := listening(t, "")
	dir := t.TempDir()
	arf := letter("From: abuse@isp.example", "To: cert@cert.example", "Subject: FW: Earn at homework", "Message-ID: <a1@isp.example>", "MIME-Version: 1.0",
		"Content-Type: multipart/report; report-type=feedback-report; boundary=b", "",
		"--b", "Content-Type: text/plain", "", "This is an abuse report.", "--b", "Content-Type: message/feedback-report", "",
		"Feedback-Type: abuse", "User-Agent: Reporter/1", "Version: 1", "Source-IP: 192.0.2.79", "Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000", "",
		"--b", "Content-Type: message/rfc822", "", "From: spam@example.com", "Subject: Earn at homework", "", "Spam.", "--b--")
	swaks(t, smtp, "--from", "abuse@isp.example", "--data", "@"+put(t, dir, "arf", arf))
	s.tells("homework", "192.0.2.79", "abuse")

	sample := sampleXARF(t)
	xarf := letter("From: xarf@isp.example", "To: cert@cert.example", "Subject: XARF quincunx", "Message-ID: <x1@isp.example>", "MIME-Version: 1.0", "X-XARF: PLAIN",
		"Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain", "", "A report for machines.", "--b",
		`Content-Type: application/json; name="xarf.json"`, `Content-Disposition: attachment; filename="xarf.json"`, "", sample, "--b--")
	swaks(t, smtp, "--from", "xarf@isp.example", "--data", "@"+put(t, dir, "xarf", xarf))
	var v struct {
		Source string `json:"source_identifier"`
		Type   string `json:"type"`
	}
	if err := json.Unmarshal([]byte(sample), &v); err != nil || v.Source == "" {
		t.Fatal(err, v)
	}
	s.tells("quincunx", v.Source, v.Type)
}

// sampleXARF is one of the sample reports of the format's authors.
func sampleXARF(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "xarf.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func letter(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }
