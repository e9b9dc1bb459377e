package smime_test

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/smime"
)

func TestRead(t *testing.T) {
	k := keys()
	good := smime.PEM(made(t, k.good, nil))
	with := func(change func(*x509.Certificate)) string { return smime.PEM(made(t, k.good, change)) }
	// What nobody has the private half of can be put into a certificate all the same.
	foreign := func(n *big.Int, e int) string {
		return with(func(c *x509.Certificate) { c.PublicKey = &rsa.PublicKey{N: n, E: e} })
	}
	one := big.NewInt(1)
	tests := []struct {
		name, text string
		says       string // "" if it is read
	}{
		{"good", good, ""},
		{"with what openssl pkcs12 writes before it", "Bag Attributes\n    friendlyName: abuse\nsubject=CN = x\n" + good + "\nbye\n", ""},
		{"no usage is named", with(func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = 0, nil }), ""},
		{"for anything", with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), ""},
		{"expired, which is for the moment to judge", with(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0) }), ""},
		{"none", "", "no whole certificate"},
		{"rubbish", "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n", "no whole certificate"},
		{"no structure", block("CERTIFICATE", []byte("rubbish")), "cannot be read"},
		{"cut", good[:len(good)/2], "no whole certificate"},
		{"structure cut", block("CERTIFICATE", made(t, k.good, nil).Raw[:300]), "cannot be read"},
		{"more behind the structure", block("CERTIFICATE", append(made(t, k.good, nil).Raw, 0)), "cannot be read"},
		{"huge", strings.Repeat(" ", 64<<10) + good, "at most 65536"},
		{"a chain", good + smime.PEM(made(t, k.other, nil)), "2 certificates"},
		{"a private key", good + block("PRIVATE KEY", []byte("x")), "private key"},
		{"an encrypted private key", block("ENCRYPTED PRIVATE KEY", []byte("x")), "private key"},
		{"a request", block("CERTIFICATE REQUEST", []byte("x")), "is no certificate"},
		{"an issuer", with(func(c *x509.Certificate) { c.IsCA = true }), "CA:TRUE"},
		{"512 bits", foreign(new(big.Int).Add(new(big.Int).Lsh(one, 511), one), 65537), "512 bits"},
		{"1024 bits", smime.PEM(made(t, k.small, nil)), "1024 bits"},
		{"16384 bits", foreign(new(big.Int).Add(new(big.Int).Lsh(one, 16383), one), 65537), "16384 bits"},
		{"an exponent of 1", foreign(k.other.N, 1), "broken"},
		{"an even modulus", foreign(new(big.Int).Lsh(one, 2047), 65537), "broken"},
		{"elliptic curves", smime.PEM(made(t, k.curve, nil)), "only RSA"},
		{"for signatures only", with(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }), "keyEncipherment"},
		{"of a web server", with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), "emailProtection"},
		{"an unknown condition", with(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}), "critical extension 1.2.3"},
		{"of everybody", with(func(c *x509.Certificate) {
			for i := range 101 {
				c.EmailAddresses = append(c.EmailAddresses, fmt.Sprintf("%d@isp.example.net", i))
			}
		}), "at most 100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := smime.Read(tt.text)
			if tt.says == "" && (err != nil || !strings.Contains(tt.text, smime.PEM(c))) {
				t.Errorf("got %v", err)
			}
			if tt.says != "" && (!problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 500) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"-----BEGIN CERTIFICATE-----": true, "Bag\n-----BEGIN PRIVATE KEY-----": true, "-----BEGIN PGP PUBLIC KEY BLOCK-----": false, "": false, "junk": false,
	} {
		if smime.Is(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestUsable(t *testing.T) {
	c := made(t, keys().good, nil)
	endless := made(t, keys().good, func(c *x509.Certificate) { c.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) })
	tests := []struct {
		name string
		c    *x509.Certificate
		at   time.Time
		says string
	}{
		{"valid", c, now, ""},
		{"its first second", c, c.NotBefore, ""},
		{"its last second", c, c.NotAfter.Add(-time.Second), ""},
		{"ended", c, c.NotAfter, "expired on 2027-11-22: ask"},
		{"not yet", c, c.NotBefore.Add(-time.Second), "begins only on 2026-11-22"},
		{"endless", endless, now.AddDate(500, 0, 0), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := smime.Usable(tt.c, tt.at)
			if tt.says == "" && err != nil || tt.says != "" && (!problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
	if end := smime.Expires(c); !end.Equal(now.AddDate(1, 0, 0)) || !smime.Expires(endless).IsZero() {
		t.Errorf("it ends %s", end)
	}
}

func TestAddresses(t *testing.T) {
	old := made(t, keys().good, func(c *x509.Certificate) {
		c.EmailAddresses = nil
		c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "old@isp.example.net"}}
	})
	none := made(t, keys().good, func(c *x509.Certificate) { c.EmailAddresses = nil })
	for want, c := range map[string]*x509.Certificate{"abuse@isp.example.net": made(t, keys().good, nil), "old@isp.example.net": old, "": none} {
		if got := strings.Join(smime.Addresses(c), " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	sample, err := os.ReadFile("testdata/abuse.pem") // to make one here takes seconds in each worker
	if err != nil {
		f.Fatal(err)
	}
	whole, _ := pem.Decode(sample)
	f.Add(sample, false)
	f.Add(whole.Bytes, true)
	f.Fuzz(func(t *testing.T, b []byte, wrap bool) {
		text := string(b)
		if wrap {
			text = block("CERTIFICATE", b)
		}
		c, err := smime.Read(text)
		if err != nil {
			if !problem.Is(err, problem.Invalid) || len(err.Error()) > 2000 {
				t.Errorf("%v", err)
			}
			return
		}
		if again, err := smime.Read(smime.PEM(c)); err != nil || !again.Equal(c) {
			t.Errorf("read once, and then: %v", err)
		}
		if _, err := smime.Encrypt([]byte("x"), c); err != nil {
			t.Errorf("read, and it cannot be encrypted to: %v", err)
		}
		smime.Addresses(c)
	})
}
