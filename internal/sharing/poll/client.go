package poll

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/httpx"
)

// client asks one server. Errors: Invalid for files of certificates that cannot be used.
func (p *Poller) client(name string, s config.TAXII) (*httpx.Client, error) {
	secure, err := secured(name, s, p.Clock.Now())
	if err != nil {
		return nil, err
	}
	return httpx.New(httpx.Options{
		Timeout: cmp.Or(p.Patience, 2*time.Minute), MaxBytes: cmp.Or(int64(s.MaxFetch), 64<<20), Internal: s.Internal, Plain: s.Internal, Redirects: -1, TLS: secure,
	}), nil
}

// secured is how the server is known, and what it is shown; nil where the configuration says nothing about it.
func secured(name string, s config.TAXII, now time.Time) (*tls.Config, error) {
	if s.TLSCert == "" && s.TLSCA == "" {
		return nil, nil //nolint:nilnil // no word about TLS is an answer
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLSCA != "" {
		text, err := os.ReadFile(s.TLSCA)
		if c.RootCAs = x509.NewCertPool(); err == nil && !c.RootCAs.AppendCertsFromPEM(text) {
			err = errors.New("there is no certificate in it")
		}
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "taxii.%s.tls_ca in the configuration", name)
		}
	}
	if s.TLSCert == "" {
		return c, nil
	}
	own, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	switch {
	case err != nil:
		return nil, problem.Wrap(problem.Invalid, err, "taxii.%s.tls_cert and tls_key in the configuration", name)
	case now.After(own.Leaf.NotAfter):
		return nil, problem.New(problem.Invalid, "the certificate in taxii.%s.tls_cert ended on %s: get another, and have the team whose server it is name it", name,
			own.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	// Whatever authorities the server names, it is shown: a server that lets in by fingerprint names none.
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	return c, nil
}

// advised says beside a failure to reach a server what can be done about it.
func advised(name string, s config.TAXII, err error) error {
	var authority x509.UnknownAuthorityError
	var other x509.HostnameError
	var remote *net.OpError
	var slow net.Error
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return problem.Wrap(problem.Unavailable, err, "the connection broke off before a page was whole: it is asked for again")
	case errors.As(err, &slow) && slow.Timeout():
		return problem.Wrap(problem.Unavailable, err, "the server takes too long for one page: it is asked again, and if it stays so, ask the team whose server it is")
	case problem.Is(err, problem.Invalid):
		return problem.Wrap(problem.Unavailable, err, "see taxii.%s.url and max_fetch in the configuration", name)
	case errors.As(err, &authority):
		return problem.Wrap(problem.Unavailable, err, "nobody whom this machine trusts vouches for the server: if it is the right one, name who does in taxii.%s.tls_ca", name)
	case errors.As(err, &other):
		return problem.Wrap(problem.Unavailable, err, "the server's certificate is of another name: see taxii.%s.url", name)
	case errors.As(err, &remote) && remote.Op == "remote error" && s.TLSCert == "":
		return problem.Wrap(problem.Unavailable, err, "the server wants a certificate: name yours in taxii.%s.tls_cert and tls_key", name)
	case errors.As(err, &remote) && remote.Op == "remote error":
		return problem.Wrap(problem.Unavailable, err, "the server does not take the certificate in taxii.%s.tls_cert: ask the team whose server it is", name)
	}
	return err
}
