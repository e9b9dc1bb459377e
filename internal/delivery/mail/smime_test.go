package mail_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/smime"
)

// parties have the keys for S/MIME of all tests: the team's, which comes from an issuer, and the contact's.
var parties = sync.OnceValue(func() (p struct {
	issuer        *x509.Certificate
	team, contact *smime.Identity
},
) {
	root := rsaKey()
	p.issuer = issue("issuer", nil, &smime.Identity{Key: root}, root.Public(), time.Hour)
	team, contact := rsaKey(), rsaKey()
	cert := issue("alerts@csirt.example.org", p.issuer, &smime.Identity{Key: root}, team.Public(), time.Hour)
	p.team = &smime.Identity{Certificate: cert, Key: team, Issuers: []*x509.Certificate{p.issuer}}
	p.contact = &smime.Identity{Key: contact}
	p.contact.Certificate = issue("abuse@isp.example.net", nil, p.contact, contact.Public(), time.Hour)
	return p
})

func rsaKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// issue makes a certificate that began an hour before it ends, or before now; without a parent it stands for itself.
func issue(name string, parent *x509.Certificate, by *smime.Identity, public crypto.PublicKey, life time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(min(life, 0) - time.Hour), NotAfter: time.Now().Add(life),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	if strings.Contains(name, "@") {
		template.EmailAddresses = []string{name}
	} else {
		template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by.Key)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
}

// expired is a certificate of a key that has ended.
func expired(name string, id *smime.Identity) *x509.Certificate {
	return issue(name, nil, id, id.Key.Public(), -time.Minute)
}

func withSMIME(id *smime.Identity, err error) func(*mail.Config) {
	return func(cfg *mail.Config) { cfg.SMIME = func() (*smime.Identity, error) { return id, err } }
}

// read opens a message as one of them, who knows the team's OpenPGP key and believes the issuer.
func read(t *testing.T, raw []byte, as *smime.Identity) *mime.Message {
	t.Helper()
	m, err := mime.Read(bytes.NewReader(raw), mime.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parties().issuer)
	o := &mime.Opener{
		SMIME: []mime.Identity{{Certificate: as.Certificate, Key: as.Key}}, Roots: roots,
		Known: func(context.Context, string) ([]mime.SenderKey, error) {
			return []mime.SenderKey{{OpenPGP: public(t, teamKey(t))}}, nil
		},
	}
	if err := o.Open(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEncryptedToACertificate(t *testing.T) {
	p := parties()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// Only RSA opens what is encrypted to it; such a team can sign all the same.
	signsOnly := &smime.Identity{Key: curve, Issuers: []*x509.Certificate{p.issuer}}
	signsOnly.Certificate = issue("alerts@csirt.example.org", nil, signsOnly, curve.Public(), time.Hour)
	tests := []struct {
		name   string
		team   *smime.Identity
		signed mime.CryptoKind
		own    bool // the team reads it too
	}{
		{"the team has a certificate", p.team, mime.SMIME, true},
		{"it has ended", &smime.Identity{Certificate: expired("alerts@csirt.example.org", p.team), Key: p.team.Key}, mime.PGPMIME, true},
		{"of elliptic curves", signsOnly, mime.SMIME, false},
		{"it has none", nil, mime.PGPMIME, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			d.To.Key, d.Label = smime.PEM(p.contact.Certificate), tlp.Amber
			r := compose(t, channel(t, withSMIME(tt.team, nil)), d)
			wellFormed(t, r.Bytes, false)
			if kind := parse(t, r.Bytes).Header.Get("Content-Type"); kind != `application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"` {
				t.Error(kind)
			}
			m := read(t, r.Bytes, p.contact)
			if c := m.Crypto; !c.Encrypted || !c.Signed || !c.Integrity || tt.team != signsOnly && !c.Authentic() {
				t.Errorf("%+v", c)
			}
			if m.Subject != d.Subject || !strings.HasPrefix(m.Text, d.Subject) || len(m.Parts) == 0 || strings.Contains(string(r.Bytes), "open services") {
				t.Errorf("%q: %q, %d parts", m.Subject, m.Text, len(m.Parts))
			}
			if byPGP := strings.Contains(m.Crypto.Key, teamKey(t).GetFingerprint()); byPGP != (tt.signed == mime.PGPMIME) {
				t.Errorf("signed by %s", m.Crypto.Key)
			}
			if tt.team == nil {
				return
			}
			if own := read(t, r.Bytes, &smime.Identity{Certificate: tt.team.Certificate, Key: tt.team.Key}); (own.Crypto.Fault != mime.NotForUs) != tt.own {
				t.Errorf("the team reads it: %+v", own.Crypto)
			}
		})
	}
}

func TestTheTeamsCertificateCannotBeRead(t *testing.T) {
	c := channel(t, withSMIME(nil, errors.New("permission denied")))
	d := draft()
	if _, err := c.Compose(context.Background(), d); err != nil {
		t.Errorf("it is not needed: %v", err)
	}
	d.To.Key = smime.PEM(parties().contact.Certificate)
	if _, err := c.Compose(context.Background(), d); !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "S/MIME") {
		t.Errorf("no fault of the message: %v", err)
	}
}

// What TestKeysThatCannotBeUsed says of keys holds of certificates.
func TestCertificatesThatCannotBeUsed(t *testing.T) {
	p := parties()
	ended := smime.PEM(expired("abuse@isp.example.net", p.contact))
	tests := []struct {
		name, key string
		required  bool
		label     tlp.Label
		says      string // "" if it goes, signed by S/MIME
	}{
		{"ended, required", ended, true, tlp.Clear, "expired on "},
		{"ended, AMBER", ended, false, tlp.Amber, "remove the key"},
		{"ended, GREEN", ended, false, tlp.Green, ""},
		{"an issuer's", smime.PEM(p.issuer), true, tlp.Clear, "CA:TRUE"},
		{"a chain", ended + ended, false, tlp.Red, "2 certificates"},
		{"10 MB", strings.Repeat("-----BEGIN CERTIFICATE-----\n", 10<<20/28), true, tlp.Clear, "at most 262144"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			d.To.Key, d.Label = tt.key, tt.label
			if tt.required {
				d.To.Encryption = constituency.EncryptionRequired
			}
			r, err := channel(t, withSMIME(p.team, nil)).Compose(context.Background(), d)
			if tt.says != "" {
				if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 600 {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m := read(t, r.Bytes, p.contact); m.Crypto.Encrypted || m.Crypto.Kind != mime.SMIME || !m.Crypto.Authentic() {
				t.Errorf("%+v", m.Crypto)
			}
		})
	}
}

// OpenSSL is what most other programs do: it opens the envelope with the contact's key, and the team's, and verifies the signature by the issuer.
func TestOpenSSLOpens(t *testing.T) {
	need(t, "openssl")
	p, dir := parties(), t.TempDir()
	d := draft()
	d.To.Key = smime.PEM(p.contact.Certificate)
	message := write(t, dir, "message.eml", compose(t, channel(t, withSMIME(p.team, nil)), d).Bytes)
	issuer := write(t, dir, "issuer.pem", []byte(smime.PEM(p.issuer)))
	for name, id := range map[string]*smime.Identity{"contact": p.contact, "team": p.team} {
		key, err := x509.MarshalPKCS8PrivateKey(id.Key)
		if err != nil {
			t.Fatal(err)
		}
		cert := write(t, dir, name+".pem", []byte(smime.PEM(id.Certificate)))
		private := write(t, dir, name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
		signed := openssl(t, "-decrypt", "-in", message, "-recip", cert, "-inkey", private)
		inner := openssl(t, "-verify", "-in", write(t, dir, name+".signed", signed), "-CAfile", issuer, "-purpose", "smimesign")
		if parts := open(t, inner); len(parts) != 2 || parts[1].body != string(d.Attachments[0].Data) {
			t.Errorf("%s reads %q", name, inner)
		}
	}
}

func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("openssl", append([]string{"cms"}, args...)...)
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	if err := cmd.Run(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, wrong.String())
	}
	return out.Bytes()
}

func write(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
