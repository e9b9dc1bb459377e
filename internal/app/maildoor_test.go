package app

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/mime"
)

// lmtp gives a mail to a server's socket.
func lmtp(t *testing.T, socket, from, to, mail string) error {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	for deadline := time.Now().Add(2 * time.Minute); err != nil && time.Now().Before(deadline); conn, err = net.Dial("unix", socket) {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer func() { _ = c.Close() }()
	return c.SendMail(from, []string{to}, strings.NewReader(mail))
}

const reportMail = "From: Ada <ada@victim.example>\r\nTo: cert@cert.example\r\nSubject: we were hacked\r\nMessage-ID: <1@victim.example>\r\n\r\nHelp us.\r\n"

func TestMailBecomesAReportOfTheQueue(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "lmtp")
	a, _, stop := serving(t, func(c *config.Config) {
		c.Team.Name, c.Team.Email = "CERT", "cert@cert.example"
		c.Reports.LMTPSocket, c.Reports.CheckSender = socket, false
	})
	if err := lmtp(t, socket, "ada@victim.example", "other@cert.example", reportMail); err == nil {
		t.Error("mail for somebody else was taken")
	}
	if err := lmtp(t, socket, "ada@victim.example", "cert@cert.example", reportMail); err != nil {
		t.Fatal(err)
	}
	var rows []incident.Row
	for deadline := time.Now().Add(2 * time.Minute); len(rows) == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		p, err := a.Incidents.Reports(t.Context(), identity.System("test"), incident.Filter{Request: page.Request{Limit: 10}})
		if err != nil {
			t.Fatal(err)
		}
		rows = p.Items
	}
	if len(rows) != 1 || rows[0].Subject != "we were hacked" || rows[0].Door != incident.Mail || rows[0].Verified != incident.Unverified {
		t.Errorf("%+v", rows)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(socket); err == nil {
		if err := removeSocket(socket); err != nil {
			t.Error(err)
		}
	}
}

// An acknowledgement tells a number, and nothing of what was reported.
func TestAcknowledgement(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	a, _, _ := serving(t, func(c *config.Config) {
		c.Team.Name, c.Team.Email, c.Mail.Maildir = "CERT", "cert@cert.example", out
	})
	actor := mailActor()
	r, err := a.Incidents.Accept(t.Context(), actor, incident.Draft{Door: incident.Mail, Subject: "secret matter", Text: "x", Reporter: incident.Reporter{Email: "ada@victim.example", Verified: incident.DMARC}})
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"fr-CA", "xx"} {
		w := maildoor.Answer{Report: r, To: mime.Address{Name: "Ada", Address: "ada@victim.example"}, Language: language, Thread: []string{"0@x", "1@victim.example"}}
		if err := a.answerReport(t.Context(), actor, w); err != nil {
			t.Fatal(err)
		}
	}
	var files []string
	for deadline := time.Now().Add(2 * time.Minute); len(files) < 2 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		files, _ = filepath.Glob(filepath.Join(out, "new", "*"))
	}
	all, id := "", ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mime.Read(strings.NewReader(string(b)), mime.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		all += m.Subject + "\n" + m.Text + "\n"
		id = m.MessageID
		if m.Auto.Answerable() || m.Header.Get("Auto-Submitted") != "auto-replied" || len(m.To) != 1 || m.To[0].Address != "ada@victim.example" || strings.Join(m.References, " ") != "0@x 1@victim.example" || strings.Contains(string(b), "secret") {
			t.Errorf("%s", b)
		}
	}
	if !strings.Contains(all, "Quelqu'un va le lire") || !strings.Contains(all, "A person will read it") || strings.Count(all, "[CERT "+r.Ref+"]") != 2 {
		t.Error(all)
	}
	again, err := a.Incidents.Accept(t.Context(), actor, incident.Draft{
		Door: incident.Mail, Subject: "more", Text: "y", Reporter: incident.Reporter{Email: "ada@victim.example"}, Thread: incident.Thread{MessageID: "2@victim.example", References: []string{id}},
	})
	if err != nil || again.ID != r.ID {
		t.Errorf("an answer to the acknowledgement became %+v, %v", again, err)
	}
}

func TestDoctorLooksAtMailThatComesIn(t *testing.T) {
	a, _, stop := serving(t, func(c *config.Config) { c.Reports.IMAPServer = "127.0.0.1:1" })
	if err := a.takeMail(t.Context(), maildoor.Arrival{Via: "smtp", Raw: []byte(reportMail)}); err != nil {
		t.Fatal(err)
	}
	figures := gathered(t, a)
	for _, name := range []string{"firehall_mail_waiting", "firehall_mail_taken_total", "firehall_mailbox_failing"} {
		if !strings.Contains(figures, " "+name+" ") {
			t.Errorf("there is no figure %s among%s", name, figures)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	o := Options{Config: a.Config, Log: a.Log}
	o.Config.Reports.LMTPSocket, o.Config.Team.Email = "/run/x", ""
	o.Config.Reports.IMAPServer, o.Config.Reports.SMIMECert, o.Config.Reports.SMIMEKey = "imap.cert.example:993", "/nothing", "/nothing"
	said := ""
	for _, f := range Examine(t.Context(), identity.System("test"), o) {
		said += f.Check + ": " + f.Message + "\n"
	}
	for _, want := range []string{"reports by mail: ", "has no address to take mail for", "mailbox: imap.cert.example:993 was not looked at yet", "smime_cert"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in\n%s", want, said)
		}
	}
}

// gathered lists the names of the figures.
func gathered(t *testing.T, a *App) string {
	t.Helper()
	families, err := a.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := " "
	for _, f := range families {
		names += f.GetName() + " "
	}
	return names
}
