package smime

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Identity is the team's certificate with its key, and the certificates of its issuers as far as the team gives them along.
type Identity struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
	Issuers     []*x509.Certificate
}

// Load reads an identity from two files in PEM: the certificate, with those of its issuers behind it if they are wanted, and the key. Errors:
// Invalid.
func Load(certificate, key string) (*Identity, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%w", err)
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, problem.New(problem.Invalid, "the key in %s cannot sign", key)
	}
	id := &Identity{Certificate: pair.Leaf, Key: signer}
	for _, der := range pair.Certificate[1:] {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "a certificate in %s", certificate)
		}
		id.Issuers = append(id.Issuers, c)
	}
	return id, nil
}

// Signs returns nil if what is signed by the identity at a moment is believed, and else an Invalid error that says why not and what to do.
func (id *Identity) Signs(now time.Time) error {
	const both = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch c := id.Certificate; {
	case !signable(id.Key):
		return problem.New(problem.Invalid, "its key is %s, which mail programs do not verify: get a certificate with RSA", c.PublicKeyAlgorithm)
	case c.KeyUsage != 0 && c.KeyUsage&both == 0:
		return problem.New(problem.Invalid, "it is not for signatures (its key usage lacks digitalSignature): get one that is for both")
	case !forMail(c):
		return problem.New(problem.Invalid, "it is not for mail (its extended key usage lacks emailProtection): get an S/MIME certificate")
	}
	if why := invalidity(id.Certificate, now); why != "" {
		return problem.New(problem.Invalid, "it %s: get a new one", why)
	}
	return nil
}

func signable(key crypto.Signer) bool {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return true
	}
	return false
}

// Opens tells whether the identity opens what is encrypted to its certificate.
func (id *Identity) Opens() bool {
	_, isRSA := id.Key.(*rsa.PrivateKey)
	return isRSA && id.Certificate.PublicKeyAlgorithm == x509.RSA
}
