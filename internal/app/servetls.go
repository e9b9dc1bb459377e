package app

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
)

// certPause is how long a certificate is used before its file is looked at again.
const certPause = 10 * time.Second

// serveTLS gives the TLS that the configuration asks for; nil for none. Errors: Invalid for a certificate that cannot be read.
func (a *App) serveTLS() (*tls.Config, error) {
	s := a.Config.Serve
	switch {
	case len(s.ACMEDomains) > 0:
		m := &autocert.Manager{
			Prompt: autocert.AcceptTOS, Email: s.ACMEEmail, HostPolicy: autocert.HostWhitelist(s.ACMEDomains...), Cache: autocert.DirCache(a.dir("acme")),
		}
		c := m.TLSConfig()
		c.MinVersion = tls.VersionTLS12
		c.NextProtos = []string{"h2", "http/1.1", acme.ALPNProto}
		c.ClientAuth = a.clientAuth()
		return c, nil
	case s.TLSCert != "":
		c := &certificate{files: s, log: a.Log}
		if err := c.read(); err != nil {
			return nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}, ClientAuth: a.clientAuth()}, nil
	}
	return nil, nil //nolint:nilnil // no TLS is an answer
}

// clientAuth asks who connects for a certificate if the configuration names any. Who signed it is not asked: its very bytes are named, and the handshake
// proves that the client has its key.
func (a *App) clientAuth() tls.ClientAuthType {
	if len(a.Config.Sharing.Clients) == 0 {
		return tls.NoClientCert
	}
	return tls.RequestClientCert
}

// certificate is one from files, read again when they change.
type certificate struct {
	files config.Serve
	log   *slog.Logger

	mu     sync.Mutex
	now    *tls.Certificate
	stamp  string // of the files as read
	looked time.Time
}

// stampOf tells versions of the two files apart.
func (c *certificate) stampOf() (out string) {
	for _, name := range []string{c.files.TLSCert, c.files.TLSKey} {
		if info, err := os.Stat(name); err == nil {
			out += info.ModTime().String() + "/" + info.Name()
		}
	}
	return out
}

func (c *certificate) read() error {
	stamp := c.stampOf()
	pair, err := tls.LoadX509KeyPair(c.files.TLSCert, c.files.TLSKey)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "serve.tls_cert and serve.tls_key in the configuration")
	}
	c.now, c.stamp, c.looked = &pair, stamp, time.Now()
	return nil
}

// get gives the certificate. A new one that cannot be read (half written, or of another key) leaves the old one in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < certPause {
		return c.now, nil
	}
	c.looked = time.Now()
	if c.stampOf() == c.stamp {
		return c.now, nil
	}
	if err := c.read(); err != nil {
		c.log.ErrorContext(context.Background(), "the new certificate cannot be used: the old one stays", "error", err)
		return c.now, nil
	}
	c.log.InfoContext(context.Background(), "a new certificate is used", "file", c.files.TLSCert)
	return c.now, nil
}
