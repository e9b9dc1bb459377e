package app

import (
	"cmp"
	"time"

	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/mime"
)

// lateMail is how long a mail may wait to become a report.
const lateMail = 10 * time.Minute

// incoming looks at the ways by which mail comes in.
func (e *examination) incoming() {
	e.waitingMail()
	if e.Config.Reports.IMAPServer != "" {
		e.mailbox()
	}
	r := e.Config.Reports
	if (r.SMTPListen != "" || r.LMTPSocket != "") && len(e.reportAddresses()) == 0 {
		e.bad("reports by mail", "set team.email, or reports.addresses", "the listener has no address to take mail for")
	}
	if err := e.addSMIME(&mime.Opener{}); err != nil {
		e.bad("reports by mail", "mend [reports] of the configuration", "%v", err)
		return
	}
	e.ownCertificate()
}

// ownCertificate looks at whether the team's certificate is good for what it is for.
func (e *examination) ownCertificate() {
	from := cmp.Or(e.Config.Mail.From, e.Config.Team.Email)
	id, err := e.teamSMIME()
	if id == nil || err != nil {
		return
	}
	const check = "S/MIME"
	if why := smimeTrouble(id, from, e.Clock.Now()); why != "" {
		e.warn(check, "see docs/ops/mail.md, S/MIME", "the team's certificate: %s", why)
		return
	}
	e.good(check, "the team's certificate signs, and opens what is encrypted to it")
}

func (e *examination) waitingMail() {
	const check = "reports by mail"
	w, err := maildoor.New(maildoor.Options{DB: e.DB, Clock: e.Clock}).Waiting(e.ctx)
	switch {
	case err != nil:
		e.bad(check, "", "%v", err)
	case w.Mails == 0:
		e.good(check, "all mail that came is in the queue of reports")
	case e.Clock.Now().Sub(w.Oldest) > lateMail:
		e.warn(check, "is firehall serve running? Else see the page of jobs: report.mail", "mails that are no report yet: %d, the oldest since %s UTC", w.Mails, w.Oldest.Format(time.DateTime))
	default:
		e.good(check, "mails that become reports now: %d", w.Mails)
	}
}

func (e *examination) mailbox() {
	const check = "mailbox"
	h, err := e.mailBox(nil).Health(e.ctx)
	switch {
	case err != nil:
		e.bad(check, "", "%v", err)
	case !h.Failing.IsZero():
		e.bad(check, "mend imap_server, imap_user and the others of [reports]", "%s cannot be read since %s UTC: %s", e.Config.Reports.IMAPServer, h.Failing.Format(time.DateTime), h.Fault)
	case h.Looked.IsZero():
		e.good(check, "%s was not looked at yet; firehall serve does", e.Config.Reports.IMAPServer)
	default:
		e.good(check, "%s was last looked at %s UTC", e.Config.Reports.IMAPServer, h.Looked.Format(time.DateTime))
	}
}
