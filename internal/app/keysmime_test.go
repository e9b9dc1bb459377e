package app

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/smime"
)

func TestSMIMETrouble(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, from string
		life       time.Duration
		says       string // "" if nothing is wrong
	}{
		{"good", "CERT@cert.example", 90 * 24 * time.Hour, ""},
		{"of another mailbox", "desk@cert.example", 90 * 24 * time.Hour, "does not name"},
		{"ends soon", "cert@cert.example", 29 * 24 * time.Hour, "expires on 2026-12-21"},
		{"ended", "cert@cert.example", -time.Minute, "expired on 2026-11-22: get a new one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			template := &x509.Certificate{SerialNumber: big.NewInt(1), EmailAddresses: []string{"cert@cert.example"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(tt.life)}
			der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
			if err != nil {
				t.Fatal(err)
			}
			c, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			if got := smimeTrouble(&smime.Identity{Certificate: c, Key: key}, tt.from, now); (got == "") != (tt.says == "") || !strings.Contains(got, tt.says) {
				t.Errorf("got %q", got)
			}
		})
	}
}
