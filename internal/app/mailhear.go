package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/door/listen"
	"github.com/firehall/firehall/internal/platform/config"
)

// hearSMTP takes mail of other servers until ctx ends.
func (a *App) hearSMTP(ctx context.Context) error {
	o := a.listenOptions()
	if r := a.Config.Reports; r.SMTPCert != "" {
		c := &certificate{files: config.Serve{TLSCert: r.SMTPCert, TLSKey: r.SMTPKey}, log: a.Log}
		if err := c.read(); err != nil {
			return problem.Wrap(problem.Invalid, err, "reports.smtp_cert and smtp_key in the configuration")
		}
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Reports.SMTPListen)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "listen for mail on %s (reports.smtp_listen)", a.Config.Reports.SMTPListen)
	}
	a.Log.InfoContext(ctx, "mail is taken by SMTP", "address", l.Addr().String(), "for", a.reportAddresses())
	return listen.New(o).Serve(ctx, l)
}

// hearLMTP takes mail of the server beside us until ctx ends.
func (a *App) hearLMTP(ctx context.Context) error {
	path := a.Config.Reports.LMTPSocket
	if err := removeSocket(path); err != nil {
		return problem.Wrap(problem.Unavailable, err, "the socket %s (reports.lmtp_socket)", path)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "listen for mail on %s (reports.lmtp_socket)", path)
	}
	if err := os.Chmod(path, 0o660); err != nil { //nolint:gosec // the mail server is another user of the same group
		return errors.Join(err, l.Close())
	}
	a.Log.InfoContext(ctx, "mail is taken by LMTP", "socket", path, "for", a.reportAddresses())
	o := a.listenOptions()
	o.LMTP = true
	return listen.New(o).Serve(ctx, l)
}

// removeSocket removes what a process that died left; anything but a socket stays, and is an error.
func removeSocket(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return problem.New(problem.Invalid, "%s is something else than a socket", path)
	}
	return os.Remove(path)
}

func (a *App) listenOptions() listen.Options {
	r := a.Config.Reports
	host, _ := os.Hostname()
	return listen.Options{
		Take: a.takeMail, Takes: a.MailDoor.Takes, Name: cmp.Or(a.Config.Mail.Hello, host, "localhost"), MaxMail: int64(r.MaxMail), Rate: r.MailRate,
		Connections: r.MailConnections, Clock: a.Clock, Log: a.Log,
	}
}
