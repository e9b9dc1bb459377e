// Package credentialtest gives tests an authenticator made of software: it makes passkeys and uses them as a browser's would (WebAuthn Level 3).
package credentialtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Flags of authenticator data (§6.1).
const (
	Present  = 0x01
	Verified = 0x04
	attested = 0x40
)

// Passkey is one passkey in its authenticator. Its fields may be changed, to see what the other side makes of it.
type Passkey struct {
	T       testing.TB
	Origin  string // as the browser would tell it
	Site    string // RP ID
	Handle  []byte
	Owner   []byte // the user handle
	Counter uint32
	Flags   byte
	key     *ecdsa.PrivateKey
}

// options are those that we look at.
type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *Passkey) read(text []byte) options {
	p.T.Helper()
	var o options
	if err := json.Unmarshal(text, &o); err != nil {
		p.T.Fatalf("the options %s: %v", text, err)
	}
	return o
}

// New makes a passkey for options, and the browser's answer.
func New(t testing.TB, origin string, text []byte) (*Passkey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Passkey{T: t, Origin: origin, Handle: make([]byte, 20), Flags: Present | Verified, key: key}
	rand.Read(p.Handle)
	return p, p.Register(text)
}

// Register answers options for a new passkey.
func (p *Passkey) Register(text []byte) []byte {
	p.T.Helper()
	o := p.read(text)
	if p.Site == "" {
		p.Site = o.RP.ID
	}
	p.Owner, _ = base64.RawURLEncoding.DecodeString(o.User.ID)
	data := p.data(attested)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(p.Handle)))
	data = append(append(data, p.Handle...), p.cose()...)
	attestation := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(data)>>8), byte(len(data)))
	return p.answer(map[string]any{
		"clientDataJSON": b64(p.client("webauthn.create", o.Challenge)), "attestationObject": b64(append(attestation, data...)),
	})
}

// Use answers options for a log-in. The counter goes on by one.
func (p *Passkey) Use(text []byte) []byte {
	p.T.Helper()
	o := p.read(text)
	if p.Counter > 0 {
		p.Counter++
	}
	data, client := p.data(0), p.client("webauthn.get", o.Challenge)
	sum := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, signed[:])
	if err != nil {
		p.T.Fatal(err)
	}
	return p.answer(map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(p.Owner),
	})
}

func (p *Passkey) data(more byte) []byte {
	sum := sha256.Sum256([]byte(p.Site))
	return binary.BigEndian.AppendUint32(append(sum[:], p.Flags|more), p.Counter)
}

func (p *Passkey) client(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": p.Origin, "crossOrigin": false})
	if err != nil {
		p.T.Fatal(err)
	}
	return text
}

// cose writes the public key (RFC 9053 §7.1.1).
func (p *Passkey) cose() []byte {
	point, err := p.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		p.T.Fatal(err)
	}
	out := append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), point[1:33]...)
	return append(append(out, "\x22\x58\x20"...), point[33:]...)
}

func (p *Passkey) answer(response map[string]any) []byte {
	text, err := json.Marshal(map[string]any{
		"id": b64(p.Handle), "rawId": b64(p.Handle), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		p.T.Fatal(err)
	}
	return text
}
