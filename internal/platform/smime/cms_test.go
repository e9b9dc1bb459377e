package smime_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/smime"
)

// Whatever the text, each recipient opens it, nobody else does, and no two envelopes are alike.
func TestEncrypt(t *testing.T) {
	k := keys()
	one, two := identity(t, k.good), identity(t, k.other)
	two.Certificate = made(t, k.other, func(c *x509.Certificate) { c.SerialNumber.SetInt64(8) })
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(r, "text")
		der, err := smime.Encrypt(text, one.Certificate, two.Certificate)
		if err != nil {
			r.Fatal(err)
		}
		if again, _ := smime.Encrypt(text, one.Certificate); bytes.Equal(der, again) {
			r.Fatal("the same envelope twice")
		}
		p7, err := pkcs7.Parse(der)
		if err != nil {
			r.Fatal(err)
		}
		for _, id := range []*smime.Identity{one, two} {
			if plain, err := p7.Decrypt(id.Certificate, id.Key); err != nil || !bytes.Equal(plain, text) {
				r.Fatalf("%q, %v", plain, err)
			}
		}
		if _, err := p7.Decrypt(made(t, k.small, func(c *x509.Certificate) { c.SerialNumber.SetInt64(9) }), k.small); err == nil {
			r.Fatal("a stranger opens it")
		}
	})
	if _, err := smime.Encrypt(nil); err == nil {
		t.Error("an envelope for nobody")
	}
}

func TestSign(t *testing.T) {
	text := []byte("Content-Type: text/plain\r\n\r\nhello\r\n")
	rsa, curve := identity(t, keys().good), identity(t, keys().curve)
	rsa.Issuers = []*x509.Certificate{made(t, keys().other, func(c *x509.Certificate) { c.IsCA = true })}
	for name, id := range map[string]*smime.Identity{"RSA": rsa, "a curve": curve} {
		t.Run(name, func(t *testing.T) {
			der, err := smime.Sign(text, id, now)
			if err != nil {
				t.Fatal(err)
			}
			p7, err := pkcs7.Parse(der)
			if err != nil || len(p7.Content) != 0 || len(p7.Certificates) != 1+len(id.Issuers) || !p7.GetOnlySigner().Equal(id.Certificate) {
				t.Fatalf("%+v, %v", p7, err)
			}
			p7.Content = text
			if err := p7.Verify(); err != nil {
				t.Error(err)
			}
			var at time.Time
			if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at); err != nil || !at.Equal(now) {
				t.Errorf("signed at %s, %v", at, err)
			}
			p7.Content = append([]byte("x"), text...)
			if p7.Verify() == nil {
				t.Error("changed, and the signature still holds")
			}
		})
	}
	first, _ := smime.Sign(text, rsa, now)
	if second, _ := smime.Sign(text, rsa, now.Add(time.Second/2)); !bytes.Equal(first, second) {
		t.Error("a signature by RSA has other bytes when it is made again")
	}
}

func TestIdentitySigns(t *testing.T) {
	k := keys()
	tests := []struct {
		name   string
		change func(*x509.Certificate)
		at     time.Time
		says   string
	}{
		{"good", nil, now, ""},
		{"expired", nil, now.AddDate(2, 0, 0), "expired on 2027-11-22: get a new one"},
		{"for encryption only", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, now, "digitalSignature"},
		{"of a web server", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, now, "emailProtection"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := &smime.Identity{Certificate: made(t, k.good, tt.change), Key: k.good}
			if err := id.Signs(tt.at); tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
	if !identity(t, k.good).Opens() || identity(t, k.curve).Opens() {
		t.Error("what is encrypted is opened by RSA, and by nothing else")
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(keys().good)
	if err != nil {
		t.Fatal(err)
	}
	key, own := file("key.pem", block("PRIVATE KEY", der)), made(t, keys().good, nil)
	id, err := smime.Load(file("cert.pem", smime.PEM(own)+smime.PEM(made(t, keys().other, nil))), key)
	if err != nil || !id.Certificate.Equal(own) || len(id.Issuers) != 1 {
		t.Fatalf("%+v, %v", id, err)
	}
	for _, cert := range []string{file("other.pem", smime.PEM(made(t, keys().other, nil))), file("junk.pem", "junk"), filepath.Join(dir, "none")} {
		if _, err := smime.Load(cert, key); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", filepath.Base(cert), err)
		}
	}
}
