package demo

import (
	"bytes"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// The team abroad that signs what it mails.
const (
	peerName = "CERT Bouvet"
	peerMail = "soc@cert-bouvet.example"
)

// signer is the peer's key.
type signer struct {
	key *crypto.Key
	now time.Time
}

func newSigner(now time.Time) (*signer, error) {
	key, err := crypto.PGP().KeyGeneration().AddUserId(peerName, peerMail).GenerationTime(now.Add(-time.Hour).Unix()).New().GenerateKey()
	return &signer{key, now}, err
}

// sign makes of a part a signed one (RFC 3156, section 5), lines ended as in mail.
func (s *signer) sign(part []byte) ([]byte, error) {
	part = crlf(part)
	maker, err := crypto.PGP().Sign().SigningKey(s.key).Detached().SignTime(s.now.Unix()).New()
	if err != nil {
		return nil, err
	}
	signature, err := maker.Sign(part, crypto.Armor)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha512; boundary=\"signed\"\n\n--signed\n")
	b.Write(part)
	fmt.Fprintf(&b, "\n--signed\nContent-Type: application/pgp-signature; name=signature.asc\n\n%s\n--signed--\n", signature)
	return b.Bytes(), nil
}

// register is the peer for the register of organisations.
func (s *signer) register() []byte {
	public, err := s.key.GetArmoredPublicKey()
	if err != nil {
		public = "" // without it the signature is that of a stranger
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "organisations:\n  - name: %s\n    kind: peer\n    country: BV\n    contacts:\n      - contact: %s\n        purpose: security\n        language: en\n        key: |\n", peerName, peerMail)
	for line := range strings.Lines(public) {
		b.WriteString("          " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.Bytes()
}

func mailbox(name, address string) string {
	return (&mail.Address{Name: name, Address: address}).String()
}

// word writes a subject for a header.
func word(s string) string { return mime.QEncoding.Encode("utf-8", s) }

// crlf ends lines as mail does; those that are so already stay.
func crlf(b []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}
