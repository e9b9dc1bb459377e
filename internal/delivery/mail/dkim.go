package mail

import (
	"bytes"
	"crypto"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/firehall/firehall/internal/core/problem"
)

// domainKey signs for a domain (DKIM, RFC 6376).
type domainKey struct {
	domain, selector string
	signer           crypto.Signer
}

// aligned tells whether a signature of domain speaks for the addresses of from: DMARC (RFC 7489 §3.1.1, relaxed) asks for the same domain
// or one above it.
func aligned(domain, from string) bool {
	return strings.Contains(domain, ".") && (from == domain || strings.HasSuffix(from, "."+domain))
}

// once are the fields of which a reader takes one. The signature covers that none of them is added: with a Content-Type of its own before ours, what
// is shown would not be what was signed (RFC 6376 §8.15), and a Reply-To leads answers astray.
var once = []string{
	"From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}

// sign puts the signature before the message. It covers each field that the message has, and that nothing of once is added. Both forms are the relaxed ones: a relay may fold headers anew.
func (k *domainKey) sign(message []byte, names []string) ([]byte, error) {
	if k == nil {
		return message, nil
	}
	signer, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: k.domain, Selector: k.selector, Signer: k.signer, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: append(names, once...),
	})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "sign for %s", k.domain)
	}
	_, err = signer.Write(message)
	if closed := signer.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "sign for %s", k.domain)
	}
	return bytes.Join([][]byte{[]byte(signer.Signature()), message}, nil), nil
}
