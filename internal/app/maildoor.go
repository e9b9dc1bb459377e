package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"io"
	"net"
	"os"
	"strings"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/bounce"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/delivery/token"
	"github.com/firehall/firehall/internal/identity"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/incident/door/mailbox"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/smime"
)

// mailDoorKey is the keyring's secret that mail is sealed with until it is a report.
const mailDoorKey = "mail"

// mailActor is who takes mail in.
func mailActor() identity.Actor { return identity.System("mail") }

// openMailDoor makes the door by which mail becomes reports. A server does: it alone takes mail in.
func (a *App) openMailDoor() error {
	key, err := a.Keys.Secret(mailDoorKey)
	if err != nil {
		return err
	}
	paths, err := a.Keys.Secret(mail.ReturnPathKey)
	if err != nil {
		return err
	}
	opener, err := a.mailOpener()
	if err != nil {
		return err
	}
	r := a.Config.Reports
	o := maildoor.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Key: key, Limits: mime.Limits{Size: int64(r.MaxMail)}, Addresses: a.reportAddresses(), Opener: opener,
		Accept: a.Incidents.Accept, Bounced: a.bounced, Wake: a.Jobs.Wake,
		Feed:       a.feedOfMail,
		ReturnPath: func(address string) bool { _, ok := token.Parse(paths[:], address); return ok },
	}
	if r.CheckSender {
		o.Resolver = mime.Remember(net.DefaultResolver, a.Clock.Now)
	}
	if r.AutoAnswer {
		o.Answer = a.answerReport
	}
	a.MailDoor = maildoor.New(o)
	a.Jobs.Handle(a.MailDoor.Kind())
	return nil
}

// reportAddresses are those that reports are mailed to.
func (a *App) reportAddresses() []string {
	if list := a.Config.Reports.Addresses; len(list) > 0 {
		return list
	}
	if a.Config.Team.Email != "" {
		return []string{a.Config.Team.Email}
	}
	return nil
}

// bounced offers a mail to who sent our messages.
func (a *App) bounced(ctx context.Context, actor identity.Actor, r io.Reader) (used bool, err error) {
	out, err := a.TakeBounces(ctx, actor, r)
	for _, res := range out.Results {
		used = used || res.Did != bounce.Nothing
	}
	return used, err
}

// mailOpener has the team's keys, and asks the register for those of senders.
func (a *App) mailOpener() (*mime.Opener, error) {
	o := &mime.Opener{Known: a.senderKeys, Now: a.Clock.Now}
	if from := cmp.Or(a.Config.Mail.From, a.Config.Team.Email); from != "" {
		k, err := a.Keys.PGP(a.Config.Team.Name, from)
		if err != nil {
			return nil, err
		}
		o.Keys = []*crypto.Key{k.Key}
	}
	return o, a.addSMIME(o)
}

// teamSMIME reads the team's certificate and key for S/MIME; nil if the configuration names none.
func (a *App) teamSMIME() (*smime.Identity, error) {
	r := a.Config.Reports
	if r.SMIMECert == "" {
		return nil, nil
	}
	id, err := smime.Load(r.SMIMECert, r.SMIMEKey)
	return id, problem.Wrap(problem.Invalid, err, "reports.smime_cert and smime_key in the configuration")
}

// addSMIME reads the certificates that the configuration names.
func (a *App) addSMIME(o *mime.Opener) error {
	r := a.Config.Reports
	id, err := a.teamSMIME()
	if err != nil {
		return err
	}
	if id != nil {
		o.SMIME = []mime.Identity{{Certificate: id.Certificate, Key: id.Key}}
	}
	if r.SMIMERoots != "" {
		text, err := os.ReadFile(r.SMIMERoots)
		o.Roots = x509.NewCertPool()
		if err != nil || !o.Roots.AppendCertsFromPEM(text) {
			return problem.Wrap(problem.Invalid, cmp.Or(err, problem.New(problem.Invalid, "no certificate stands in it")), "reports.smime_roots in the configuration")
		}
	}
	return nil
}

// senderKeys are those that the register knows for an address.
func (a *App) senderKeys(ctx context.Context, address string) (keys []mime.SenderKey, err error) {
	contacts, err := a.Register.ContactsAt(ctx, mailActor(), address)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid) {
		return nil, nil // nobody that we know
	}
	for _, c := range contacts {
		switch {
		case constituency.IsCertificate(c.Key):
			if cert, err := constituency.Certificate(c.Key); err == nil { // the register's check tells of what cannot be read
				keys = append(keys, mime.SenderKey{Certificate: cert})
			}
		case c.Key != "":
			keys = append(keys, mime.SenderKey{OpenPGP: c.Key})
		}
	}
	return keys, err
}

// mailTasks are what fetches and hears mail.
func (a *App) mailTasks() (list []task) {
	r := a.Config.Reports
	if r.SMTPListen != "" {
		list = append(list, task{name: "take mail by SMTP", vital: true, do: func(ctx context.Context) error { return a.hearSMTP(ctx) }})
	}
	if r.LMTPSocket != "" {
		list = append(list, task{name: "take mail by LMTP", vital: true, do: func(ctx context.Context) error { return a.hearLMTP(ctx) }})
	}
	if r.IMAPServer != "" {
		list = append(list, task{name: "fetch mail", do: a.mailBox(a.takeMail).Run})
	}
	return list
}

func (a *App) takeMail(ctx context.Context, m maildoor.Arrival) error {
	return a.MailDoor.Take(ctx, mailActor(), m)
}

// mailBox is the mailbox that mail is fetched from.
func (a *App) mailBox(take func(context.Context, maildoor.Arrival) error) *mailbox.Box {
	r := a.Config.Reports
	return mailbox.New(mailbox.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Take: take, Server: r.IMAPServer, Security: r.IMAPTLS, User: r.IMAPUser, Password: r.IMAPPassword,
		Folder: r.IMAPFolder, Done: r.IMAPDone, MaxMail: int64(r.MaxMail), Poll: r.IMAPPoll, Holder: a.holder(),
	})
}

// answerLanguage is the language of an acknowledgement.
func (a *App) answerLanguage(asked string) string {
	asked, _, _ = strings.Cut(strings.ToLower(asked), "-")
	if _, known := acknowledgements[asked]; known {
		return asked
	}
	if _, known := acknowledgements[a.Config.Notify.Language]; known {
		return a.Config.Notify.Language
	}
	return "en"
}
