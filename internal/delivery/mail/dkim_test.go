package mail_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/platform/keyring"
)

// dkimRecord is what stands in the DNS of the team.
func dkimRecord(t testing.TB) string {
	t.Helper()
	key, err := ring(t).DKIM()
	if err != nil {
		t.Fatal(err)
	}
	record, err := keyring.DKIMRecord(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func verify(t testing.TB, message []byte) []*dkim.Verification {
	t.Helper()
	record := dkimRecord(t)
	got, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if !strings.HasSuffix(name, "fh._domainkey.csirt.example.org") && name != "fh._domainkey.example.org" {
			return nil, fmt.Errorf("asked for %s", name)
		}
		return []string{record}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDKIM(t *testing.T) {
	c := channel(t, nil)
	d := draft()
	d.Label, d.ToName = tlp.Amber, "Jyväskylän kaupunki, tietohallinto ja muut pitkät nimet yhdessä osoitteessa"
	message := compose(t, c, d).Bytes
	got := verify(t, message)
	if len(got) != 1 || got[0].Err != nil || got[0].Domain != "csirt.example.org" {
		t.Fatalf("%+v", got[0])
	}
	for _, name := range []string{"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"} {
		if !strings.Contains(strings.Join(got[0].HeaderKeys, ":"), name) {
			t.Errorf("%s is not signed", name)
		}
	}
	changed := map[string][]byte{
		"body":        bytes.Replace(message, []byte("-----END"), []byte("=----END"), 1),
		"subject":     bytes.Replace(message, []byte("Subject: [TLP"), []byte("Subject: [XLP"), 1),
		"second From": append([]byte("From: other@example.com\r\n"), message...),
		"second To":   append([]byte("To: other@example.com\r\n"), message...),
	}
	for _, name := range []string{"Reply-To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"} {
		changed["added "+name] = append([]byte(name+": other@example.com\r\n"), message...)
	}
	for name, m := range changed {
		if got := verify(t, m); bytes.Equal(m, message) || got[0].Err == nil {
			t.Errorf("%s changed, and the signature still holds", name)
		}
	}
	folded := bytes.Replace(message, []byte("Subject: "), []byte("Subject:\r\n   "), 1)
	if got := verify(t, folded); got[0].Err != nil {
		t.Errorf("folded anew: %v", got[0].Err)
	}
}

func TestDKIMOfTheDomainAbove(t *testing.T) {
	c := channel(t, func(cfg *mail.Config) { cfg.DKIMDomain = "Example.org" })
	if got := verify(t, compose(t, c, draft()).Bytes); len(got) != 1 || got[0].Err != nil || got[0].Domain != "example.org" {
		t.Fatalf("%+v", got[0])
	}
}

func TestDKIMOff(t *testing.T) {
	c := channel(t, func(cfg *mail.Config) { cfg.DKIMDomain = "off" })
	if got := parse(t, compose(t, c, draft()).Bytes).Header.Get("DKIM-Signature"); got != "" {
		t.Error(got)
	}
}
