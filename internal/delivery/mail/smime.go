package mail

import (
	"crypto/x509"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/smime"
)

// identity is the team's certificate and key for S/MIME; nil if it has none. An error is no fault of the message: Unavailable.
func (c *Channel) identity() (*smime.Identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.smime != nil || c.loadSMIME == nil {
		return c.smime, nil
	}
	id, err := c.loadSMIME()
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "the team's S/MIME certificate")
	}
	c.smime = id
	return id, nil
}

// certificate returns the certificate of a contact if something can be encrypted to it now; the error says why not, and what to do.
func certificate(text string, now time.Time) (*x509.Certificate, error) {
	cert, err := constituency.Certificate(text)
	if err != nil {
		return nil, err
	}
	return cert, smime.Usable(cert, now)
}

// enveloped makes the body of a message for somebody with a certificate (RFC 8551 §3.3, §3.7): the signed text in an envelope, since an envelope
// alone proves nothing. The team's own certificate is among those that open it, for the reason that encrypt tells.
func (c *Channel) enveloped(box *postbox, d delivery.Draft, inner part, text []byte, to *x509.Certificate) (part, error) {
	signed, err := c.signed(box, d, inner, text)
	if err != nil {
		return part{}, err
	}
	within, err := signed.bytes()
	if err != nil {
		return part{}, err
	}
	id, err := c.identity()
	if err != nil {
		return part{}, err
	}
	readers := []*x509.Certificate{to}
	if id != nil && id.Opens() && !id.Certificate.Equal(to) {
		readers = append(readers, id.Certificate)
	}
	sealed, err := smime.Encrypt(within, readers...)
	if err != nil {
		return part{}, problem.Wrap(problem.Invalid, err, "nothing can be encrypted to the contact's certificate: ask for a new one")
	}
	return part{header{
		{"Content-Type", `application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"`},
		{"Content-Disposition", `attachment; filename="smime.p7m"`},
		{"Content-Description", "S/MIME encrypted message"},
		{"Content-Transfer-Encoding", "base64"},
	}, base64Lines(sealed)}, nil
}

// signer is the team's identity if the message is signed by S/MIME: to somebody with a certificate, by a team that has a good one. Else it is nil, and
// the team's OpenPGP key signs, as it does for everybody else.
func (c *Channel) signer(d delivery.Draft) (*smime.Identity, error) {
	if !constituency.IsCertificate(d.To.Key) {
		return nil, nil
	}
	id, err := c.identity()
	if err != nil || id == nil {
		return nil, err
	}
	if err := id.Signs(c.clock.Now()); err != nil {
		c.log.Warn("nothing can be signed with the team's S/MIME certificate: its OpenPGP key signs", "delivery", d.ID, "reason", err.Error())
		return nil, nil
	}
	return id, nil
}

// signedBySMIME puts a signature beside the text (RFC 8551 §3.5.3).
func (c *Channel) signedBySMIME(id *smime.Identity, inner part, text []byte, seed string) (part, error) {
	signature, err := smime.Sign(text, id, c.clock.Now())
	if err != nil {
		return part{}, problem.Wrap(problem.Internal, err, "sign with the team's S/MIME key")
	}
	proof := part{header{
		{"Content-Type", `application/pkcs7-signature; name="smime.p7s"`},
		{"Content-Disposition", `attachment; filename="smime.p7s"`},
		{"Content-Description", "S/MIME signature"},
		{"Content-Transfer-Encoding", "base64"},
	}, base64Lines(signature)}
	return multipart(`multipart/signed; micalg=`+smime.Digest+`; protocol="application/pkcs7-signature"`, seed+"-0", inner, proof)
}
