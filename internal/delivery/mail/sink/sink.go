// Package sink is an SMTP server for tests and soak: it keeps what it is given, counts, and misbehaves as told.
//
// It listens on this machine only, and makes itself a throw-away certificate. It is no mail server: nothing is ever passed on.
package sink

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Options say how the server behaves. The zero Options are a server that does its work.
type Options struct {
	Listen   string // "" is 127.0.0.1:0
	NoTLS    bool   // offers no STARTTLS
	Implicit bool   // TLS from the first byte
	NoUTF8   bool   // offers no SMTPUTF8
	NoDSN    bool   // offers no DSN
	MaxBytes int64  // of a message; 0 is 64 MiB

	User, Password string // asks for a log-in

	Greylist int                       // so many RCPT TO are answered 451 first
	Slow     time.Duration             // before each answer to MAIL, RCPT and the end of the message
	Refuse   func(address string) bool // answered 550 5.1.1
	Answer   func(Message) error       // to the end of a message; nil accepts
	Sender   error                     // to MAIL FROM
	Rcpt     error                     // to RCPT TO

	DropAfter int // so many messages are cut off after their final dot, having been taken
	DropEnd   int // so many are cut off after their final dot, not having been taken
	DropData  int // so many are cut off in the middle

	// Taken is told of each message before it is answered; an error refuses it for now.
	Taken func(Message) error
}

// Message is one that was taken.
type Message struct {
	ID     string // Message-ID, as it stands
	From   string // MAIL FROM
	To     []string
	Bytes  []byte // as they came
	EnvID  string // RFC 3461
	Return string // RFC 3461: HDRS
	UTF8   bool   // MAIL FROM had SMTPUTF8
}

// Server is a running sink.
type Server struct {
	options  Options
	listener net.Listener
	smtp     *smtp.Server
	roots    *x509.CertPool

	mu       sync.Mutex
	messages []Message
	counts   Counts
}

// Counts are how often things happened.
type Counts struct {
	Connections, Mails, Rcpts, Ends, Dropped int
}

// Start listens and serves until Close.
func Start(o Options) (*Server, error) {
	certificate, roots, err := throwAway()
	if err != nil {
		return nil, err
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	s := &Server{options: o, roots: roots}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.session))
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = "localhost", o.MaxBytes, 10
	s.smtp.EnableSMTPUTF8, s.smtp.EnableDSN, s.smtp.AllowInsecureAuth = !o.NoUTF8, !o.NoDSN, true
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, time.Minute
	s.smtp.ErrorLog = log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if !o.NoTLS && !o.Implicit {
		s.smtp.TLSConfig = config
	}
	if s.listener, err = net.Listen("tcp", o.Listen); err != nil {
		return nil, err
	}
	l := s.listener
	if o.Implicit {
		l = tls.NewListener(l, config)
	}
	go func() { _ = s.smtp.Serve(l) }() // ends with Close
	return s, nil
}

// Addr is where it listens, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Roots vouch for its certificate, which is for 127.0.0.1 and localhost.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Messages are those that it has taken, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// ByID groups the bytes of the messages by their Message-ID: more than one is a repeat.
func (s *Server) ByID() map[string][][]byte {
	out := map[string][][]byte{}
	for _, m := range s.Messages() {
		out[m.ID] = append(out[m.ID], m.Bytes)
	}
	return out
}

// Counts tells what happened so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Change alters how the server behaves from now on. Where it listens and what it offers stay.
func (s *Server) Change(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.options)
}

// Close ends the server and its connections.
func (s *Server) Close() error { return s.smtp.Close() }

// messageID reads the Message-ID of a message, "" where there is none.
func messageID(message []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return ""
	}
	return m.Header.Get("Message-ID")
}

// throwAway makes a certificate that lives as long as the process.
func throwAway() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots, nil
}
