package mime

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// GnuPG is what most people who write to a CSIRT use.
func TestGnuPG(t *testing.T) {
	gpg := program(t, "gpg")
	p, dir := everybody(), t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	team, err := p.team.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := p.ada.Armor()
	if err != nil {
		t.Fatal(err)
	}
	quiet := []string{"--batch", "--yes", "--trust-model", "always", "--pinentry-mode", "loopback", "--passphrase", ""}
	gpg(dir, team, append(quiet, "--import")...)
	gpg(dir, private, append(quiet, "--import")...)
	t.Cleanup(func() { _, _ = run("/usr/bin/gpgconf", dir, "", []string{"--kill", "all"}) })
	ask := func(text string, args ...string) string { return gpg(dir, text, append(quiet, args...)...) }

	for name, raw := range map[string]string{
		"encrypted and signed": pgpMIME(ask(innerText, "-u", "ada@victim.example", "-r", "cert@cert.example", "--armor", "--sign", "--encrypt")),
		"signed":               signedMail("application/pgp-signature", innerText, "", ask(innerText, "-u", "ada@victim.example", "--armor", "--detach-sign")),
		"inline":               mailOf("", ask("secret", "-u", "ada@victim.example", "-r", "cert@cert.example", "--armor", "--sign", "--encrypt")),
		"clear":                mailOf("", ask("secret", "-u", "ada@victim.example", "--clear-sign")),
	} {
		if m := opened(t, opener(t), raw); m.Text != "secret" || !m.Crypto.Authentic() {
			t.Errorf("%s: %q %+v", name, m.Text, m.Crypto)
		}
	}
	old := pgpMIME(ask(innerText, "-r", "cert@cert.example", "--armor", "--encrypt", "--rfc2440", "--disable-mdc", "--cipher-algo", "AES256"))
	if m := opened(t, opener(t), old); m.Text != "" && !m.Crypto.Integrity {
		t.Errorf("without a proof of integrity: %q %+v", m.Text, m.Crypto)
	}
}

// OpenSSL writes S/MIME in pieces, as most mail programs do.
func TestOpenSSL(t *testing.T) {
	openssl := program(t, "openssl")
	p, dir := everybody(), t.TempDir()
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	key, err := x509.MarshalPKCS8PrivateKey(p.adaID.Key)
	if err != nil {
		t.Fatal(err)
	}
	team, ada, adaKey := write("team.pem", "CERTIFICATE", p.teamID.Certificate.Raw), write("ada.pem", "CERTIFICATE", p.adaID.Certificate.Raw), write("ada.key", "PRIVATE KEY", key)
	from := []string{"-from", "ada@victim.example", "-to", "cert@cert.example", "-subject", "s"}
	ask := func(tool, text string, args ...string) string {
		return openssl(dir, text, append([]string{tool}, args...)...)
	}
	sign := func(tool string, more ...string) string {
		return ask(tool, innerText, append([]string{"-sign", "-signer", ada, "-inkey", adaKey}, append(more, from...)...)...)
	}
	signed := ask("smime", innerText, "-sign", "-signer", ada, "-inkey", adaKey, "-nodetach")
	for name, tt := range map[string]struct {
		raw       string
		authentic bool
		fault     CryptoFault
	}{
		"signed":              {sign("smime"), true, ""},
		"signed, CMS":         {sign("cms"), true, ""},
		"signed, text within": {sign("smime", "-nodetach"), true, ""},
		"encrypted":           {ask("smime", innerText, append(append([]string{"-encrypt", "-aes256"}, from...), team)...), false, Unauthenticated},
		"encrypted, 3DES":     {ask("smime", innerText, append(append([]string{"-encrypt", "-des3"}, from...), team)...), false, Unauthenticated},
		"encrypted, CMS":      {ask("cms", innerText, append(append([]string{"-encrypt", "-aes128", "-stream"}, from...), team)...), false, Unauthenticated},
		"signed, encrypted":   {ask("smime", signed, append(append([]string{"-encrypt", "-aes256"}, from...), team)...), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, opener(t), tt.raw)
			if m.Text != "secret" || m.Crypto.Authentic() != tt.authentic || m.Crypto.Fault != tt.fault {
				t.Errorf("%q %+v %v", m.Text, m.Crypto, m.Faults)
			}
		})
	}
}
