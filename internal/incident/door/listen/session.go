package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/mime"
)

// The answers that are not the library's.
var (
	errUnknown = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address here; nothing is relayed"}
	errTooFast = &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Too many mails from your address, come again in a minute"}
	errLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The mail could not be stored, come again later"}
	errLarge   = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "Other large mails are coming in, come again later"}
	errSlow    = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 4, 2}, Message: "The mail came in too slowly, come again later"}
	errTooBig  = &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "The mail is too large: send us a link, or the files one by one"}
)

// session is one conversation.
type session struct {
	server *Server
	conn   *smtp.Conn
	ip     netip.Addr
	from   string
	to     []string
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session. Who comes too fast is asked to come again.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if o != nil && o.Size > s.server.o.MaxMail {
		return errTooBig
	}
	if !s.server.o.LMTP && !s.server.rates.allow(s.ip) {
		return errTooFast
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !s.server.o.Takes(to) {
		return errUnknown
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session: it returns nil when the mail is durable.
func (s *session) Data(r io.Reader) error {
	raw, err := s.receive(r)
	if err != nil {
		return err
	}
	a := mail.Arrival{
		Via: s.via(), Recipients: s.to, Raw: raw,
		Envelope: mime.Envelope{IP: s.ip, Hello: s.conn.Hostname(), From: s.from},
	}
	if s.server.o.LMTP {
		a.Envelope = mime.Envelope{From: s.from} // the mail server beside us knows where it came from, and we do not
	}
	if err := s.server.o.Take(context.Background(), a); err != nil {
		s.server.o.Log.Error("a mail could not be stored: the sender was asked to come again", "via", a.Via, "bytes", len(raw), "error", err)
		return errLater
	}
	return nil
}

func (s *session) via() string {
	if s.server.o.LMTP {
		return "lmtp"
	}
	return "smtp"
}

// receive reads a mail behind the trace that whoever delivers for good puts on top (RFC 5321 §4.4).
func (s *session) receive(r io.Reader) ([]byte, error) {
	raw, err := readInto([]byte(s.trace()), r, small)
	if err != nil {
		return nil, err
	}
	if len(raw) < small {
		return raw, nil
	}
	leave, ok := s.server.large.enter(s.ip)
	if !ok {
		return nil, errLarge
	}
	defer leave()
	raw, err = readInto(raw, &timed{r, s.server.large.until()}, int(s.server.o.MaxMail)+1)
	if err == nil && int64(len(raw)) > s.server.o.MaxMail {
		return nil, errTooBig
	}
	return raw, err
}

// readInto appends what is read until so many bytes are there.
func readInto(b []byte, r io.Reader, most int) ([]byte, error) {
	for len(b) < most {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(cap(b), most)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (s *session) trace() string {
	from := strings.Map(printable, s.from)
	where := ""
	if s.ip.IsValid() {
		where = " ([" + s.ip.String() + "])"
	}
	protocol := strings.ToUpper(strings.ReplaceAll(s.via(), "smtp", "esmtp"))
	if _, ok := s.conn.TLSConnectionState(); ok {
		protocol += "S"
	}
	return fmt.Sprintf("Return-Path: <%s>\r\nReceived: from %s%s\r\n\tby %s with %s;\r\n\t%s\r\n", from, strings.Map(printable, s.conn.Hostname()), where,
		s.server.o.Name, protocol, s.server.o.Clock.Now().UTC().Format(time.RFC1123Z))
}

// printable keeps out what would break a header.
func printable(c rune) rune {
	if c <= ' ' || c == 0x7f || c == '<' || c == '>' {
		return -1
	}
	return c
}
