package smime

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// What a certificate may be. Real ones have two or three KiB.
const (
	maxText   = 64 << 10
	maxNames  = 100
	leastBits = 2048 // RFC 8551 §4.2
	mostBits  = 8192 // more takes long to encrypt to, and nobody has it
)

// Is tells whether a text seems to be in PEM and no OpenPGP armour: then Read says what it holds.
func Is(text string) bool {
	return strings.Contains(text, "-----BEGIN ") && !strings.Contains(text, "-----BEGIN PGP ")
}

// Read reads the certificate of a mailbox from PEM; what stands before and behind it is passed over. The certificate is one that something
// can be encrypted to while it is valid. Errors: Invalid, with what to do.
func Read(text string) (*x509.Certificate, error) {
	if len(text) > maxText {
		return nil, problem.New(problem.Invalid, "the certificate has %d bytes, at most %d are taken: give that of the mailbox alone", len(text), maxText)
	}
	der, err := single(text)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, problem.New(problem.Invalid, "the certificate cannot be read: %s", clip(err.Error()))
	}
	return c, fit(c)
}

// single is the one certificate in a text.
func single(text string) (der []byte, err error) {
	certificates := 0
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil, problem.New(problem.Invalid, "there is a private key in it: give the certificate alone, and treat the private key as exposed")
		case block.Type != "CERTIFICATE":
			return nil, problem.New(problem.Invalid, "%q is no certificate: give the one in PEM that begins with -----BEGIN CERTIFICATE-----", clip(block.Type))
		}
		der = block.Bytes
		certificates++
	}
	switch certificates {
	case 0:
		return nil, problem.New(problem.Invalid, "there is no whole certificate in it: paste all from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----")
	case 1:
		return der, nil
	}
	return nil, problem.New(problem.Invalid, "there are %d certificates in it: give that of the mailbox alone, without those of its issuers", certificates)
}

// fit tells whether a certificate is of the kind that mail is encrypted to (RFC 8550 §4.4).
func fit(c *x509.Certificate) error {
	key, isRSA := c.PublicKey.(*rsa.PublicKey)
	switch {
	case c.BasicConstraintsValid && c.IsCA:
		return problem.New(problem.Invalid, "it is the certificate of an issuer (CA:TRUE), not of a mailbox: ask for the one that the issuer gave to the mailbox")
	case !isRSA:
		return problem.New(problem.Invalid, "its key is %s, and only RSA is encrypted to: ask for a certificate with RSA, or for an OpenPGP key", c.PublicKeyAlgorithm)
	case key.N.BitLen() < leastBits:
		return problem.New(problem.Invalid, "its RSA key has %d bits, fewer than %d: ask for a new certificate", key.N.BitLen(), leastBits)
	case key.N.BitLen() > mostBits:
		return problem.New(problem.Invalid, "its RSA key has %d bits, more than %d: ask for another certificate", key.N.BitLen(), mostBits)
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		return problem.New(problem.Invalid, "it is not for encryption (its key usage lacks keyEncipherment): ask for the one that is, some mailboxes have two")
	case !forMail(c):
		return problem.New(problem.Invalid, "it is not for mail (its extended key usage lacks emailProtection): ask for an S/MIME certificate")
	case len(c.UnhandledCriticalExtensions) > 0:
		return problem.New(problem.Invalid, "it has a condition that is not understood here (critical extension %s): ask for another certificate", c.UnhandledCriticalExtensions[0])
	case len(c.EmailAddresses) > maxNames:
		return problem.New(problem.Invalid, "it names %d mail addresses, at most %d are taken: ask for one of the mailbox alone", len(c.EmailAddresses), maxNames)
	}
	if _, err := encryptKey(make([]byte, keySize), key); err != nil { // an exponent of 1, an even modulus
		return problem.New(problem.Invalid, "its RSA key is broken (%s): ask for a new certificate", clip(err.Error()))
	}
	return nil
}

func forMail(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// Usable returns nil if the certificate is valid at a moment, and else an Invalid error that says why not and what to do.
func Usable(c *x509.Certificate, now time.Time) error {
	switch why := invalidity(c, now); {
	case why == "":
		return nil
	case now.Before(c.NotBefore):
		return problem.New(problem.Invalid, "the certificate %s %s: is a clock wrong?", Fingerprint(c), why)
	default:
		return problem.New(problem.Invalid, "the certificate %s %s: ask for the new one", Fingerprint(c), why)
	}
}

// invalidity is why a certificate is not valid at a moment, "" if it is.
func invalidity(c *x509.Certificate, now time.Time) string {
	switch end := Expires(c); {
	case now.Before(c.NotBefore):
		return "begins only on " + c.NotBefore.UTC().Format(time.DateOnly)
	case !end.IsZero() && !now.Before(end):
		return "expired on " + end.Format(time.DateOnly)
	}
	return ""
}

// noEnd is the end of what has none (RFC 5280 §4.1.2.5).
var noEnd = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Expires is when the certificate ends, in UTC; zero for never.
func Expires(c *x509.Certificate) time.Time {
	if !c.NotAfter.Before(noEnd) {
		return time.Time{}
	}
	return c.NotAfter.UTC()
}

// Fingerprint is the SHA-256 of the certificate, lower-case hexadecimal.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// PEM writes the certificate.
func PEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// emailAddress is the attribute of old certificates (PKCS #9).
var emailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// Addresses are the mail addresses that the certificate names, as they stand there: those of its alternative names, else of its subject.
func Addresses(c *x509.Certificate) []string {
	if len(c.EmailAddresses) > 0 {
		return c.EmailAddresses
	}
	var out []string
	for _, n := range c.Subject.Names {
		if v, ok := n.Value.(string); ok && n.Type.Equal(emailAddress) && len(out) < maxNames {
			out = append(out, v)
		}
	}
	return out
}

// clip shortens what somebody else wrote.
func clip(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
