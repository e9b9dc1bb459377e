package poll_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// authority signs certificates for a test.
type authority struct {
	*testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // with its own certificate
}

// issued is a certificate with its key.
type issued struct {
	tls.Certificate
	cert, key string // files
	print     string
}

func newAuthority(t *testing.T, name string) *authority {
	a := &authority{T: t, dir: t.TempDir()}
	a.key = a.newKey()
	der := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: year(2020), NotAfter: year(2120),
	}, a.key)
	a.file = a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func year(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }

func (a *authority) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	return key
}

// sign signs a certificate for a key; the first one is the authority's own.
func (a *authority) sign(c *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	parent := a.cert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), a.key)
	a.must(err)
	if a.cert == nil {
		a.cert, err = x509.ParseCertificate(der)
		a.must(err)
	}
	return der
}

func (a *authority) write(name, kind string, der []byte) string {
	path := filepath.Join(a.dir, name)
	a.must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}

// issue makes a certificate for a server of that name, and for a client, until a year.
func (a *authority) issue(name string, until int) issued {
	key := a.newKey()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: year(2020), NotAfter: year(until),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{name}
	}
	der := a.sign(c, key)
	secret, err := x509.MarshalECPrivateKey(key)
	a.must(err)
	return issued{
		Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, print: taxii.Fingerprint(der),
		cert: a.write(name+".pem", "CERTIFICATE", der), key: a.write(name+".key", "EC PRIVATE KEY", secret),
	}
}

// secure serves the house by TLS, and gives its root.
func (h *house) secure(own issued, clients map[string]string, change func(*tls.Config)) string {
	face := h.face
	face.Clients = clients
	s := httptest.NewUnstartedServer(taxii.New(face))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own.Certificate}, ClientAuth: tls.RequestClientCert}
	if change != nil {
		change(s.TLS)
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	h.Cleanup(s.Close)
	return s.URL + "/taxii2/firehall/"
}

// A server is read by TLS with all that proves who asks, and what is missing or wrong is said.
func TestPollingByTLS(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		theirs := open(t, db)
		theirs.give(0, 3)
		ca, foreign := newAuthority(t, "Test authority"), newAuthority(t, "Another authority")
		server, client := ca.issue("127.0.0.1", 2120), ca.issue("client.example", 2120)
		later, ended, stranger := ca.issue("later.example", 2120), ca.issue("ended.example", 2021), foreign.issue("stranger.example", 2120)
		known := map[string]string{"other": strings.ToUpper(client.print) + " " + later.print + "," + ended.print}
		asks := theirs.secure(server, known, nil)
		misnamed := theirs.secure(ca.issue("taxii.example", 2120), known, nil)
		insists := theirs.secure(server, known, func(c *tls.Config) {
			c.ClientAuth, c.ClientCAs, c.MaxVersion = tls.RequireAndVerifyClientCert, x509.NewCertPool(), tls.VersionTLS12
			c.ClientCAs.AddCert(ca.cert)
		})
		show := func(i issued) func(*config.TAXII) {
			return func(c *config.TAXII) { c.User, c.Password, c.TLSCert, c.TLSKey = "", "", i.cert, i.key }
		}
		none := func(c *config.TAXII) { c.User, c.Password = "", "" }
		tests := []struct {
			name, root string
			change     func(*config.TAXII)
			says       string // "": all of it comes
		}{
			{"a certificate", asks, show(client), ""},
			{"the next one", asks, show(later), ""},
			{"one that the server insists on", insists, show(client), ""},
			{"a token", asks, func(c *config.TAXII) { c.User = "" }, ""},
			{"Basic", asks, func(*config.TAXII) {}, ""},
			{"one that nobody knows", asks, show(stranger), "401 Unauthorized: see the source's user, password and tls_cert"},
			{"one that has ended", asks, show(ended), "taxii.peer.tls_cert ended on 2021-01-01"},
			{"nothing", asks, none, "401"},
			{"nothing where it is insisted on", insists, none, "name yours in taxii.peer.tls_cert"},
			{"one of another authority where it is insisted on", insists, show(stranger), "does not take the certificate in taxii.peer.tls_cert"},
			{"no certificate in the file", asks, func(c *config.TAXII) { c.TLSCert, c.TLSKey = client.key, client.key }, "taxii.peer.tls_cert and tls_key"},
			{"no authority in the file", asks, func(c *config.TAXII) { c.TLSCA = client.key }, "taxii.peer.tls_ca"},
			{"an authority that is not trusted", asks, func(c *config.TAXII) { c.TLSCA = foreign.file }, "name who does in taxii.peer.tls_ca"},
			{"the machine's own authorities", asks, func(c *config.TAXII) { c.TLSCA = "" }, "name who does in taxii.peer.tls_ca"},
			{"a server of another name", misnamed, show(client), "see taxii.peer.url"},
		}
		for _, tt := range tests {
			ours := open(t, sqldbtest.Open(t, sqldb.SQLite))
			ours.asks(tt.root, theirs.c.ID, theirs.token, func(c *config.TAXII) {
				c.TLSCA = ca.file
				tt.change(c)
			})
			s := ours.poll()
			if tt.says == "" && (s.Taken != 3 || s.Error != "") || tt.says != "" && (!strings.Contains(s.Error, tt.says) || s.Taken != 0) {
				t.Errorf("%s: %+v", tt.name, s)
			}
		}
	})
}

// The server looks at what a client shows, and tells them what is wrong with it.
func TestClientCertificates(t *testing.T) {
	h := open(t, sqldbtest.Open(t, sqldb.SQLite))
	h.give(0, 1)
	ca := newAuthority(t, "Test authority")
	client, ended, stranger := ca.issue("client.example", 2120), ca.issue("ended.example", 2021), newAuthority(t, "Another authority").issue("stranger.example", 2120)
	root := h.secure(ca.issue("127.0.0.1", 2120), map[string]string{"other": client.print + " " + ended.print}, nil)
	for _, tt := range []struct {
		name   string
		shown  *issued
		bearer string
		status int
		says   string
	}{
		{"known", &client, "", 200, "domain-name--"},
		{"unknown", &stranger, "", 401, stranger.print},
		{"ended", &ended, "", 401, "to 2021-01-01T00:00:00Z"},
		{"absent", nil, "", 401, "show a token"},
		{"unknown, with a token", &stranger, h.token, 200, "domain-name--"},
		{"known, with a token that does not work", &client, "fh_x_y", 401, "show a token"},
	} {
		c := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		c.RootCAs.AddCert(ca.cert)
		if tt.shown != nil {
			c.Certificates = []tls.Certificate{tt.shown.Certificate}
		}
		transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, root+"collections/"+h.c.ID+"/objects/", nil)
		h.must(err)
		req.Header.Set("Accept", taxii.MediaType)
		if tt.bearer != "" {
			req.Header.Set("Authorization", "Bearer "+tt.bearer)
		}
		res, err := (&http.Client{Transport: transport}).Do(req)
		h.must(err)
		body, err := io.ReadAll(res.Body)
		h.must(err)
		h.must(res.Body.Close())
		transport.CloseIdleConnections()
		if res.StatusCode != tt.status || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s: %s %s", tt.name, res.Status, body)
		}
	}
}
