package keyring

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
)

// dkimBits is what every verifier takes: RFC 8301 §3.2 asks signers for 2048 at least, and larger records do not fit one DNS packet.
const dkimBits = 2048

// DKIM returns the key that signs outgoing mail, RSA of 2048 bits: Ed25519 (RFC 8463) is not verified everywhere.
func (r *Ring) DKIM() (crypto.Signer, error) {
	text, err := r.key(dkimFile, newDKIM)
	if err != nil {
		return nil, err
	}
	k, err := readDKIM(text)
	if err != nil {
		return nil, r.damaged(dkimFile, err)
	}
	return k, nil
}

func readDKIM(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("it is no PEM block PRIVATE KEY")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("it is no RSA key")
	}
	return k, nil
}

func newDKIM() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, dkimBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

// DKIMRecord returns the TXT record by which others verify with the key, as RFC 6376 §3.6.1 has it.
func DKIMRecord(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}

// maxString is how long one string of a TXT record may be (RFC 1035 §3.3.14); verifiers put the strings together.
const maxString = 255

// ZoneText writes a TXT record as zone files and most DNS forms take it: quoted strings, each short enough.
func ZoneText(record string) string {
	var parts []string
	for len(record) > maxString {
		parts = append(parts, `"`+record[:maxString]+`"`)
		record = record[maxString:]
	}
	return strings.Join(append(parts, `"`+record+`"`), " ")
}
