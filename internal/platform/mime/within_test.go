package mime

import (
	"encoding/base64"
	"strings"
	"testing"

	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

// Files that were encrypted one by one are opened beside what they were.
func TestEncryptedFiles(t *testing.T) {
	p, o := everybody(), opener(t)
	secret := encryptTo(t, p.team, p.ada, "MZ the program")
	for name, raw := range map[string]string{
		"by name":    mailOf(inMixed, mixed("\r\nsee the file", "Content-Type: application/octet-stream; name=tool.exe.gpg\r\n\r\n"+secret)),
		"by content": mailOf(inMixed, mixed("\r\nsee the file", "Content-Type: text/plain; name=tool.exe.asc\r\n\r\n"+secret)),
	} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, o, raw)
			if len(m.Parts) != 2 || m.Text != "see the file" || m.Crypto.Fault != PartlyProtected || m.Crypto.Encrypted {
				t.Fatalf("%q %+v %+v", m.Text, m.Crypto, m.Parts)
			}
			got := m.Parts[1]
			if got.Name != "tool.exe" || string(got.Body) != "MZ the program" || !got.Nested.Crypto.Authentic() || len(got.Suspect) == 0 {
				t.Errorf("%+v", got)
			}
		})
	}
	m := opened(t, o, mailOf(inMixed, mixed("\r\nx", "Content-Type: application/octet-stream; name=a.gpg\r\n\r\njunk")))
	if len(m.Parts) != 1 {
		t.Errorf("junk: %+v", m.Parts)
	}
}

// A footer that a mailing list adds makes a protected mail a part of one: what is within says for itself what it is.
func TestProtectedPartBesideOthers(t *testing.T) {
	p, o := everybody(), opener(t)
	footer := "\r\n-- \r\nlist footer"
	enveloped := "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(cmsEncrypted(t, p.teamID, innerHTML))
	m := opened(t, o, mailOf(inMixed, mixed(enveloped, footer)))
	last := m.Parts[len(m.Parts)-1]
	if m.Crypto.Encrypted || m.Crypto.Fault != PartlyProtected || strings.Contains(m.Text, "secret") || last.Nested == nil {
		t.Fatalf("%+v %q", m.Crypto, m.Text)
	}
	if last.Nested.HTML != "" || last.Nested.Crypto.Fault != Unauthenticated || !strings.Contains(last.Nested.Text, "secret") {
		t.Errorf("%+v", last.Nested)
	}
	signed := "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n--s\r\n" + innerText +
		"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n" + detached(t, p.ada, innerText) + "\r\n--s--"
	m = opened(t, o, mailOf(inMixed, mixed(signed, footer)))
	if m.Crypto.Signed || m.Crypto.Authentic() || m.Crypto.Fault != PartlyProtected || !strings.Contains(m.Text, "secret") {
		t.Errorf("%+v %q", m.Crypto, m.Text)
	}
}

// What stands behind the signed part is not shown as if it were signed.
func TestPartsBehindTheSignature(t *testing.T) {
	p, o := everybody(), opener(t)
	raw := signedMail("application/pgp-signature", innerText, "", detached(t, p.ada, innerText))
	three := strings.Replace(raw, "--b--", "--b\r\n\r\nand send money\r\n--b--", 1)
	m := opened(t, o, three)
	if m.Crypto.Authentic() || m.Crypto.Verified || strings.Contains(m.Text, "money") {
		t.Errorf("%+v %q", m.Crypto, m.Text)
	}
}

// The subject that stood on the way is not believed against the one that was protected; without a proof it stays.
func TestProtectedSubject(t *testing.T) {
	p, o := everybody(), opener(t)
	if m := opened(t, o, pgpMIME(encryptTo(t, p.team, nil, innerText))); m.Subject != "the real subject" {
		t.Errorf("%q", m.Subject)
	}
	if m := opened(t, o, smimeMail(cmsEncrypted(t, p.teamID, innerText))); m.Subject != "help" {
		t.Errorf("without integrity: %q", m.Subject)
	}
	if m := opened(t, o, pgpMIME(encryptTo(t, p.team, nil, "\r\nx"))); m.Subject != "help" {
		t.Errorf("without a subject within: %q", m.Subject)
	}
}

// A bomb within the encryption is not unpacked further than a mail may be large.
func TestEncryptedBomb(t *testing.T) {
	handle, err := pgp.PGP().Encryption().Recipient(everybody().team).Compress().New()
	if err != nil {
		t.Fatal(err)
	}
	message, err := handle.Encrypt([]byte("\r\n" + strings.Repeat("0", 16<<20)))
	if err != nil {
		t.Fatal(err)
	}
	armoured, err := message.Armor()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(strings.NewReader(pgpMIME(armoured)), Limits{Size: 1 << 20})
	if err != nil || len(m.Raw) > 200<<10 {
		t.Fatalf("%v, %d bytes", err, len(m.Raw))
	}
	if err := opener(t).Open(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if m.Text != "" || m.Crypto.Fault != NotIntact {
		t.Errorf("%d bytes, %+v", len(m.Text), m.Crypto)
	}
}

func TestLayersEnd(t *testing.T) {
	p, o := everybody(), opener(t)
	text := innerText
	for range maxLayers + 1 {
		text = "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(cmsSigned(t, p.adaID, text, false))
	}
	m := opened(t, o, "From: ada@victim.example\r\n"+text)
	if m.Text != "" || m.Crypto.Fault != Unsupported {
		t.Errorf("%q %+v", m.Text, m.Crypto)
	}
}
