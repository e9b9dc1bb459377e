package mime

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/smallstep/pkcs7"
)

// cms opens application/pkcs7-mime (RFC 8551 §3.2): signed or enveloped data, whatever smime-type says.
func (s *opening) cms(e *entity) *entity {
	s.layer(SMIME)
	p := &parser{limits: s.limits}
	p7, err := parseCMS(p.decodeBody(e))
	if err != nil {
		s.crypto.Encrypted = s.crypto.Encrypted || !strings.HasPrefix(e.params["smime-type"], "signed")
		if errors.Is(err, pkcs7.ErrUnsupportedContentType) {
			return s.fail(Unsupported, "this kind of S/MIME is not known here")
		}
		return s.fail(Unreadable, err.Error())
	}
	if len(p7.Signers) > 0 || len(p7.Content) > 0 {
		s.crypto.Signed = true
		s.verifyCMS(p7)
		return s.entity(p7.Content)
	}
	return s.envelope(p7)
}

// envelope decrypts. S/MIME's encryption proves nothing about who wrote or changed the text (efail.de), so it is marked, unless a valid
// signature is found within.
func (s *opening) envelope(p7 *pkcs7.PKCS7) *entity {
	s.crypto.Encrypted = true
	s.crypto.Integrity = false // a signature around it is over what was encrypted: who changed that can sign it anew
	if len(s.SMIME) == 0 {
		return s.fail(NoKeys, "")
	}
	var plain []byte
	var last error
	for _, id := range s.SMIME {
		last = guarded(func() (err error) {
			plain, err = p7.Decrypt(id.Certificate, id.Key)
			return err
		})
		if last == nil {
			break
		}
	}
	if last != nil {
		return s.fail(cmsFault(last), last.Error())
	}
	inner := s.entity(plain)
	if way := protection(inner); way != nil {
		if inner = s.layers(inner); inner == nil {
			return nil
		}
	}
	if !s.crypto.Integrity {
		// It goes before what is wrong with a signature: it decides what may be shown.
		s.crypto.Fault, s.crypto.Detail = Unauthenticated, strings.TrimPrefix(string(s.crypto.Fault)+" "+s.crypto.Detail, " ")
	}
	return inner
}

func cmsFault(err error) CryptoFault {
	switch text := err.Error(); {
	case errors.Is(err, pkcs7.ErrUnsupportedAlgorithm) || errors.Is(err, pkcs7.ErrUnsupportedAsymmetricEncryptionAlgorithm):
		return Unsupported
	case strings.Contains(text, "no enveloped recipient"):
		return NotForUs
	}
	return NotIntact
}

// cmsDetached verifies multipart/signed with an S/MIME signature (RFC 8551 §3.5.3).
func (s *opening) cmsDetached(e *entity) *entity {
	s.layer(SMIME)
	s.crypto.Signed = true
	if len(e.children) != 2 {
		s.fail(Unreadable, "a signed mail has two parts (RFC 8551 §3.5.3)")
		return firstChild(e)
	}
	p := &parser{limits: s.limits}
	p7, err := parseCMS(p.decodeBody(e.children[1]))
	if err != nil {
		s.fail(Unreadable, err.Error())
		return e.children[0]
	}
	p7.Content = canonical(e.children[0].raw)
	s.verifyCMS(p7)
	return e.children[0]
}

// verifyCMS notes what a signature proves: that the text is whole; and if a given root or the team knows the certificate, and it names the
// author, who wrote it.
func (s *opening) verifyCMS(p7 *pkcs7.PKCS7) {
	signer := p7.GetOnlySigner()
	if signer == nil {
		s.fail(SignatureBad, "it has not exactly one signer whose certificate is there")
		return
	}
	if err := guarded(p7.Verify); err != nil {
		var when *pkcs7.SigningTimeNotValidError
		if errors.As(err, &when) {
			s.fail(KeyExpired, err.Error())
			return
		}
		s.fail(SignatureBad, err.Error())
		return
	}
	s.crypto.Integrity, s.crypto.Key = true, fingerprint(sha256.Sum256(signer.Raw))
	emails := emailsOf(signer)
	s.crypto.Signer = strings.Join(emails, ", ")
	s.crypto.Trusted = s.trusts(signer, p7.Certificates)
	known := s.knowsCertificate(signer)
	if !s.crypto.Trusted && !known {
		s.fail(KeyUnknown, "the certificate comes from nobody that we trust")
		return
	}
	s.crypto.Verified = true
	for _, a := range emails {
		s.crypto.BoundToFrom = s.crypto.BoundToFrom || Same(a, s.author)
	}
	if s.crypto.BoundToFrom = s.crypto.BoundToFrom || known; !s.crypto.BoundToFrom {
		s.fail(NotBound, "the certificate is of "+s.crypto.Signer)
	}
}

func (s *opening) trusts(signer *x509.Certificate, others []*x509.Certificate) bool {
	if s.Roots == nil {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range others[:min(len(others), 20)] {
		between.AddCert(c)
	}
	_, err := signer.Verify(x509.VerifyOptions{
		Roots: s.Roots, Intermediates: between, CurrentTime: s.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	})
	return err == nil
}

// knowsCertificate tells whether a certificate is registered for the author, and valid.
func (s *opening) knowsCertificate(signer *x509.Certificate) bool {
	if s.now.Before(signer.NotBefore) || s.now.After(signer.NotAfter) {
		return false
	}
	for _, k := range s.known {
		if k.Certificate != nil && k.Certificate.Equal(signer) {
			return true
		}
	}
	return false
}

// emailAddress is the attribute of old certificates (PKCS #9).
var emailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

func emailsOf(c *x509.Certificate) (out []string) {
	for _, a := range c.EmailAddresses {
		out = append(out, line(a))
	}
	for _, n := range c.Subject.Names {
		if v, ok := n.Value.(string); ok && n.Type.Equal(emailAddress) && len(out) == 0 {
			out = append(out, line(v))
		}
	}
	return out[:min(len(out), 20)]
}

// parseCMS reads a structure, PEM or binary, that is small and flat enough for the decoder.
func parseCMS(b []byte) (p7 *pkcs7.PKCS7, err error) {
	if i := bytes.Index(b, []byte("-----BEGIN ")); i >= 0 && i < 10 {
		b, _ = decodeBase64(bytes.TrimSpace(betweenLines(b)))
	}
	if !flat(b) {
		return nil, errors.New("it is cut, or nested deeper than any S/MIME is")
	}
	err = guarded(func() (err error) {
		p7, err = pkcs7.Parse(b)
		return err
	})
	return p7, err
}

func betweenLines(b []byte) []byte {
	b = afterLine(b)
	if i := bytes.Index(b, []byte("-----END ")); i >= 0 {
		b = b[:i]
	}
	return b
}

// Limits of an S/MIME structure. OpenSSL writes a piece for each KiB.
const (
	maxCMSDepth   = 40
	maxCMSObjects = 200_000
)

// flat walks a BER structure without recursion and tells whether it is whole and within the limits. The decoder behind it has none: a mail of a
// megabyte could exhaust the stack, which ends the process.
func flat(b []byte) bool {
	var ends []int // where the open structures end, -1 for those that an end mark closes
	at := 0
	for n := 0; n < maxCMSObjects; n++ {
		for len(ends) > 0 && ends[len(ends)-1] == at {
			ends = ends[:len(ends)-1]
		}
		if n > 0 && len(ends) == 0 {
			return true
		}
		if len(ends) > 0 && ends[len(ends)-1] == -1 && at+2 <= len(b) && b[at] == 0 && b[at+1] == 0 {
			ends, at = ends[:len(ends)-1], at+2
			continue
		}
		constructed, length, next, ok := berHead(b, at)
		if !ok || len(ends) >= maxCMSDepth || !fits(ends, next, length) {
			return false
		}
		switch at = next; {
		case !constructed:
			at += length
		case length < 0:
			ends = append(ends, -1)
		default:
			ends = append(ends, at+length)
		}
	}
	return false
}

// fits tells whether an object ends before the structure around it does.
func fits(ends []int, at, length int) bool {
	for i := len(ends) - 1; i >= 0; i-- {
		if ends[i] >= 0 {
			return at+max(length, 0) <= ends[i]
		}
	}
	return true
}

// berHead reads the tag and length of an object; length is -1 for one that an end mark closes.
func berHead(b []byte, at int) (constructed bool, length, next int, ok bool) {
	if at+2 > len(b) || b[at]&0x1f == 0x1f { // CMS has no long tags
		return false, 0, 0, false
	}
	constructed = b[at]&0x20 != 0
	l := int(b[at+1])
	next = at + 2
	switch {
	case l == 0x80:
		return constructed, -1, next, constructed
	case l > 0x84 || next+l&0x7f > len(b) && l > 0x80:
		return false, 0, 0, false
	case l > 0x80:
		length = 0
		for _, c := range b[next : next+l&0x7f] {
			length = length<<8 | int(c)
		}
		next += l & 0x7f
	default:
		length = l
	}
	return constructed, length, next, length <= len(b)-next
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
