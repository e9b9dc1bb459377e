// Package listen is where mail servers bring mail for reports: SMTP (RFC 5321) for those of the world, LMTP (RFC 2033) for the one beside us.
//
// It takes mail for our own addresses and nobody else's, and relays nothing. Whatever was answered with 250 is durable: Options.Take has returned.
// What cannot be taken now is answered with 4xx, so that the other side keeps it and comes again. Limits hold for each network address: so many
// connections, so many mails a minute; and for all together, so that memory and connections cannot be used up.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/incident/door/mail"
)

// Options is what a Server needs.
type Options struct {
	Take        func(ctx context.Context, a mail.Arrival) error // makes a mail durable
	Takes       func(address string) bool                       // whether an address is ours
	Name        string                                          // how the server calls itself
	TLS         *tls.Config                                     // nil: no STARTTLS
	LMTP        bool
	MaxMail     int64 // bytes
	Rate        int   // mails a minute from one address; not for LMTP
	Connections int   // at a time; a tenth of it, at least two, from one address
	Clock       clock.Clock
	Log         *slog.Logger
}

// Timeouts of a conversation. RFC 5321 §4.5.3.2 asks for minutes.
const (
	readWithin    = 5 * time.Minute
	writeWithin   = time.Minute
	maxRecipients = 100
	// small is what a mail may have before it needs one of the places for large ones, of which there are few.
	small       = 1 << 20
	largePlaces = 4
	largeEach   = 2                // of one network
	largeWithin = 10 * time.Minute // who sends slowly must not keep the place
)

// Server listens.
type Server struct {
	o     Options
	smtp  *smtp.Server
	rates *rates
	large *places
}

// New makes a server.
func New(o Options) *Server {
	s := &Server{o: o, rates: newRates(o.Clock, o.Rate), large: newPlaces(o.Clock)}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.session))
	s.smtp.LMTP, s.smtp.Domain, s.smtp.TLSConfig = o.LMTP, o.Name, o.TLS
	s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = o.MaxMail, maxRecipients
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = readWithin, writeWithin
	s.smtp.EnableSMTPUTF8, s.smtp.EnableBINARYMIME = true, true
	s.smtp.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)
	return s
}

// Serve answers on a listener until ctx ends; then it lets conversations end for a while, and cuts off what is left, which loses nothing.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := s.smtp.Shutdown(grace); err != nil {
			_ = s.smtp.Close()
		}
	})
	defer stop()
	err := s.smtp.Serve(newGate(l, s.o.Connections))
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c, ip: addressOf(c.Conn().RemoteAddr())}, nil
}

// addressOf is the zero address for a Unix socket.
func addressOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
