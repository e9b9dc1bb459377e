package smime_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/smime"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// keys are made once: an RSA key takes a while.
var keys = sync.OnceValue(func() (k struct {
	good, other, small *rsa.PrivateKey
	curve              *ecdsa.PrivateKey
},
) {
	k.good, k.other, k.small = rsaKey(2048), rsaKey(2048), rsaKey(1024)
	var err error
	if k.curve, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	return k
})

func rsaKey(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

// made is a certificate that stands for itself, changed before it is signed by its key.
func made(t testing.TB, key crypto.Signer, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Abuse desk"}, EmailAddresses: []string{"abuse@isp.example.net"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	if change != nil {
		change(template)
	}
	public := key.Public()
	if template.PublicKey != nil { // somebody else's
		public, template.PublicKey = template.PublicKey, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func identity(t testing.TB, key crypto.Signer) *smime.Identity {
	t.Helper()
	return &smime.Identity{Certificate: made(t, key, nil), Key: key}
}

func block(kind string, b []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
}
