package constituency

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/smime"
)

// IsCertificate tells whether what stands as a contact's key is an X.509 certificate in PEM, for S/MIME, and no OpenPGP key. (ADR 0041.)
func IsCertificate(key string) bool { return len(key) <= maxKey && smime.Is(key) }

// Certificate reads what stands as a contact's key, and IsCertificate. Errors: Invalid, with what to do.
func Certificate(key string) (*x509.Certificate, error) { return smime.Read(key) }

// KeyFor reads a key as ReadKey does, and tells whether it is one for a contact: a certificate must name the contact's mailbox, since mail programs
// look for it by that.
func KeyFor(text string, channel Channel, address string) (Key, error) {
	key, err := ReadKey(text)
	if err != nil || !IsCertificate(key.Armoured) {
		return key, err
	}
	if channel != Mail {
		return Key{}, problem.New(problem.Invalid, "a certificate is for a mailbox: leave it out for a %s", channel)
	}
	c, err := Certificate(key.Armoured)
	if err != nil {
		return Key{}, err
	}
	return key, names(c, address)
}

// names tells whether a certificate names a mailbox. Letter case does not matter: issuers write it as they like.
func names(c *x509.Certificate, address string) error {
	want, err := parseMail(strings.TrimSpace(address))
	if err != nil {
		return err
	}
	is := func(a string) bool {
		named, err := parseMail(a)
		return err == nil && strings.EqualFold(named, want)
	}
	all := smime.Addresses(c)
	switch {
	case slices.ContainsFunc(all, is):
		return nil
	case len(all) == 0:
		return problem.New(problem.Invalid, "the certificate names no mail address: ask for one that names %s", want)
	}
	return problem.New(problem.Invalid, "the certificate is of %s, not of %s: ask for the one of that mailbox", clip(strings.Join(all, ", ")), want)
}

// readCertificate is ReadKey for a certificate.
func readCertificate(text string) (Key, error) {
	c, err := Certificate(text)
	if err != nil {
		return Key{}, err
	}
	return Key{Armoured: smime.PEM(c), Fingerprint: smime.Fingerprint(c), Expires: smime.Expires(c)}, nil
}
