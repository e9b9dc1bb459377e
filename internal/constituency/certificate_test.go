package constituency

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/smime"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// certified is the key of all certificates: to make one takes a while.
var certified = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// testCertificate makes a certificate for mailboxes that lives so many hours from day.
func testCertificate(t testing.TB, hours int, mailboxes ...string) string {
	t.Helper()
	key, err := certified()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(hours)), Subject: pkix.Name{CommonName: "Test"}, EmailAddresses: mailboxes,
		NotBefore: day, NotAfter: day.Add(time.Duration(hours) * time.Hour), KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return smime.PEM(c)
}

func TestKeyFor(t *testing.T) {
	cert := testCertificate(t, 24, "other@a.example", "Desk@xn--BCHER-kva.example")
	tests := []struct {
		name, key, address string
		channel            Channel
		says               string // "" if it is taken
	}{
		{"its mailbox, in other letters", cert, "desk@bücher.example", Mail, ""},
		{"another one of its mailboxes", cert, "other@a.example", Mail, ""},
		{"an OpenPGP key names whom it likes", testKey(t, 0), "x@x.example", Mail, ""},
		{"no key", "", "tel:+358295390230", Phone, ""},
		{"another mailbox", cert, "desk@other.example", Mail, "not of desk@other.example"},
		{"no mailbox in it", testCertificate(t, 24), "desk@a.example", Mail, "names no mail address"},
		{"a webhook", cert, "https://a.example/hook", Webhook, "for a mailbox"},
		{"cut", cert[:200], "other@a.example", Mail, "no whole certificate"},
		{"two", cert + cert, "other@a.example", Mail, "2 certificates"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := KeyFor(tt.key, tt.channel, tt.address)
			if tt.says == "" && (err != nil || (key.Fingerprint == "") != (tt.key == "")) || tt.says != "" && (!problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got %+v, %v", key, err)
			}
		})
	}
}

func TestCertificateUsable(t *testing.T) {
	cert := testCertificate(t, 24, "a@a.example")
	key, err := ReadKey("Bag Attributes\n" + cert)
	if err != nil || key.Armoured != cert || len(key.Fingerprint) != 64 || !key.Expires.Equal(day.AddDate(0, 0, 1)) || !IsCertificate(key.Armoured) || IsCertificate(testKey(t, 0)) {
		t.Fatalf("%+v, %v", key, err)
	}
	for at, says := range map[time.Time]string{day: "", day.Add(24*time.Hour - 1): "", day.Add(24 * time.Hour): "expired on 2026-11-23", day.Add(-time.Hour): "begins only on"} {
		if err := KeyUsable(cert, at); says == "" && err != nil || says != "" && (!problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", at, err)
		}
	}
	if err := KeyUsable(strings.Replace(cert, "MII", "AAA", 1), day); !problem.Is(err, problem.Invalid) {
		t.Errorf("a broken one: %v", err)
	}
}

// A certificate goes through the register as a key does: in by YAML, checked before its end and after it, out again.
func TestCertificatesInTheRegister(t *testing.T) {
	file := fmt.Sprintf(`
organisations:
  - name: A
    contacts:
      - contact: soon@a.example
        encryption: required
        key: |
          %s
      - contact: wrong@a.example
        key: |
          %s
`, indented(testCertificate(t, 48, "soon@a.example")), indented(testCertificate(t, 24, "right@a.example")))
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, now := register(t, db, Options{})
		rep, err := r.Import(ctx, actor, strings.NewReader(file), ImportOptions{Format: YAML})
		if err != nil || len(rep.Rejected) != 1 || rep.Rejected[0].Column != "key" || !strings.Contains(rep.Rejected[0].Reason, "of right@a.example, not of wrong@a.example") {
			t.Fatalf("%+v, %v", rep, err)
		}
		text, _ := export(t, r, YAML)
		other, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
		load(t, other, YAML, text)
		if again, _ := export(t, other, YAML); again != text || !strings.Contains(text, "BEGIN CERTIFICATE") {
			t.Error(cmp.Diff(text, again))
		}
		for _, want := range []string{"key-expiring", "encryption-without-key key-expired"} {
			found, err := r.Check(ctx, actor, CheckOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, f := range found {
				if f.Value == "soon@a.example" {
					codes = append(codes, f.Code)
				}
			}
			if got := strings.Join(codes, " "); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			now.Advance(48 * time.Hour)
		}
	})
}

// indented is a text for a block of the file above.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n          ") }
