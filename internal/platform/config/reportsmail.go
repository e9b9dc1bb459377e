package config

import (
	"net"
	"net/mail"
	"strings"
	"time"
)

// reports checks the keys of the doors for mail.
func (b *binder) reports(r Reports) {
	for _, a := range r.Addresses {
		if p, err := mail.ParseAddress(a); err != nil || p.Address != a {
			b.complain("reports.addresses", "%q is no mail address, such as \"cert@example.org\"", a)
		}
	}
	if r.SMTPListen != "" {
		b.listen("reports.smtp_listen", r.SMTPListen, "0.0.0.0:25")
	}
	if (r.SMTPCert == "") != (r.SMTPKey == "") {
		b.complain("reports.smtp_cert", "a certificate and its key go together: name both smtp_cert and smtp_key, or neither")
	}
	if (r.SMIMECert == "") != (r.SMIMEKey == "") {
		b.complain("reports.smime_cert", "a certificate and its key go together: name both smime_cert and smime_key, or neither")
	}
	b.between("reports.max_mail", r.MaxMail, 64<<10, 64<<20)
	b.atLeast("reports.mail_rate", int64(r.MailRate), 1)
	b.atLeast("reports.mail_connections", int64(r.MailConnections), 1)
	b.imap(r)
}

func (b *binder) imap(r Reports) {
	b.oneOf("reports.imap_tls", r.IMAPTLS, []string{"tls", "starttls", "off"})
	if r.IMAPPoll < 10*time.Second || r.IMAPPoll > 25*time.Minute {
		b.complain("reports.imap_poll", "must be between 10s and 25m")
	}
	if r.IMAPServer == "" {
		return
	}
	b.listen("reports.imap_server", r.IMAPServer, "imap.example.org:993")
	if r.IMAPUser == "" || r.IMAPPassword == "" {
		b.complain("reports.imap_user", "imap_server needs imap_user and imap_password (or imap_password_file)")
	}
	if host, _, _ := net.SplitHostPort(r.IMAPServer); r.IMAPTLS == "off" && host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1" {
		b.complain("reports.imap_tls", "off is for a server on this machine only: the password would be read on the way")
	}
	if strings.EqualFold(r.IMAPFolder, r.IMAPDone) {
		b.complain("reports.imap_done", "it is the folder that mail is fetched from: name another, or none")
	}
}
