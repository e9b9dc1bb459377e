package config

import "time"

// Reports is the section [reports].
type Reports struct {
	OnCallMail    string `key:"on_call_mail" default:"" doc:"The mailbox of the person on call: a report about life or an essential service in progress is told there at once, by its number alone. Empty: the team's own mailbox."`
	OnCallPhone   string `key:"on_call_phone" default:"" doc:"The telephone of the person on call, shown beside such a report. Firehall does not ring it."`
	OnCallWebhook string `key:"on_call_webhook" default:"" secret:"true" doc:"An https address that is posted to at such a report: {\"ref\": \"R-...\", \"url\": \"...\"}. Empty: none."`

	Definition string        `key:"definition" default:"What harms, or may soon harm, somebody's information or services, and needs action." doc:"What your team calls an incident, in your own words; a manager may change it on the page of settings, which then counts."`
	Keep       time.Duration `key:"keep" default:"0s" doc:"How long the text, the messages and the files of a report are kept after it ended, if it belongs to no open incident; then they are erased. 0s keeps them for ever."`

	Addresses       []string      `key:"addresses" doc:"The addresses that reports are mailed to; the listener takes mail for no other. None named: team.email."`
	SMTPListen      string        `key:"smtp_listen" default:"" doc:"Address and port where mail servers bring mail (SMTP), such as 0.0.0.0:25. Empty: off."`
	SMTPCert        string        `key:"smtp_cert" default:"" doc:"The certificate (PEM) for STARTTLS. Empty: mail comes unencrypted."`
	SMTPKey         string        `key:"smtp_key" default:"" doc:"The key that belongs to smtp_cert."`
	LMTPSocket      string        `key:"lmtp_socket" default:"" doc:"A Unix socket where the mail server of this machine brings mail (LMTP). Empty: off."`
	MaxMail         Size          `key:"max_mail" default:"32MiB" doc:"A larger mail is refused; one that is fetched is cut, and says so."`
	MailRate        int           `key:"mail_rate" default:"600" doc:"Mails a minute from one network address at most; more are asked to come again."`
	MailConnections int           `key:"mail_connections" default:"200" doc:"Connections of mail servers at a time, a tenth of it from one address."`
	IMAPServer      string        `key:"imap_server" default:"" doc:"A mailbox that mail is fetched from, host:port. Empty: none."`
	IMAPTLS         string        `key:"imap_tls" default:"tls" doc:"tls (from the first byte), starttls, or off, which is for a server on this machine only."`
	IMAPUser        string        `key:"imap_user" default:"" doc:"The name to log in with."`
	IMAPPassword    string        `key:"imap_password" default:"" secret:"true" doc:"The password to log in with."`
	IMAPFolder      string        `key:"imap_folder" default:"INBOX" doc:"The folder that mail is fetched from."`
	IMAPDone        string        `key:"imap_done" default:"" doc:"The folder that mail is moved to once it is safe here. Empty: it stays, and is marked as read."`
	IMAPPoll        time.Duration `key:"imap_poll" default:"1m" doc:"How often the mailbox is looked at where the server does not tell of new mail by itself."`
	CheckSender     bool          `key:"check_sender" default:"true" doc:"Whether the DNS is asked if a sender's domain stands by a mail (SPF, DKIM, DMARC). It tells their DNS that mail came."`
	AutoAnswer      bool          `key:"auto_answer" default:"true" doc:"Whether a report by mail is acknowledged at once: to proven senders only, once an hour at most, never to lists and programs."`
	SMIMECert       string        `key:"smime_cert" default:"" doc:"The team's S/MIME certificate (PEM), those of its issuers behind it: for mail that is encrypted to you so, and to sign what goes to contacts with a certificate."`
	SMIMEKey        string        `key:"smime_key" default:"" doc:"The key that belongs to smime_cert."`
	SMIMERoots      string        `key:"smime_roots" default:"" doc:"Certificates (PEM) of those whom you believe when they say whose an S/MIME certificate is. Empty: nobody."`
}
